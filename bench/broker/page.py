"""Writes what was measured of the broker as a page. Every figure comes from the run's data; nothing is typed in by hand."""

from __future__ import annotations

import figures
import measurements
import standing
from brokers import GANTRY_TOML
from measurements import topics_row
from processes import apache
from reporting import apache_jars, plots as svg
from reporting.plots import Bar
from reporting.rows import Figure, Rows
from reporting.spread import number
from reporting.tables import Commands, commands_section, machine_section, noise_text, table, targets_section
from settings import Settings
from targets import MAKERS, all_targets

BROKERS = ("gantry", "apache")
ALL = (*BROKERS, "floor")
PARTS = (*MAKERS, "strain")


def page(settings: Settings, data: dict, stem: str) -> str:
    commands = Commands()
    sections = [_head(settings, data), targets_section(all_targets(settings, data), commands)]
    for part, write in WRITERS.items():
        if part in data:
            picture = f"![The figures of this section as bars]({stem}-{part}.svg)"
            sections.append(write(settings, Rows(data[part]), picture, commands))
    # Starts are not pinned and short; bad clients are others by intent.
    noise = [run["report"]["machine"] for part in PARTS if part not in ("start", "strain") for run in data.get(part, ())]
    sections += [_method_section(settings, noise), _configuration_section(),
                 commands_section(commands, "From the repository's root; `$PORT` is a free one, `$PID` the server's."),
                 machine_section(data["machine"], f"Apache RocketMQ {apache_jars.VERSION}.")]
    return "\n\n".join(section.strip() for section in sections) + "\n"


def _head(settings: Settings, data: dict) -> str:
    warning = "\n\n**Made by `--quick`, for development: too short to be quoted.**" if settings.quick else ""
    misses = ""
    if not all(target.met for target in all_targets(settings, data)):
        misses = "\nMissed targets, their profiles and what was tried: [broker-misses.md](broker-misses.md)."
    return f"""# The broker, measured against Apache's

Made on {data['date']} by `{data['command']}`; do not edit.

Figures are medians of {settings.rounds} rounds, with the lowest and the highest in parentheses; each run by itself is
in the JSON file beside this page. How to read and repeat them: [bench/README.md](../../bench/README.md).{misses}{warning}"""


def _load_table(rows: Rows, names: list[str], sides: tuple[str, ...] = ALL, disk: bool = False) -> str:
    """Who is the limit can be read off: a generator that is busier than the server."""
    lines = []
    for name in names:
        for side in sides:
            def told(figure: Figure, digits: int = 0, key: tuple[str, str] = (side, name)) -> str:
                return rows.spread(figure, *key).text(digits)

            def median(figure: Figure, digits: int = 0, key: tuple[str, str] = (side, name)) -> str:
                return number(rows.spread(figure, *key).median, digits)

            server, generator = (rows.spread(share, side, name).median * 100
                                 for share in (figures.server_share, figures.generator_share))
            cells = [f"{side}: {name}", told(figures.rate), told(figures.cpu, 3 if name.endswith("4 × 8") else 2),
                     median(figures.latency("p50")), median(figures.latency("p99")), median(figures.latency("p99_9")),
                     number(server), number(generator) + (" **(the limit)**" if generator > max(server, 90) else "")]
            if disk:
                cells.append("" if side == "floor" else told(figures.disk_per_stored, 1))
            lines.append(cells)
    head = ["", "messages/s", "CPU µs per message", "µs p50", "µs p99", "µs p99.9", "server, % of a core",
            "generator, % of a core"]
    return table(head + (["disk bytes per stored byte"] if disk else []), lines)


def _send_section(_: Settings, rows: Rows, picture: str, __: Commands) -> str:
    return f"""## Sending

Async flush: nobody waits for the disk. "4 × 64" are 4 connections with 64 requests in flight on each. The floor splits
frames, appends them to a file with one `pwritev` per burst and answers a constant: no broker can be below it. Latencies
are those of a full pipeline; but those of one at a time are a sender's that waits.

{picture}

{_load_table(rows, [load.name for load in measurements.SENDS])}"""


def _shared_section(_: Settings, rows: Rows, picture: str, __: Commands) -> str:
    return f"""## Sending, server and generator not pinned

A server that uses several cores has the generator's too, as long as that leaves it some.

{picture}

{_load_table(rows, [load.name for load in measurements.SHARED_SENDS])}"""


def _sync_section(_: Settings, rows: Rows, picture: str, __: Commands) -> str:
    return f"""## Sending, acknowledged when on the disk

Sync flush. The floor answers a burst after one `fdatasync`. Disk bytes are those of the whole device, from before the
load until all that it left is on the disk; stored bytes are those of the log.

{picture}

{_load_table(rows, [load.name for load in measurements.SYNC_SENDS], disk=True)}"""


