"""The same raw requests to Apache's name server and to the one under test; the answers must be alike.

A pretended broker is a connection to each of the two servers, with what it says when it registers.
"""

import json
import struct
import zlib

from harness import remoting
from harness.case import CaseFailed
from harness.remoting import Peer


def comparable(value):
    """JSON of a name server with its lists sorted: all of them are sets. Apache repeats a topic for each broker
    of a cluster that has it, which says nothing."""
    if isinstance(value, dict):
        return {key: comparable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return sorted({json.dumps(comparable(inner), sort_keys=True) for inner in value})
    return value


def shown(answer):
    """What of an answer must be alike. The words of a remark are each server's own."""
    body = answer.body
    if body.startswith(b"{"):
        body = comparable(remoting.parse_json(body))
        # Any broker's address will do there (request 304).
        if "brokerAddr" in body and "topicList" in body:
            body["brokerAddr"] = "ANY"
    return {"code": answer.code, "has a remark": bool(answer.remark), "fields": answer.fields, "body": body}


class Twins:
    def __init__(self, stage):
        self.servers = (stage.apache_name_server(), stage.name_server())
        self._stage = stage
        self.admin = self.connect()

    def connect(self):
        """A connection to each server."""
        pair = tuple(Peer(server.address) for server in self.servers)
        for peer in pair:
            self._stage.on_close(peer.close)
        return pair

    def same(self, code, fields=None, body=b"", by=None, version=remoting.VERSION_4_9_7):
        """Asks both, and fails unless they answer alike. Returns what they answered."""
        expected, seen = (shown(peer.request(code, fields, body, version)) for peer in by or self.admin)
        if expected != seen:
            raise CaseFailed(
                "request %d %s\nApache's answer: %s\nours: %s"
                % (code, fields or "", json.dumps(expected, default=repr), json.dumps(seen, default=repr))
            )
        return seen

    def same_tables(self, topics):
        """Everything that the two say about routes."""
        for code in (
            remoting.GET_CLUSTER_INFO,
            remoting.GET_ALL_TOPICS,
            remoting.GET_SYSTEM_TOPICS,
            remoting.GET_UNIT_TOPICS,
            remoting.GET_UNIT_SUB_TOPICS,
            remoting.GET_UNIT_SUB_UNUNIT_TOPICS,
        ):
            self.same(code)
        for cluster in ("East", "West", "NoSuchCluster"):
            self.same(remoting.GET_TOPICS_BY_CLUSTER, {"cluster": cluster})
        for topic in topics:
            self.same(remoting.GET_ROUTE, {"topic": topic})


def topic(name, queues=4, perm=6, sys_flag=0):
    return {
        "topicName": name,
        "readQueueNums": queues,
        "writeQueueNums": queues,
        "perm": perm,
        "topicFilterType": "SINGLE_TAG",
        "topicSysFlag": sys_flag,
        "order": False,
    }


class PretendedBroker:
    def __init__(self, twins, name, number, broker_id=0, cluster="East"):
        self._twins = twins
        self.name = name
        self.cluster = cluster
        self.broker_id = broker_id
        self.address = "127.0.0.1:%d" % (40000 + number)
        self.peers = twins.connect()

    def fields(self):
        return {
            "brokerName": self.name,
            "brokerAddr": self.address,
            "clusterName": self.cluster,
            "haServerAddr": self.address + "1",
            "brokerId": self.broker_id,
        }

    def register(self, counter, topics, filter_servers=(), compressed=False, crc=None, **request):
        """Sends the body of a 4.9 broker; the answers must be alike."""
        version = {"counter": counter, "timestamp": 1700000000000}
        servers = None if filter_servers is None else list(filter_servers)
        if compressed:
            body = deflated_body(version, topics, servers)
        else:
            wrapper = {"dataVersion": version, "topicConfigTable": {one["topicName"]: one for one in topics}}
            body = {"topicConfigSerializeWrapper": wrapper}
            if servers is not None:
                body["filterServerList"] = servers
            body = json.dumps(body).encode()
        crc = zlib.crc32(body) & 0x7FFFFFFF if crc is None else crc
        fields = {**self.fields(), "compressed": str(compressed).lower(), "bodyCrc32": crc}
        return self._twins.same(remoting.REGISTER_BROKER, fields, body, by=self.peers, **request)

    def reconnect(self):
        """A new connection; returns the one that the broker had, still open."""
        old, self.peers = self.peers, self._twins.connect()
        return old

    def disconnect(self):
        close(self.peers)

    def unregister(self):
        return self._twins.same(remoting.UNREGISTER_BROKER, self.fields(), by=self.peers)

    def query_version(self, counter):
        version = json.dumps({"counter": counter, "timestamp": 1700000000000}).encode()
        return self._twins.same(remoting.QUERY_DATA_VERSION, self.fields(), version, by=self.peers)


def close(peers):
    for peer in peers:
        peer.close()


def deflated_body(version, topics, filter_servers):
    """The compressed registration: each part with its length before it, all of it one zlib stream."""

    def part(text):
        return struct.pack(">i", len(text)) + text.encode()

    lines = [
        "%(topicName)s %(readQueueNums)d %(writeQueueNums)d %(perm)d %(topicFilterType)s" % one for one in topics
    ]
    plain = part(json.dumps(version)) + struct.pack(">i", len(lines)) + b"".join(part(line) for line in lines)
    return zlib.compress(plain + part(json.dumps(filter_servers or [])), 9)
