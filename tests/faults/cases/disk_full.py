"""The disk is full at a random byte, and later has room again: sends are refused with a reason, reads go on, and sends
are taken again by the same process."""

import errno
import os
from collections.abc import Callable

from harness.case import CaseFailed, check
from harness.history import FAILED, now_us
from harness.programs import Program

from rig.load import Consumer, Load, Producer
from rig.trial import Case, Skipped, Trial

TOPIC, QUEUES = "orders", 2
ROUND_SECONDS = 20
MESSAGE_BYTES = 3000
# A round ends somewhere in the next few files of the log.
MOST_ROOM = 3 * 128 * 1024
# One life of the broker sees so many rounds; then it is killed, and the next goes on with what is there.
ROUNDS_A_LIFE = 10
CLEAR_REASON = ("No space left on device", "disk")
TMPFS_BYTES = 64 << 20
FILL_TRIES = 100


def on_a_disk_that_says_so(trial: Trial) -> str:
    """Where nothing may be mounted, too: the file system's calls fail as those of a full disk do. Everything under the
    data directory has no room: the log, queues, index, checkpoint and metadata."""
    disk = trial.disk()
    broker = trial.broker(disk=disk)

    def fill(room: int) -> None:
        disk.fail("any -data/ 1+ room=%d" % room)

    return rounds(trial, broker, fill, disk.heal, trial.wanted.rounds(25, 250))


def on_a_small_disk(trial: Trial) -> str:
    """A real one of 64 MiB, in memory, which a file fills up but for the round's bytes."""
    mount = trial.path("small-disk")
    os.mkdir(mount)
    holds = "mount -t tmpfs -o size=%d none '%s' && echo mounted && exec sleep infinity" % (TMPFS_BYTES, mount)
    holder = Program("small-disk-holder", ["unshare", "-rm", "sh", "-c", holds], trial.directory)
    trial.stage.on_close(holder.kill)
    try:
        holder.wait_for_line("^mounted$", 10)
    except CaseFailed as refused:
        raise Skipped("nothing can be mounted here: %s" % refused) from None
    inside = "/proc/%d/root%s" % (holder.pid, mount)
    filler = os.path.join(inside, "filler")
    broker = trial.broker(data=os.path.join(mount, "data"), prefix=(
        "nsenter", "--target", str(holder.pid), "--user", "--mount", "--preserve-credentials"))

    def fill(room: int) -> None:
        with open(filler, "wb") as out:
            for _ in range(FILL_TRIES):  # the broker takes some of what is measured
                space = os.statvfs(inside)
                try:
                    return os.posix_fallocate(out.fileno(), 0, max(space.f_bavail * space.f_frsize - room, 1))
                except OSError as full:
                    if full.errno != errno.ENOSPC:
                        raise
        raise CaseFailed("the small disk could not be filled but for %d bytes" % room)

    return rounds(trial, broker, fill, lambda: os.remove(filler), trial.wanted.rounds(25, 250))


def rounds(trial: Trial, broker, fill: Callable[[int], None], make_room: Callable[[], None], number: int) -> str:
    trial.start(broker)
    broker.create_topic(TOPIC, QUEUES)
    producers = [Producer("producer-%d" % one, broker, trial.history, TOPIC, QUEUES, pause=0.002, size=MESSAGE_BYTES)
                 for one in range(2)]
    with Load(*producers, Consumer("group", broker, trial.history, TOPIC, QUEUES)) as load:
        names = load.names(Producer)
        for one in range(1, number + 1):
            trial.history.await_more(10, "send", names)
            one_round(trial, broker, fill, make_room, names)
            if one % ROUNDS_A_LIFE == 0:
                start_us = now_us()
                broker.kill()
                trial.start(broker)
                trial.history.fault("kill -9", start_us)
        trial.history.await_more(10, "send", names)
        load.end(Producer)
        trial.history.await_reached()
        load.end()
    return judge(trial, broker, number)


def one_round(trial: Trial, broker, fill, make_room, names: list[str]) -> None:
    start_us = now_us()
    pid = broker.program.pid
    fill(trial.random.randrange(MOST_ROOM))
    trial.history.await_more(5, "send", names, FAILED, ROUND_SECONDS)
    for name in names:
        why = trial.history.last_why(name)
        check(any(word in why for word in CLEAR_REASON), "refused without a clear reason: %s" % why)
    before = sum(len(scan.found) for scan in broker.scans(TOPIC, QUEUES))
    check(before, "nothing can be read while the disk is full")
    make_room()
    trial.history.await_more(1, "send", names, seconds=ROUND_SECONDS)
    check(broker.is_running() and broker.program.pid == pid, "the broker was started again")
    trial.history.fault("the disk was full", start_us)


def judge(trial: Trial, broker, number: int) -> str:
    broker.kill()
    trial.start(broker)  # what it read from memory so far it must find on the disk now
    for scan in broker.scans(TOPIC, QUEUES):
        trial.history.add(scan)
    sends = trial.history.of_kind("send")
    faults = trial.history.of_kind("fault")
    for send in sends:
        check(send.outcome != FAILED or any(
            send.start_us <= fault.end_us and fault.start_us <= send.end_us for fault in faults),
              lambda: "refused while there was room: %s (%s)" % (send, send.why))
    report = trial.history.judge({"I1": 10 * number, "I2": 10 * number, "I3": 10 * number, "I5": 10 * number},
                                 offsets_lost_ms=1000)
    refused = sum(send.outcome == FAILED for send in sends)
    return "%d times full; %d sends, %d refused; %s" % (number, len(sends), refused, report)


CASES = [Case("full", "on_a_disk_that_says_so", on_a_disk_that_says_so, alone=False),
         Case("full", "on_a_small_disk", on_a_small_disk, alone=False)]
