"""Which suites there are, in which order, and what each runs: the one place to add a suite or to move a limit."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORES = os.cpu_count() or 2

# Run again under ThreadSanitizer, with the tests that are CONCURRENT in their CMakeLists.txt.
CONCURRENT = ["unit-cli", "unit-kernel", "unit-logging", "unit-namesrv", "unit-remoting", "unit-schedule",
              "unit-store-mmap"]

# Integration tests that are not run again on a sanitized build: they build what others would, with flags of their own.
NOT_SANITIZED = ["integration-install", "integration-plugin-sdk"]
# Those that have less to do then, and no bound of memory, which a sanitizer's own would exceed.
SHORTER_SANITIZED = ["integration-bad-clients", "integration-crowd"]

# Rooms whose sources clang-tidy reads (with it the headers they include). Tests are not worth its time.
TIDY_ROOMS = ("access bench cli client daemon disk http-gateway kernel logging namesrv options plugins "
              "remoting").split()

# A property is tried 100 times where nothing else is said (rapidcheck's own default).
RANDOM_CASES = {"all": 200, "release": 20000}
FUZZ_SECONDS = {"all": 5, "release": 600}
# Lives that a simulation tells: the same in each run, so that a change passes or fails by what it is; or new ones.
STORIES = {"same": 2000, "release": 50000}

# A limit is there so that a hang ends as a failure; none is meant to be reached.
LIMIT = {"plain": 300, "sanitized": 900, "interop": 1500, "faults, release": 7200}


@dataclass
class Job:
    """One process. `reads` says how its result is read: results.py."""

    command: list[str]
    reads: str = "script"
    env: dict[str, str] = field(default_factory=dict)
    limit: int = LIMIT["plain"]
    # The processes that it starts are sanitized: their reports go to files of this run, and each is a failure. On their
    # output they might be lost, as of a process whose exit code nobody asks for.
    collects_reports: bool = False


@dataclass
class Suite:
    name: str  # kind/what
    preset: str | None  # the build it needs
    targets: list[str] | None  # ... and what of it; empty: everything; None: nothing but its configuration
    jobs: list[Job]
    alone: bool = False  # nothing else runs beside it
    inputs: list[Path] = field(default_factory=list)  # an unchanged suite that passed may be skipped: stamps.py
    takes_tests: str = ""  # how a filter on test names is handed over: "gtest", "argument", or not at all
    needs_all: bool = False  # only with --all or --release, or when it is named
    prepare: Callable[["Suite"], None] | None = None  # called once the preset is configured: fills targets and jobs


def binary(preset: str, name: str) -> Path:
    return ROOT / "build" / preset / "bin" / name


def plugins() -> list[str]:
    """Those that come with the broker."""
    return [path.parent.name for path in sorted((ROOT / "plugins").glob("*/CMakeLists.txt"))]


def examples() -> list[str]:
    """The programs of docs/plugins.md."""
    return [path.name for path in sorted((ROOT / "examples/plugins").iterdir()) if path.is_dir()]


def configured_tests(preset: str) -> list[tuple[str, list[str]]]:
    """What CMake registered with add_test(): (name, command); a program that we build has no command here."""
    out = subprocess.run(
        ["ctest", "--test-dir", str(ROOT / "build" / preset), "--show-only=json-v1"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout
    tests = []
    for test in json.loads(out)["tests"]:
        command = test.get("command", [])
        built_here = not command or Path(command[0]).parent == ROOT / "build" / preset / "bin"
        tests.append((test["name"], [] if built_here else command))
    return tests


def gtest(program: Path, setup: list[str] = [], **job) -> list[Job]:
    """A test program, split over the cores."""
    return [
        Job(setup + [str(program)], reads="gtest",
            env={"GTEST_TOTAL_SHARDS": str(CORES), "GTEST_SHARD_INDEX": str(shard)} | job.get("env", {}),
            limit=job.get("limit", LIMIT["plain"]))
        for shard in range(CORES)
    ]


def planted(preset: str, *faults: str, setup: list[str] = []) -> list[Job]:
    """Faults on purpose that this build's sanitizer must report, where it does so for integration tests."""
    return [Job([*setup, str(binary(preset, "planted-faults")), fault], "planted fault", collects_reports=True)
            for fault in faults]


