"""Messages as a broker hands them out, read without any client library: records (of a pull or a query) taken apart,
and whole queues read from end to end."""

import hashlib
import struct
import zlib

from harness import remoting
from harness.case import CaseFailed
from harness.history import Operation, now_us

COMPRESSED = 1
BORN_ON_IPV6, STORED_ON_IPV6 = 1 << 4, 1 << 5
SUBSCRIPTION_IN_THE_REQUEST = 4
MESSAGES_A_PULL = 32


class Record:
    """One message. `body` is as it was sent, decompressed."""

    def __init__(self, data):
        """`data` begins with it; `size` of it are its own."""
        self.size, _, _, self.queue, _, self.offset, self.log_offset, flags = struct.unpack_from(">IIIiIqqI", data)
        at = struct.calcsize(">IIIiIqqI") + 8 + (20 if flags & BORN_ON_IPV6 else 8)
        self.stored_ms, = struct.unpack_from(">q", data, at)
        at += 8 + (20 if flags & STORED_ON_IPV6 else 8)
        self.times, _, length = struct.unpack_from(">iqI", data, at)
        at += struct.calcsize(">iqI")
        self.body = bytes(data[at:at + length])
        if flags & COMPRESSED:
            self.body = zlib.decompress(self.body)
        at += length
        length = data[at]
        self.topic = bytes(data[at + 1:at + 1 + length]).decode()
        at += 1 + length
        length, = struct.unpack_from(">H", data, at)
        self.properties = self._properties(bytes(data[at + 2:at + 2 + length]).decode())

    @staticmethod
    def _properties(text):
        pairs = (part.split("\x01", 1) for part in text.split("\x02") if "\x01" in part)
        return {name: value for name, value in pairs}

    @property
    def hash(self):
        return content_hash(self.properties, self.body)


def content_hash(properties, body):
    """As the client programs compute it: tags, keys, properties named x-..., body."""
    digest = hashlib.sha256(("%s\0%s\0" % (properties.get("TAGS", ""), properties.get("KEYS", ""))).encode())
    for name in sorted(properties):
        if name.startswith("x-"):
            digest.update(("%s=%s\0" % (name, properties[name])).encode())
    digest.update(body)
    return digest.hexdigest()[:16]


def records(data):
    view = memoryview(data)
    while view:
        record = Record(view)
        yield record
        view = view[record.size:]


def ends(peer, topic, queue):
    """The first offset of a queue, and the one behind its last."""
    fields = {"topic": topic, "queueId": queue}
    return tuple(int(peer.request(code, fields).fields["offset"])
                 for code in (remoting.GET_MIN_OFFSET, remoting.GET_MAX_OFFSET))


def read_queue(peer, topic, queue):
    """All messages of a queue, in their order; by a reader without a group of its own."""
    offset, end = ends(peer, topic, queue)
    while offset < end:
        answer = peer.request(remoting.PULL_MESSAGE, {
            "consumerGroup": "readers_without_a_group", "topic": topic, "queueId": queue, "queueOffset": offset,
            "maxMsgNums": MESSAGES_A_PULL, "sysFlag": SUBSCRIPTION_IN_THE_REQUEST, "commitOffset": 0,
            "suspendTimeoutMillis": 0, "subscription": "*", "subVersion": 0, "expressionType": "TAG"})
        if answer.code != remoting.SUCCESS:
            raise CaseFailed("pull of %s/%d at %d, whose end is %d: code %d, %s" % (
                topic, queue, offset, end, answer.code, answer.remark))
        for record in records(answer.body):
            if record.offset < offset:
                raise CaseFailed("pull of %s/%d at %d gave offset %d" % (topic, queue, offset, record.offset))
            yield record
        offset = int(answer.fields["nextBeginOffset"])


def scan(address, broker, topic, queue):
    """A scan of a queue for the history."""
    with remoting.Peer(address) as peer:
        start_us = now_us()
        first, end = ends(peer, topic, queue)
        found = [[record.offset, record.hash] for record in read_queue(peer, topic, queue)]
    return Operation.of({
        "kind": "scan", "client": "scanner", "start_us": start_us, "end_us": now_us(), "topic": topic, "broker": broker,
        "queue": queue, "first": first, "end": end, "found": found[:end - first]})
