"""What a case of these tests is, and what it is given. A case is a function that takes a Trial, raises CaseFailed when
something is not as it must be, and returns what is worth a word in its line."""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass

from rig.broker import Broker
from rig.faulty_disk import FaultyDisk
from rig.tally import Tally


class Skipped(Exception):
    """What this machine lacks for a case."""


@dataclass(frozen=True)
class Case:
    suite: str
    title: str
    body: Callable[["Trial"], str | None]
    needs: tuple[str, ...] = ()  # tool chains
    alone: bool = True  # nothing runs beside it: it takes what cores there are

    @property
    def name(self) -> str:
        return "%s.%s" % (self.suite, self.title)


@dataclass(frozen=True)
class Wanted:
    """How much is to be done."""

    release: bool = False
    kills_asked: int | None = None

    @property
    def kills(self) -> int:
        return self.kills_asked or self.rounds(50, 1000)

    def rounds(self, each_change: int, release: int) -> int:
        return release if self.release else each_change


class Trial:
    def __init__(self, stage, directory: str, program: str, disk_faults: str, seed: int, name: str, wanted: Wanted):
        self.stage = stage
        self.directory = directory
        self.seed = seed
        self.wanted = wanted
        # Each case draws its own numbers, so that one alone is the same as among all.
        self.random = random.Random("%d %s" % (seed, name))
        self.history = Tally()
        stage.on_close(lambda: self.history.write(self.path("history")))
        self._program = program
        self._disk_faults = disk_faults

    def path(self, name: str) -> str:
        return os.path.join(self.directory, name)

    def disk(self, name: str = "disk") -> FaultyDisk:
        return FaultyDisk(self._disk_faults, self.path(name + ".rules"))

    def broker(self, **more) -> Broker:
        """Not yet started: that is start()'s."""
        return Broker(self._program, self.directory, **more)

    def start(self, broker: Broker) -> None:
        """In a later life, too. Whatever becomes of the case, the stage ends it."""
        self.stage.start(broker)

    def start_unready(self, broker: Broker) -> None:
        """Does not wait until it serves."""
        broker.wait = False
        try:
            self.stage.start(broker)
        finally:
            broker.wait = True
