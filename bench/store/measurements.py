"""The measurements themselves. Each returns plain data, a list of runs: what the page is made of, and what is kept as
JSON."""

from __future__ import annotations

import runs
from processes.rounds import Recorder, in_turn
from runs import Directory
from settings import Settings

KIB = 1024
SMALL = 128
SYNCED = 256

TOLD = ("messages", "seconds", "cpu_seconds", "open_seconds")

# A row's name, who, and what its program is told beside the times.
APPENDS = [
    ("1 KiB, plain pwrite", "floor", {"work": "pwrite", "block_bytes": 64 * KIB}),
    ("1 KiB, bursts of 32", "gantry", {"body_bytes": KIB, "burst": 32}),
    ("1 KiB, one at a time", "apache", {"body_bytes": KIB, "burst": 1}),
    ("1 KiB, batches of 32", "apache", {"body_bytes": KIB, "burst": 32}),
    ("128 B, bursts of 32", "gantry", {"body_bytes": SMALL, "burst": 32}),
    ("128 B, bursts of 32, no key index", "gantry", {"body_bytes": SMALL, "burst": 32, "key_index": "false"}),
    ("128 B, one at a time", "gantry", {"body_bytes": SMALL, "burst": 1}),
    ("128 B, one at a time", "apache", {"body_bytes": SMALL, "burst": 1}),
    ("128 B, batches of 32", "apache", {"body_bytes": SMALL, "burst": 32}),
]

# From the program's start on: it must be open and at work by then.
KILL_AFTER_SECONDS = {"gantry": 2.0, "apache": 10.0}

# Senders that wait for the disk: in how many threads, and how many each has on their way.
SENDERS = {
    "1 sender": {"threads": 1, "window": 1},
    "64 in flight": {"threads": 2, "window": 32},
    "64 threads": {"threads": 64, "window": 1},
    "256 in flight": {"threads": 2, "window": 128},
}


def times(settings: Settings, side: str) -> dict:
    warmup = settings.jit_warmup_seconds if side == "apache" else settings.warmup_seconds
    return {"warmup_seconds": float(warmup), "seconds": float(settings.seconds)}


def append(settings: Settings) -> list[dict]:
    """One thread appends as fast as it can, without waiting for the disk."""
    recorder = Recorder("append", TOLD)
    for number in range(settings.rounds):
        for row, side, options in in_turn(APPENDS, number):
            with Directory(f"append-{side}") as directory:
                more = {} if side == "floor" else {"device_stat": runs.device_stat()}
                recorder.add(row, side, number, runs.run(settings, side, directory, **options, **more,
                                                         **times(settings, side)))
    return recorder.runs


def sync(settings: Settings) -> list[dict]:
    """Senders that wait until the disk has their message; on an empty store, and on one whose log was just read."""
    recorder = Recorder("sync", TOLD)
    stat = runs.device_stat()
    filled = {side: Directory(f"sync-{side}-restarted") for side in ("gantry", "apache")}
    with filled["gantry"], filled["apache"]:
        for side, directory in filled.items():
            runs.run(settings, side, directory, work="fill", body_bytes=KIB, fill_messages=settings.restart_messages)
        for number in range(settings.rounds):
            with Directory("sync-floor") as directory:
                recorder.add("fdatasync", "floor", number,
                             runs.run(settings, "floor", directory, work="fdatasync", block_bytes=SYNCED,
                                      **times(settings, "floor")))
            for side in in_turn(["gantry", "apache"], number):
                for senders, how in SENDERS.items():
                    options = {"flush": "sync", "body_bytes": SYNCED, **how, "device_stat": stat, **times(settings, side)}
                    with Directory(f"sync-{side}") as fresh:
                        recorder.add(f"{senders}, fresh", side, number, runs.run(settings, side, fresh, **options))
                    filled[side].leave_the_page_cache()
                    recorder.add(f"{senders}, after a restart", side, number,
                                 runs.run(settings, side, filled[side], read_log=True, **options))
    return recorder.runs


def read(settings: Settings) -> list[dict]:
    """One thread reads batches of 32 from memory, from the beginning of each queue to its end, again and again."""
    recorder = Recorder("read", TOLD)
    for number in range(settings.rounds):
        for side in in_turn(["gantry", "apache"], number):
            with Directory(f"read-{side}") as directory:
                recorder.add("batches of 32 x 128 B", side, number,
                             runs.run(settings, side, directory, work="read", body_bytes=SMALL,
                                      fill_messages=settings.fill_messages, **times(settings, side)))
    return recorder.runs


def queues(settings: Settings) -> list[dict]:
    """The same appends to few and to many queues, the memory that takes, and how long opening them takes."""
    recorder = Recorder("queues", TOLD)
    rows = [("gantry", 4), ("gantry", 1_000), ("gantry", settings.many_queues), ("apache", 4), ("apache", 1_000)]
    for number in range(settings.rounds):
        for side, count in in_turn(rows, number):
            with Directory(f"queues-{side}") as directory:
                burst = 32 if side == "gantry" else 1
                recorder.add("append", side, number,
                             runs.run(settings, side, directory, body_bytes=SMALL, burst=burst, queues=count,
                                      **times(settings, side)), queues=count)
                recorder.add("open", side, number, runs.run(settings, side, directory, work="open", queues=count),
                             queues=count)
    return recorder.runs


def large(settings: Settings) -> list[dict]:
    """How long opening takes when the log is large: after a kill, after a clean stop, with cold caches."""
    recorder = Recorder("large", TOLD)
    for side in ("gantry", "apache"):
        with Directory(f"large-{side}") as directory:
            # One file is always made ahead.
            wanted = settings.large_log_files + 1
            for number in range(settings.rounds):
                command = runs.append_until_killed(settings, side, directory, wanted, KILL_AFTER_SECONDS[side],
                                                   body_bytes=KIB, burst=32)
                for row in ("after a kill", "after a clean stop", "after a clean stop, caches cold"):
                    if row.endswith("cold"):
                        directory.leave_the_page_cache()
                    recorder.add(row, side, number, runs.run(settings, side, directory, work="open"), before=command)
    return recorder.runs
