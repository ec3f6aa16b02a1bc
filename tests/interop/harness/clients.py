"""The client libraries: where each comes from, what it does not offer, and a program for each that does as told.

The programs (java/client/, go/, node/) take the same commands. A command is a verb with named values; those that take a
producer or start something are

  producer  name, group; trace
  send      producer, topic, prefix, count (0: until `halt`); mode (sync, async, oneway, batch), first, batch (messages
            a request), tags (comma-separated, by turns), keys, text (a property), bytes (of the body at least),
            level (of delay), queues (message number n goes to queue n modulo this), pauseMs (before each request)
  view      producer, topic, by (id or unique), id
  query     producer, topic, key; most
  request   producer, topic, prefix, count: sends requests, one after the other, and waits for each reply; callback (does
            not wait itself, but has it told)
  consumer  name, group, topic; tags, orderly, broadcast, threads, trace, maxTimes, suspendMs, and what it fails to
            consume: every failEvery-th message until it came again failTimes times
  lite      name, group, topic; tags, assign (chooses all queues itself, and begins at `seek`)
  replier   name, group, topic: answers each request with `reply to BODY`
  stop      name: of anything that was started
  offers    answers with the names of all that the library has

Their operations go into the history (history.py says which those are); a producer's or consumer's name is its
`client` there.
"""

import itertools
import json
import threading

from harness import history
from harness.case import CaseFailed, case

COMMAND_SECONDS = 90

FEATURES = ("auto-creation", "sync", "async", "one-way", "batch", "push concurrent", "push orderly", "broadcast", "lite pull",
            "tag filter", "rebalance", "retry to dead letter", "delay levels", "query by id", "query by key",
            "request-reply", "trace")


class Library:
    """`lacks`: which features it does not offer: why, and the names that it would have if it did."""

    def __init__(self, name, needs, argv, lacks=()):
        self.name = name
        self.needs = needs
        self.argv = argv
        self.lacks = dict(lacks)

    def offers(self, feature):
        assert feature in FEATURES, feature
        return feature not in self.lacks


LIBRARIES = [
    Library("java_4_9_7", ("java",), lambda toolchain, *more, **options: toolchain.java_client("4.9.7", *more, **options)),
    Library("java_5_3_3", ("java",), lambda toolchain, *more, **options: toolchain.java_client("5.3.3", *more, **options)),
    Library("go_v2", ("java", "go"), lambda toolchain, _: [toolchain.go_client()], {
        "query by id": ("it has no look-up of messages", ("ViewMessage", "QueryMessage")),
        "query by key": ("it has no look-up of messages", ("ViewMessage", "QueryMessage")),
    }),
    Library("ali_ons", ("java", "node"), lambda toolchain, _: ["node", toolchain.node_client()], {
        "auto-creation": ("it sends only to topics that have a route", ("createTopic",)),
        "one-way": ("each send waits for its answer", ("sendOneway", "sendOneWay")),
        "batch": ("a send takes one message", ("sendBatch", "sendMessages")),
        "push orderly": ("it locks no queue; `sharding keys` choose queues on the producer's side only",
                         ("lock", "lockMQ", "lockAll", "consumeOrderly")),
        "lite pull": ("it has the push consumer only", ("poll", "pull", "assign", "seek")),
        "query by id": ("it has no look-up of messages", ("viewMessage", "queryMessage")),
        "query by key": ("it has no look-up of messages", ("viewMessage", "queryMessage")),
        "request-reply": ("it has no request, and does not read what a broker sends unasked", ("request", "reply")),
        "trace": ("it writes no trace", ("trace", "traceDispatcher", "appendTrace")),
    }),
]


def library_named(name):
    return next(one for one in LIBRARIES if one.name == name)


def for_libraries(*features, also=(), apache_cannot=None):
    """Makes a case for each library that offers all of `features`; each is called with a stage and its library. It shows
    those of `also`, too, that the library offers. `apache_cannot`: for which libraries Apache's own broker would fail
    it, and why."""

    def register(body):
        for library in LIBRARIES:
            if all(library.offers(feature) for feature in features):
                def run(stage, library=library):
                    body(stage, library)

                run.__module__ = body.__module__
                run.__name__ = "%s_%s" % (library.name, body.__name__)
                shown = [*features, *filter(library.offers, also)]
                case(needs=library.needs, features=tuple((library.name, feature) for feature in shown),
                     apache_cannot=(apache_cannot or {}).get(library.name, ""))(run)
        return body

    return register


class ClientProgram:
    """One process of a library. Its operations go into `into`, in the order in which it writes them."""

    def __init__(self, program, into):
        self.program = program
        self._into = into
        self._ids = itertools.count(1)
        self._replies = {}
        self._replied = threading.Condition()
        self._ended = False
        threading.Thread(target=self._listen, name=program.name, daemon=True).start()

    def do(self, verb, seconds=COMMAND_SECONDS, **values):
        """Returns what was answered when it is done, and fails where the library did."""
        return self.end(self.begin(verb, **values), seconds)

    def begin(self, verb, **values):
        """Several can be on their way at once; each has to be ended."""
        number = "%d" % next(self._ids)
        words = ["%s=%s" % (name, str(value).lower() if isinstance(value, bool) else value) for name, value in values.items()]
        self.program.say("\t".join([number, verb, *words]))
        return verb, number

    def end(self, command, seconds=COMMAND_SECONDS):
        verb, number = command
        with self._replied:
            self._replied.wait_for(lambda: number in self._replies or self._ended, seconds)
            reply = self._replies.pop(number, None)
        if reply is None:
            raise CaseFailed("%s %s of `%s`" % (
                self.program.name, "ended in the middle" if self._ended else "did not end within %g s" % seconds, verb))
        if "why" in reply:
            raise CaseFailed("%s: `%s` failed: %s" % (self.program.name, verb, reply["why"]))
        return reply

    def _listen(self):
        for line in self.program.lines():
            if not line.startswith("{"):
                continue
            values = json.loads(line)
            if "reply" not in values:
                self._into.add(history.Operation.of(values))
                continue
            with self._replied:
                self._replies[values["reply"]] = values
                self._replied.notify_all()
        with self._replied:
            self._ended = True
            self._replied.notify_all()
