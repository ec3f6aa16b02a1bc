"""What is allowed to differ from the rules, and why."""

from dataclasses import dataclass, field


@dataclass
class Exceptions:
    """Path (or a folder, with a slash at its end) and the reason. One that is needed no longer is a finding too."""

    # Files that may be longer than the budget, and the length that they may not grow past.
    longer: dict[str, int] = field(default_factory=dict)
    # Where the real clock is read. Everything else is given one, so that tests can move it.
    real_clock: dict[str, str] = field(default_factory=dict)
    # Where a test may sleep: it waits for something that has no other way to say that it happened.
    sleeps: dict[str, str] = field(default_factory=dict)
    # Tests that are about more than one source file, and so mirror none.
    mirror_none: dict[str, str] = field(default_factory=dict)


OURS = Exceptions(
    real_clock={
        "bench/": "a load generator measures real time",
        "kernel/real_clock.h": "is the clock that the broker hands to everything in it",
        "logging/spdlog_logger.cpp": "a log line carries the time at which it was written",
        "namesrv/name_server.cpp": "hands the clock to everything in the name server",
        "remoting/client.cpp": "hands the clock to the rate limit of its log lines",
        "remoting/server.cpp": "hands the clock to the rate limit of its log lines",
    },
    sleeps={
        "tests/faults/disk_faults.cpp": "is a disk that is as slow as it is told to be",
        "tests/interop/harness/case.py": "asks the programs of others, which tell nobody when they are done",
        "tests/unit/architecture/architecture_test.py": "plants a sleep to see it found",
    },
    mirror_none={
        "tests/unit/remoting/json_bodies_test.cpp": "holds all of remoting/bodies/ to the same samples and rules",
        "tests/unit/store-mmap/failing_calls_test.cpp": "is about the store as a whole, whatever call of it fails",
        "tests/unit/store-mmap/known_weaknesses_test.cpp": "is about the store as a whole",
    },
)
