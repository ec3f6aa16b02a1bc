"""Raw requests of the remoting protocol: a frame with a JSON header, and the answer to it.

Used to look at a server without any client library in between. Written from the protocol, with nothing of
the server under test.
"""

import itertools
import json
import re
import socket
import ssl
import struct

from harness.case import CaseFailed

PUT_KV_CONFIG = 100
GET_KV_CONFIG = 101
DELETE_KV_CONFIG = 102
REGISTER_BROKER = 103
UNREGISTER_BROKER = 104
GET_ROUTE = 105
GET_CLUSTER_INFO = 106
WIPE_WRITE_PERM = 205
GET_ALL_TOPICS = 206
DELETE_TOPIC_IN_NAMESRV = 216
GET_KV_LIST = 219
GET_TOPICS_BY_CLUSTER = 224
GET_SYSTEM_TOPICS = 304
GET_UNIT_TOPICS = 311
GET_UNIT_SUB_TOPICS = 312
GET_UNIT_SUB_UNUNIT_TOPICS = 313
UPDATE_NAMESRV_CONFIG = 318
GET_NAMESRV_CONFIG = 319
QUERY_DATA_VERSION = 322
ADD_WRITE_PERM = 327

SEND_MESSAGE = 10
PULL_MESSAGE = 11
QUERY_MESSAGE = 12
QUERY_CONSUMER_OFFSET = 14
UPDATE_CONSUMER_OFFSET = 15
UPDATE_TOPIC = 17
GET_ALL_TOPIC_CONFIG = 21
GET_BROKER_RUNTIME_INFO = 28
SEARCH_OFFSET_BY_TIME = 29
GET_MAX_OFFSET = 30
GET_MIN_OFFSET = 31
GET_CONSUMER_LIST = 38

SUCCESS = 0
SYSTEM_ERROR = 1
NOT_SUPPORTED = 3
NO_PERMISSION = 16
TOPIC_NOT_EXIST = 17
QUERY_NOT_FOUND = 22

VERSION_4_9_7 = 407


class Answer:
    def __init__(self, header, body):
        self.code = header["code"]
        self.remark = header.get("remark")
        self.fields = header.get("extFields") or {}
        self.body = body

    def json(self):
        if self.code != SUCCESS:
            raise CaseFailed("answered with code %d: %s" % (self.code, self.remark))
        return parse_json(self.body)


def parse_json(body):
    """JSON as fastjson writes it: numbers may stand as keys without quotes."""
    return json.loads(re.sub(r"([{,])(-?\d+):", r'\1"\2":', body.decode()))


class Peer:
    """One connection to a server. Closing it is what a broken network looks like to that server."""

    _opaque = itertools.count(1)

    def __init__(self, address, seconds=5, tls=False):
        host, port = address.rsplit(":", 1)
        self._socket = socket.create_connection((host, int(port)), seconds)
        if tls:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self._socket = context.wrap_socket(self._socket)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def port(self):
        return self._socket.getsockname()[1]

    def close(self):
        self._socket.close()

    def request(self, code, fields=None, body=b"", version=VERSION_4_9_7, seconds=5):
        opaque = next(self._opaque)
        header = json.dumps(
            {
                "code": code,
                "extFields": {key: str(value) for key, value in (fields or {}).items()},
                "flag": 0,
                "language": "JAVA",
                "opaque": opaque,
                "version": version,
            }
        ).encode()
        frame = struct.pack(">II", 4 + len(header) + len(body), len(header)) + header + body
        self._socket.settimeout(seconds)
        try:
            self._socket.sendall(frame)
            while True:
                answer_header, answer_body = self._read_frame()
                if answer_header["opaque"] == opaque and answer_header["flag"] & 1:
                    return Answer(answer_header, answer_body)
        except socket.timeout:
            raise CaseFailed("no answer to request %d within %g s" % (code, seconds)) from None
        except OSError as error:
            raise CaseFailed("connection lost during request %d: %s" % (code, error)) from None

    def _read_frame(self):
        length, header_length = struct.unpack(">II", self._read_exactly(8))
        if header_length >> 24:
            raise CaseFailed("a JSON request was answered with header type %d" % (header_length >> 24))
        rest = self._read_exactly(length - 4)
        return json.loads(rest[:header_length]), rest[header_length:]

    def _read_exactly(self, size):
        data = b""
        while len(data) < size:
            chunk = self._socket.recv(size - len(data))
            if not chunk:
                raise ConnectionError("the server closed it")
            data += chunk
        return data


def ask(address, code, fields=None, body=b""):
    with Peer(address) as peer:
        return peer.request(code, fields, body)


def route(peer, topic):
    """The route of a topic as parsed JSON, None when the server has none."""
    answer = peer.request(GET_ROUTE, {"topic": topic})
    if answer.code == TOPIC_NOT_EXIST:
        return None
    if answer.code != SUCCESS:
        raise CaseFailed("route of %s: code %d, %s" % (topic, answer.code, answer.remark))
    return answer.json()
