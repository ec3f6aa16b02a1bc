#!/usr/bin/env python3
"""Measures gantry-broker against Apache's broker and against the machine, and writes docs/benchmarks/broker.md.

Wants a machine with nothing else to do, its disk included, and a release build:
    cmake --preset release && cmake --build --preset release
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import pathlib
import shlex
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import measurements
import page
import standing
from processes.loadgen import LoadFailed
from processes.rounds import say
from reporting import apache_jars, disk, machine
from reporting.machine import ROOT
from settings import SCRATCH, Settings, settings_of

PARTS = {
    "send": measurements.send, "shared": measurements.shared, "sync": measurements.sync, "pull": measurements.pull,
    "delivery": measurements.delivery, "topics": measurements.topics, "memory": standing.memory, "start": standing.start,
    "strain": standing.strain,
}
PROGRAMS = ("gantry-broker", "gantry-namesrv", "gantry-loadgen", "gantry-floor-server")


# What was measured so far, part by part: a run of over an hour may be cut short.
MEASURED = ROOT / SCRATCH / "measured.json"


def parse(words: list[str]) -> tuple[Settings, pathlib.Path, bool]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="short and small, for development")
    parser.add_argument("--only", choices=tuple(PARTS), action="append", help="only this part; may be repeated")
    parser.add_argument("--rounds", type=int, help="default 5, with --quick 1")
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/release"),
                        help="build directory, from the repository's root (default: %(default)s)")
    parser.add_argument("--page", type=pathlib.Path, metavar="FILE",
                        help="default docs/benchmarks/broker.md; build/bench/broker/broker.md when the run is quick or "
                             "partial. The raw data goes beside it as .json, and its plots as -PART.svg")
    parser.add_argument("--go-on", action="store_true",
                        help="take what the last run measured with the same programs and settings, and measure the rest")
    args = parser.parse_args(words)
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < 2:
        parser.error("two cores are needed: one for the server, one for the generator")
    settings = settings_of(args.build, tuple(args.only or PARTS), args.quick, args.rounds, cpus)
    complete = not settings.quick and settings.parts == tuple(PARTS)
    return settings, args.page or (pathlib.Path("docs/benchmarks/broker.md") if complete else SCRATCH / "broker.md"), args.go_on


def measured_before(data: dict, settings: Settings) -> dict:
    """The parts of the last run, if it was of the same commit on the same machine with the same settings."""
    if not MEASURED.exists():
        raise SystemExit(f"nothing to go on with: {MEASURED.relative_to(ROOT)} is not there")
    kept = json.loads(MEASURED.read_text())
    if kept["machine"] != data["machine"] or kept["settings"] != shown(settings):
        raise SystemExit("nothing to go on with: the last run was of another commit, machine, or settings")
    return {part: runs for part, runs in kept.items() if part in PARTS}


def shown(settings: Settings) -> dict:
    return {name: str(value) for name, value in dataclasses.asdict(settings).items() if name != "parts"}


def touch_memory(settings: Settings) -> None:
    """A virtual machine gets its memory when it is first touched: those who write a log would pay for that by turns."""
    if settings.page_cache_bytes == 0:
        return
    say(f"filling {settings.page_cache_bytes >> 30} GiB of page cache once")
    path, block = ROOT / SCRATCH / "page-cache", b"\0" * (1 << 20)
    with open(path, "wb") as file:
        for _ in range(settings.page_cache_bytes // len(block)):
            file.write(block)
    path.unlink()
    disk.settle(ROOT / SCRATCH)


def main() -> None:
    settings, page_path, goes_on = parse(sys.argv[1:])
    missing = [name for name in PROGRAMS if not (ROOT / settings.build / "bin" / name).exists()]
    if missing:
        raise SystemExit(f"not in {settings.build}/bin: {', '.join(missing)}. Build them:\n"
                         "  cmake --preset release && cmake --build --preset release")
    shutil.rmtree(ROOT / SCRATCH / "homes", ignore_errors=True)
    (ROOT / SCRATCH).mkdir(parents=True, exist_ok=True)
    apache_jars.fetch()
    data = {
        "date": time.strftime("%Y-%m-%d"),
        "command": shlex.join(["python3", "bench/broker/run.py", *sys.argv[1:]]),
        "machine": machine.facts(settings.build) | {"JDK": apache_jars.jdk_version()},
    }
    before = measured_before(data, settings) if goes_on else {}
    os.sched_setaffinity(0, {settings.generator_cpu, settings.server_cpu})
    touch_memory(settings)
    for part in settings.parts:
        try:
            data[part] = before.get(part) or PARTS[part](settings)
        except LoadFailed as failure:
            raise SystemExit(f"no page was written, a run failed; --go-on repeats it:\n{failure}")
        MEASURED.write_text(json.dumps(data | {"settings": shown(settings)}))

    out = ROOT / page_path
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page.page(settings, data, out.stem))
    for part, picture in page.plots(settings, data).items():
        out.with_name(f"{out.stem}-{part}.svg").write_text(picture)
    out.with_suffix(".json").write_text(json.dumps(data, indent=1) + "\n")
    for target in page.all_targets(settings, data):
        print(f"{'met   ' if target.met else 'MISSED'} {target.what}: {target.figure} (wanted {target.wanted})")
    print(f"written: {page_path}, {page_path.with_suffix('.json')} and its plots")


if __name__ == "__main__":
    main()
