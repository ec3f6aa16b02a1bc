"""The targets, and whether the runs met them."""

from __future__ import annotations

import figures
import measurements
from reporting.rows import Figure, Rows
from reporting.spread import Spread, number
from reporting.tables import Target, at_least, at_most
from settings import Settings

SENDS = {load.name: load for load in measurements.SENDS}
SMALL, LARGE, MANY, BATCHES, ALONE = SENDS

# The least that counts as CPU time, of a core in percent: five times what the kernel's clock is off in a minute.
MEASURABLE_PERCENT = 0.1


def send_targets(_: Settings, rows: Rows, suffix: str = "", loads: tuple[str, ...] = tuple(SENDS)) -> list[Target]:
    out = []
    for name, factor in ((SMALL, 6), (LARGE, 6), (MANY, 6), (BATCHES, 4)):
        if name in loads:
            out.append(_times_apaches(rows, f"rate of sends, {name}{suffix}", figures.rate, name, factor))
    for name in (SMALL, LARGE):
        if name in loads:
            out.append(_part_of_apaches(rows, f"CPU per send, {name}{suffix}", figures.cpu, name, 8))
    if SMALL in loads:
        out.append(at_most(f"CPU per send, {SMALL}{suffix}", rows.spread(figures.cpu, "gantry", SMALL), 2, " µs", 2,
                           rows.commands(("gantry", SMALL))))
    if ALONE in loads:
        out += _alone_targets(rows)
    return out


def _alone_targets(rows: Rows) -> list[Target]:
    gantry, apache, floor = (("gantry", ALONE), ("apache", ALONE), ("floor", ALONE))
    median = rows.ratio(figures.latency("p50"), gantry, floor)
    p99 = rows.ratio(figures.latency("p99"), gantry, apache)
    to_apache = rows.ratio(figures.latency("p99_9"), gantry, apache)
    to_floor = rows.ratio(figures.latency("p99_9"), gantry, floor)
    commands = rows.commands(gantry, apache, floor)
    return [
        at_most("one sender at a time: median, of the floor's", median, 1.25, "", 2, commands),
        Target("one sender at a time: p99, of Apache's", "below 1", p99.text(2), p99.median < 1, commands),
        Target("one sender at a time: p99.9", "at most 1/5 of Apache's, or twice the floor's",
               f"{to_apache.text(2)} of Apache's, {to_floor.text(2)} of the floor's",
               to_apache.median <= 1 / 5 or to_floor.median <= 2, commands),
    ]


def shared_targets(settings: Settings, rows: Rows) -> list[Target]:
    return send_targets(settings, rows, ", not pinned", (SMALL,))


def sync_targets(_: Settings, rows: Rows) -> list[Target]:
    few, many = "128 B, 4 × 16", "128 B, 4 × 64"
    return [
        _times_apaches(rows, f"rate of sends on the disk, {few}", figures.rate, few, 4),
        _times_apaches(rows, f"rate of sends on the disk, {many}", figures.rate, many, 8),
        at_most(f"disk bytes per stored byte, on the disk, {few}", rows.spread(figures.disk_per_stored, "gantry", few), 3, "",
                1, rows.commands(("gantry", few))),
    ]


def pull_targets(_: Settings, rows: Rows) -> list[Target]:
    name = next(iter(measurements.PULL_SIZES))
    return [
        _part_of_apaches(rows, f"CPU per message pulled, {name}", figures.cpu, name, 6),
        _times_apaches(rows, f"rate of pulls, {name}", figures.rate, name, 3),
    ]


def delivery_targets(_: Settings, rows: Rows) -> list[Target]:
    gantry, floor = rows.of("gantry", "delivery"), rows.of("floor", "delivery")
    round_trips = {run["round"]: figures.latency("p99")(run["report"]) for run in floor}
    # Of what is allowed in the same round.
    share = Spread.of([
        figures.latency("p99", "delivery_us")(run["report"])
        / (2 * round_trips[run["round"]] + figures.latency("p99", "send_us")(run["report"])) for run in gantry])
    return [at_most("from send to waiting pull: p99, of two bare round trips' and the send's", share, 1, "", 2,
                    rows.commands(("gantry", "delivery"), ("floor", "delivery")))]


