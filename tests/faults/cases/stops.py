"""Brokers that are stopped and started again, in order, one after the other: no application hears of it, and nothing is
lost."""

from harness import remoting
from harness.case import check, eventually
from harness.history import now_us

from rig.library_clients import LibraryClient
from rig.trial import Case, Trial

TOPIC = "orders"
# One queue on each broker: Go's library takes the next queue for its second try, and not the next broker.
QUEUES = 1
LIBRARIES = {"java_5_3_3": ("sync", "sync"), "java_4_9_7": ("sync", "sync"), "go_v2": ("sync", "sync")}
GROUPS = {library: library.replace("_", "-") + "-group" for library in LIBRARIES}
# A pull that was on its way when the broker went away is asked again by 4.9 of Java after 30 s, and 3 s more.
REACH_SECONDS = 45
SENDS_BETWEEN = 20


def sigterm_under_load(trial: Trial) -> str:
    namesrv = trial.stage.name_server()
    brokers = [trial.broker(name=name, namesrv=namesrv.address, log_file="1MiB") for name in ("broker-a", "broker-b")]
    for broker in brokers:
        trial.start(broker)
        for topic in (TOPIC, *("%RETRY%" + group for group in GROUPS.values())):
            broker.create_topic(topic, QUEUES)
    with remoting.Peer(namesrv.address) as peer:
        eventually("both brokers in the route", 30,
                   lambda: len((remoting.route(peer, TOPIC) or {}).get("brokerDatas", ())) == len(brokers))
    clients = [LibraryClient(trial, library, namesrv.address, TOPIC, GROUPS[library], modes)
               for library, modes in LIBRARIES.items()]
    producers = [producer for client in clients for producer in client.producers]
    for client in clients:
        client.begin()
    stops = trial.wanted.rounds(10, 200)
    for number in range(stops):
        trial.history.await_more(SENDS_BETWEEN, "send", producers)
        broker = brokers[number % len(brokers)]
        start_us = now_us()
        broker.end()
        trial.start(broker)
        trial.history.fault("SIGTERM to %s" % broker.name, start_us)
    trial.history.await_more(SENDS_BETWEEN, "send", producers)
    for client in clients:
        client.end_sending()
    trial.history.await_reached(REACH_SECONDS)
    for client in clients:
        client.stop()
    return judge(trial, brokers, stops)


def judge(trial: Trial, brokers, stops: int) -> str:
    sends = trial.history.of_kind("send")
    failed = [send for send in sends if send.outcome != "ok"]
    check(not failed, lambda: "%d of %d sends failed in the application, such as %s (%s)" % (
        len(failed), len(sends), failed[0], failed[0].why))
    for broker in brokers:
        for scan in broker.scans(TOPIC, QUEUES):
            trial.history.add(scan)
    report = trial.history.judge({"I1": len(sends), "I2": len(sends), "I5": len(sends)}, reach_ms=REACH_SECONDS * 1000,
                                 resends=True)
    return "%d stops; %d sends, none failed; %s" % (stops, len(sends), report)


CASES = [Case("stop", "sigterm_under_load", sigterm_under_load, needs=("java", "go"))]
