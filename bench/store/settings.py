"""What the store's comparison does, and for how long."""

from __future__ import annotations

import dataclasses
import pathlib

# All processes run in the repository's root, so that the commands shown are what a reader can type there.
SCRATCH = pathlib.Path("build/bench/store")


@dataclasses.dataclass(frozen=True)
class Settings:
    build: pathlib.Path
    parts: tuple[str, ...]
    quick: bool
    rounds: int
    seconds: float  # of each measurement
    warmup_seconds: float  # uncounted, before it
    jit_warmup_seconds: float  # the same for Apache's
    fill_messages: int  # what reads go over
    restart_messages: int  # of 1 KiB: the log that a restart reads before it goes on
    large_log_files: int  # of 1 GiB
    many_queues: int


def settings_of(build: pathlib.Path, parts: tuple[str, ...], quick: bool, rounds: int | None) -> Settings:
    if quick:
        return Settings(build, parts, True, rounds or 1, seconds=1, warmup_seconds=0.5, jit_warmup_seconds=2,
                        fill_messages=200_000, restart_messages=100_000, large_log_files=1, many_queues=2_000)
    return Settings(build, parts, False, rounds or 5, seconds=3, warmup_seconds=2, jit_warmup_seconds=10,
                    fill_messages=1_000_000, restart_messages=900_000, large_log_files=10, many_queues=50_000)
