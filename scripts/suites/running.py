"""Builds presets and runs jobs: at most one build at a time, and as many processes as there are cores."""

import os
import re
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import results
from plan import CORES, ROOT, Job, Suite
from results import Result

_running: set[subprocess.Popen] = set()
_lock = threading.Lock()


def call(command: list[str], log: Path, env: dict[str, str], limit: int | None, cwd: Path = ROOT) -> tuple[int | None, str]:
    """Exit code (None: stopped at its limit) and output. The process is a group of its own, ended with it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                   cwd=cwd, env=os.environ | env, start_new_session=True)
        with _lock: _running.add(process)
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            end_group(process)
            with _lock: _running.discard(process)
    return code, log.read_text(errors="replace")


def end_group(process: subprocess.Popen) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def end_all() -> None:
    with _lock:
        for process in _running: end_group(process)


def raise_file_limit() -> None:
    """Tests that hold thousands of connections need as many descriptors as this machine allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def configure(preset: str) -> str | None:
    """None, or what CMake said."""
    code, output = call(["cmake", "--preset", preset], ROOT / "build" / preset / "logs/configure.log", {}, None)
    return None if code == 0 else results.tail(output)


def build(preset: str, targets: list[str]) -> str | None:
    command = ["cmake", "--build", "--preset", preset] + (["--target", *targets] if targets else [])
    code, output = call(command, ROOT / "build" / preset / "logs/build.log", {}, None)
    return None if code == 0 else results.tail(re.sub(r"^\[\d+/\d+\] .*\n", "", output, flags=re.M))


SANITIZERS = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "second_deadlock_stack=1:halt_on_error=0",
    "ASAN_SYMBOLIZER_PATH": "/usr/bin/llvm-symbolizer-19",
    "UBSAN_SYMBOLIZER_PATH": "/usr/bin/llvm-symbolizer-19",
    "TSAN_SYMBOLIZER_PATH": "/usr/bin/llvm-symbolizer-19",
}


def sanitizers(reports: Path | None) -> dict[str, str]:
    """What sanitized programs heed. `reports`: the files that they report to begin with this; else it is the output."""
    if not reports: return SANITIZERS
    return {name: f"{value}:log_path='{reports}'" if name.endswith("_OPTIONS") else value
            for name, value in SANITIZERS.items()}


def run_job(suite: Suite, number: int, tests: list[str], env: dict[str, str]) -> Result:
    job: Job = suite.jobs[number]
    place = ROOT / "build" / (suite.preset or "")
    log = place / "logs" / f"{suite.name.replace('/', '-')}-{number}.log"
    command, report = list(job.command), log.with_suffix(".json")
    if job.reads == "gtest":
        report.unlink(missing_ok=True)
        command.append(f"--gtest_output=json:{report}")
    if tests and suite.takes_tests == "gtest":
        command.append("--gtest_filter=" + ":".join(word if set("*?") & set(word) else f"*{word}*" for word in tests))
    if tests and suite.takes_tests == "argument": command += tests
    reports = log.with_name(f"{log.stem}-sanitizer") if job.collects_reports else None
    if reports: taken_reports(reports)  # those of an earlier run
    code, output = call(command, log, sanitizers(reports) | env | job.env, job.limit)
    name = suite.name if len(suite.jobs) == 1 or job.reads == "gtest" else f"{suite.name}: {' '.join(job.command)}"
    found = taken_reports(reports) if reports else []
    if job.reads == "planted fault": return results.from_planted_fault(code, "\n".join(found), name)
    result = read(job, code, output, name, report)
    results.add_reports(result, found, name)
    return result


def taken_reports(prefix: Path) -> list[str]:
    """What stands in the files whose names begin so; they are gone then."""
    files = sorted(prefix.parent.glob(f"{prefix.name}.*"))
    texts = [file.read_text(errors="replace") for file in files]
    for file in files: file.unlink()
    return texts


def read(job: Job, code: int | None, output: str, name: str, report: Path) -> Result:
    match job.reads:
        case "gtest": return results.from_gtest(code, output, name, report)
        case "exit code": return results.from_exit_code(code, output, name)
        case "script": return results.from_script(code, output, name)
        case "libFuzzer": return results.from_libfuzzer(code, output, name)
    raise ValueError(f"{name}: nothing reads '{job.reads}'")


def timed(function, *arguments):
    begin = time.monotonic()
    return function(*arguments), time.monotonic() - begin


def run(suites: list[Suite], tests: list[str], env: dict[str, str],
        on_end: Callable[[Suite, Result, float], None]) -> None:
    """Runs the jobs of all suites, as many at a time as there are cores. on_end is called once a suite, by one thread
    at a time. A suite that must be alone waits for those before it and holds up those behind it."""
    lock = threading.Lock()
    left = {suite.name: [len(suite.jobs), Result(), 0.0] for suite in suites}

    def one(suite: Suite, number: int) -> None:
        result, seconds = timed(run_job, suite, number, tests, env)
        with lock:
            state = left[suite.name]
            state[0] -= 1
            state[1].add(result)
            state[2] = max(state[2], seconds)
            if state[0] == 0: on_end(suite, state[1], state[2])

    with ThreadPoolExecutor(CORES) as pool:
        started = []
        for suite in suites:
            if suite.alone: wait(started)
            jobs = [pool.submit(one, suite, number) for number in range(len(suite.jobs))]
            if suite.alone: wait(jobs)
            started += jobs
        for job in started: job.result()
