"""How a comparison goes through its rounds."""

from __future__ import annotations

import time


def say(text: str) -> None:
    print(time.strftime("%H:%M:%S"), text, flush=True)


def in_turn(rows: list, round_number: int) -> list:
    """A-B-B-A: what drifts with time falls on all alike."""
    return rows if round_number % 2 == 0 else rows[::-1]


class Recorder:
    """Collects the runs of one part, and says each as it ends."""

    def __init__(self, part: str, told: tuple[str, ...]):
        """`told`: what is said of a run; `a.b` is the member b of the report's member a."""
        self.part = part
        self.runs: list[dict] = []
        self._told = told

    def add(self, row: str, side: str, round_number: int, report: dict, **more) -> None:
        self.runs.append({"row": row, "side": side, "round": round_number, "report": report, **more})
        figures = {name: value for name in self._told if (value := _member(report, name)) is not None}
        say(f"{self.part}, round {round_number + 1}: {side}, {row}: {figures}; "
            f"others used {report['machine']['others_share']:.1%} of the machine")


def _member(report: dict, name: str) -> object:
    for part in name.split("."):
        report = report.get(part) if isinstance(report, dict) else None
    return report
