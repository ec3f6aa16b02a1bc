"""The runs of one part of a comparison, and the figures that they come to."""

from __future__ import annotations

from collections.abc import Callable

from reporting.spread import Spread

# Of what a program reported of one run.
Figure = Callable[[dict], float]


class Rows:
    """The runs of one part, by row and side."""

    def __init__(self, runs: list[dict]):
        self._runs = runs

    def of(self, side: str, row: str, queues: int | None = None) -> list[dict]:
        return [run for run in self._runs
                if (run["side"], run["row"]) == (side, row) and queues in (None, run.get("queues"))]

    def spread(self, figure: Figure, side: str, row: str, queues: int | None = None) -> Spread:
        return Spread.of([figure(run["report"]) for run in self.of(side, row, queues)])

    def commands(self, *keys: tuple) -> list[str]:
        return [self.of(*key)[0]["report"]["command"] for key in keys]

    def ratio(self, figure: Figure, over: tuple, under: tuple) -> Spread:
        """Of the two runs of each round: they were near each other in time."""
        below = {run["round"]: figure(run["report"]) for run in self.of(*under)}
        return Spread.of([figure(run["report"]) / below[run["round"]] for run in self.of(*over)])
