"""Load that goes on whatever happens to the broker: producers and consumers without a library, each a thread with one
connection, which write what they did and saw into a history."""

import threading

from harness import remoting
from harness.case import CaseFailed
from harness.history import FAILED, OK, UNKNOWN, History, Operation, now_us
from harness.records import MESSAGES_A_PULL, SUBSCRIPTION_IN_THE_REQUEST, content_hash, records

# Longer than the broker lets a sender wait for its disk (15 s to be written, 5 s for a sync): no answer within this is no
# back-pressure, but a hang.
ANSWER_SECONDS = 25
RECONNECT_SECONDS = 0.01
STORED, NOT_YET_SAFE = 0, (10, 11, 12)
FOUND, NOTHING_NEW, ASK_AGAIN, MOVED = 0, 19, 20, 21


class Connected(threading.Thread):
    """A thread that has a connection, or tries to get one, until it is ended. The broker's death is nothing special."""

    def __init__(self, name: str, address: str):
        super().__init__(name=name, daemon=True)
        self._address = address
        self._ended = threading.Event()
        self.unanswered = 0
        self.crashed: BaseException | None = None

    def run(self) -> None:
        try:
            while not self._ended.is_set():
                try:
                    with remoting.Peer(self._address, ANSWER_SECONDS) as peer:
                        self.begin(peer)
                        while not self._ended.is_set():
                            self.step(peer)
                except (OSError, CaseFailed) as lost:
                    self.unanswered += "no answer" in str(lost)
                    self._ended.wait(RECONNECT_SECONDS)
        except BaseException as crash:  # whoever waits for this thread is told, and not left waiting
            self.crashed = crash

    def begin(self, peer: remoting.Peer) -> None:
        pass

    def step(self, peer: remoting.Peer) -> None:
        raise NotImplementedError

    def halt(self) -> None:
        """Tells it to end, without waiting."""
        self._ended.set()

    def end(self) -> None:
        self.halt()
        self.join(2 * ANSWER_SECONDS)
        if self.crashed:
            raise self.crashed
        if self.is_alive():
            raise CaseFailed("%s has not ended" % self.name)


