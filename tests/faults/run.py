#!/usr/bin/env python3
"""Breaks the broker's disk, and the broker, under load, and holds what its clients saw to the invariants. See README.md
beside this file."""

import argparse
import concurrent.futures
import os
import shutil
import signal
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
# The clients, the history and the checker are those of the interop tests. Behind this folder, which has cases, too.
sys.path.append(os.path.join(ROOT, "tests", "interop"))

from harness.case import CaseFailed  # noqa: E402
from harness.programs import Program  # noqa: E402
from harness.report import Report  # noqa: E402
from harness.stage import Stage  # noqa: E402
from harness.toolchain import Toolchain, ToolchainError, missing_tools  # noqa: E402

import cases  # noqa: E402
from rig.trial import Skipped, Trial, Wanted  # noqa: E402


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suite", nargs="?", default="", help="one of %s; all of them when none is named" % ", ".join(
        cases.SUITES))
    parser.add_argument("only", nargs="?", default="", help="run only cases whose name contains this")
    parser.add_argument("--list", action="store_true", help="print the names of the cases")
    parser.add_argument("--seed", type=lambda text: int(text, 0), default=int(os.environ.get("GANTRY_SEED", "1"), 0),
                        help="decides all that is random (default: GANTRY_SEED, or 1)")
    parser.add_argument("--release", action="store_true", help="as much as before a release")
    parser.add_argument("--kills", type=int, help="how often the broker is killed under load (default: 50, or 1000)")
    parser.add_argument("--program", metavar="CMD", default=os.path.join(ROOT, "build", "dev", "bin", "gantry-broker"))
    parser.add_argument("--namesrv", metavar="CMD", default=os.path.join(ROOT, "build", "dev", "bin", "gantry-namesrv"))
    parser.add_argument("--disk-faults", metavar="FILE",
                        default=os.path.join(ROOT, "build", "dev", "test-faults", "libdisk-faults.so"))
    parser.add_argument("--build-dir", default=os.path.join(ROOT, "build", "interop"),
                        help="where fetched software and logs go: that of the interop tests (default: build/interop)")
    parser.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1),
                        help="cases at the same time, where they may")
    arguments = parser.parse_args()
    if arguments.suite and arguments.suite not in cases.SUITES:
        parser.error("there is no suite %s; there is %s" % (arguments.suite, ", ".join(cases.SUITES)))
    return arguments


def run_case(one, trial, report):
    started = time.monotonic()
    passed = False
    try:
        said = one.body(trial)
        passed = True
        report.add("ok", "%s (%.1f s%s)" % (one.name, time.monotonic() - started, "; " + said if said else ""))
    except Skipped as why:
        report.add("skip", "%s: %s" % (one.name, why))
    except Exception as error:
        why = str(error) if isinstance(error, CaseFailed) else traceback.format_exc()
        report.add("FAIL", "%s: %s\nseed %#x; logs in %s\n%s" % (
            one.name, why, trial.seed, trial.directory, trial.stage.tails()))
    finally:
        trial.stage.close()
        if passed:
            trial.stage.drop_stores()


def in_the_way(one, toolchain):
    """Why a case cannot run here: a verdict and a reason; None when it can."""
    missing = [tool for need in one.needs for tool in missing_tools(need)]
    if missing:
        return "FAIL" if os.environ.get("CI") == "true" else "skip", "toolchain missing: " + ", ".join(missing)
    for need in one.needs:
        try:
            toolchain.prepare(need, lambda text: print("  %s" % text, file=sys.stderr, flush=True))
        except ToolchainError as error:
            return "FAIL", str(error)
    return None


def main():
    arguments = parse_arguments()
    selected = [one for one in cases.all_cases() if arguments.suite in ("", one.suite) and arguments.only in one.name]
    if arguments.list:
        print("\n".join(one.name for one in selected))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    build = os.path.abspath(arguments.build_dir)
    os.makedirs(os.path.join(build, "cache"), exist_ok=True)
    toolchain = Toolchain(os.path.join(build, "cache"))
    wanted = Wanted(arguments.release, arguments.kills)
    report = Report()
    print("seed %#x" % arguments.seed, flush=True)

    def start(one):
        obstacle = in_the_way(one, toolchain)
        if obstacle:
            return report.add(obstacle[0], "%s: %s" % (one.name, obstacle[1]))
        directory = os.path.join(build, "faults", one.name)
        shutil.rmtree(directory, ignore_errors=True)
        stage = Stage(toolchain, directory, arguments.namesrv, arguments.program, "")
        trial = Trial(stage, directory, arguments.program, arguments.disk_faults, arguments.seed, one.name, wanted)
        run_case(one, trial, report)

    try:
        for one in selected:
            if one.alone:
                start(one)
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            list(pool.map(start, [one for one in selected if not one.alone]))
    except (KeyboardInterrupt, SystemExit):
        Program.end_all()
        raise
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
