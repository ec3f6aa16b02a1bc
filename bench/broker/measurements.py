"""The measurements themselves. Each returns plain data, a list of runs: what the page is made of, and what is kept as
JSON."""

from __future__ import annotations

import contextlib
import json

import brokers
import load
from load import Load, sends
from processes import loadgen
from processes.rounds import Recorder, in_turn, say
from processes.server import Server
from reporting import disk
from reporting.machine import ROOT, Quietness
from settings import SCRATCH, Settings

SENDS = [
    sends("128 B, 4 × 64", 128, 4, 64),
    sends("1 KiB, 4 × 64", 1024, 4, 64),
    sends("128 B, 64 × 16", 128, 64, 16),
    sends("128 B in batches of 32, 4 × 64", 128, 4, 64, batch=32),
    sends("128 B, one at a time", 128, 1, 1),
]
SHARED_SENDS = [sends("128 B, 4 × 64", 128, 4, 64)]
SYNC_SENDS = [
    sends("128 B, one at a time", 128, 1, 1),
    sends("128 B, 4 × 16", 128, 4, 16),
    sends("128 B, 4 × 64", 128, 4, 64),
]
PULL_SIZES = {"128 B, 4 × 8": 128, "1 KiB, 4 × 8": 1024}

TOLD = ("answers_per_second", "messages_per_second", "server.cpu_us_per_message", "generator_cpu_us_per_answer",
        "latency_us.p50", "latency_us.p99", "stored_bytes", "disk_bytes", "delivery_us.p50", "delivery_us.p99", "seconds",
        "cpu_seconds")


def send(settings: Settings) -> list[dict]:
    """Servers on one core, the generator on the other."""
    return _sends(settings, "send", SENDS, flush="async", pinned=True)


def shared(settings: Settings) -> list[dict]:
    """Server and generator wherever the system puts them."""
    return _sends(settings, "shared", SHARED_SENDS, flush="async", pinned=False)


def sync(settings: Settings) -> list[dict]:
    """Acknowledged when on the disk."""
    return _sends(settings, "sync", SYNC_SENDS, flush="sync", pinned=True)


def _sends(settings: Settings, part: str, loads: list[Load], *, flush: str, pinned: bool) -> list[dict]:
    recorder = Recorder(part, TOLD)
    with brokers.running("apache", settings, flush=flush, pinned=pinned) as apache:
        _warm_up(settings, apache, loads, pinned)
        for number in range(settings.rounds):
            for one in loads:
                for side in in_turn(["gantry", "apache", "floor"], number):
                    # The others are new each time: they have no compiler to warm up, and leave no files behind.
                    with _there_or_new(settings, apache, side, ["--answer", "send"], flush, pinned) as server:
                        report = load.measure_sends(settings, server, one, pinned=pinned)
                        recorder.add(one.name, side, number, report, server=server.shown_command)
    return recorder.runs


def _warm_up(settings: Settings, apache: Server, loads: list[Load], pinned: bool = True) -> None:
    for number, one in enumerate(loads):
        seconds = settings.jit_warmup_seconds / (1 if number == 0 else 4)
        say(f"apache, {one.name}: warming up for {seconds:g} s")
        load.measure(settings, apache, one, pinned=pinned, warmup=0, duration=seconds)
        disk.settle(ROOT / SCRATCH)


@contextlib.contextmanager
def _there_or_new(settings: Settings, apache: Server, side: str, answer: list[str], flush: str, pinned: bool):
    if side == "apache":
        yield apache
    elif side == "floor":
        with brokers.floor(settings, answer, flush=flush, pinned=pinned) as server:
            yield server
    else:
        with brokers.running(side, settings, flush=flush, pinned=pinned) as server:
            yield server


