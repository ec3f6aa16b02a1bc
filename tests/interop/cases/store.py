"""A store's directory goes from Apache's broker to our store and the other way round; nobody notices.

What Apache's Java client reads from its broker, and what our store holds in the same directory, must be equal line by
line: README.md says what the lines are.
"""

from harness.case import case, check_equal, eventually
from harness.stores import StoreDirectory, check_same, check_same_lines

ACKED_BEFORE_THE_KILL = 1000


@case(needs=("java",), opens_stores=True)
def apache_writes_ours_reads_and_goes_on_and_apache_again(stage):
    """Ours ends without closing the store, so that Apache's recovery sees what ours leaves after a crash."""
    store = StoreDirectory(stage)
    store.start_apache()
    store.fill_by_apache(1)
    by_apache = store.listing_of_apache()
    store.stop_apache()
    ours = store.ours()
    check_same("what Apache wrote", ours.listing(by_apache.questions()), by_apache)
    ours.check_times()

    ours.fill(2, "--crash")
    before = store.ours_on_a_copy("as-ours-crashed").listing().messages()
    store.start_apache()
    store.fill_by_apache(3)
    by_both = store.listing_of_apache()
    store.stop_apache()
    check_same("what both wrote", ours.listing(by_both.questions()), by_both)
    check_same_lines("messages there before and after", sorted(set(before) & set(by_both.contents)), sorted(before))


@case(needs=("java",), opens_stores=True)
def ours_writes_and_apache_reads(stage):
    store = StoreDirectory(stage)
    ours = store.ours()
    ours.fill(1)
    ours.check_times()
    as_we_left_it = store.ours_on_a_copy("as-we-left-it")
    store.start_apache()
    by_apache = store.listing_of_apache()
    check_same("what ours wrote", as_we_left_it.listing(by_apache.questions()), by_apache)


@case(needs=("java",), opens_stores=True)
def apache_is_killed_while_it_writes_and_ours_reads(stage):
    store = StoreDirectory(stage)
    store.start_apache()
    store.fill_by_apache(1)
    by_apache = store.listing_of_apache()
    loader = store.start_filling_by_apache("load", 2)

    def acked():
        with open(loader.out_path) as out:
            return [line.split() for line in out.read().splitlines() if line.startswith("acked ")]

    eventually("messages sent beside", 60, lambda: len(acked()) > ACKED_BEFORE_THE_KILL)
    store.broker.program.kill()
    check_equal("exit code of StoreFiller", loader.wait_for_exit(60), 0)

    found = store.ours().listing(by_apache.questions())
    check_same("what Apache wrote before", found.without_topic("Load"), by_apache)
    bodies = {}
    for line in found.contents:
        kind, topic, queue, offset, rest = line.split(" ", 4)
        if kind == "message" and topic == "Load":
            bodies[queue, offset] = bytes.fromhex(rest.rpartition("body=")[2]).decode()
    check_same_lines(
        "acknowledged messages",
        ["%s %s %s" % (queue, offset, bodies.get((queue, offset))) for _, queue, offset, _ in acked()],
        ["%s %s %s" % (queue, offset, body) for _, queue, offset, body in acked()],
    )
