"""What happened: the one format that clients, kill tests and simulations write, and checker.py reads.

A history is lines of JSON, one for each operation, in any order. Times are microseconds since 1970 by one clock.
Every operation has

  kind      what it was (below)
  client    who did it: one connection of a producer, one member of a group
  start_us  when it began; for a send: not later than when the request left
  end_us    when its outcome was known
  outcome   ok; failed: the other side said no; unknown: nobody can say what became of it

and, where it applies, `topic`, `broker`, `queue`, `offset` (the message's place) and `hash` (stands for all that its
user put into it: clients compute it the same way). The kinds, with what else they have:

  send     a message to be stored. tag, keys, id (by the broker), unique (by the producer), batch (a name that all
           messages of one request share), level (of delay), due_us (deliver not before)
  receive  a message handed to a consumer; ok: consumed, failed: wants it again. group, times (it was consumed in
           vain before), stored_ms. `topic` is the one it lay in: %RETRY%GROUP when it comes again
  scan     the whole of a queue, read by one that is in no group. first, end, found: [[OFFSET, HASH], ...]
  lookup   by: id, unique, key or time; value, most (that were asked for), found: [[BROKER, QUEUE, OFFSET, HASH], ...];
           by time: `offset` is the answer
  join     a consumer is in its group. group, topic, tags, model: clustering, broadcasting or assigned (it chose its
           queues itself); order: queue (one message of a queue at a time) or none
  leave    it has left in order
  queues   the queues that a consumer holds from now on. group, queues: [[TOPIC, BROKER, QUEUE], ...]
  commit   a consumer's offset was written to the broker. group, offset
  offset   ... was read from it; offset null: the broker knows none. group
  reset    ... was set by somebody on purpose. group
  fault    something was done to the system: what. Its end is when it was healed

Kinds that are not in this list are for the test that writes them. Fields that are not known are kept.
"""

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

OK, FAILED, UNKNOWN = "ok", "failed", "unknown"


def now_us() -> int:
    return time.time_ns() // 1000


@dataclass(slots=True)
class Operation:
    kind: str
    client: str = ""
    start_us: int = 0
    end_us: int = 0
    outcome: str = OK
    topic: str = ""
    broker: str = ""
    queue: int | None = None
    offset: int | None = None
    hash: str = ""
    group: str = ""
    more: dict = field(default_factory=dict)

    def __getattr__(self, name):
        """What only some kinds have; None where this one has not."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self.more.get(name)

    @property
    def place(self) -> tuple:
        """Which message of the system it is about."""
        return self.topic, self.broker, self.queue, self.offset

    @property
    def whole_queue(self) -> tuple:
        return self.topic, self.broker, self.queue

    @classmethod
    def of(cls, values: dict) -> "Operation":
        known = {name: values[name] for name in _COMMON if name in values}
        return cls(**known, more={name: value for name, value in values.items() if name not in _COMMON})

    def to_line(self) -> str:
        values = {name: getattr(self, name) for name in _COMMON}
        return json.dumps({**{name: value for name, value in values.items() if value not in ("", None)}, **self.more},
                          ensure_ascii=False)

    def __str__(self):
        where = "" if self.queue is None else " %s/%s/%s" % (self.topic, self.broker, self.queue)
        offset = "" if self.offset is None else "@%s" % self.offset
        return "%s by %s%s%s %s %s [%d, %d]" % (
            self.kind, self.client, where or " " + self.topic, offset, self.hash, self.outcome, self.start_us, self.end_us)


_COMMON = [name for name in Operation.__slots__ if name != "more"]


def read(lines: Iterable[str]) -> Iterator[Operation]:
    """Lines that hold no object are passed over: a program may print something else, too."""
    for line in lines:
        if line.startswith("{"):
            yield Operation.of(json.loads(line))


class History:
    """Operations of several writers as they come in, and a way to wait for them. Any thread may call."""

    def __init__(self):
        self._changed = threading.Condition()
        self._operations: list[Operation] = []

    def add(self, operation: Operation) -> None:
        with self._changed:
            self._operations.append(operation)
            self._changed.notify_all()

    def all(self) -> list[Operation]:
        with self._changed:
            return list(self._operations)

    def of_kind(self, kind: str) -> list[Operation]:
        return [one for one in self.all() if one.kind == kind]

    def wait(self, seconds: float, happened: Callable[[list[Operation]], object]) -> object:
        """What `happened` makes of the operations once that is true, or as it is when the time is up."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while not (seen := happened(self._operations)):
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            return seen

    def write(self, path: str) -> None:
        with open(path, "w") as out:
            out.writelines(one.to_line() + "\n" for one in self.all())
