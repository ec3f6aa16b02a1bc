"""A second consumer joins a group, and leaves it again: every message is consumed once by the group.

When it comes and when it goes all that was sent is consumed, and the broker has been told so. Otherwise the libraries
themselves have some messages consumed twice: one that comes asks for the offsets of its queues before the other, which
is told that the group changed, has written them.
"""

from harness.case import check
from harness.clients import for_libraries
from harness.exchange import Exchange

QUEUES = 8
COUNT = 240
# A consumer that finds a queue locked looks again with the next rebalance, 20 s later if it is not told otherwise.
SOON = {"options": ["-Drocketmq.client.rebalance.waitInterval=1000"]}


@for_libraries("push concurrent", "rebalance")
def a_second_consumer_joins_and_leaves(stage, library):
    rebalance(stage, library)


@for_libraries("push orderly", "rebalance", "query by id")  # those of Java: Go looks for locks every 20 s only
def a_second_orderly_consumer_joins_and_leaves(stage, library):
    rebalance(stage, library, orderly=True)


def rebalance(stage, library, **consumer):
    exchange = Exchange(stage, library, {"Shared": QUEUES})
    first, second = (exchange.client(**(SOON if consumer else {})) for _ in range(2))
    first.do("producer", name="p", group="senders")
    consumer.update(group="sharers", topic="Shared")
    phases = []

    def send_and_consume(by):
        phases.append(by)
        first.do("send", producer="p", topic="Shared", prefix="phase-%d" % len(phases), mode="sync", count=COUNT)
        exchange.await_consumed("sharers", COUNT * len(phases))
        took = {one.client for one in exchange.history.of_kind("receive")[-COUNT:]}
        check(took == by, lambda: "phase %d was to be consumed by %s, and was by %s" % (len(phases), by, took))
        exchange.await_committed("sharers", "Shared")

    first.do("consumer", name="one", **consumer)
    exchange.await_queues("Shared", {"one": QUEUES})
    send_and_consume({"one"})
    second.do("consumer", name="two", **consumer)
    exchange.await_queues("Shared", {"one": QUEUES // 2, "two": QUEUES // 2})
    send_and_consume({"one", "two"})
    second.do("stop", name="two")
    exchange.await_queues("Shared", {"one": QUEUES})
    send_and_consume({"one"})
    first.do("stop", name="one")
    exchange.sent(3 * COUNT)
    exchange.scan("Shared")
    exchange.check({"I1": 3 * COUNT, "I5": 3 * COUNT, "I6": 3 * COUNT, "I8": 3 * QUEUES, **({"order": 2 * COUNT} if "orderly" in consumer else {})})
