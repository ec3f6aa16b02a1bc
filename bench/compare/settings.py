"""What a comparison does, and for how long."""

from __future__ import annotations

import dataclasses
import pathlib

from reporting.machine import ROOT

# All processes run in ROOT, so that the commands shown are what a reader can type there.
SCRATCH = pathlib.Path("build/bench")


@dataclasses.dataclass(frozen=True)
class DataSet:
    name: str
    topics: int
    brokers: int

    def describe(self) -> str:
        def counted(n: int, noun: str) -> str:
            return f"{n:,}".replace(",", " ") + f" {noun}" + ("" if n == 1 else "s")

        return f"{counted(self.topics, 'topic')} × {counted(self.brokers, 'broker')}"


HOT = DataSet("hot", topics=1, brokers=1)
WIDE = DataSet("wide", topics=10_000, brokers=4)


@dataclasses.dataclass(frozen=True)
class Settings:
    build: pathlib.Path
    candidate: str  # "gantry", or "apache" to try the runner with the same server on both sides
    parts: tuple[str, ...]
    quick: bool
    rounds: int
    jit_warmup_seconds: float  # uncounted load on each server before its first round
    warmup_seconds: float  # uncounted load at the start of each measurement
    duration_seconds: float
    settle_seconds: float  # between filling a server and reading its memory
    candidate_starts: int
    apache_starts: int
    server_cpu: int
    generator_cpu: int
    connections: int = 4
    window: int = 64
    rate: int = 20_000
    echo_body_bytes: int = 256
