"""Writes what was measured as a page. Every figure on it comes from the run's data; nothing is typed in by hand."""

from __future__ import annotations

import figures
from reporting import apache_jars
from reporting.spread import Spread, number
from reporting.tables import Commands, Target, commands_section, machine_section, noise_text, table, targets_section
from settings import HOT, WIDE, DataSet, Settings

ROUTE_CPU_RATIO = 8
MEMORY_RATIO = 10
START_SECONDS = 0.050
ECHO_MICROSECONDS = 1.5

# At a fixed rate nearly every request wakes the server, and the price of that is the system's.
TARGET_MODE = "saturated"
MODES = {"saturated": "{connections} × {window} in flight", "rate": "{rate}/s"}
MIB = 1 << 20


def page(settings: Settings, data: dict) -> str:
    commands = Commands()
    sections = [_head(settings, data), targets_section(targets(settings, data), commands)]
    for part, write in (("route", _route_section), ("start", _start_section), ("echo", _echo_section)):
        if part in data:
            sections.append(write(settings, data))
    sections += [_method_section(settings, data),
                 commands_section(commands, "From the repository's root; `$PORT` is a free one, `$PID` the server's."),
                 machine_section(data["machine"], f"Apache RocketMQ {apache_jars.VERSION}.")]
    return "\n\n".join(section.strip() for section in sections) + "\n"


def targets(settings: Settings, data: dict) -> list[Target]:
    out: list[Target] = []
    us, them = _labels(settings)
    for data_set in (HOT, WIDE) if "route" in data else ():
        runs = data["route"][data_set.name]["runs"]
        filling = _filling(data["route"][data_set.name])
        ratio = figures.ratios_by_round(runs, us, them, TARGET_MODE, figures.cpu)
        out.append(Target(f"CPU per route query, {data_set.describe()}, {_mode(settings, TARGET_MODE)}",
                          f"at most 1/{ROUTE_CPU_RATIO} of Apache's", f"1/{ratio.text(1)}",
                          ratio.median >= ROUTE_CPU_RATIO, filling + _load_commands(runs, TARGET_MODE)))
    if "route" in data:
        for state, memory in data["route"][WIDE.name]["memory"].items():
            ratio = memory[them]["resident"] / memory[us]["resident"]
            out.append(Target(f"resident memory, {WIDE.describe()}, {_state(state)}",
                              f"at most 1/{MEMORY_RATIO} of Apache's", f"1/{number(ratio, 1)}", ratio >= MEMORY_RATIO,
                              _filling(data["route"][WIDE.name])))
    if "start" in data:
        spread = Spread.of([seconds * 1000 for seconds in data["start"]["seconds"][us]])
        out.append(Target("start to first answered request", f"under {START_SECONDS * 1000:.0f} ms",
                          f"{spread.text(1)} ms", spread.median < START_SECONDS * 1000, [data["start"]["commands"][us]]))
    if "echo" in data:
        spread = figures.over_rounds(data["echo"]["runs"], "gantry-echo-server", "saturated", figures.cpu)
        out.append(Target(f"CPU per echoed request, {settings.echo_body_bytes} bytes, {_mode(settings, 'saturated')}",
                          f"at most {ECHO_MICROSECONDS} µs", f"{spread.text(3)} µs",
                          spread.median <= ECHO_MICROSECONDS,
                          [data["echo"]["servers"]["gantry-echo-server"]["command"]]
                          + _load_commands(data["echo"]["runs"], "saturated")[:1]))
    return out


def _filling(route: dict) -> list[str]:
    """The commands that bring both servers to where they are queried: two servers, one registration."""
    servers = route["servers"].values()
    return [server["command"] for server in servers] + [next(iter(servers))["registration"]]


def _load_commands(runs: list[dict], mode: str) -> list[str]:
    """Without the port they are the same for both servers, and for all rounds."""
    return [next(run["report"]["command"] for run in runs if run["mode"] == mode)]


def _labels(settings: Settings) -> tuple[str, str]:
    return ("gantry" if settings.candidate == "gantry" else "apache-again"), "apache"


def _mode(settings: Settings, mode: str) -> str:
    return MODES[mode].format(connections=settings.connections, window=settings.window,
                              rate=number(settings.rate))


def _state(state: str) -> str:
    return {"filled": "after the brokers registered", "loaded": "after all rounds of queries"}[state]


def _head(settings: Settings, data: dict) -> str:
    warning = ""
    if settings.candidate != "gantry":
        warning = "\n\n**Apache against itself: this page tries the runner, it compares nothing.**"
    elif settings.quick:
        warning = "\n\n**Made by `--quick`, for development: too short to be quoted.**"
    return f"""# The name server, measured against Apache's

Made on {data['date']} by `{data['command']}`; do not edit.

Figures are medians of {settings.rounds} rounds, with the lowest and the highest in parentheses; each run by itself is
in the JSON file beside this page. How to read and repeat them: [bench/README.md](../../bench/README.md).{warning}"""


