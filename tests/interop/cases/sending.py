"""Client libraries send, in every way that each has, to the broker under test; all of it is there afterwards."""

from harness.case import check_equal
from harness.clients import for_libraries
from harness.exchange import Exchange

COUNT = 200
# Java and Go compress what is larger than 4 KiB, ali-ons as well.
LARGE = 9000


@for_libraries("sync", also=["auto-creation"])
def sends_and_waits(stage, library):
    """Small messages, large ones that the library compresses, and, where it can, to a topic that is not there yet."""
    exchange = Exchange(stage, library, {} if library.offers("auto-creation") else {"Synchronous": 4})
    client = exchange.client()
    client.do("producer", name="p", group="senders")
    client.do("send", producer="p", topic="Synchronous", prefix="small", mode="sync", count=COUNT, tags="TagA,,TagB")
    client.do("send", producer="p", topic="Synchronous", prefix="large", mode="sync", count=10, bytes=LARGE)
    exchange.sent(COUNT + 10)
    check_equal("messages stored", exchange.scan("Synchronous"), COUNT + 10)
    exchange.check({"I1": COUNT + 10, "I3": 2 * COUNT})


@for_libraries("async")
def sends_many_at_once(stage, library):
    exchange = Exchange(stage, library, {"Asynchronous": 4})
    client = exchange.client()
    client.do("producer", name="p", group="senders")
    client.do("send", producer="p", topic="Asynchronous", prefix="a", mode="async", count=5 * COUNT)
    exchange.sent(5 * COUNT)
    check_equal("messages stored", exchange.scan("Asynchronous"), 5 * COUNT)
    exchange.check({"I1": 5 * COUNT})


@for_libraries("one-way")
def sends_one_way(stage, library):
    """Nobody hears what becomes of them, so they are waited for in the broker."""
    exchange = Exchange(stage, library, {"OneWay": 4})
    client = exchange.client()
    client.do("producer", name="p", group="senders")
    client.do("send", producer="p", topic="OneWay", prefix="w", mode="oneway", count=COUNT)
    exchange.await_stored("OneWay", COUNT)
    check_equal("messages stored", exchange.scan("OneWay"), COUNT)
    check_equal("bodies that differ", len({one.hash for one in exchange.history.of_kind("send")}), COUNT)
    exchange.check({"I2": COUNT})


@for_libraries("batch")
def sends_in_batches(stage, library):
    exchange = Exchange(stage, library, {"Batches": 4})
    client = exchange.client()
    client.do("producer", name="p", group="senders")
    client.do("send", producer="p", topic="Batches", prefix="b", mode="batch", batch=16, count=COUNT, tags="TagA,,TagB")
    exchange.sent(COUNT)
    check_equal("messages stored", exchange.scan("Batches"), COUNT)
    exchange.check({"I1": COUNT, "I4": (COUNT + 15) // 16})
