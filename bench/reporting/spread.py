"""What several rounds of one measurement come to, and how it is told."""

from __future__ import annotations

import dataclasses
import statistics


@dataclasses.dataclass(frozen=True)
class Spread:
    """The median of all rounds, and how far they went."""

    median: float
    lowest: float
    highest: float

    @staticmethod
    def of(values: list[float]) -> Spread:
        return Spread(statistics.median(values), min(values), max(values))

    def text(self, digits: int = 2) -> str:
        return f"{_number(self.median, digits)} ({_number(self.lowest, digits)} … {_number(self.highest, digits)})"


def _number(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}".replace(",", " ")


def number(value: float, digits: int = 0) -> str:
    return _number(value, digits)
