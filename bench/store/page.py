"""Writes what was measured of the store as a page. Every figure comes from the run's data; nothing is typed in by hand."""

from __future__ import annotations

import measurements
from reporting import apache_jars, plots as svg
from reporting.plots import Bar
from reporting.rows import Rows
from reporting.spread import number
from reporting.tables import (Commands, Target, at_least, at_most, commands_section, machine_section, noise_text, table,
                              targets_section)
from settings import Settings

MB = 1e6


def message_rate(report: dict) -> float:
    return report["messages"] / report["seconds"]


def byte_rate(report: dict) -> float:
    return report["stored_bytes"] / report["seconds"] / MB


def per_cpu_second(report: dict) -> float:
    return report["messages"] / report["cpu_seconds"]


def cpu_microseconds(report: dict) -> float:
    return report["cpu_seconds"] / report["messages"] * 1e6


def disk_per_stored(report: dict) -> float:
    return report["disk_bytes"] / report["stored_bytes"]


def open_seconds(report: dict) -> float:
    return report["open_seconds"]


def anonymous_memory(report: dict) -> float:
    return report["resident_anonymous_bytes"] / MB


def page(settings: Settings, data: dict, stem: str) -> str:
    commands = Commands()
    sections = [_head(settings, data), targets_section(targets(settings, data), commands)]
    writers = {"append": _append_section, "sync": _sync_section, "read": _read_section, "queues": _queues_section,
               "large": _large_section}
    for part, write in writers.items():
        if part in data:
            sections.append(write(Rows(data[part]), f"![The figures of this section as bars]({stem}-{part}.svg)"))
    noise = [run["report"]["machine"] for part in writers for run in data.get(part, ())]
    sections += [_method_section(settings, noise), commands_section(commands, "From the repository's root."),
                 machine_section(data["machine"], f"Apache RocketMQ {apache_jars.VERSION}.")]
    return "\n\n".join(section.strip() for section in sections) + "\n"


def targets(settings: Settings, data: dict) -> list[Target]:
    makers = {"append": _append_targets, "sync": _sync_targets, "read": _read_targets,
              "queues": lambda rows: _queue_targets(rows, settings.many_queues), "large": _large_targets}
    return [target for part, make in makers.items() if part in data for target in make(Rows(data[part]))]


def _append_targets(rows: Rows) -> list[Target]:
    large, small = ("gantry", "1 KiB, bursts of 32"), ("gantry", "128 B, bursts of 32")
    plain, apaches = ("floor", "1 KiB, plain pwrite"), ("apache", "128 B, one at a time")
    out = [
        at_least("append of 1 KiB, of the rate of plain 64 KiB pwrite", rows.ratio(byte_rate, large, plain), 0.7, "", 2,
                 rows.commands(large, plain)),
        at_least("append of 128 B, messages a second per core", rows.spread(per_cpu_second, *small), 2e6, "", 0,
                 rows.commands(small)),
        at_least("append of 128 B, of the rate of Apache's", rows.ratio(message_rate, small, apaches), 5, "", 1,
                 rows.commands(small, apaches)),
    ]
    for row in (large, small):
        out.append(at_most(f"disk bytes per stored byte, {row[1]}, async", rows.spread(disk_per_stored, *row), 1.2, "", 2,
                           rows.commands(row)))
    return out


def _sync_targets(rows: Rows) -> list[Target]:
    out = []
    for state in ("fresh", "after a restart"):
        one = ("gantry", f"1 sender, {state}")
        out.append(at_most(f"disk bytes per stored byte, one synchronous sender of 256 B, {state}",
                           rows.spread(disk_per_stored, *one), 20, "", 1, rows.commands(one)))
    many, floor = ("gantry", "64 in flight, fresh"), ("floor", "fdatasync")
    out.append(at_least("acknowledgements with 64 in flight, of the machine's fdatasync rate",
                        rows.ratio(message_rate, many, floor), 20, "", 1, rows.commands(many, floor)))
    rivals = [("apache", f"{senders}, fresh") for senders in ("64 in flight", "64 threads")]
    best = max(rivals, key=lambda row: rows.spread(message_rate, *row).median)
    out.append(at_least("acknowledgements with 64 in flight, of Apache's (its best way)",
                        rows.ratio(message_rate, many, best), 1, "", 1, rows.commands(many, best)))
    return out