class Producer(Connected):
    """Sends one message after the other, to the topic's queues by turns. `pause`: seconds between two."""

    def __init__(self, name: str, broker, into: History, topic: str, queues: int = 1, pause: float = 0.0,
                 size: int = 200, level: int = 0):
        super().__init__(name, broker.address)
        self._broker = broker.name
        self._into = into
        self._topic, self._queues, self._level = topic, queues, level
        self._pause, self._size = pause, size
        self._number = 0

    def step(self, peer):
        number, self._number = self._number, self._number + 1
        text = b"%s/%d " % (self.name.encode(), number)
        body = text * (self._size // len(text) + 1)
        properties = {"KEYS": "%s-%d" % (self.name, number), "TAGS": "t%d" % (number % 3), "x-number": str(number)}
        digest = content_hash(properties, body)
        if self._level:
            properties["DELAY"] = str(self._level)
        more = {"tag": properties["TAGS"], "keys": properties["KEYS"], "level": self._level}
        send = Operation("send", self.name, now_us(), topic=self._topic, broker=self._broker, hash=digest,
                         outcome=UNKNOWN, more=more)
        try:
            answer = peer.request(remoting.SEND_MESSAGE, {
                "producerGroup": "producers", "topic": self._topic, "defaultTopic": "TBW102",
                "defaultTopicQueueNums": self._queues, "queueId": number % self._queues, "sysFlag": 0,
                "bornTimestamp": now_us() // 1000, "flag": 0,
                "properties": "\x02".join("%s\x01%s" % one for one in properties.items())},
                body, seconds=ANSWER_SECONDS)
        except CaseFailed as lost:
            send.more["why"] = str(lost)
            raise
        else:
            self._judge(send, answer)
        finally:
            send.end_us = now_us()
            self._into.add(send)
        if self._pause:
            self._ended.wait(self._pause)

    @staticmethod
    def _judge(send: Operation, answer: remoting.Answer) -> None:
        if answer.code == STORED:
            send.outcome = OK
            send.queue, send.offset = int(answer.fields["queueId"]), int(answer.fields["queueOffset"])
            send.more["id"] = answer.fields["msgId"]
        else:
            send.outcome = UNKNOWN if answer.code in NOT_YET_SAFE else FAILED
            send.more["code"], send.more["why"] = answer.code, "code %d: %s" % (answer.code, answer.remark)


class Consumer(Connected):
    """A group of one member, which reads all queues of a topic and writes back how far it has come."""

    def __init__(self, name: str, broker, into: History, topic: str, queues: int = 1, moves: bool = False):
        """`moves`: old messages are deleted, so the broker may say that a place is no more."""
        super().__init__(name, broker.address)
        self._broker = broker.name
        self._into = into
        self._topic = topic
        self._next = dict.fromkeys(range(queues), 0)
        self._moves = moves
        into.add(Operation("join", name, now_us(), now_us(), topic=topic, group=name,
                           more={"tags": "*", "model": "clustering", "order": "none"}))

    def begin(self, peer):
        for queue in self._next:
            self._into.add(self._offset(peer, queue))

    def step(self, peer):
        got = [self._pull(peer, queue) for queue in self._next]
        if not any(got):
            self._ended.wait(0.01)

    def _place(self, queue: int) -> dict:
        return {"consumerGroup": self.name, "topic": self._topic, "queueId": queue}

    def _operation(self, kind: str, queue: int, **more) -> Operation:
        return Operation(kind, self.name, now_us(), topic=self._topic, broker=self._broker, queue=queue,
                         group=self.name, **more)

    def _offset(self, peer, queue: int) -> Operation:
        """Where the broker believes this group to be. The consumer itself goes on where it is."""
        asked = self._operation("offset", queue)
        answer = peer.request(remoting.QUERY_CONSUMER_OFFSET, self._place(queue))
        asked.end_us = now_us()
        if answer.code == remoting.SUCCESS:
            asked.offset = int(answer.fields["offset"])
        elif answer.code != remoting.QUERY_NOT_FOUND:
            asked.outcome, asked.more["why"] = FAILED, "code %d: %s" % (answer.code, answer.remark)
        return asked

    def _pull(self, peer, queue: int) -> bool:
        answer = peer.request(remoting.PULL_MESSAGE, {
            **self._place(queue), "queueOffset": self._next[queue], "maxMsgNums": MESSAGES_A_PULL,
            "sysFlag": SUBSCRIPTION_IN_THE_REQUEST, "commitOffset": 0, "suspendTimeoutMillis": 0, "subscription": "*",
            "subVersion": 0, "expressionType": "TAG"})
        if answer.code == MOVED and self._moves:
            self._next[queue] = int(answer.fields["nextBeginOffset"])
        if answer.code != FOUND:
            return False
        for record in records(answer.body):
            receive = self._operation("receive", queue, offset=record.offset, hash=record.hash)
            receive.more.update(times=record.times, stored_ms=record.stored_ms)
            receive.end_us = now_us()
            self._into.add(receive)
        self._next[queue] = int(answer.fields["nextBeginOffset"])
        self._commit(peer, queue)
        return True

    def _commit(self, peer, queue: int) -> None:
        commit = self._operation("commit", queue, offset=self._next[queue], outcome=UNKNOWN)
        try:
            answer = peer.request(remoting.UPDATE_CONSUMER_OFFSET,
                                  {**self._place(queue), "commitOffset": commit.offset})
            commit.outcome = OK if answer.code == remoting.SUCCESS else FAILED
        finally:
            commit.end_us = now_us()
            self._into.add(commit)


class Load:
    """Threads that are ended whatever happens to the test."""

    def __init__(self, *threads: Connected):
        self._threads: list[Connected] = []
        self._first = threads

    def __enter__(self):
        self.add(*self._first)
        return self

    def __exit__(self, *_):
        for thread in self._threads:
            thread.halt()
        for thread in self._threads:
            thread.join(2 * ANSWER_SECONDS)

    def add(self, *threads: Connected) -> None:
        """Starts them."""
        for thread in threads:
            self._threads.append(thread)
            thread.start()

    def end(self, of: type = Connected) -> None:
        """Ends those of a kind; a thread that broke down makes the test fail."""
        ending = [thread for thread in self._threads if isinstance(thread, of)]
        for thread in ending:
            thread.halt()
        for thread in ending:
            thread.end()

    def names(self, of: type) -> list[str]:
        return [thread.name for thread in self._threads if isinstance(thread, of)]