def _pull_section(settings: Settings, rows: Rows, picture: str, commands: Commands) -> str:
    row = next(iter(measurements.PULL_SIZES))
    filling = commands.numbers([rows.of("gantry", row)[0]["filling"]])
    return f"""## Pulling

Batches of 32 messages from memory, each queue of {number(settings.pull_messages)} messages (command {filling}) from its
beginning to its end and again, by consumers that commit their offset with each pull. Place and body of every message
are checked.

{picture}

{_load_table(rows, list(measurements.PULL_SIZES))}"""


def _delivery_section(settings: Settings, rows: Rows, picture: str, _: Commands) -> str:
    lines = []
    for side in BROKERS:
        for label, of in (("the send's answer", "send_us"), ("the waiting pull's answer", "delivery_us")):
            lines.append([f"{side}: {label}"] + [rows.spread(figures.latency(name, of), side, "delivery").text(0)
                                                for name in ("p50", "p99", "p99_9")])
    lines.append(["floor: a bare round trip"] + [rows.spread(figures.latency(name), "floor", "delivery").text(0)
                                                 for name in ("p50", "p99", "p99_9")])
    return f"""## From a send to a pull that waits

{settings.delivery_rate} messages a second, one at a time, with nothing else to do: µs from the start of the send.

{picture}

{table(["", "µs p50", "µs p99", "µs p99.9"], lines)}"""


def _topics_section(settings: Settings, rows: Rows, picture: str, _: Commands) -> str:
    return f"""## Many topics

128 B, 4 × 64, to the queues of all topics in turn, 4 queues each; all topics had a message before.

{picture}

{_load_table(rows, [topics_row(1), topics_row(settings.many_topics)], sides=BROKERS)}"""


MEMORY_ROWS = ("idle", "parked pulls", "loaded")


def _memory_section(settings: Settings, rows: Rows, picture: str, _: Commands) -> str:
    named = {"idle": "idle",
             "parked pulls": f"{number(settings.parked_clients * settings.parked_pulls)} parked pulls",
             "loaded": f"{number(settings.memory_messages)} messages, {number(settings.consumers)} consumers"}
    lines = []
    for row in MEMORY_ROWS:
        for side in BROKERS:
            report = rows.of(side, row)[0]["report"]
            cpu = number(report["cpu_share"] * 100, 3) if "cpu_share" in report else ""
            lines.append([f"{side}: {named[row]}"]
                         + [number(report[kind] / figures.MB, 1) for kind in ("anonymous", "resident", "page_tables")]
                         + [cpu])
    return f"""## Memory and CPU time at rest

MB of one run, without those of the name server, and the CPU time of {settings.idle_seconds:g} s. Without page cache is
what no file backs: heap and stacks. Resident counts mapped pages of the log and of the program, too. No parked pull ends,
and no heartbeat comes, while the CPU time is taken.

{picture}

{table(["", "resident without page cache", "resident", "page tables", "CPU, % of a core"], lines)}"""


def _start_section(_: Settings, rows: Rows, picture: str, __: Commands) -> str:
    lines = [[side, rows.spread(figures.milliseconds, side, "start").text(1), str(len(rows.of(side, "start")))]
             for side in BROKERS]
    return f"""## Start to the first accepted send

With an empty directory, beside a name server that runs.

{picture}

{table(["", "ms", "starts"], lines)}"""


def _strain_section(settings: Settings, rows: Rows, picture: str, commands: Commands) -> str:
    lines, notes = [], []
    for load in ("sends", "pulls"):
        for strain in standing.STRAINS:
            row = f"{load}, {strain}"
            for side in BROKERS:
                if not rows.of(side, row):
                    lines.append([f"{side}: {row}", *["gave no answer"] * 5])
                    continue
                lines.append([f"{side}: {row}"] + [rows.spread(figures.latency(name), side, row).text(0)
                                                   for name in ("p50", "p99", "p99_9")]
                             + [_unanswered(rows, side, row), _most_memory(rows, side, row)])
    for strain, words in standing.STRAINS.items():
        if words is None:
            continue
        run = rows.of("gantry", f"sends, {strain}")[0]
        notes.append(f"- {strain}: command {commands.numbers([run['bad_command']])}")
    return f"""## A client that behaves, beside some that do not

{number(settings.polite_rate)} sends and {number(settings.polite_rate)} pulls a second, one after the other; latency counts
from the scheduled start. The others run on the generator's core, too, and use its time: "alone" is what to compare with,
for each server by itself. A wrong or missing answer of ours would have ended the comparison. Clients that never
read were let loose on Apache's once for the sends and once for the pulls, on a new broker each time.

{picture}

{table(["", "µs p50", "µs p99", "µs p99.9", "requests without an answer", "resident without page cache, MB"], lines)}

{chr(10).join(notes)}"""


def _unanswered(rows: Rows, side: str, row: str) -> str:
    """Of all rounds: lost, or not even sent, since all before them had no answer."""
    return number(sum(run["report"]["unanswered"] + run["report"]["unsent"] for run in rows.of(side, row)))


def _most_memory(rows: Rows, side: str, row: str) -> str:
    reports = [run["report"] for run in rows.of(side, row)]
    return number(max(report.get("memory", report["server"]["memory_after_bytes"])["anonymous"] for report in reports)
                  / figures.MB)


