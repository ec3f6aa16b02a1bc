"""A disk on which a sync takes far too long: senders are told so, or wait, and nobody is left without an answer."""

from harness.case import check, eventually
from harness.history import FAILED, UNKNOWN, now_us

from rig.load import Consumer, Load, Producer
from rig.trial import Case, Trial

TOPIC, QUEUES = "orders", 4
# What may wait for the disk is more than these have on its way, and less than they have together with the others, which
# come while the disk is slow.
SENDERS, OTHERS = 6, 6
STORE = 'max_waiting = "1MiB"'
MESSAGE_BYTES = 120 * 1024
ROUND_SECONDS = 30
# Of so many syncs one takes longer than a sender is kept waiting: five seconds, looked at once a second.
OF_WHICH_ENDLESS = 50
ENDLESS_MS = 6500


def slow_syncs(trial: Trial) -> str:
    disk = trial.disk()
    broker = trial.broker(disk=disk, store=STORE, log_file="16MiB", message="256KiB")
    trial.start(broker)
    broker.create_topic(TOPIC, QUEUES)
    senders = [Producer("sender-%d" % number, broker, trial.history, TOPIC, QUEUES, pause=0.01, size=MESSAGE_BYTES)
               for number in range(SENDERS)]
    rounds = trial.wanted.rounds(50, 500)
    with Load(*senders, Consumer("group", broker, trial.history, TOPIC, QUEUES)) as load:
        names = load.names(Producer)
        trial.history.await_more(1, "send", names)
        for number in range(1, rounds + 1):
            others = [Producer("other-%d-%d" % (number, one), broker, trial.history, TOPIC, QUEUES, pause=0.01,
                               size=MESSAGE_BYTES) for one in range(OTHERS)]
            slow_down(trial, disk, ENDLESS_MS if number % OF_WHICH_ENDLESS == 0 else drawn_ms(trial), names, others)
            senders += others
        load.end(Producer)
        trial.history.await_reached()
        load.end()
    unanswered = sum(sender.unanswered for sender in senders)
    check(not unanswered, "%d sends were never answered" % unanswered)
    return judge(trial, broker, rounds)


def drawn_ms(trial: Trial) -> int:
    return round(trial.random.uniform(100, 5000) if trial.wanted.release else trial.random.uniform(100, 300))


def slow_down(trial: Trial, disk, delay_ms: int, names: list[str], others: list[Producer]) -> None:
    """The log's next sync takes so long. It is over when everybody has been heard of again."""
    start_us = now_us()
    disk.forget()
    disk.fail("sync /commitlog/ 1 delay=%d" % delay_ms)
    eventually("a sync of the log", ROUND_SECONDS, disk.seen)
    with Load(*others) as load:
        trial.history.await_more(1, "send", names, seconds=ROUND_SECONDS)
        load.end()
    disk.heal()
    trial.history.await_more(1, "send", names, seconds=ROUND_SECONDS)
    trial.history.fault("a sync took %d ms" % delay_ms, start_us)


def judge(trial: Trial, broker, rounds: int) -> str:
    """I15: no send fails but while the disk is slow; what was told to wait for too long is in doubt, and not lost."""
    for scan in broker.scans(TOPIC, QUEUES):
        trial.history.add(scan)
    faults = trial.history.of_kind("fault")
    sends = trial.history.of_kind("send")
    bad = [send for send in sends if send.outcome in (FAILED, UNKNOWN)]
    for send in bad:
        check(any(send.start_us <= fault.end_us and fault.start_us <= send.end_us for fault in faults),
              lambda: "failed while the disk was well: %s (%s)" % (send, send.why))
        check(send.outcome == UNKNOWN or "broker busy: the disk does not keep up" in send.why,
              lambda: "refused, and not because of the disk: %s (%s)" % (send, send.why))
    late = sum(send.outcome == UNKNOWN for send in bad)
    endless = rounds // OF_WHICH_ENDLESS
    check(0 < late <= (SENDERS + OTHERS) * endless,
          "%d senders were told that the disk takes too long, by %d syncs that did" % (late, endless))
    check(len(bad) > late, "no send was refused, though more was on its way than may wait")
    report = trial.history.judge({"I1": 10 * rounds, "I2": 10 * rounds, "I3": 10 * rounds, "I5": 10 * rounds})
    return "%d slow syncs; %d sends, of which %d were refused and %d told that it takes too long; %s" % (
        rounds, len(sends), len(bad) - late, late, report)


CASES = [Case("slow", "syncs", slow_syncs)]
