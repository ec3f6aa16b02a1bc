"""The cases, each in the suite that scripts/test.sh runs as faults/SUITE."""

from cases import disk_full, fail_points, kills, planted, slow_disk, stops
from rig.trial import Case

SUITES = ("planted", "points", "full", "slow", "kill", "stop")


def all_cases() -> list[Case]:
    found = [case for module in (planted, fail_points, disk_full, slow_disk, kills, stops) for case in module.CASES]
    return sorted(found, key=lambda one: SUITES.index(one.suite))
