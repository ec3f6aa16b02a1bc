"""From the runs of all rounds to the figures that are told: medians, spreads, ratios."""

from __future__ import annotations

from collections.abc import Callable

from reporting.spread import Spread


def over_rounds(runs: list[dict], server: str, mode: str, figure: Callable[[dict], float]) -> Spread:
    return Spread.of([figure(run["report"]) for run in runs if (run["server"], run["mode"]) == (server, mode)])


def cpu(report: dict) -> float:
    return report["server"]["cpu_us_per_answer"]


def throughput(report: dict) -> float:
    return report["answers_per_second"]


def latency(name: str) -> Callable[[dict], float]:
    return lambda report: report["latency_us"][name]


def ratios_by_round(runs: list[dict], one: str, other: str, mode: str, figure: Callable[[dict], float]) -> Spread:
    """`other` / `one`, of the two runs of each round: they were neighbours in time."""
    by_round: dict[int, dict[str, float]] = {}
    for run in runs:
        if run["mode"] == mode:
            by_round.setdefault(run["round"], {})[run["server"]] = figure(run["report"])
    return Spread.of([values[other] / values[one] for values in by_round.values()])