def _route_section(settings: Settings, data: dict) -> str:
    parts = ["## Route queries"]
    for data_set in (HOT, WIDE):
        for mode in MODES:
            parts.append(f"### {data_set.describe()}, {_mode(settings, mode)}")
            parts.append(_runs_table(data["route"][data_set.name]["runs"], _labels(settings), mode))
            if mode == "rate":
                parts += _missed_rate(settings, data["route"][data_set.name]["runs"])
                parts.append(_beside_the_floor(settings, data, data_set))
    parts.append("## Memory")
    for data_set in (HOT, WIDE):
        parts.append(_memory_table(data_set, data["route"][data_set.name]["memory"]))
    return "\n\n".join(parts)


def _runs_table(runs: list[dict], names: tuple[str, ...], mode: str) -> str:
    percentiles = ["p50", "p99", "p99_9", "p99_99"]
    rows = []
    for name in names:
        cells = [name, figures.over_rounds(runs, name, mode, figures.cpu).text(3),
                 figures.over_rounds(runs, name, mode, figures.throughput).text(0)]
        for percentile in percentiles:
            cells.append(number(figures.over_rounds(runs, name, mode, figures.latency(percentile)).median))
        cells.append(number(figures.over_rounds(runs, name, mode, figures.latency("max")).highest))
        rows.append(cells)
    head = ["server", "CPU µs per answer", "answers/s", *("µs " + p.replace("_", ".") for p in percentiles), "µs max"]
    return table(head, rows)


def _missed_rate(settings: Settings, runs: list[dict]) -> list[str]:
    out = []
    for name in _labels(settings):
        reached = figures.over_rounds(runs, name, "rate", figures.throughput)
        if reached.lowest < 0.99 * settings.rate:
            out.append(f"`{name}` did not keep up with the rate in every round (lowest: {number(reached.lowest)}/s): its "
                       "latencies are those of a queue that grows, and depend on the length of the run.")
    return out


def _beside_the_floor(settings: Settings, data: dict, data_set: DataSet) -> str:
    us, them = _labels(settings)
    ratio = figures.ratios_by_round(data["route"][data_set.name]["runs"], us, them, "rate", figures.cpu)
    text = (f"`{us}` uses 1/{ratio.text(1)} of the CPU time of `{them}` here. At this rate nearly every request wakes the "
            "server, and that is what is measured, so this load has no target.")
    if "echo" in data:
        floor = figures.over_rounds(data["echo"]["runs"], "gantry-floor-server", "rate", figures.cpu)
        text += (f" A server that does nothing but split frames and answer a constant uses {floor.text(3)} µs at the same "
                 "rate (see the echo below).")
    command, = map(Commands.without_port, _load_commands(data["route"][data_set.name]["runs"], "rate"))
    return f"{text} The command: `{command}`"


def _memory_table(data_set: DataSet, memory: dict) -> str:
    rows = [[f"{name}, {_state(state)}"]
            + [number(use[kind] / MIB, 1) for kind in ("resident", "anonymous", "file", "page_tables")]
            for state, servers in memory.items() for name, use in servers.items()]
    return (f"{data_set.describe()}, MiB:\n\n"
            + table(["server", "resident", "of it anonymous", "of it files", "page tables"], rows))


def _start_section(settings: Settings, data: dict) -> str:
    rows = [[name, Spread.of([s * 1000 for s in seconds]).text(1), str(len(seconds))]
            for name, seconds in data["start"]["seconds"].items()]
    return "## Start to first answered request\n\n" + table(["server", "ms", "starts"], rows)


def _echo_section(settings: Settings, data: dict) -> str:
    runs = data["echo"]["runs"]
    names = ("gantry-echo-server", "gantry-floor-server")
    parts = [f"## Remoting: echo of {settings.echo_body_bytes} bytes",
             "The floor server splits frames and answers a constant, on one thread, and nothing else: what it costs is the "
             "price of the system calls, and at a fixed rate of being woken for nearly every request."]
    for mode in MODES:
        ratio = figures.ratios_by_round(runs, names[1], names[0], mode, figures.cpu)
        parts += [f"### {_mode(settings, mode)}", _runs_table(runs, names, mode),
                  f"Our server uses {ratio.text(2)} times the CPU time of the floor."]
    return "\n\n".join(parts)


def _method_section(settings: Settings, data: dict) -> str:
    noise = [run["report"]["machine"] for run in _all_runs(data)]
    return f"""## How it was measured

Both servers of a comparison run at the same time, pinned to core {settings.server_cpu}, and are asked in turn
(A-B-B-A) by one generator thread on core {settings.generator_cpu}; starts are not pinned. Each server had
{settings.jit_warmup_seconds:g} s of uncounted load before the first round, and {settings.warmup_seconds:g} s before
each measurement of {settings.duration_seconds:g} s. CPU time is that of the whole server process, its system calls
and so its half of the loopback interface included. Latency at a rate counts from the scheduled start of each
request. Ratios are taken round by round. Every answer was checked.

{noise_text(noise)}"""


def _all_runs(data: dict) -> list[dict]:
    runs = [run for data_set in data.get("route", {}).values() for run in data_set["runs"]]
    return runs + data.get("echo", {}).get("runs", [])