def without_address_randomisation() -> list[str]:
    """ThreadSanitizer's shadow memory collides with the mappings of kernels that randomise many bits."""
    works = subprocess.run(["setarch", "-R", "true"], stdin=subprocess.DEVNULL, capture_output=True).returncode == 0
    return ["setarch", "-R"] if works else []


def sanitized_integration(preset: str, tests: list[tuple[str, list[str]]], plain: str,
                          setup: list[str] = []) -> list[Job]:
    """The integration tests that are scripts, with the programs and plugins of this build instead of the plain."""
    jobs = []
    for name, command in tests:
        if not name.startswith("integration-") or not command or name in NOT_SANITIZED: continue
        moved = [word.replace(str(ROOT / "build" / plain), str(ROOT / "build" / preset)) for word in command]
        more = ["--sanitized"] if name in SHORTER_SANITIZED else []
        jobs.append(Job(setup + moved + more, limit=LIMIT["sanitized"], collects_reports=True))
    return jobs


def random_tests(room: str) -> list[str]:
    """The tests of a room that draw random cases, as gtest names."""
    found = []
    for source in sorted((ROOT / "tests/unit" / room).rglob("*_test.cpp")):
        found += [f"{suite}.{test}" for suite, test in
                  re.findall(r"^RC_GTEST(?:_FIXTURE|_TYPED_FIXTURE)?_PROP\(\s*(\w+),\s*(\w+)", source.read_text(), re.M)]
    return found


