"""Brokers that are stopped and started again, in order, one after the other: no application hears of it, and nothing is
lost."""

from harness import remoting
from harness.case import check, eventually
from harness.history import OK, UNKNOWN, Operation, now_us

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
# A producer asks for the route every 30 s. One that did while a broker was away knows only the other until it asks again.
ROUTE_SECONDS = 45
# 4.9 of Java gives up what it waits for when it closes a connection, and not when the broker did: a request that it wrote
# just as the end of the connection came to it waits for its answer as long as the whole send may take, and is not tried
# again. Then it may be stored or not. Its clocks count whole milliseconds.
HEARS_OF_NO_END, SEND_TIMEOUT_US = "java_4_9_7", 15_000_000 - 100_000
# A consumer that asks for the route while a broker is away gives its queues up, and with them what it consumed last: it
# cannot tell the broker its offset any more. What it was told until then came with the pull before, a moment ago.
REPEATS_MS = 100


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
    back_us = 0  # since when the broker that was stopped last is there again
    for number in range(stops):
        trial.history.await_more(SENDS_BETWEEN, "send", producers)
        broker, other = brokers[number % len(brokers)], brokers[(number + 1) % len(brokers)]
        trial.history.await_acknowledged_by(other.name, producers, back_us, ROUTE_SECONDS)
        start_us = now_us()
        broker.end()
        trial.start(broker)
        trial.history.fault("SIGTERM to %s" % broker.name, start_us)
        back_us = now_us()
    trial.history.await_more(SENDS_BETWEEN, "send", producers)
    for client in clients:
        client.end_sending()
    trial.history.await_reached(REACH_SECONDS)
    for client in clients:
        client.stop()
    return judge(trial, brokers, stops)


def judge(trial: Trial, brokers, stops: int) -> str:
    sends = trial.history.of_kind("send")
    faults = trial.history.of_kind("fault")
    in_doubt = [send for send in sends if waited_in_vain(send, faults)]
    failed = [send for send in sends if send.outcome != OK and send not in in_doubt]
    check(not failed, lambda: "%d of %d sends failed in the application, such as %s (%s)" % (
        len(failed), len(sends), failed[0], failed[0].why))
    check(len(in_doubt) <= most_in_doubt(stops), lambda: "%d sends, which are too many, waited in vain, such as %s (%s)" % (
        len(in_doubt), in_doubt[0], in_doubt[0].why))
    acknowledged = len(sends) - len(in_doubt)
    for broker in brokers:
        for scan in broker.scans(TOPIC, QUEUES):
            trial.history.add(scan)
    report = trial.history.judge({"I1": acknowledged, "I2": acknowledged, "I5": acknowledged},
                                 reach_ms=REACH_SECONDS * 1000, resends=True, repeats_ms=REPEATS_MS)
    return "%d stops; %d sends, none failed, %d in doubt; %s" % (stops, len(sends), len(in_doubt), report)


def waited_in_vain(send: Operation, faults: list[Operation]) -> bool:
    return (send.client.startswith(HEARS_OF_NO_END) and send.outcome == UNKNOWN
            and send.end_us - send.start_us >= SEND_TIMEOUT_US
            and any(fault.start_us <= send.start_us <= fault.end_us for fault in faults))


def most_in_doubt(stops: int) -> int:
    """It takes a request in the very moment of a stop."""
    return 2 + stops // 20


CASES = [Case("stop", "sigterm_under_load", sigterm_under_load, needs=("java", "go"))]
