"""What the broker's comparison does, and for how long."""

from __future__ import annotations

import dataclasses
import pathlib

# All processes run in the repository's root, so that the commands shown are what a reader can type there.
SCRATCH = pathlib.Path("build/bench/broker")


@dataclasses.dataclass(frozen=True)
class Settings:
    build: pathlib.Path
    parts: tuple[str, ...]
    quick: bool
    rounds: int
    duration_seconds: float  # of each measurement
    warmup_seconds: float  # uncounted load at the start of each
    jit_warmup_seconds: float  # uncounted load on Apache's before the first round
    settle_seconds: float  # before memory and idling are looked at
    idle_seconds: float  # over which the CPU time of a server is taken that has nothing to do
    starts: int
    apache_starts: int
    pull_messages: int  # stored for the pulls
    memory_messages: int  # stored before memory is looked at
    many_topics: int
    page_cache_bytes: int  # written once before everything, and removed
    server_cpu: int
    generator_cpu: int
    consumers: int = 1_000
    consumer_groups: int = 100
    parked_clients: int = 500
    parked_pulls: int = 10  # of each
    delivery_rate: int = 500
    polite_rate: int = 2_000  # of the client that behaves, beside those that do not
    churn_rate: int = 1_000
    unknown_code_rate: int = 20_000
    silent_connections: int = 1_000
    one_clients_pulls: int = 5_000


def settings_of(build: pathlib.Path, parts: tuple[str, ...], quick: bool, rounds: int | None, cpus: list[int]) -> Settings:
    if quick:
        return Settings(build, parts, True, rounds or 1, duration_seconds=1.5, warmup_seconds=0.5, jit_warmup_seconds=4,
                        settle_seconds=1, idle_seconds=3, starts=3, apache_starts=1, pull_messages=102_400,
                        memory_messages=200_000, many_topics=200, page_cache_bytes=0, server_cpu=cpus[0],
                        generator_cpu=cpus[1], consumers=100, consumer_groups=10, parked_clients=50)
    return Settings(build, parts, False, rounds or 5, duration_seconds=6, warmup_seconds=2, jit_warmup_seconds=60,
                    settle_seconds=10, idle_seconds=60, starts=20, apache_starts=5, pull_messages=1_024_000,
                    memory_messages=10_000_000, many_topics=10_000, page_cache_bytes=12 << 30, server_cpu=cpus[0],
                    generator_cpu=cpus[1])
