"""The few requests that are asked beside the load: one at a time, each on a connection of its own."""

from __future__ import annotations

import dataclasses
import json
import socket
import struct
import time

PULL_MESSAGE = 11
GET_BROKER_CLUSTER_INFO = 106
SEND_MESSAGE_V2 = 310

TOPIC_NOT_EXIST = 17

TIMEOUT_SECONDS = 60


@dataclasses.dataclass(frozen=True)
class Answer:
    code: int
    remark: str
    fields: dict[str, str]
    body: bytes


def frame(code: int, fields: dict[str, object] | None = None, body: bytes = b"") -> bytes:
    """A request. Its opaque is one that the floor server takes: of nine digits."""
    header = {"code": code, "flag": 0, "language": "JAVA", "opaque": 100_000_000, "version": 407}
    if fields:
        header["extFields"] = {name: str(value) for name, value in fields.items()}
    packed = json.dumps(header).encode()
    return struct.pack(">II", 4 + len(packed) + len(body), len(packed)) + packed + body


def ask(port: int, request: bytes) -> Answer:
    """Raises OSError when the server cannot be reached or hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS) as connection:
        connection.sendall(request)
        return _read(connection)


def _read(connection: socket.socket) -> Answer:
    def exactly(size: int) -> bytes:
        out = b""
        while len(out) < size:
            part = connection.recv(size - len(out))
            if not part:
                raise ConnectionError("closed")
            out += part
        return out

    length, header_word = struct.unpack(">II", exactly(8))
    rest = exactly(length - 4)
    header_size = header_word & 0xFFFFFF
    header = json.loads(rest[:header_size])
    return Answer(header["code"], header.get("remark") or "", header.get("extFields") or {}, rest[header_size:])


def message(topic: str, queues: int = 1) -> bytes:
    """One message to a topic, which comes into being if need be."""
    return frame(SEND_MESSAGE_V2, {
        "a": "bench-probe", "b": topic, "c": "TBW102", "d": queues, "e": 0, "f": 0, "g": int(time.time() * 1000), "h": 0,
        "i": "WAIT\x01true", "j": 0, "k": "false", "m": "false"}, b"probe")


def place_in_log(port: int, topic: str) -> int:
    """Sends a message and returns where in the log it is; its id says so."""
    answer = ask(port, message(topic))
    if answer.code != 0:
        raise SystemExit(f"a broker did not take a message, code {answer.code}: {answer.remark}")
    return int(answer.fields["msgId"][-16:], 16)


def stored(port: int, topic: str, queues: int) -> int:
    """How many messages a broker offers to consumers, of all queues together, when none was removed."""
    return sum(_end_of_queue(port, topic, queue) for queue in range(queues))


def _end_of_queue(port: int, topic: str, queue: int) -> int:
    answer = ask(port, frame(PULL_MESSAGE, {
        "consumerGroup": "bench-probe", "topic": topic, "queueId": queue, "queueOffset": 0, "maxMsgNums": 1,
        "sysFlag": 4, "commitOffset": 0, "suspendTimeoutMillis": 0, "subscription": "*", "subVersion": 0,
        "expressionType": "TAG"}))
    if answer.code == TOPIC_NOT_EXIST:
        return 0
    if "maxOffset" not in answer.fields:
        raise SystemExit(f"a broker did not answer a pull, code {answer.code}: {answer.remark}")
    return int(answer.fields["maxOffset"])
