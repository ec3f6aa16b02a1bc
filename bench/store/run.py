#!/usr/bin/env python3
"""Measures the store against Apache's and against the machine, and writes docs/benchmarks/store.md.

Wants a machine with nothing else to do, its disk included, and a release build:
    cmake --preset release && cmake --build --preset release
"""

from __future__ import annotations

import argparse
import json
import pathlib
import shlex
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import measurements
import page
import runs
from reporting import apache_jars, machine
from reporting.machine import ROOT
from settings import SCRATCH, Settings, settings_of

PARTS = ("append", "sync", "read", "queues", "large")


def parse(words: list[str]) -> tuple[Settings, pathlib.Path]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="short and small, for development")
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part; may be repeated")
    parser.add_argument("--rounds", type=int, help="default 5, with --quick 1")
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/release"),
                        help="build directory, from the repository's root (default: %(default)s)")
    parser.add_argument("--page", type=pathlib.Path, metavar="FILE",
                        help="default docs/benchmarks/store.md; build/bench/store/store.md when the run is quick or "
                             "partial. The raw data goes beside it as .json, and its plots as -PART.svg")
    args = parser.parse_args(words)
    settings = settings_of(args.build, tuple(args.only or PARTS), args.quick, args.rounds)
    complete = not settings.quick and settings.parts == PARTS
    return settings, args.page or (pathlib.Path("docs/benchmarks/store.md") if complete else SCRATCH / "store.md")


def main() -> None:
    settings, page_path = parse(sys.argv[1:])
    missing = [name for name in ("gantry-store-bench", "gantry-disk-floor")
               if not (ROOT / settings.build / "bin" / name).exists()]
    if missing:
        raise SystemExit(f"not in {settings.build}/bin: {', '.join(missing)}. Build them:\n"
                         "  cmake --preset release && cmake --build --preset release")
    (ROOT / SCRATCH).mkdir(parents=True, exist_ok=True)
    runs.prepare_apache()
    data = {
        "date": time.strftime("%Y-%m-%d"),
        "command": shlex.join(["python3", "bench/store/run.py", *sys.argv[1:]]),
        "machine": machine.facts(settings.build) | {"JDK": apache_jars.jdk_version()},
    }
    for part in settings.parts:
        try:
            data[part] = getattr(measurements, part)(settings)
        except runs.RunFailed as failure:
            raise SystemExit(f"no page was written, a run failed:\n{failure}")

    out = ROOT / page_path
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page.page(settings, data, out.stem))
    for part, picture in page.plots(data).items():
        out.with_name(f"{out.stem}-{part}.svg").write_text(picture)
    out.with_suffix(".json").write_text(json.dumps(data, indent=1) + "\n")
    for target in page.targets(settings, data):
        print(f"{'met   ' if target.met else 'MISSED'} {target.what}: {target.figure} (wanted {target.wanted})")
    print(f"written: {page_path}, {page_path.with_suffix('.json')} and its plots")


if __name__ == "__main__":
    main()
