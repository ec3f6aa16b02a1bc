"""Tests of these tests: disks that lie, and brokers that forget, must be found out."""

from harness.case import check, eventually
from harness.history import now_us
from harness import checker

from rig.load import Consumer, Load, Producer
from rig.trial import Case, Trial

TOPIC, QUEUES = "orders", 2
SENDS = 50


def dropped_writes(trial: Trial) -> str:
    """From some write on the disk says that it has what it was given, and has not; then the broker is killed. What it
    had acknowledged in good faith is gone, and the checker must say so."""
    disk = trial.disk()
    broker = trial.broker(disk=disk)
    trial.start(broker)
    broker.create_topic(TOPIC, QUEUES)
    with Load(Producer("producer", broker, trial.history, TOPIC, QUEUES)) as load:
        trial.history.await_more(SENDS, "send", ["producer"])
        disk.fail("write /store/ 1+ lose")
        trial.history.await_more(SENDS, "send", ["producer"])
        start_us = now_us()
        broker.kill()
        disk.heal()
        trial.start(broker)
        trial.history.fault("the disk lost what it had said it had, and kill -9", start_us)
        trial.history.await_more(SENDS, "send", ["producer"])
        load.end()
    for scan in broker.scans(TOPIC, QUEUES):
        trial.history.add(scan)
    return found(trial, "I1", "I3")


def forgotten_offsets(trial: Trial) -> str:
    """The directory's metadata is what it was some commits ago: the group's offset goes back, and must be found to."""
    broker = trial.broker()
    trial.start(broker)
    broker.create_topic(TOPIC, QUEUES)
    with Load(Producer("producer", broker, trial.history, TOPIC, QUEUES),
              Consumer("group", broker, trial.history, TOPIC, QUEUES)) as load:
        trial.history.await_more(SENDS, "commit", ["group"])
        broker.end()
        before = broker.copy_metadata()
        trial.start(broker)
        trial.history.await_more(SENDS, "commit", ["group"])
        load.end(Producer)
        trial.history.await_reached()
        broker.end()
        start_us = now_us()
        broker.bring_back_metadata(before)
        trial.start(broker)
        trial.history.fault("an old copy of the metadata came back", start_us)
        eventually("the offset is asked for in the third life", 30,
                   lambda: trial.history.count("offset", "group") >= 3 * QUEUES)
        load.end()
    return found(trial, "I8")


def found(trial: Trial, *invariants: str) -> str:
    report = checker.check(trial.history.all())
    named = {invariant for invariant, _ in report.violations}
    for invariant in invariants:
        check(invariant in named, lambda: "a broken %s was not found; the checker says: %s" % (invariant, report))
    return "%d violations of %s found" % (len(report.violations), ", ".join(sorted(named)))


CASES = [Case("planted", "dropped_writes", dropped_writes, alone=False),
         Case("planted", "forgotten_offsets", forgotten_offsets, alone=False)]
