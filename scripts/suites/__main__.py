"""scripts/test.sh in Python: picks the suites, builds what they need, runs them, and says how it went."""

import os
import signal
import subprocess
import sys
import time
from itertools import groupby

import plan
import running
import stamps
from plan import Suite
from results import Result

FLAGS = {"--all": "all", "--release": "release", "--list": "plain"}


class Report:
    """One line a suite as it ends, the output of what failed, and the sum at the end."""

    def __init__(self, again: str):
        self.again = again  # how a command that repeats a failure begins
        self.sum = Result()

    def line(self, what: str, said: str, seconds: float, note: str = "") -> None:
        print(f"  {what:<28} {said:<28} {seconds:7.1f} s" + (f"   {note}" if note else ""), flush=True)

    def suite(self, suite: Suite, result: Result, seconds: float) -> None:
        if not (result.passed or result.skipped or result.failures):
            if self.filtered: return
            result.failures[suite.name] = "It ran no test."
        self.line(suite.name, str(result).replace(", 0 failed", ""), seconds, result.note)
        self.sum.add(result)
        for test, output in result.failures.items():
            pick = f"{suite.name} '{test}'" if suite.takes_tests and test != suite.name else suite.name
            print(f"\n--- {suite.name}: {test} failed\n{output}\n--- again: {self.again}{pick}\n", flush=True)

    def not_built(self, preset: str, output: str, seconds: float, suites: list[Suite]) -> None:
        self.line(f"build {preset}", "FAILED", seconds)
        names = ", ".join(suite.name for suite in suites)
        self.sum.failures[f"build {preset}"] = output
        print(f"\n--- the build of preset {preset} failed, so these did not run: {names}\n{output}\n"
              f"--- again: cmake --preset {preset} && cmake --build --preset {preset}\n", flush=True)

    filtered = False


def is_named(suite: Suite, word: str) -> bool:
    return word == suite.name or word in suite.name.split("/")


def pick(suites: list[Suite], mode: str, words: list[str]) -> tuple[list[Suite], list[str]]:
    """The suites to run and the words on tests for them. A word that no suite has in its name is about tests."""
    default = [suite for suite in suites if mode != "plain" or not suite.needs_all]
    suite_words = [word for word in words if any(is_named(suite, word) for suite in suites)]
    test_words = [word for word in words if word not in suite_words]
    named = []
    for word in suite_words:
        here = [suite for suite in default if is_named(suite, word)]
        named += here or [suite for suite in suites if is_named(suite, word)]
    picked = [suite for suite in suites if suite in (named if suite_words else default)]
    if test_words:
        picked = [suite for suite in picked if suite.takes_tests == "gtest" or (suite in named and suite.takes_tests)]
    return picked, test_words


def build(preset: str, suites: list[Suite], report: Report, everything: bool) -> bool:
    begin = time.monotonic()
    failed = running.configure(preset)
    if not failed:
        for suite in suites:
            if suite.prepare: suite.prepare(suite)
        wanted = [suite.targets for suite in suites if suite.targets is not None]
        targets = sorted({target for its in wanted for target in its})
        if everything or not all(wanted): targets = []
        if sys.stdout.isatty(): print(f"  build {preset} ...\r", end="", flush=True)
        failed = running.build(preset, targets) if wanted else None
    if failed:
        report.not_built(preset, failed, time.monotonic() - begin, suites)
        return False
    report.line(f"build {preset}", "done", time.monotonic() - begin)
    return True


def main(arguments: list[str]) -> int:
    flags = [argument for argument in arguments if argument.startswith("--")]
    if unknown := [flag for flag in flags if flag not in FLAGS]:
        print(f"scripts/test.sh: there is no {unknown[0]}; there is {', '.join(FLAGS)} (and --help)", file=sys.stderr)
        return 2
    mode = next((FLAGS[flag] for flag in flags if flag != "--list"), "plain")
    words = [argument for argument in arguments if not argument.startswith("--")]

    first = "release" if mode == "release" else "dev"
    if said := running.configure(first):
        print(f"{said}\n--- CMake could not configure preset {first}\n\n0 passed, 1 failed")
        return 1

    # Without a flag nothing changes from run to run, the random cases neither; else each run draws others.
    given = os.environ.get("GANTRY_SEED")
    seed = int(given, 0) if given else 1 if mode == "plain" else time.time_ns() % 2**48
    suites = plan.suites(mode, seed)
    if "--list" in flags:
        print("\n".join(suite.name + (" (--all)" if suite.needs_all else "") for suite in suites))
        return 0
    picked, tests = pick(suites, mode, words)
    if not picked:
        print(f"scripts/test.sh: no suite is called {' '.join(words)}; --list names them", file=sys.stderr)
        return 2
    if any(suite.needs_all for suite in picked):
        subprocess.run([plan.ROOT / "scripts/deps.sh", "all"], stdin=subprocess.DEVNULL, check=True)

    running.raise_file_limit()
    flag = "--release " if mode == "release" else ""
    report = Report(f"GANTRY_SEED={seed:#x} scripts/test.sh {flag}")
    report.filtered = bool(tests)
    env = {"GANTRY_SEED": str(seed), "RC_PARAMS": f"seed={seed}"}
    may_skip = mode == "plain" and not words and os.environ.get("CI") != "true"
    print(f"{plan.CORES} cores, random seed {seed:#x}\n", flush=True)

    begin = time.monotonic()
    for preset, group in groupby(picked, key=lambda suite: suite.preset):
        group = list(group)
        everything = not words and preset == first
        if preset and not build(preset, group, report, everything): continue
        to_run = []
        for suite in group:
            before = stamps.passed_before(suite) if may_skip and suite.inputs else None
            if before: report.suite(suite, before, 0)
            else: to_run.append(suite)

        def on_end(suite, result, seconds):
            report.suite(suite, result, seconds)
            if suite.inputs and not words: stamps.remember(suite, result)

        running.run(to_run, tests, env, on_end)

    if words and not (report.sum.passed or report.sum.skipped or report.sum.failures):
        report.sum.failures["filter"] = ""
        print(f"--- no test's name has {' or '.join(words)} in it\n")
    print(f"\n{time.monotonic() - begin:.0f} s in all\n{report.sum}")
    return 1 if report.sum.failures else 0


def interrupted(*_):
    running.end_all()
    os._exit(130)


if __name__ == "__main__":
    os.chdir(plan.ROOT)
    signal.signal(signal.SIGINT, interrupted)
    signal.signal(signal.SIGTERM, interrupted)
    sys.exit(main(sys.argv[1:]))