def suites(mode: str, seed: int) -> list[Suite]:
    """All suites in the order in which they run. mode: plain, all or release."""
    preset = "release" if mode == "release" else "dev"
    tests = configured_tests(preset)
    programs = [name for name, command in tests if not command]
    plan = []

    def add(kind_and_what, preset, targets, jobs, **more):
        plan.append(Suite(kind_and_what, preset, targets, jobs, **more))

    add("format", None, [], [Job(["scripts/format.sh", "--check"], reads="exit code")], needs_all=True)

    for name, command in tests:
        if name.startswith("faults-"): continue  # below: they take a machine for themselves
        jobs = [Job(command)] if command else gtest(binary(preset, name))
        if name.startswith("simulation-"):
            first, count = (seed, STORIES["release"]) if mode == "release" else (1, STORIES["same"])
            jobs = gtest(binary(preset, name), env={"GANTRY_SEED": str(first), "GANTRY_STORIES": str(count)},
                         limit=LIMIT["interop"])
        targets = [name] if not command and name.startswith(("unit-", "simulation-")) else []
        add(name.replace("-", "/", 1), preset, targets, jobs, takes_tests="" if command else "gtest")

    # A seed decides a run, and the number of cases belongs to it: both are in the line that repeats it.
    cases = RANDOM_CASES.get(mode, RANDOM_CASES["all"])
    for name in programs:
        room = name.removeprefix("unit-")
        if drawn := random_tests(room):
            jobs = [Job(job.command + ["--gtest_filter=" + ":".join(drawn)], "gtest",
                        job.env | {"RC_PARAMS": f"seed={seed} max_success={cases}"}, LIMIT["sanitized"])
                    for job in gtest(binary(preset, name))]
            add(f"random/{room}", preset, [name], jobs, takes_tests="gtest", needs_all=True)

    interop = ROOT / "tests/interop"
    if (interop / "run.py").exists():
        programs_of = {"--namesrv": "gantry-namesrv", "--broker": "gantry-broker", "--store-tool": "gantry-store-tool"}
        files = {option: binary(preset, program) for option, program in programs_of.items()}
        command = [sys.executable, str(interop / "run.py")]
        for option, file in files.items():
            command += [option, str(file)]
        add("interop", preset, ["gantry-namesrv-program", "gantry-broker-program", "gantry-store-tool", *plugins()],
            [Job(command, limit=LIMIT["interop"])], alone=True, takes_tests="argument",
            inputs=[*files.values(), binary(preset, "").parent / "lib", interop])

    for name, command in tests:
        if name.startswith("faults-"):
            job = Job(command + (["--release"] if mode == "release" else []),
                      limit=LIMIT["faults, release" if mode == "release" else "interop"])
            add(name.replace("-", "/", 1), preset,
                ["gantry-namesrv-program", "gantry-broker-program", "disk-faults", *plugins()], [job], alone=True,
                takes_tests="argument", needs_all=True)

    for name in programs:
        if name.startswith("simulation-"): continue  # finds faults of order; the room's unit tests find those of memory
        room = name.removeprefix("unit-")
        add(f"asan/{room}", "asan", [name] if room != name else [],
            gtest(binary("asan", name), limit=LIMIT["sanitized"]), takes_tests="gtest", needs_all=True)

    served = ["gantry-broker-program", "gantry-namesrv-program", "gantry-program", "test-plugins", *plugins(),
              *examples()]
    add("asan/integration", "asan", served, sanitized_integration("asan", tests, preset), needs_all=True)

    add("asan/planted-faults", "asan", ["planted-faults"], planted("asan", "read-past-the-end", "signed-overflow"),
        needs_all=True)

    fuzzer = binary("asan", "fuzz-gantry")
    for corpus in sorted(path for path in (ROOT / "tests/fuzz/corpus").glob("*") if path.is_dir()):
        seconds = FUZZ_SECONDS.get(mode, FUZZ_SECONDS["all"])
        found = ROOT / "build/asan/corpus" / corpus.name
        job = Job([str(fuzzer), f"-max_total_time={seconds}", f"-seed={seed % 2**31 or 1}", "-timeout=10",
                   "-rss_limit_mb=2048", "-print_final_stats=1",
                   f"-artifact_prefix={ROOT}/build/asan/{corpus.name}-", str(found), str(corpus)],
                  "libFuzzer", {"GANTRY_FUZZ_TARGET": corpus.name}, seconds + 120)
        add(f"fuzz/{corpus.name}", "asan", ["fuzz-gantry"], [job], needs_all=True,
            prepare=lambda _, found=found: found.mkdir(parents=True, exist_ok=True))

    setup = without_address_randomisation()
    for name in CONCURRENT:
        add(f"tsan/{name.removeprefix('unit-')}", "tsan", [name],
            gtest(binary("tsan", name), setup, limit=LIMIT["sanitized"]), takes_tests="gtest", needs_all=True)

    add("tsan/integration", "tsan", served, sanitized_integration("tsan", tests, preset, setup), needs_all=True)

    add("tsan/planted-faults", "tsan", ["planted-faults"], planted("tsan", "race", setup=setup), needs_all=True)

    # The analyzer follows every path through a function and takes longer than all other checks together.
    add("tidy", "analyze" if mode == "release" else "tidy", None, [], needs_all=True, prepare=tidy)
    return plan


def tidy(suite: Suite) -> None:
    """clang-tidy on our sources, or on the files that CMake made to include several of them."""
    build = Path("build") / suite.preset
    checks = ["-bugprone-suspicious-include"] + (["-clang-analyzer-*"] if suite.preset == "tidy" else [])
    commands = json.loads((ROOT / build / "compile_commands.json").read_text())
    # One that is compiled several times is read with each of its commands when it is named once.
    for file in dict.fromkeys(command["file"] for command in commands):
        source = Path(file).relative_to(ROOT)
        room = source.relative_to(build) if source.is_relative_to(build) else source
        if room.parts[0] in TIDY_ROOMS:
            suite.jobs.append(Job(["clang-tidy-19", "-p", str(build), "--quiet", "--checks=" + ",".join(checks),
                                   str(source)], "exit code", limit=LIMIT["sanitized"]))
