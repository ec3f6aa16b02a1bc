#!/usr/bin/env python3
"""Measures gantry-namesrv against Apache's name server, and writes docs/benchmarks/namesrv.md.

Wants a machine with nothing else to do, and a release build:
    cmake --preset release && cmake --build --preset release
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import shlex
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import loadgen
import measurements
import page
from reporting import apache_jars, machine
from settings import ROOT, SCRATCH, Settings

PARTS = ("route", "start", "echo")


def parse(words: list[str]) -> tuple[Settings, pathlib.Path]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="short rounds, under 2 minutes in all, for development")
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part; may be repeated")
    parser.add_argument("--rounds", type=int, help="default 6, with --quick 2")
    parser.add_argument("--duration", type=float, metavar="SECONDS", help="of each measurement; default 10, quick 1.5")
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/release"),
                        help="build directory, from the repository's root (default: %(default)s)")
    parser.add_argument("--candidate", choices=("gantry", "apache"), default="gantry",
                        help="`apache` compares Apache with itself, to try this program")
    parser.add_argument("--page", type=pathlib.Path, metavar="FILE",
                        help="default docs/benchmarks/namesrv.md; otherwise build/bench/namesrv.md when the run is "
                             "quick, partial, or Apache against itself. The raw data goes beside it as .json")
    args = parser.parse_args(words)
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < 2:
        parser.error("two cores are needed: one for the server, one for the generator")
    quick = args.quick
    settings = Settings(
        build=args.build,
        candidate=args.candidate,
        parts=tuple(args.only or PARTS),
        quick=quick,
        rounds=args.rounds or (2 if quick else 6),
        jit_warmup_seconds=4 if quick else 60,
        warmup_seconds=0.5 if quick else 2,
        duration_seconds=args.duration or (1.5 if quick else 10),
        settle_seconds=1 if quick else 10,
        candidate_starts=5 if quick else 20,
        apache_starts=2 if quick else 5,
        server_cpu=cpus[0],
        generator_cpu=cpus[1],
    )
    complete = not quick and settings.parts == PARTS and settings.candidate == "gantry"
    default_page = pathlib.Path("docs/benchmarks/namesrv.md") if complete else SCRATCH / "namesrv.md"
    return settings, args.page or default_page


def need_programs(settings: Settings) -> None:
    wanted = {"gantry-loadgen"}
    if settings.candidate == "gantry" and {"route", "start"} & set(settings.parts):
        wanted.add("gantry-namesrv")
    if "echo" in settings.parts:
        wanted |= {"gantry-echo-server", "gantry-floor-server"}
    missing = sorted(name for name in wanted if not (ROOT / settings.build / "bin" / name).exists())
    if missing:
        raise SystemExit(f"not in {settings.build}/bin: {', '.join(missing)}. Build them:\n"
                         "  cmake --preset release && cmake --build --preset release")


def main() -> None:
    settings, page_path = parse(sys.argv[1:])
    need_programs(settings)
    shutil.rmtree(ROOT / SCRATCH / "homes", ignore_errors=True)
    (ROOT / SCRATCH).mkdir(parents=True, exist_ok=True)
    data = {
        "date": time.strftime("%Y-%m-%d"),
        "command": shlex.join(["python3", "bench/compare/run.py", *sys.argv[1:]]),
        "machine": machine.facts(settings.build),
    }
    if {"route", "start"} & set(settings.parts):
        apache_jars.fetch()
        data["machine"]["JDK"] = apache_jars.jdk_version()
    os.sched_setaffinity(0, {settings.generator_cpu, settings.server_cpu})
    for part in settings.parts:
        try:
            data[part] = getattr(measurements, part)(settings)
        except loadgen.LoadFailed as failure:
            raise SystemExit(f"no page was written, a run failed:\n{failure}")

    out = ROOT / page_path
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page.page(settings, data))
    out.with_suffix(".json").write_text(json.dumps(data, indent=1) + "\n")
    for target in page.targets(settings, data):
        print(f"{'met   ' if target.met else 'MISSED'} {target.what}: {target.figure} (wanted {target.wanted})")
    print(f"written: {page_path} and {page_path.with_suffix('.json')}")


if __name__ == "__main__":
    main()
