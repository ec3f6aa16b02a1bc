"""Producers and consumers that do as they should, each on a thread of its own, to see that nobody keeps them from
it."""

import threading

from messages_test import NOT_FOUND, SUBSCRIBES, SUCCESS, WAITS, Client, read_records
from server import PATIENCE

LAST = b"last"


class GoodClients:
    """Pairs of a producer, which waits for the answer to each message, and a consumer, which reads them as they come.
    Each pair has a queue of its own, so that what is read must be exactly what was acknowledged, in its order."""

    def __init__(self, port: int, pairs: int = 2, topic: str = "good"):
        self.port, self.topic = port, topic
        self.acknowledged: list[list[bytes]] = [[] for _ in range(pairs)]
        self.read: list[list[bytes]] = [[] for _ in range(pairs)]
        self.failures: list[str] = []  # guarded, with the lists, by changed
        self.changed = threading.Condition()
        self.is_last = False
        self.threads = [threading.Thread(target=self._run, args=(task, queue), daemon=True)
                        for queue in range(pairs) for task in (self._produce, self._consume)]

    def __enter__(self):
        # Consumers find the topic there: asked for one that is not, a broker rightly says so.
        client = Client(self.port)
        for queue in range(len(self.read)):
            code, remark, _, _ = client.send(self.topic, b"first", queue)
            assert code == SUCCESS, remark
            self.acknowledged[queue].append(b"first")
        client.socket.close()
        for thread in self.threads: thread.start()
        return self

    def __exit__(self, *_):
        self.is_last = True
        for thread in self.threads: thread.join(PATIENCE)

    def make_progress(self, messages: int) -> None:
        """Returns when each consumer has read so many more messages, all of them sent meanwhile or little before."""
        with self.changed:
            goals = [len(read) + messages for read in self.read]
            done = lambda: self.failures or all(len(read) >= goal for read, goal in zip(self.read, goals))
            in_time = self.changed.wait_for(done, PATIENCE)
            counts = [len(read) for read in self.read]
        assert not self.failures, self.failures
        assert in_time, f"the consumers have {counts} messages and wait for {goals}"

    def end(self) -> None:
        """Lets each read the rest, and holds what was read against what was acknowledged."""
        self.__exit__()
        assert not any(thread.is_alive() for thread in self.threads), "a producer or a consumer hangs"
        assert not self.failures, self.failures
        for queue, (sent, read) in enumerate(zip(self.acknowledged, self.read)):
            assert sent == read, f"queue {queue}: {len(sent)} messages were acknowledged, and other {len(read)} read"

    def _run(self, task, queue: int) -> None:
        client = None
        try:
            client = Client(self.port)
            task(client, queue)
        except Exception as failure:
            with self.changed:
                self.failures.append(f"{task.__name__} on queue {queue}: {failure!r}")
                self.changed.notify_all()
        finally:
            if client: client.socket.close()

    def _produce(self, client: Client, queue: int) -> None:
        number = 0
        while True:
            number += 1
            body = LAST if self.is_last else b"%d-%d" % (queue, number)
            code, remark, _, _ = client.send(self.topic, body, queue)
            assert code == SUCCESS, f"code {code}: {remark}"
            self.acknowledged[queue].append(body)
            if body == LAST: return

    def _consume(self, client: Client, queue: int) -> None:
        offset, own = 0, self.read[queue]
        while not own or own[-1] != LAST:
            code, remark, fields, records = client.pull(self.topic, queue, offset, SUBSCRIBES | WAITS)
            assert code in (SUCCESS, NOT_FOUND), f"code {code}: {remark}"
            offset = int(fields["nextBeginOffset"])
            with self.changed:
                own += [record["body"] for record in read_records(records)]
                self.changed.notify_all()
