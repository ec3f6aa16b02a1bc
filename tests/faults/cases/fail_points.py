"""The broker dies at named points: in the n-th call of a kind on a kind of file, while it does a certain job. Then it
is started again, goes on, and what it was trusted with is held to the invariants.

POINTS is the table. A point that is never reached fails its case: then the job does not make that call any more."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from harness.case import CaseFailed, check, eventually
from harness.history import now_us
from harness import remoting
from harness.records import read_queue

from rig.broker import DELAY_LEVELS_MS, Broker
from rig.load import Connected, Consumer, Load, Producer
from rig.tally import Tally
from rig.trial import Case, Trial

MESSAGES, DELAYED, QUEUES = "orders", "later", 2
# The broker puts offsets onto the disk every 0.2 s, and later on a busy machine.
OFFSETS_LOST_MS = 1000
POINT_SECONDS = 15
# Expired files are looked for every ten seconds.
RETENTION_SECONDS = 30
# What is older than the first has expired.
EXPIRED_SECONDS, OLD_SECONDS = 24 * 3600, 2 * 24 * 3600
WARM = 50  # acknowledgements before a job is looked at


class TopicMaker(Connected):
    """An administrator who makes one topic after the other. `made`: those that the broker has said are there."""

    def __init__(self, broker: Broker):
        super().__init__("topic-maker", broker.address)
        self.made: list[str] = []
        self._number = 0

    def step(self, peer):
        self._number += 1
        topic = "made-%d" % self._number
        answer = peer.request(remoting.UPDATE_TOPIC, {
            "topic": topic, "defaultTopic": "TBW102", "readQueueNums": 1, "writeQueueNums": 1, "perm": 6,
            "topicFilterType": "SINGLE_TAG", "topicSysFlag": 0, "order": "false"})
        if answer.code == remoting.SUCCESS:
            self.made.append(topic)


@dataclass(frozen=True)
class Point:
    job: str
    call: str
    path: str
    number: int = 1
    action: str = "kill"

    @property
    def title(self) -> str:
        return "%s.%s_%s_%d_%s" % (self.job, self.call, self.path.strip("/$").replace("/", "-") or "any", self.number,
                                   self.action.replace("-", "_"))

    @property
    def rule(self) -> str:
        return "%s %s %d %s" % (self.call, self.path, self.number, self.action)


# How a broker that lives is brought to do a job, with the load that does it; each ends with the broker dead.


def under(load: Callable[["Scene"], list[Connected]]) -> Callable[["Scene"], None]:
    """The job is what such load makes the broker do."""

    def bring(scene: "Scene") -> None:
        scene.live(*load(scene))
        scene.warm_up()
        scene.arm()
        scene.broker.died_by_itself()

    return bring


def messages(scene: "Scene") -> list[Connected]:
    return [scene.producer("fast-%d" % number, size=1000) for number in range(2)] + [scene.consumer("readers")]


def offsets(scene: "Scene") -> list[Connected]:
    return [scene.producer("slow", pause=0.02), scene.consumer("readers")]


def delays(scene: "Scene") -> list[Connected]:
    return [scene.producer("delayed", topic=DELAYED, level=1, pause=0.01), scene.consumer("waiting", topic=DELAYED)]


def topics(scene: "Scene") -> list[Connected]:
    scene.topic_maker = TopicMaker(scene.broker)
    return [scene.producer("slow", pause=0.1), scene.topic_maker]


def first_start(scene: "Scene") -> None:
    scene.arm()
    scene.trial.start_unready(scene.broker)
    scene.broker.died_by_itself()


def fill(scene: "Scene", end: Callable[[], None]) -> None:
    """A life with several files of each kind, all of whose messages are consumed."""
    scene.live(*messages(scene))
    eventually("six files of the log", POINT_SECONDS, lambda: len(scene.broker.log_files()) >= 6)
    scene.load.end(Producer)
    scene.trial.history.await_reached()
    end()


def recovery(scene: "Scene") -> None:
    usual = scene.broker.checkpoint
    scene.broker.checkpoint = "10m"  # so that all is left to do for the next start
    fill(scene, scene.broker.kill)
    scene.broker.checkpoint = usual
    first_start(scene)


def retention(scene: "Scene") -> None:
    fill(scene, scene.broker.end)
    age(scene.broker)
    first_start(scene)


def stop(scene: "Scene") -> None:
    scene.live(*messages(scene))
    scene.warm_up()
    scene.arm()
    if (scene.point.call, scene.point.path) == ("write", WAL):
        # Or all may be written down already, and stopping has nothing to write there. Two, as the first may have begun
        # before; and the broker may not come as far as the second.
        scene.trial.history.await_more(2, "commit", ["readers"], unless=lambda: not scene.broker.is_running())
    scene.broker.program.signal(signal.SIGTERM)
    scene.broker.died_by_itself()


def age(broker: Broker) -> None:
    """Makes all files of the log but the newest two as old as those that have expired."""
    old = time.time() - OLD_SECONDS
    for file in broker.log_files()[:-2]:
        os.utime(file, (old, old))


def expired(broker: Broker) -> list[str]:
    """The files of the log that the broker has to remove."""
    before = time.time() - EXPIRED_SECONDS
    found = []
    for file in broker.log_files():
        with suppress(FileNotFoundError):  # gone since it was listed
            if os.stat(file).st_mtime < before:
                found.append(file)
    return found


JOBS = {"messages": under(messages), "offsets": under(offsets), "delays": under(delays), "topics": under(topics),
        "first_start": first_start, "recovery": recovery, "retention": retention, "stop": stop}


class Scene:
    """A broker that is to die once, and those who use it."""

    def __init__(self, trial: Trial, point: Point, number: int):
        """`number`: how often it was done before; each time has a directory of its own."""
        self.trial = trial
        self.point = point
        self.disk = trial.disk("disk-%d" % number)
        self.broker = trial.broker(disk=self.disk, data=trial.path("%d-data" % number))
        self.topic_maker: TopicMaker | None = None
        self.armed_us = 0
        self.load = Load()  # what is in it goes on until the end, whatever the broker does

    def live(self, *load: Connected) -> None:
        self.trial.start(self.broker)
        self.broker.create_topic(MESSAGES, QUEUES)
        self.broker.create_topic(DELAYED, QUEUES)
        self.load.add(*load)

    def producer(self, name: str, topic: str = MESSAGES, **more) -> Producer:
        return Producer(name, self.broker, self.trial.history, topic, QUEUES, **more)

    def consumer(self, name: str, topic: str = MESSAGES) -> Consumer:
        return Consumer(name, self.broker, self.trial.history, topic, QUEUES, moves=True)

    def warm_up(self) -> None:
        self.trial.history.await_more(WARM if self.point.job == "messages" else 5, "send", self.load.names(Producer))

    def arm(self) -> None:
        self.armed_us = now_us()
        self.disk.fail(self.point.rule)

    def go_on(self) -> None:
        """Another life without a fault, with new producers and consumers beside those that there are."""
        check(self.disk.seen(), lambda: "the broker died, and not of `%s`" % self.point.rule)
        self.disk.heal()
        self.live()
        self.trial.history.fault("died of `%s`" % self.point.rule, self.armed_us)
        self.load.add(self.producer("later-producer"), self.consumer("all-over-again-later", topic=DELAYED))
        if self.point.job != "retention":  # of what is gone a new group learns nothing
            self.load.add(self.consumer("all-over-again"))
        self.trial.history.await_more(20, "send", ["later-producer"])
        self.load.end(Producer)
        self.trial.history.await_reached()
        self.load.end()
        if self.point.job == "retention":  # a queue that is read from end to end must not lose its beginning meanwhile
            eventually("expired files are gone, and each queue begins behind them", RETENTION_SECONDS, self.has_retired)

    def has_retired(self) -> bool:
        return not expired(self.broker) and all(
            first_can_be_read(self.broker, MESSAGES, queue) for queue in range(QUEUES))


def first_can_be_read(broker: Broker, topic: str, queue: int) -> bool:
    with remoting.Peer(broker.address) as peer:
        try:
            next(read_queue(peer, topic, queue), None)
        except CaseFailed:
            return False
    return True


def die_and_go_on(trial: Trial, point: Point) -> str:
    said = ""
    for number in range(trial.wanted.rounds(1, 50)):
        trial.history = Tally()
        scene = Scene(trial, point, number)
        with scene.load:
            JOBS[point.job](scene)
            scene.go_on()
            said = judge(scene)
        scene.broker.kill()
    return said


def judge(scene: Scene) -> str:
    for topic in (MESSAGES, DELAYED):
        for scan in scene.broker.scans(topic, QUEUES):
            scene.trial.history.add(scan)
    if scene.topic_maker:
        answer = remoting.ask(scene.broker.address, remoting.GET_ALL_TOPIC_CONFIG)
        lost = set(scene.topic_maker.made) - set(answer.json()["topicConfigTable"])
        check(scene.topic_maker.made and not lost, lambda: "topics that were made are gone: %s" % sorted(lost)[:5])
    report = scene.trial.history.judge({"I1": 20, "I2": 20, "I3": 20}, delay_levels_ms=DELAY_LEVELS_MS,
                                       offsets_lost_ms=OFFSETS_LOST_MS, deletes=scene.point.job == "retention")
    return str(report)


LOG, QUEUE, INDEX, CHECKPOINT = "/commitlog/", "/consumequeue/", "/index/", "store/checkpoint"
WAL, DATABASE = "metadata.db-wal", "metadata.db$"


def points(job: str, *rows: tuple) -> list[Point]:
    """Of each row (call, path, number, actions) a point for each action."""
    return [Point(job, call, path, number, action)
            for call, path, number, actions in rows for action in actions.split()]


POINTS = [
    *points(
        "messages",
        # Appending, and acknowledging what is on the disk.
        ("write", LOG, 1, "tear"), ("write", LOG, 40, "kill kill-after tear"), ("sync", LOG, 40, "kill kill-after"),
        # The log's roll: the next file, its blocks, its name.
        ("create", LOG, 1, "kill kill-after"), ("create", LOG, 3, "kill-after"),
        ("allocate", LOG, 1, "kill kill-after"), ("sync", "/commitlog$", 1, "kill kill-after"),
        # Queues: their flush, and their roll.
        ("write", QUEUE, 1, "kill kill-after tear"), ("sync", QUEUE, 3, "kill kill-after"),
        ("create", QUEUE, 1, "kill kill-after"), ("truncate", QUEUE, 1, "kill-after"), ("truncate", QUEUE, 2, "kill"),
        # The checkpoint.
        ("write", CHECKPOINT, 1, "kill tear"), ("write", CHECKPOINT, 4, "kill-after tear"),
        ("sync", CHECKPOINT, 2, "kill kill-after"),
        # The index: its flush, and its roll.
        ("write", INDEX, 2, "kill kill-after tear"), ("create", INDEX, 1, "kill kill-after"),
        ("truncate", INDEX, 1, "kill-after")),
    *points(
        "offsets",
        ("write", WAL, 1, "kill tear"), ("write", WAL, 4, "kill-after tear"), ("sync", WAL, 1, "kill kill-after")),
    *points(
        "topics",
        ("write", WAL, 3, "kill tear"), ("sync", WAL, 2, "kill kill-after"),
        # SQLite's own checkpoint.
        ("write", DATABASE, 1, "kill"), ("write", DATABASE, 5, "tear"), ("sync", DATABASE, 1, "kill kill-after")),
    *points(
        "delays",
        # Progress, and what is delivered.
        ("write", WAL, 1, "kill"), ("write", WAL, 5, "tear"), ("sync", WAL, 3, "kill kill-after"),
        ("write", "SCHEDULE_TOPIC_XXXX", 3, "kill tear"), ("write", "/consumequeue/later/", 2, "kill-after tear")),
    *points(
        "first_start",
        ("create", "broker.lock", 1, "kill-after"), ("create", "metadata.db.new$", 1, "kill-after"),
        ("write", "metadata.db.new$", 3, "tear"), ("sync", "metadata.db.new-wal", 1, "kill"),
        ("rename", "metadata.db.new$", 1, "kill kill-after"), ("write", WAL, 2, "tear"),
        ("create", "store/abort", 1, "kill-after"), ("create", CHECKPOINT, 1, "kill-after"),
        ("allocate", CHECKPOINT, 1, "kill-after"), ("write", CHECKPOINT, 1, "tear")),
    *points(
        "recovery",
        ("write", "queues.gantry", 1, "tear"),
        ("write", LOG, 1, "kill"), ("write", LOG, 2, "tear"), ("sync", LOG, 1, "kill-after"),
        ("write", QUEUE, 1, "kill tear"), ("sync", QUEUE, 1, "kill-after"), ("create", INDEX, 1, "kill-after"),
        ("write", INDEX, 1, "tear"), ("write", CHECKPOINT, 1, "tear kill-after"), ("sync", CHECKPOINT, 2, "kill")),
    *points(
        "retention",
        ("unlink", LOG, 1, "kill kill-after"), ("unlink", LOG, 2, "kill-after"), ("sync", "/commitlog$", 3, "kill"),
        ("unlink", QUEUE, 1, "kill kill-after")),
    *points(
        "stop",
        ("write", WAL, 3, "tear"), ("write", CHECKPOINT, 1, "tear"), ("sync", CHECKPOINT, 2, "kill-after"),
        ("unlink", LOG, 1, "kill-after"), ("write", "queues.gantry", 1, "tear"),
        ("unlink", "store/abort", 1, "kill kill-after"),
        ("write", DATABASE, 2, "tear"), ("unlink", WAL, 1, "kill kill-after")),
]

CASES = [Case("points", point.title, lambda trial, point=point: die_and_go_on(trial, point), alone=False)
         for point in POINTS]
