"""A thousand connections and more on one thread: senders that wait for each answer, and pullers that wait for
messages."""

import json
import select
import socket
import struct

from messages_test import NOT_FOUND, PULL, SEND, SUBSCRIBES, SUCCESS, WAITS, Client
from server import PATIENCE, request_frame

MOST_BYTES_AT_ONCE = 1 << 18


class Member:
    """One connection of a crowd: asks, and when it is answered decides what to ask next."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setblocking(False)
        self.received = bytearray()
        self.opaque = 0
        self.done = False

    def start(self) -> None:
        raise NotImplementedError

    def answered(self, code: int, header: dict, body: bytes) -> None:
        raise NotImplementedError

    def begin(self, code: int, body: bytes = b"", **fields) -> None:
        """A request is small, and the one before it was answered: the socket has room."""
        self.opaque += 1
        frame = request_frame(self.opaque, code, body, **fields)
        if self.socket.send(frame) != len(frame): raise AssertionError("a socket without room for one request")

    def is_readable(self) -> None:
        try:
            part = self.socket.recv(MOST_BYTES_AT_ONCE)
        except BlockingIOError:
            return
        if not part: raise EOFError("the server closed a connection of the crowd")
        self.received += part
        while len(self.received) >= 8:
            size, header_size = struct.unpack_from(">II", self.received)
            if len(self.received) < 4 + size: return
            header = json.loads(self.received[8:8 + header_size])
            body = bytes(self.received[8 + header_size:4 + size])
            del self.received[:4 + size]
            if header["flag"] & 1 == 0: continue  # the server tells or asks something
            assert header["opaque"] == self.opaque, header
            self.answered(header["code"], header, body)


class Sender(Member):
    def __init__(self, port: int, topic: str, queue: int, bodies: list[bytes]):
        super().__init__(port)
        self.topic, self.queue, self.bodies, self.acknowledged = topic, queue, bodies, 0

    def start(self) -> None:
        self.begin(SEND, self.bodies[self.acknowledged], **Client.send_fields(self.topic, self.queue))

    def answered(self, code: int, header: dict, body: bytes) -> None:
        assert code == SUCCESS, header
        self.acknowledged += 1
        self.done = self.acknowledged == len(self.bodies)
        if not self.done: self.start()


class Puller(Member):
    """Reads its queue from the beginning until it has so many messages."""

    def __init__(self, port: int, topic: str, queue: int, messages: int):
        super().__init__(port)
        self.topic, self.queue, self.messages, self.offset = topic, queue, messages, 0
        self.bodies: list[bytes] = []

    def start(self) -> None:
        self.begin(PULL, **Client.pull_fields(self.topic, self.queue, self.offset, SUBSCRIBES | WAITS))

    def answered(self, code: int, header: dict, body: bytes) -> None:
        assert code in (SUCCESS, NOT_FOUND), header
        self.bodies += bodies_of(body)
        self.offset = int(header["extFields"]["nextBeginOffset"])
        assert len(self.bodies) == self.offset, header
        self.done = len(self.bodies) >= self.messages
        if not self.done: self.start()


def bodies_of(records: bytes) -> list[bytes]:
    """Only these, because there are very many: messages_test.read_records() looks at the rest, too."""
    bodies, at = [], 0
    while at < len(records):
        length = int.from_bytes(records[at + 84:at + 88], "big")
        bodies.append(records[at + 88:at + 88 + length])
        at += int.from_bytes(records[at:at + 4], "big")
    return bodies


class Crowd:
    def __init__(self):
        self.members: list[Member] = []
        self.epoll = select.epoll()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for member in self.members: member.socket.close()
        self.epoll.close()

    def add(self, member: Member) -> None:
        self.members.append(member)
        self.epoll.register(member.socket, select.EPOLLIN)

    def run(self) -> None:
        """All at once, until each is done. Silence ends it: something comes every moment while anything is owed."""
        by_number = {member.socket.fileno(): member for member in self.members}
        for member in self.members: member.start()
        left = len(self.members)
        while left:
            ready = self.epoll.poll(PATIENCE)
            assert ready, f"{left} of {len(self.members)} wait, and nothing comes"
            for number, _ in ready:
                member = by_number[number]
                was_done = member.done
                member.is_readable()
                left -= member.done and not was_done
