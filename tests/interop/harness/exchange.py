"""A name server, a broker, programs of one client library, and what happened between them."""

from harness import checker, history, records, remoting
from harness.case import CaseFailed, check, check_equal, eventually
from harness.clients import ClientProgram

# What each delay level of the broker means: short, and such that later levels are longer.
DELAY_LEVELS = "1s 2s 2s 3s 4s 5s"
DELAY_LEVELS_MS = (1000, 2000, 2000, 3000, 4000, 5000)
ARRIVAL_SECONDS = 60


class Exchange:
    def __init__(self, stage, library, topics, groups=(), apaches_broker=None, tls=False, **settings):
        """`topics` (name: queues) are there from the start, and retry topics of `groups`, as if those had been there
        before: a client learns the route of a new one only when it polls routes again, up to 30 s later.

        The broker is the one under test with these `settings`; or one of Apache's with these settings of Broker. With
        `tls` the name server takes nothing else."""
        topics = {**topics, **{"%RETRY%" + group: 1 for group in groups}}
        self._stage = stage
        self._library = library
        self._tls = tls
        self.namesrv = stage.name_server(tls=tls)
        if apaches_broker is None:
            self.broker = stage.broker_under_test(self.namesrv.address, topics, delay_levels=DELAY_LEVELS, **settings)
        else:
            self.broker = stage.broker(namesrv=self.namesrv.address, topics=topics, **apaches_broker)
        for topic in topics:
            self.await_route(topic)
        self.history = history.History()
        self._programs = 0
        stage.on_close(lambda: self.history.write(stage.path("history")))

    def client(self, **more):
        """Another process of the library."""
        self._programs += 1
        name = self._library.name if self._programs == 1 else "%s_%d" % (self._library.name, self._programs)
        return ClientProgram(self._stage.start_client(self._library, name, self.namesrv.address, **more), self.history)

    def await_route(self, topic):
        with remoting.Peer(self.namesrv.address, tls=self._tls) as peer:
            eventually("route of %s" % topic, 60, lambda: remoting.route(peer, topic))

    def create_retry_topic(self, group):
        """As if the group had been there before: a client learns the route of a new one's only when it polls routes
        the next time, up to 30 s later."""
        self.create_topic("%RETRY%" + group, 1)

    def await_operations(self, what, number, wanted, seconds=ARRIVAL_SECONDS):
        """Waits until `number` operations of the history are `wanted`."""
        found = self.history.wait(seconds, lambda all: _at_least(number, [one for one in all if wanted(one)]))
        if not found:
            seen = len([one for one in self.history.all() if wanted(one)])
            raise CaseFailed("%s: %d of %d within %g s" % (what, seen, number, seconds))
        return found

    def await_consumed(self, group, number, topic=None, client=None, seconds=ARRIVAL_SECONDS):
        return self.await_operations(
            "messages consumed by %s" % group, number,
            lambda one: one.kind == "receive" and one.group == group and one.outcome == history.OK
            and (client is None or one.client == client) and (topic is None or one.topic == topic), seconds)

    def await_queues(self, topic, numbers, seconds=ARRIVAL_SECONDS):
        """Waits until consumers (names) hold so many queues of a topic each, and no queue is held by two."""

        def held(operations):
            last = {one.client: one.queues for one in operations if one.kind == "queues" and one.client in numbers}
            of_topic = {client: [tuple(queue) for queue in queues if queue[0] == topic] for client, queues in last.items()}
            together = [queue for queues in of_topic.values() for queue in queues]
            return ({client: len(queues) for client, queues in of_topic.items()} == numbers
                    and len(together) == len(set(together)))

        if not self.history.wait(seconds, held):
            last = {one.client: one.queues for one in self.history.all() if one.kind == "queues"}
            raise CaseFailed("queues of %s: expected %r, last held %r" % (topic, numbers, last))

    def await_committed(self, group, topic, seconds=ARRIVAL_SECONDS):
        """Waits until the broker knows that a group consumed all of a topic."""
        queues = range(self._queues(topic))
        with remoting.Peer(self.broker.address) as peer:
            eventually("all of %s committed by %s" % (topic, group), seconds, lambda: all(
                self._committed(peer, group, topic, queue) == records.ends(peer, topic, queue)[1] for queue in queues))

    def _committed(self, peer, group, topic, queue):
        """A group's offset as the broker tells it, into the history; None when it knows none."""
        start_us = history.now_us()
        answer = peer.request(remoting.QUERY_CONSUMER_OFFSET, {"consumerGroup": group, "topic": topic, "queueId": queue})
        check(answer.code in (remoting.SUCCESS, remoting.QUERY_NOT_FOUND),
              lambda: "offset of %s in %s/%d: code %d, %s" % (group, topic, queue, answer.code, answer.remark))
        offset = int(answer.fields["offset"]) if answer.code == remoting.SUCCESS else None
        self.history.add(history.Operation(
            "offset", "harness", start_us, history.now_us(), topic=topic, broker=self.broker.name, queue=queue,
            offset=offset, group=group))
        return offset

    def scan(self, topic):
        """Reads all its queues, into the history; returns how many messages there are."""
        scans = self._scan(topic)
        for one in scans:
            self.history.add(one)
        return sum(len(one.found) for one in scans)

    def await_stored(self, topic, number, seconds=ARRIVAL_SECONDS):
        """Waits until so many messages are in a topic, for those whose sender does not hear of it."""
        eventually("%d messages in %s" % (number, topic), seconds,
                   lambda: sum(self._length(topic, queue) for queue in range(self._queues(topic))) >= number)

    def _scan(self, topic):
        return [records.scan(self.broker.address, self.broker.name, topic, queue) for queue in range(self._queues(topic))]

    def _length(self, topic, queue):
        with remoting.Peer(self.broker.address) as peer:
            first, end = records.ends(peer, topic, queue)
            return end - first

    def _queues(self, topic):
        with remoting.Peer(self.namesrv.address, tls=self._tls) as peer:
            route = remoting.route(peer, topic)
        check(route is not None, "no route to %s" % topic)
        return sum(one["readQueueNums"] for one in route["queueDatas"])

    def records_of(self, topic):
        """All that lies in a topic, for what the history says nothing about."""
        found = []
        with remoting.Peer(self.broker.address) as peer:
            for queue in range(self._queues(topic)):
                found += records.read_queue(peer, topic, queue)
        return found

    def is_indexed(self, topic, key, number):
        """Whether a look-up by key finds so many: the index is written behind the log."""
        with remoting.Peer(self.broker.address) as peer:
            answer = peer.request(remoting.QUERY_MESSAGE, {
                "topic": topic, "key": key, "maxNum": number + 1, "beginTimestamp": 0, "endTimestamp": (1 << 63) - 1})
            return answer.code == remoting.SUCCESS and len(list(records.records(answer.body))) >= number

    def sent(self, number):
        """All of them were acknowledged; returns the sends."""
        sends = self.history.of_kind("send")
        check_equal("sends", len(sends), number)
        for one in sends:
            check(one.outcome == history.OK, lambda: "%s (%s)" % (one, one.why))
        return sends

    def check(self, looked_at, **rules):
        """The invariants hold, and each of `looked_at` (its number: how many facts) was held against so many."""
        report = checker.check(self.history.all(), checker.Rules(delay_levels_ms=DELAY_LEVELS_MS, **rules))
        check(not report.violations, lambda: "the history does not hold:\n%s" % report)
        for invariant, number in looked_at.items():
            check(report.checked[invariant] >= number, lambda: "%s was held against %d facts only, not %d" % (
                invariant, report.checked[invariant], number))


def _at_least(number, found):
    return found if len(found) >= number else None