def _read_targets(rows: Rows) -> list[Target]:
    row = ("gantry", "batches of 32 x 128 B")
    return [at_least("sequential reads, messages a second per core", rows.spread(per_cpu_second, *row), 10e6, "", 0,
                     rows.commands(row))]


def _queue_targets(rows: Rows, many: int) -> list[Target]:
    few_queues, many_queues = ("gantry", "append", 4), ("gantry", "append", many)
    named = f"{number(many)} queues"
    out = [
        at_least(f"append with {named}, of the rate with 4", rows.ratio(message_rate, many_queues, few_queues), 0.8, "", 2,
                 rows.commands(many_queues, few_queues)),
        at_most(f"opening {named}", rows.spread(open_seconds, "gantry", "open", many), 3, " s", 2,
                rows.commands(("gantry", "open", many))),
    ]
    for count, most in ((1_000, 60), (many, 250)):
        out.append(at_most(f"resident memory but the page cache, {number(count)} queues",
                           rows.spread(anonymous_memory, "gantry", "append", count), most, " MB", 0,
                           rows.commands(("gantry", "append", count))))
    return out


def _large_targets(rows: Rows) -> list[Target]:
    return [at_most(f"opening a large log {row}", rows.spread(open_seconds, "gantry", row), most, " s", 2,
                    rows.commands(("gantry", row)))
            for row, most in (("after a kill", 2), ("after a clean stop", 0.3))]


def _head(settings: Settings, data: dict) -> str:
    warning = "\n\n**Made by `--quick`, for development: too short to be quoted.**" if settings.quick else ""
    return f"""# The store, measured against Apache's

Made on {data['date']} by `{data['command']}`; do not edit.

Figures are medians of {settings.rounds} rounds, with the lowest and the highest in parentheses; each run by itself is
in the JSON file beside this page. How to read and repeat them: [bench/README.md](../../bench/README.md).
Missed targets, their profiles and what was tried: [store-misses.md](store-misses.md).{warning}"""


def _append_section(rows: Rows, picture: str) -> str:
    lines = []
    for row, side, _ in measurements.APPENDS:
        cells = [f"{side}: {row}", rows.spread(byte_rate, side, row).text(0)]
        if side == "floor":
            cells += ["", "", ""]
        else:
            cells += [rows.spread(message_rate, side, row).text(0), rows.spread(cpu_microseconds, side, row).text(2),
                      rows.spread(disk_per_stored, side, row).text(2)]
        lines.append(cells)
    head = ["", "MB/s", "messages/s", "CPU µs per message", "disk bytes per stored byte"]
    return f"""## Appending

One thread, {number(4)} queues, async flush: nobody waits for the disk. Ours takes messages of any queues in one burst;
Apache's takes one at a time, or a batch whose messages are of one queue. CPU is that of the whole process: queues, key
index and flushing are in it. What the disk wrote is counted until everything is on it.

{picture}

{table(head, lines)}"""


def _sync_section(rows: Rows, picture: str) -> str:
    lines = [["floor: 256 B, then fdatasync", rows.spread(message_rate, "floor", "fdatasync").text(0), ""]]
    for senders in measurements.SENDERS:
        for state in ("fresh", "after a restart"):
            for side in ("gantry", "apache"):
                row = f"{senders}, {state}"
                lines.append([f"{side}: {row}", rows.spread(message_rate, side, row).text(0),
                              rows.spread(disk_per_stored, side, row).text(1)])
    return f"""## Waiting for the disk

Messages of 256 B, sync flush. In flight: two threads that do not wait, as a broker's; threads: each waits for its own.
After a restart: caches cold, the log read from end to end, then appended to; a page cache filled by reading makes a
store that syncs through a mapping write whole folios.

{picture}

{table(["", "acknowledged/s", "disk bytes per stored byte"], lines)}"""


