"""kill -9 under the load of unmodified clients, again and again: what was acknowledged is there and is consumed."""

import bisect
import time

from harness import remoting
from harness.case import eventually
from harness.history import OK, now_us

from rig.broker import Broker
from rig.library_clients import LibraryClient
from rig.load import Consumer, Load, Producer
from rig.trial import Case, Trial

TOPIC, QUEUES = "orders", 4
# Library: how its producers send. Go's is not asked to send without waiting: what it had on its way when its connection
# broke makes it panic and hold a lock for ever. What it waits for it awaits until its own time-out of 3 s, so that
# only Java's is heard of in each life. 4.9 of Java would await that, and each pull, for up to 30 s.
LIBRARIES = {"java_5_3_3": ("async", "sync"), "go_v2": ("sync", "sync")}
GROUPS = {library: library.replace("_", "-") + "-group" for library in LIBRARIES}
# A life lasts until each producer was heard of, and then for so many more acknowledgements of the raw one.
MOST_ACKNOWLEDGED = 150
# One kill in so many is followed by another while the broker starts, or soon after: at one of its first calls on files.
EARLY_KILLS, EARLY_CALLS = 7, 80
# What is acknowledged is consumed this long after the last kill, at the latest: at once by who asks again at once. The
# libraries first wait until a pull that was on its way has timed out after 30 s, and 3 s more.
REACH_SECONDS, LIBRARIES_REACH_SECONDS = 30, 45
# The broker puts offsets onto the disk every 0.2 s, and later on a busy machine.
OFFSETS_LOST_MS = 1000
# What a library was just handing to its application it may hand over again.
REPEATS_MS = 1000


def kill_under_load(trial: Trial) -> str:
    namesrv = trial.stage.name_server()
    broker = trial.broker(namesrv=namesrv.address, log_file="1MiB", disk=trial.disk())
    trial.start(broker)
    for topic, queues in {TOPIC: QUEUES, **{"%RETRY%" + group: 1 for group in GROUPS.values()}}.items():
        broker.create_topic(topic, queues)
    with remoting.Peer(namesrv.address) as peer:
        eventually("route of %s" % TOPIC, 30, lambda: remoting.route(peer, TOPIC))
    clients = [LibraryClient(trial, library, namesrv.address, TOPIC, GROUPS[library], modes)
               for library, modes in LIBRARIES.items()]
    raw = Producer("raw-producer", broker, trial.history, TOPIC, QUEUES, pause=0.002)
    reader = Consumer("raw-group", broker, trial.history, TOPIC, QUEUES)
    with Load(raw, reader) as load:
        for client in clients:
            client.begin()
        producers = [raw.name, *(name for client in clients for name in client.producers)]
        trial.history.await_more(10, "send", producers)
        began = time.monotonic()
        modes = [one_kill(trial, broker, [raw.name, *clients[0].producers]) for _ in range(trial.wanted.kills)]
        took = time.monotonic() - began
        trial.history.await_more(10, "send", producers)
        load.end(Producer)
        for client in clients:
            client.end_sending()
        trial.history.await_reached(REACH_SECONDS, [reader.name])
        trial.history.await_reached(LIBRARIES_REACH_SECONDS)
        load.end()
        for client in clients:
            client.stop()
    return judge(trial, broker, modes, took)


def one_kill(trial: Trial, broker: Broker, producers: list[str]) -> str:
    """Lets it live a little, kills it, and starts it again. The next life acknowledges as the last or otherwise."""
    trial.history.await_more(trial.random.randint(1, MOST_ACKNOWLEDGED), "send", producers[:1])
    start_us = now_us()
    broker.kill()
    mode = broker.flush = trial.random.choice(("sync", "async"))
    if trial.random.randrange(EARLY_KILLS) == 0:
        broker.disk.fail("any -data/ %d kill" % trial.random.randint(1, EARLY_CALLS))
        trial.start_unready(broker)
        broker.died_by_itself()
        broker.disk.heal()
    trial.start(broker)
    trial.history.fault("kill -9, then flush = %s" % mode, start_us)
    trial.history.await_more(1, "send", producers)
    return mode


def judge(trial: Trial, broker: Broker, modes: list[str], took: float) -> str:
    for scan in broker.scans(TOPIC, QUEUES):
        trial.history.add(scan)
    acknowledged = sum(one.outcome == OK for one in trial.history.of_kind("send"))
    report = trial.history.judge(
        {"I1": acknowledged, "I2": acknowledged, "I5": acknowledged, "I8": len(modes)},
        reach_ms=LIBRARIES_REACH_SECONDS * 1000, resends=True, repeats_ms=REPEATS_MS, offsets_lost_ms=OFFSETS_LOST_MS)
    return "%d kills of %.1f s, %d before sync and %d before async; %d acknowledged, after a start within %d ms; %s" % (
        len(modes), took / len(modes), modes.count("sync"), modes.count("async"), acknowledged,
        slowest_return_ms(trial), report)


def slowest_return_ms(trial: Trial) -> int:
    """The longest that it took after a broker was ready until somebody's send was acknowledged."""
    ends = sorted(send.end_us for send in trial.history.of_kind("send") if send.outcome == OK)
    ready = [fault.end_us for fault in trial.history.of_kind("fault")]
    return max(ends[bisect.bisect_left(ends, one)] - one for one in ready) // 1000


CASES = [Case("kill", "under_load", kill_under_load, needs=("java", "go"))]
