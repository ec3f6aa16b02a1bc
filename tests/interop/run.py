#!/usr/bin/env python3
"""Runs our servers and our store with software that this project did not write. See README.md beside this file."""

import argparse
import concurrent.futures
import os
import shlex
import shutil
import signal
import sys
import time
import traceback

from harness import case as cases_module
from harness.case import CaseFailed
from harness.programs import Program
from harness.report import Report
from harness.stage import Stage
from harness.toolchain import Toolchain, ToolchainError, missing_tools

import cases  # noqa: F401  fills cases_module.ALL

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("filter", nargs="?", default="", help="run only cases whose name contains this")
    parser.add_argument("--build-dir", default=os.path.join(ROOT, "build", "interop"),
                        help="where fetched software and logs go (default: build/interop)")
    parser.add_argument("--namesrv", metavar="CMD",
                        default=os.path.join(ROOT, "build", "dev", "bin", "gantry-namesrv"),
                        help="the name server under test (default: the one of the dev preset)")
    parser.add_argument("--broker", metavar="CMD",
                        default=os.path.join(ROOT, "build", "dev", "bin", "gantry-broker"),
                        help="the broker under test (default: the one of the dev preset)")
    parser.add_argument("--store-tool", metavar="CMD",
                        default=os.path.join(ROOT, "build", "dev", "bin", "gantry-store-tool"),
                        help="what opens our store (default: gantry-store-tool of the dev preset)")
    parser.add_argument("--reference", action="store_true",
                        help="test Apache's name server and broker 4.9.7 instead: shows that the cases themselves are right")
    parser.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1),
                        help="cases at the same time (default: two for each core, because most of them wait most of the time)")
    parser.add_argument("--list", action="store_true", help="print the names of the cases")
    arguments = parser.parse_args()
    needed = []
    if not (arguments.reference or arguments.list):
        needed.append(("name server", arguments.namesrv, "--namesrv"))
        if any(one.features for one in cases_matching(arguments.filter)):
            needed.append(("broker", arguments.broker, "--broker"))
    if not arguments.list and any(one.opens_stores for one in cases_matching(arguments.filter)):
        needed.append(("store tool", arguments.store_tool, "--store-tool"))
    for what, command, option in needed:
        if not shutil.which(shlex.split(command)[0]):
            parser.error("no %s to test: %s is not there; build it, or see %s" % (what, command, option))
    return arguments


def cases_matching(text):
    return [one for one in cases_module.ALL if text in one.name]


def run_case(one, stage_of, report):
    started = time.monotonic()
    stage = stage_of(one)
    passed = False
    try:
        one.body(stage)
        passed = True
        report.add("ok", "%s (%.1f s)" % (one.name, time.monotonic() - started))
    except Exception as error:
        why = str(error) if isinstance(error, CaseFailed) else traceback.format_exc()
        report.add("FAIL", "%s: %s\n%s" % (one.name, why, stage.tails()))
    finally:
        stage.close()
        if passed:
            stage.drop_stores()


def prepare(selected, toolchain, is_reference, report):
    """Fetches and builds; returns the cases that can run: whose tool chains are all there."""
    on_ci = os.environ.get("CI") == "true"
    obstacles = {}
    for need in sorted({need for one in selected for need in one.needs}):
        missing = missing_tools(need)
        try:
            if missing:
                obstacles[need] = ("FAIL" if on_ci else "skip", "toolchain missing: %s" % ", ".join(missing))
            else:
                toolchain.prepare(need, lambda text: print("  %s" % text, file=sys.stderr, flush=True))
        except ToolchainError as error:
            obstacles[need] = ("FAIL", str(error))
    ready = []
    for one in selected:
        in_the_way = [obstacles[need] for need in one.needs if need in obstacles]
        if in_the_way:
            verdict, why = min(in_the_way)
            report.add(verdict, "%s: %s" % (one.name, why))
        elif is_reference and one.apache_cannot:
            report.add("skip", "%s: %s" % (one.name, one.apache_cannot))
        else:
            ready.append(one)
    return ready


def main():
    arguments = parse_arguments()
    selected = cases_matching(arguments.filter)
    if arguments.list:
        print("\n".join(one.name for one in selected))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    build = os.path.abspath(arguments.build_dir)
    os.makedirs(os.path.join(build, "cache"), exist_ok=True)
    toolchain = Toolchain(os.path.join(build, "cache"))
    report = Report()
    ready = prepare(selected, toolchain, arguments.reference, report)
    command = None if arguments.reference else arguments.namesrv

    def stage_of(one):
        return Stage(toolchain, os.path.join(build, "cases", one.name), command, arguments.broker, arguments.store_tool)

    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        try:
            list(pool.map(lambda one: run_case(one, stage_of, report), ready))
        except (KeyboardInterrupt, SystemExit):
            pool.shutdown(wait=False, cancel_futures=True)
            Program.end_all()
            raise
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
