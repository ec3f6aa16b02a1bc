"""The measurements themselves. Each returns plain data: what the page is made of, and what is kept as JSON."""

from __future__ import annotations

import contextlib
import time

import loadgen
import servers
from processes.rounds import in_turn, say
from settings import HOT, WIDE, DataSet, Settings


def sides(settings: Settings) -> list[tuple[str, str]]:
    """(label, kind) of the two name servers; the candidate first."""
    label = settings.candidate if settings.candidate != "apache" else "apache-again"
    return [(label, settings.candidate), ("apache", "apache")]


def modes(settings: Settings) -> list[tuple[str, int | None]]:
    return [("saturated", None), ("rate", settings.rate)]


def route(settings: Settings) -> dict:
    """CPU per route query, throughput, latency, and resident memory, for both data sets."""
    return {data.name: _route_of(settings, data) for data in (HOT, WIDE)}


def _route_of(settings: Settings, data: DataSet) -> dict:
    workload = ["route", "--topics", str(data.topics), "--brokers", str(data.brokers)]
    out: dict = {"topics": data.topics, "brokers": data.brokers, "servers": {}, "memory": {}, "runs": []}
    with contextlib.ExitStack() as stack:
        running = []
        for label, kind in sides(settings):
            server = stack.enter_context(servers.name_server(kind, label, settings))
            servers.wait_until_answering(server)
            registration = stack.enter_context(loadgen.registration(settings, server, data))
            say(f"{label}, {data.name}: {registration.said}")
            out["servers"][label] = {"command": server.shown_command, "registration": registration.shown_command}
            running.append((server, registration))

        time.sleep(settings.settle_seconds)
        out["memory"]["filled"] = {server.name: server.memory() for server, _ in running}
        for server, _ in running:
            say(f"{server.name}, {data.name}: warming up for {settings.jit_warmup_seconds:g} s")
            loadgen.measure(settings, server, workload, rate=None, warmup=0, duration=settings.jit_warmup_seconds)

        for number in range(settings.rounds):
            for mode, rate in modes(settings):
                for server, registration in in_turn(running, number):
                    registration.check()
                    report = loadgen.measure(settings, server, workload, rate=rate, warmup=settings.warmup_seconds,
                                             duration=settings.duration_seconds)
                    out["runs"].append({"round": number, "server": server.name, "mode": mode, "report": report})
                    _say_run(f"{data.name}, {mode}, round {number + 1}", server.name, report)
        out["memory"]["loaded"] = {server.name: server.memory() for server, _ in running}
    return out


def start(settings: Settings) -> dict:
    """Seconds from spawning to the first answer, in turn; not pinned, as a user starts it."""
    out: dict = {"seconds": {label: [] for label, _ in sides(settings)}, "commands": {}}
    for number in range(max(settings.candidate_starts, settings.apache_starts)):
        for label, kind in in_turn(sides(settings), number):
            wanted = settings.apache_starts if kind == "apache" else settings.candidate_starts
            if number >= wanted:
                continue
            with servers.name_server(kind, label, settings, pinned=False) as server:
                seconds = servers.wait_until_answering(server)
            out["seconds"][label].append(seconds)
            out["commands"][label] = server.shown_command
            say(f"start {number + 1}: {label} answered after {seconds * 1000:.1f} ms")
    return out


def echo(settings: Settings) -> dict:
    """CPU per echoed request of our remoting server, and of the least that a server can do."""
    out: dict = {"servers": {}, "runs": []}
    with contextlib.ExitStack() as stack:
        running = []
        for program in ("gantry-echo-server", "gantry-floor-server"):
            server = stack.enter_context(servers.echo_server(program, settings))
            servers.wait_until_answering(server)
            out["servers"][program] = {"command": server.shown_command}
            running.append(server)
        for number in range(settings.rounds):
            for mode, rate in modes(settings):
                for server in in_turn(running, number):
                    workload = ["echo", "--body-size", str(settings.echo_body_bytes)]
                    workload += ["--any-content"] if server.name == "gantry-floor-server" else []
                    report = loadgen.measure(settings, server, workload, rate=rate, warmup=settings.warmup_seconds,
                                             duration=settings.duration_seconds)
                    out["runs"].append({"round": number, "server": server.name, "mode": mode, "report": report})
                    _say_run(f"echo, {mode}, round {number + 1}", server.name, report)
    return out


def _say_run(what: str, name: str, report: dict) -> None:
    latency = report["latency_us"]
    say(f"{what}: {name} {report['server']['cpu_us_per_answer']:.3f} µs CPU per answer, "
        f"{report['answers_per_second']:.0f}/s, p50 {latency['p50']:.0f}, p99 {latency['p99']:.0f} µs; "
        f"others used {report['machine']['others_share']:.1%} of the machine")