WRITERS = {
    "send": _send_section, "shared": _shared_section, "sync": _sync_section, "pull": _pull_section,
    "delivery": _delivery_section, "topics": _topics_section, "memory": _memory_section, "start": _start_section,
    "strain": _strain_section,
}


def _method_section(settings: Settings, noise: list[dict]) -> str:
    return f"""## How it was measured

Each server is pinned to core {settings.server_cpu}, one generator thread to core {settings.generator_cpu}, where the
section does not say otherwise; they are asked in turn (A-B-B-A), and ratios are taken round by round. Apache's broker
stays for all rounds of a section and idles while others are measured; it had {settings.jit_warmup_seconds:g} s of
uncounted load for its JVM to compile, and less for each further load. The others are started anew for each measurement.
{settings.warmup_seconds:g} s before the measured {settings.duration_seconds:g} s are not counted, and what one leaves for
the disk is on it before the next begins. CPU time is that of the whole server process, its system calls and so its half
of the loopback interface included; name servers are processes of their own. Headers are JSON, as clients send them; half
of each body is random; each message has a tag and an id of its own, which both brokers index. Every answer was checked,
and that the broker then has as many messages as it took.

{noise_text(noise)}"""


def _configuration_section() -> str:
    toml = GANTRY_TOML.format(port="$PORT", name_server="127.0.0.1:$PORT", home="$HOME_OF_IT", flush="async")
    properties = apache.as_file(apache.broker_properties("$PORT", "127.0.0.1:$PORT", "$HOME_OF_IT", sync_flush=False))
    return f"""## Configuration

`gantry-broker`, with `flush = "sync"` where the disk is waited for:

```toml
{toml.strip()}
```

Apache's, in `broker.conf`, with `SYNC_FLUSH` there:

```properties
{properties.strip()}
```"""


def plots(settings: Settings, data: dict) -> dict[str, str]:
    """SVG by part."""
    makers = {"send": _send_plot, "shared": _send_plot, "sync": _send_plot, "pull": _pull_plot, "delivery": _delivery_plot,
              "topics": _topics_plot, "memory": _memory_plot, "start": _start_plot, "strain": _strain_plot}
    return {part: make(settings, Rows(data[part]), part) for part, make in makers.items() if part in data}


def _bars(rows: Rows, names: list[str], figure: Figure, sides: tuple[str, ...]) -> list[Bar]:
    return [Bar(f"{side}: {name}", side, rows.spread(figure, side, name)) for name in names for side in sides
            if rows.of(side, name)]


def _send_plot(_: Settings, rows: Rows, part: str) -> str:
    loads = {"send": measurements.SENDS, "shared": measurements.SHARED_SENDS, "sync": measurements.SYNC_SENDS}[part]
    names = [load.name for load in loads]
    if part == "sync":
        return svg.bars("Sending, on the disk", "messages a second", _bars(rows, names, figures.rate, ALL), logarithmic=True)
    return svg.bars("Sending", "CPU µs per message", _bars(rows, names, figures.cpu, ALL), digits=2, logarithmic=True)


def _pull_plot(_: Settings, rows: Rows, __: str) -> str:
    return svg.bars("Pulling", "CPU µs per message", _bars(rows, list(measurements.PULL_SIZES), figures.cpu, ALL), digits=3,
                    logarithmic=True)


def _delivery_plot(_: Settings, rows: Rows, __: str) -> str:
    bars = [Bar(f"{side}: {label}, p99", side, rows.spread(figures.latency("p99", of), side, "delivery"))
            for label, of in (("send", "send_us"), ("delivery", "delivery_us")) for side in BROKERS]
    bars.append(Bar("floor: round trip, p99", "floor", rows.spread(figures.latency("p99"), "floor", "delivery")))
    return svg.bars("From a send to a pull that waits", "µs", bars)


def _topics_plot(settings: Settings, rows: Rows, _: str) -> str:
    names = [topics_row(1), topics_row(settings.many_topics)]
    return svg.bars("Sending to many topics", "messages a second", _bars(rows, names, figures.rate, BROKERS))


def _memory_plot(_: Settings, rows: Rows, __: str) -> str:
    return svg.bars("Resident memory without page cache", "MB",
                    _bars(rows, list(MEMORY_ROWS), figures.without_page_cache, BROKERS), digits=1, logarithmic=True)


def _start_plot(_: Settings, rows: Rows, __: str) -> str:
    return svg.bars("Start to the first accepted send", "ms", _bars(rows, ["start"], figures.milliseconds, BROKERS), digits=1,
                    logarithmic=True)


def _strain_plot(_: Settings, rows: Rows, __: str) -> str:
    names = [f"{load}, {strain}" for load in ("sends", "pulls") for strain in standing.STRAINS]
    return svg.bars("A client that behaves: p99", "µs", _bars(rows, names, figures.latency("p99"), BROKERS), logarithmic=True)
