"""Client libraries look messages up, send requests and wait for their replies, and write traces."""

from harness.case import check, check_equal, eventually
from harness.clients import for_libraries
from harness.exchange import Exchange

COUNT = 40
TRACES = "RMQ_SYS_TRACE_TOPIC"
FIELD, CONTEXT = "\x01", "\x02"


@for_libraries("query by id", "query by key")
def looks_messages_up(stage, library):
    """By the id of the broker, the producer's own, keys that one message has, and one that all have."""
    exchange = Exchange(stage, library, {"Indexed": 4, "Others": 4})
    client = exchange.client()
    client.do("producer", name="p", group="senders")
    send = dict(producer="p", mode="sync", count=COUNT // 2)
    client.do("send", topic="Indexed", prefix="one", **send)
    client.do("send", topic="Indexed", prefix="two", keys="first-key all second-key", **send)
    client.do("send", topic="Others", prefix="three", keys="all", **send)
    sends = exchange.sent(COUNT * 3 // 2)
    eventually("key index of all messages", 30, lambda: exchange.is_indexed("Indexed", "all", COUNT // 2))
    for one in sends[:COUNT:4]:
        client.do("view", producer="p", topic="Indexed", by="id", id=one.id)
        client.do("view", producer="p", topic="Indexed", by="unique", id=one.unique)
    for key in [one.keys for one in sends[:COUNT // 2:4]] + ["all", "second-key", "no-such-key"]:
        client.do("query", producer="p", topic="Indexed", key=key)
    lookups = exchange.history.of_kind("lookup")
    found = {(one.by, one.value): len(one.found) for one in lookups}
    check_equal("messages with the key that all have", found["key", "all"], COUNT // 2)
    check_equal("messages with a key that none has", found["key", "no-such-key"], 0)
    check(all(number == 1 for (by, _), number in found.items() if by != "key"), lambda: "ids that found not one: %r" % found)
    exchange.scan("Indexed")
    exchange.check({"I7": len(lookups), "I1": COUNT})


@for_libraries("request-reply")
def waits_for_replies(stage, library):
    """A reply to one that the broker does not know yet fails, and is sent again when the request comes again."""
    exchange = Exchange(stage, library, {"Requests": 4}, groups=["repliers"])
    asking, answering = exchange.client(), exchange.client()
    answering.do("replier", name="r", group="repliers", topic="Requests")
    asking.do("producer", name="p", group="askers")
    asking.do("request", producer="p", topic="Requests", prefix="q", count=10, callback=library.name == "java_5_3_3")
    requests = exchange.history.of_kind("request")
    check_equal("replies", [one.answer for one in requests], ["reply to q/%d" % number for number in range(10)])


@for_libraries("trace")
def writes_traces(stage, library):
    """Of each message: that it was sent, that a consumer has it, and that it consumed it."""
    exchange = Exchange(stage, library, {"Traced": 4}, trace_topic=True)
    exchange.await_route(TRACES)
    client = exchange.client()
    client.do("producer", name="p", group="senders", trace=True)
    client.do("consumer", name="c", group="traced", topic="Traced", trace=True)
    client.do("send", producer="p", topic="Traced", prefix="t", mode="sync", count=COUNT)
    sends = exchange.sent(COUNT)
    exchange.await_consumed("traced", COUNT)
    ids = {one.unique for one in sends}
    # Java 5.3.3 writes none of messages that name no region, and Apache's broker 4.9.7 stores none with them.
    names_regions = not stage.is_reference or library.name != "java_5_3_3"
    for kind in ("Pub", "SubBefore", "SubAfter") if names_regions else ("Pub",):
        eventually("traces %s of all messages" % kind, 60, lambda: ids <= traced(exchange.records_of(TRACES), kind, ids))
    client.do("stop", name="p")
    client.do("stop", name="c")


def traced(traces, kind, ids):
    """Those of `ids` that contexts of a kind name. Where in a context the id stands, each library decides."""
    contexts = [context.split(FIELD) for one in traces for context in one.body.decode().split(CONTEXT)]
    return {field for context in contexts if context[0] == kind for field in context} & ids
