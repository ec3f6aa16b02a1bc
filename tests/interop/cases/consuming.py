"""Client libraries consume from the broker under test: sharing the messages, in order, each of them all, and as they
ask for them."""

from harness.case import check_equal
from harness.clients import for_libraries
from harness.exchange import ARRIVAL_SECONDS, Exchange

COUNT = 400
# The last two have the same hash code, so that a broker passes both and the client tells them apart; the one in the
# middle is not ASCII.
TAGS = ["TagA", "TagB", "", "grün", "Aa", "BB"]


@for_libraries("push concurrent", "tag filter")
def consumes_all_and_by_tag(stage, library):
    """One group takes all, another some tags; half of the messages are there before, half are sent meanwhile."""
    wanted = ["TagA", "Aa", *(["grün"] if hashes_tags_as_producers_do(stage, library) else [])]
    exchange = Exchange(stage, library, {"Tagged": 4})
    client = exchange.client()
    client.do("producer", name="p", group="senders")
    client.do("send", producer="p", topic="Tagged", prefix="before", mode="sync", count=COUNT // 2, tags=",".join(TAGS))
    client.do("consumer", name="all", group="takes_all", topic="Tagged")
    client.do("consumer", name="some", group="takes_some", topic="Tagged", tags=" || ".join(wanted))
    client.do("send", producer="p", topic="Tagged", prefix="after", mode="sync", count=COUNT // 2, tags=",".join(TAGS))
    sends = exchange.sent(COUNT)
    tagged = [one for one in sends if one.tag in wanted]
    exchange.await_consumed("takes_all", COUNT)
    exchange.await_consumed("takes_some", len(tagged))
    for name in ("all", "some"):
        client.do("stop", name=name)
    check_equal("messages by tag", len([one for one in exchange.history.of_kind("receive") if one.group == "takes_some"]),
                len(tagged))
    exchange.check({"I2": COUNT + len(tagged), "I5": COUNT + len(tagged), "I6": COUNT + len(tagged)})


def hashes_tags_as_producers_do(stage, library):
    """Go hashes the bytes of a tag where all others hash its characters. Apache's broker believes what it is told; ours
    computes it from the tag."""
    return library.name != "go_v2" or not stage.is_reference


@for_libraries("push orderly")
def consumes_in_order(stage, library):
    """Each queue's messages one at a time in their order, also where some are to come again first."""
    exchange = Exchange(stage, library, {"Ordered": 3})
    client = exchange.client()
    client.do("producer", name="p", group="senders")
    send = dict(producer="p", topic="Ordered", mode="sync", queues=3)
    client.do("send", prefix="before", count=150, **send)
    client.do("consumer", name="c", group="in_order", topic="Ordered", orderly=True, failEvery=50, failTimes=2,
              suspendMs=50, threads=8)
    client.do("send", prefix="after", count=150, **send)
    sends = exchange.sent(300)
    for one in sends:
        check_equal("queue of %s" % one, one.queue, int(one.keys.split("-")[1]) % 3)
    exchange.await_consumed("in_order", 300)
    client.do("stop", name="c")
    failed = [one for one in exchange.history.of_kind("receive") if one.outcome == "failed"]
    check_equal("messages that were to come again", len(failed), 2 * 6)
    exchange.check({"order": 300, "I5": 300, "I6": 300})


@for_libraries("broadcast")
def each_of_a_group_gets_all(stage, library):
    exchange = Exchange(stage, library, {"Broadcast": 4})
    client, other = exchange.client(), exchange.client()
    client.do("producer", name="p", group="senders")
    for program, name in ((client, "one"), (other, "two")):
        program.do("consumer", name=name, group="each_all", topic="Broadcast", broadcast=True)
    exchange.await_operations("queues of both", 2, lambda one: one.kind == "queues" and len(one.queues) == 4)
    client.do("send", producer="p", topic="Broadcast", prefix="b", mode="sync", count=COUNT)
    exchange.sent(COUNT)
    for name in ("one", "two"):
        exchange.await_consumed("each_all", COUNT, client=name)
    client.do("stop", name="one")
    other.do("stop", name="two")
    exchange.check({"I5": 2 * COUNT, "I6": 2 * COUNT})


LITE_PULLS = {"java_5_3_3": "it pulls by a request (361) that Apache's broker 4.9.7 does not know"}


@for_libraries("lite pull", apache_cannot=LITE_PULLS)
def pulls_as_it_likes(stage, library):
    """Sharing the queues of the topic with its group; once it is back it goes on where it had stopped."""
    exchange = Exchange(stage, library, {"Pulled": 4})
    client = exchange.client()
    client.do("producer", name="p", group="senders")
    send = dict(producer="p", topic="Pulled", mode="sync", tags="TagA,TagB", count=COUNT // 2)
    client.do("send", prefix="before", **send)
    client.do("lite", name="c", group="pullers", topic="Pulled")
    exchange.await_consumed("pullers", COUNT // 2)
    exchange.await_committed("pullers", "Pulled")
    client.do("stop", name="c")
    client.do("send", prefix="after", **send)
    client.do("lite", name="d", group="pullers", topic="Pulled")
    exchange.await_consumed("pullers", COUNT)
    client.do("stop", name="d")
    exchange.sent(COUNT)
    exchange.check({"I5": COUNT, "I6": COUNT, "I8": 4})


@for_libraries("query by id", "lite pull", apache_cannot=LITE_PULLS)  # those of Java
def pulls_from_queues_that_it_chose(stage, library):
    exchange = Exchange(stage, library, {"Assigned": 4})
    client = exchange.client()
    client.do("producer", name="p", group="senders")
    client.do("send", producer="p", topic="Assigned", prefix="a", mode="sync", count=COUNT)
    client.do("lite", name="c", group="choosers", topic="Assigned", assign=True, seek=10)
    expected = {(queue, offset) for queue in range(4) for offset in range(10, COUNT // 4)}

    def pulled(operations):
        return {(one.queue, one.offset) for one in operations if one.kind == "receive"}

    exchange.history.wait(ARRIVAL_SECONDS, lambda operations: pulled(operations) >= expected)
    client.do("stop", name="c")
    check_equal("queues and offsets pulled", sorted(pulled(exchange.history.all())), sorted(expected))
