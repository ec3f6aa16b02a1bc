#!/usr/bin/env python3
"""Holds histories, together, to the invariants in harness/checker.py; harness/history.py says how they are written.

Ends with 0 when all hold. A rule is a field of harness.checker.Rules: --rule repeats_ms=5000 --rule resends=true
"""

import argparse
import dataclasses
import json
import sys

from harness import checker, history


def parse_rule(text):
    name, _, value = text.partition("=")
    if name not in {field.name for field in dataclasses.fields(checker.Rules)}:
        raise argparse.ArgumentTypeError("there is no rule %s" % name)
    return name, json.loads(value)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("histories", nargs="+", metavar="FILE")
    parser.add_argument("--rule", action="append", default=[], type=parse_rule, metavar="NAME=VALUE")
    arguments = parser.parse_args()
    operations = []
    for path in arguments.histories:
        with open(path) as lines:
            operations += history.read(lines)
    report = checker.check(operations, checker.Rules(**dict(arguments.rule)))
    print(report)
    return 1 if report.violations else 0


if __name__ == "__main__":
    sys.exit(main())