def topics_targets(settings: Settings, rows: Rows) -> list[Target]:
    one, many = measurements.topics_row(1), measurements.topics_row(settings.many_topics)
    return [at_least(f"rate of sends to {number(settings.many_topics)} topics × 4 queues, of that to one",
                     rows.ratio(figures.rate, ("gantry", many), ("gantry", one)), 0.8, "", 2,
                     rows.commands(("gantry", many), ("gantry", one)))]


def memory_targets(settings: Settings, rows: Rows) -> list[Target]:
    loaded = rows.spread(figures.without_page_cache, "gantry", "loaded")
    apaches = rows.ratio(figures.without_page_cache, ("apache", "loaded"), ("gantry", "loaded"))
    idle = rows.spread(figures.resident, "gantry", "idle")
    cpu = rows.spread(figures.cpu_percent, "gantry", "idle")
    more = rows.spread(figures.cpu_percent, "gantry", "parked pulls").median - cpu.median
    what = f"{number(settings.memory_messages)} messages and {number(settings.consumers)} consumers"
    run = rows.of("gantry", "loaded")[0]
    commands = [run["server"], run["filling"], run["consumers"]]
    idle_commands = [rows.of("gantry", "idle")[0]["server"]]
    parked = rows.of("gantry", "parked pulls")[0]
    return [
        Target(f"resident memory without page cache, {what}", "under 100 MB", f"{number(loaded.median, 1)} MB",
               loaded.median < 100, commands),
        Target(f"resident memory without page cache, {what}", "at most 1/10 of Apache's", f"1/{number(apaches.median, 1)}",
               apaches.median >= 10, commands),
        Target("resident memory, idle", "under 20 MB", f"{number(idle.median, 1)} MB", idle.median < 20, idle_commands),
        Target("CPU time, idle", "under 0.2 % of a core", f"{number(cpu.median, 3)} %", cpu.median < 0.2, idle_commands),
        Target(f"CPU time of {number(settings.parked_clients * settings.parked_pulls)} parked pulls",
               f"not measurable: under {MEASURABLE_PERCENT} % of a core", f"{number(more, 3)} %", more < MEASURABLE_PERCENT,
               [parked["server"], parked["filling"], parked["consumers"]]),
    ]


def start_targets(_: Settings, rows: Rows) -> list[Target]:
    spread = rows.spread(figures.milliseconds, "gantry", "start")
    return [Target("start to first accepted send", "under 50 ms", f"{spread.text(1)} ms", spread.median < 50,
                   rows.commands(("gantry", "start")))]


def _times_apaches(rows: Rows, what: str, figure: Figure, row: str, factor: int) -> Target:
    ratio = rows.ratio(figure, ("gantry", row), ("apache", row))
    return Target(what, f"at least {factor} times Apache's", f"{ratio.text(1)} times", ratio.median >= factor,
                  rows.commands(("gantry", row), ("apache", row)))


def _part_of_apaches(rows: Rows, what: str, figure: Figure, row: str, part: int) -> Target:
    ratio = rows.ratio(figure, ("apache", row), ("gantry", row))
    return Target(what, f"at most 1/{part} of Apache's", f"1/{ratio.text(1)}", ratio.median >= part,
                  rows.commands(("gantry", row), ("apache", row)))


MAKERS = {
    "send": send_targets, "shared": shared_targets, "sync": sync_targets, "pull": pull_targets,
    "delivery": delivery_targets, "topics": topics_targets, "memory": memory_targets, "start": start_targets,
}


def all_targets(settings: Settings, data: dict) -> list[Target]:
    return [target for part, make in MAKERS.items() if part in data for target in make(settings, Rows(data[part]))]