def _read_section(rows: Rows, picture: str) -> str:
    row = "batches of 32 x 128 B"
    lines = [[side, rows.spread(message_rate, side, row).text(0), rows.spread(per_cpu_second, side, row).text(0)]
             for side in ("gantry", "apache")]
    return f"""## Reading

One thread, batches of 32 messages of 128 B, from memory.

{picture}

{table(["", "messages/s", "messages per CPU second"], lines)}"""


def _queue_counts(rows: Rows, side: str) -> list[int]:
    return sorted({run["queues"] for run in rows.of(side, "append")})


def _queues_section(rows: Rows, picture: str) -> str:
    lines = [[f"{side}, {number(count)} queues", rows.spread(message_rate, side, "append", count).text(0),
              rows.spread(anonymous_memory, side, "append", count).text(0),
              rows.spread(open_seconds, side, "open", count).text(2)]
             for side in ("gantry", "apache") for count in _queue_counts(rows, side)]
    return f"""## Many queues

Messages of 128 B to each queue in turn; ours in bursts of 32, Apache's one at a time.

{picture}

{table(["", "messages/s", "anonymous memory, MB", "opening, s"], lines)}"""


LARGE_ROWS = ("after a kill", "after a clean stop", "after a clean stop, caches cold")


def _large_section(rows: Rows, picture: str) -> str:
    lines = [[f"{side}: {row}", rows.spread(open_seconds, side, row).text(3)]
             for row in LARGE_ROWS for side in ("gantry", "apache")]
    before = rows.of("gantry", LARGE_ROWS[0])[0]["before"]
    return f"""## Opening a large log

It was filled with messages of 1 KiB, and the process killed while it appended: `{before}`.

{picture}

{table(["", "s"], lines)}"""


def _method_section(settings: Settings, noise: list[dict]) -> str:
    return f"""## How it was measured

Each run is a process of its own on a directory of its own, one after the other, and the next round goes through them
in the opposite order. {settings.warmup_seconds:g} s ({settings.jit_warmup_seconds:g} s for Apache's, whose JVM compiles
meanwhile) before the measured {settings.seconds:g} s are not counted. Ratios are taken round by round. Half of each
message is random. Disk bytes are those of the whole device, so that nobody else may write to it. No message was refused.

{noise_text(noise)}"""


def plots(data: dict) -> dict[str, str]:
    """SVG by part."""
    out = {}
    if "append" in data:
        rows = Rows(data["append"])
        out["append"] = svg.bars("Appending", "MB of records a second", [
            Bar(f"{side}: {row}", side, rows.spread(byte_rate, side, row)) for row, side, _ in measurements.APPENDS])
    if "sync" in data:
        rows = Rows(data["sync"])
        out["sync"] = svg.bars("Disk bytes per stored byte, sync flush", "of the device", [
            Bar(f"{side}: {senders}, {state}", side, rows.spread(disk_per_stored, side, f"{senders}, {state}"))
            for senders in measurements.SENDERS for state in ("fresh", "after a restart") for side in ("gantry", "apache")],
            digits=1, logarithmic=True)
    if "read" in data:
        rows = Rows(data["read"])
        out["read"] = svg.bars("Reading", "million messages a CPU second", [
            Bar(side, side, rows.spread(lambda report: per_cpu_second(report) / 1e6, side, "batches of 32 x 128 B"))
            for side in ("gantry", "apache")], digits=1)
    if "queues" in data:
        rows = Rows(data["queues"])
        out["queues"] = svg.bars("Appending to many queues", "messages a second", [
            Bar(f"{side}, {number(count)} queues", side, rows.spread(message_rate, side, "append", count))
            for side in ("gantry", "apache") for count in _queue_counts(rows, side)])
    if "large" in data:
        rows = Rows(data["large"])
        out["large"] = svg.bars("Opening a large log", "seconds", [
            Bar(f"{side}: {row}", side, rows.spread(open_seconds, side, row))
            for row in LARGE_ROWS for side in ("gantry", "apache")], digits=3, logarithmic=True)
    return out
