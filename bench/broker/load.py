"""One measurement of a load: what gantry-loadgen reports, whether the broker has what it said it took, and what the
disk wrote for it."""

from __future__ import annotations

import dataclasses
import time

import brokers
from processes import loadgen, wire
from processes.server import Server
from reporting import disk
from reporting.machine import ROOT
from settings import SCRATCH, Settings

TOPIC = "bench-topic-00000000"
QUEUES = 8
PATIENCE_SECONDS = 30


@dataclasses.dataclass(frozen=True)
class Load:
    name: str
    words: tuple[str, ...]
    connections: int
    window: int
    batch: int = 1


def sends(name: str, body_bytes: int, connections: int, window: int, batch: int = 1) -> Load:
    words = ("send", "--body-size", str(body_bytes)) + (("--batch", str(batch)) if batch > 1 else ())
    return Load(name, words, connections, window, batch)


def cpu_of(settings: Settings, pinned: bool) -> int | None:
    return settings.generator_cpu if pinned else None


def measure(settings: Settings, server: Server, load: Load, *, pinned: bool = True, rate: int | None = None,
            warmup: float | None = None, duration: float | None = None, may_fail: bool = False) -> dict:
    words = [*load.words] + (["--any-content"] if server.name == "floor" else [])
    return loadgen.measure(settings.build, cpu_of(settings, pinned), server, words, connections=load.connections,
                           window=load.window, rate=rate,
                           warmup=settings.warmup_seconds if warmup is None else warmup,
                           duration=settings.duration_seconds if duration is None else duration, may_fail=may_fail)


def measure_sends(settings: Settings, server: Server, load: Load, *, pinned: bool = True) -> dict:
    """Also counts what the disk wrote until all was on it, and that a broker has all that it answered for."""
    disk_before = disk.written_bytes(ROOT / SCRATCH)
    if server.name == "floor":
        return measure(settings, server, load, pinned=pinned)
    before = wire.stored(server.port, TOPIC, QUEUES)
    begin = wire.place_in_log(server.port, brokers.PROBE_TOPIC)
    report = measure(settings, server, load, pinned=pinned)
    report["stored_bytes"] = wire.place_in_log(server.port, brokers.PROBE_TOPIC) - begin
    report["disk_bytes"] = disk.written_bytes(ROOT / SCRATCH) - disk_before
    _check_stored(server, before + report["all_answers_by_code"]["0"] * load.batch, report["command"])
    return report


def _check_stored(server: Server, expected: int, command: str) -> None:
    """Queues may follow the log a little later."""
    end = time.monotonic() + PATIENCE_SECONDS
    while (stored := wire.stored(server.port, TOPIC, QUEUES)) != expected:
        if stored > expected or time.monotonic() > end:
            raise loadgen.LoadFailed(f"{command}\n{server.name} should have {expected} messages, and has {stored}")
        time.sleep(0.1)


def fill(settings: Settings, server: Server, *, messages: int, body_bytes: int = 128, topics: int = 1,
         queues: int = QUEUES, batch: int = 32) -> str:
    """Stores messages, as many in each queue; returns the command."""
    command = [loadgen.program(settings.build), "fill", "--server", server.endpoint, "--messages", str(messages)]
    command += ["--body-size", str(body_bytes), "--topics", str(topics), "--queues", str(queues), "--batch", str(batch)]
    loadgen.run(command, settings.generator_cpu)
    return loadgen.shown(command, None)


def consumers(settings: Settings, server: Server, *, clients: int, groups: int, pulls: int, suspend: int,
              heartbeat: int = 30) -> loadgen.Staying:
    """Consumers whose pulls wait, until the end of the `with` block. `suspend`, `heartbeat`: seconds."""
    command = [loadgen.program(settings.build), "consumers", "--server", server.endpoint, "--clients", str(clients)]
    command += ["--groups", str(groups), "--pulls", str(pulls), "--suspend", str(suspend)]
    command += ["--heartbeat", str(heartbeat)]
    return loadgen.Staying(command, settings.generator_cpu)