def pull(settings: Settings) -> list[dict]:
    """Batches of 32 from memory, by consumers that commit as they go; all that is pulled is looked at."""
    recorder = Recorder("pull", TOLD)
    for row, body_bytes in PULL_SIZES.items():
        words = ("pull", "--body-size", str(body_bytes), "--messages", str(settings.pull_messages))
        pulls = Load(row, words, connections=4, window=8)
        answer = ["--answer", "pull", "--body-size", str(body_bytes)]
        with brokers.running("gantry", settings) as gantry, brokers.running("apache", settings) as apache, \
                brokers.floor(settings, answer) as floor:
            filling = [load.fill(settings, server, messages=settings.pull_messages, body_bytes=body_bytes)
                       for server in (gantry, apache)]
            _warm_up(settings, apache, [pulls])
            for number in range(settings.rounds):
                for server in in_turn([gantry, apache, floor], number):
                    report = load.measure(settings, server, pulls)
                    recorder.add(row, server.name, number, report, server=server.shown_command, filling=filling[0])
    return recorder.runs


def delivery(settings: Settings) -> list[dict]:
    """One message at a time, to a pull that waits for it; and a round trip to a server that does nothing."""
    recorder = Recorder("delivery", TOLD)
    row = "delivery"
    round_trip = Load("round trip", ("echo", "--body-size", "128"), connections=1, window=1)
    with brokers.running("gantry", settings) as gantry, brokers.running("apache", settings) as apache, \
            brokers.floor(settings, ["--answer", "echo", "--body-size", "128"]) as floor:
        _warm_up(settings, apache, SENDS[:1])
        _deliver(settings, apache, settings.jit_warmup_seconds)
        for number in range(settings.rounds):
            for server in in_turn([gantry, apache, floor], number):
                if server.name == "floor":
                    report = load.measure(settings, server, round_trip, rate=settings.delivery_rate)
                else:
                    report = _deliver(settings, server, settings.duration_seconds)
                recorder.add(row, server.name, number, report, server=server.shown_command)
    return recorder.runs


def _deliver(settings: Settings, server: Server, duration: float) -> dict:
    command = [loadgen.program(settings.build), "delivery", "--server", server.endpoint]
    command += ["--rate", str(settings.delivery_rate), "--warmup", f"{settings.warmup_seconds:g}"]
    command += ["--duration", f"{duration:g}"]
    quietness = Quietness(server.pid)
    report = json.loads(loadgen.run(command, settings.generator_cpu))
    return report | {"command": loadgen.shown(command, settings.generator_cpu), "machine": quietness.since()}


def topics(settings: Settings) -> list[dict]:
    """The same load to one topic and to many, of 4 queues each, message after message to the next queue.

    One broker after the other: what Apache's has to write behind for 40 000 queues would be measured with ours.
    """
    recorder = Recorder("topics", TOLD)
    counts = [1, settings.many_topics]
    for number in range(settings.rounds):
        for count in in_turn(counts, number):
            with brokers.running("gantry", settings) as server:
                load.fill(settings, server, messages=1, topics=count, queues=4, batch=1)
                _send_to_topics(settings, recorder, server, count, number)
    with brokers.running("apache", settings, topics=settings.many_topics) as server:
        load.fill(settings, server, messages=1, topics=settings.many_topics, queues=4, batch=1)
        _warm_up(settings, server, [_to_topics(1)])
        for number in range(settings.rounds):
            for count in in_turn(counts, number):
                _send_to_topics(settings, recorder, server, count, number)
    return recorder.runs


def _send_to_topics(settings: Settings, recorder: Recorder, server: Server, count: int, number: int) -> None:
    disk.settle(ROOT / SCRATCH)
    report = load.measure(settings, server, _to_topics(count))
    recorder.add(topics_row(count), server.name, number, report, server=server.shown_command)


def topics_row(count: int) -> str:
    return f"{count} topic{'' if count == 1 else 's'}"


def _to_topics(count: int) -> Load:
    return Load(topics_row(count), ("send", "--topics", str(count), "--queues", "4"), connections=4, window=64)
