"""What comes later: delay levels, and what a consumer could not consume, again and again until it is a dead letter."""

from harness.case import check, check_equal
from harness.clients import for_libraries
from harness.exchange import DELAY_LEVELS_MS, Exchange

MOST_TIMES = 3
FAILING = 4


@for_libraries("delay levels")
def delays_by_level(stage, library):
    """A level beyond the last counts as the last."""
    exchange = Exchange(stage, library, {"Delayed": 2})
    client = exchange.client()
    client.do("producer", name="p", group="senders")
    client.do("consumer", name="c", group="waiting", topic="Delayed")
    levels = [1, 2, 4, len(DELAY_LEVELS_MS), 18]
    for level in levels:
        client.do("send", producer="p", topic="Delayed", prefix="level-%d" % level, mode="sync", count=5, level=level)
    client.do("send", producer="p", topic="Delayed", prefix="at-once", mode="sync", count=5)
    exchange.sent(5 * len(levels) + 5)
    exchange.await_consumed("waiting", 5 * len(levels) + 5)
    client.do("stop", name="c")
    exchange.scan("Delayed")
    exchange.check({"I9": 10 * len(levels), "I5": 5 * len(levels) + 5, "I6": 5 * len(levels) + 5}, late_ms=20_000)


@for_libraries("retry to dead letter")
def fails_until_it_is_a_dead_letter(stage, library):
    """Some messages fail once and are consumed then; some fail always, each time after a longer delay, and end in the
    dead-letter topic."""
    exchange = Exchange(stage, library, {"Failing": 2}, groups=["failers", "slow_learners"])
    client = exchange.client()
    client.do("producer", name="p", group="senders")
    client.do("consumer", name="c", group="failers", topic="Failing", maxTimes=MOST_TIMES, failEvery=5, failTimes=99)
    client.do("consumer", name="d", group="slow_learners", topic="Failing", maxTimes=MOST_TIMES, failEvery=5, failTimes=1)
    client.do("send", producer="p", topic="Failing", prefix="f", mode="sync", count=5 * FAILING)
    exchange.sent(5 * FAILING)

    exchange.await_consumed("failers", 4 * FAILING)
    exchange.await_consumed("slow_learners", 5 * FAILING)
    exchange.await_operations("failures", FAILING * (MOST_TIMES + 1),
                              lambda one: one.kind == "receive" and one.group == "failers" and one.outcome == "failed")
    exchange.await_route("%DLQ%failers")
    exchange.await_stored("%DLQ%failers", FAILING)
    for name in ("c", "d"):
        client.do("stop", name=name)
    check_equal("dead letters", exchange.scan("%DLQ%failers"), FAILING)
    failed = [one for one in exchange.history.of_kind("receive") if one.group == "failers" and one.outcome == "failed"]
    check_equal("how often each failed", sorted(one.times for one in failed), sorted(list(range(MOST_TIMES + 1)) * FAILING))
    for one in exchange.history.of_kind("receive"):
        expected = "%RETRY%" + one.group if one.times else "Failing"
        check(one.topic == expected, lambda: "came from %s and not from %s: %s" % (one.topic, expected, one))
    letters = exchange.records_of("%DLQ%failers")
    check_equal("topics that dead letters come from", {one.properties.get("RETRY_TOPIC") for one in letters}, {"Failing"})
    exchange.check({"I5": 10 * FAILING, "I6": 10 * FAILING, "I9": FAILING * (MOST_TIMES + 1)})


@for_libraries("push orderly", "retry to dead letter")
def an_orderly_consumer_gives_up_after_its_most_times(stage, library):
    """What fails in order comes again at once, before all that lies behind it, until the consumer gives it up."""
    exchange = Exchange(stage, library, {"Stuck": 1})
    client = exchange.client()
    client.do("producer", name="p", group="senders")
    client.do("consumer", name="c", group="stuck", topic="Stuck", orderly=True, maxTimes=MOST_TIMES, failEvery=5,
              failTimes=99, suspendMs=20)
    client.do("send", producer="p", topic="Stuck", prefix="s", mode="sync", count=5 * FAILING)
    exchange.sent(5 * FAILING)
    exchange.await_consumed("stuck", 4 * FAILING)
    exchange.await_route("%DLQ%stuck")
    exchange.await_stored("%DLQ%stuck", FAILING)
    client.do("stop", name="c")
    check_equal("dead letters", exchange.scan("%DLQ%stuck"), FAILING)
    exchange.check({"I5": 5 * FAILING, "order": 4 * FAILING + FAILING * (MOST_TIMES + 1) - 1})
