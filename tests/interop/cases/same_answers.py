"""Raw requests, step by step, to Apache's name server and to ours: alike in code, header fields and body.

mqadmin and real brokers reach only some of what a name server can be asked; this goes where they do not.
"""

import json
import zlib

from harness import remoting
from harness.case import case, check_equal, eventually
from harness.twins import PretendedBroker, Twins, close, topic


@case(needs=("java",))
def of_an_empty_name_server(stage):
    twins = Twins(stage)
    twins.same_tables(["NoSuchTopic"])
    twins.same(remoting.GET_KV_CONFIG, {"namespace": "n", "key": "k"})
    twins.same(remoting.GET_KV_LIST, {"namespace": "n"})
    twins.same(remoting.DELETE_KV_CONFIG, {"namespace": "n", "key": "k"})
    twins.same(remoting.WIPE_WRITE_PERM, {"brokerName": "nobody"})
    twins.same(remoting.ADD_WRITE_PERM, {"brokerName": "nobody"})
    twins.same(remoting.DELETE_TOPIC_IN_NAMESRV, {"topic": "NoSuchTopic"})
    twins.same(remoting.DELETE_TOPIC_IN_NAMESRV, {"topic": "NoSuchTopic", "clusterName": "East"})
    PretendedBroker(twins, "nobody", 1).unregister()


@case(needs=("java",))
def after_masters_and_a_slave_registered(stage):
    twins = Twins(stage)
    topics = [topic("A"), topic("B", 16, 4)]
    topics += [topic("Unit", sys_flag=1), topic("Sub", sys_flag=2), topic("Both", sys_flag=3)]
    names = [one["topicName"] for one in topics]
    one, slave = PretendedBroker(twins, "one", 1), PretendedBroker(twins, "one", 2, broker_id=1)
    two, west = PretendedBroker(twins, "two", 3), PretendedBroker(twins, "west", 4, cluster="West")

    answer = slave.register(1, [topic("OfSlave")])
    check_equal("master that a lone slave is told", answer["fields"], {})
    twins.same_tables(["OfSlave"])
    one.register(1, topics)
    answer = slave.register(1, [topic("OfSlave")])
    expected = {"masterAddr": one.address, "haServerAddr": one.address + "1"}
    check_equal("master that a slave is told", answer["fields"], expected)
    two.register(7, topics[:2], compressed=True)
    west.register(1, [topic("A", 2)], crc=0)
    twins.same_tables(names + ["OfSlave"])

    for fields in ({}, {"acceptStandardJsonOnly": "true"}):
        for version in (121, 317, 400, 401, 479):
            twins.same(remoting.GET_ROUTE, {"topic": "A", **fields}, version=version)


@case(needs=("java",))
def after_registrations_that_change_something_or_not(stage):
    twins = Twins(stage)
    broker = PretendedBroker(twins, "one", 1)
    names = ["A", "B", "C"]
    broker.register(1, [topic("A"), topic("B")])
    refused = broker.register(2, [topic("A", 9)], crc=12345)
    check_equal("code of a wrong checksum", refused["code"], remoting.SYSTEM_ERROR)
    twins.same_tables(names)
    broker.register(1, [topic("A", 9)])
    twins.same_tables(names)
    broker.register(2, [topic("A", 9), topic("C")])
    twins.same_tables(names)

    check_equal("same version", broker.query_version(2)["fields"], {"changed": "false"})
    check_equal("other version", broker.query_version(3)["fields"], {"changed": "true"})
    stranger = PretendedBroker(twins, "stranger", 9)
    check_equal("unknown broker", stranger.query_version(1)["fields"], {"changed": "true"})

    broker.register(3, [], filter_servers=["127.0.0.1:7001", "127.0.0.1:7002"])
    twins.same_tables(names)
    broker.register(3, [], filter_servers=None)
    twins.same_tables(names)
    broker.register(3, [], filter_servers=[])
    twins.same_tables(names)

    # The same address under another id: a slave that became master, or the other way round.
    broker.broker_id = 1
    broker.register(3, [topic("A", 1)])
    twins.same_tables(names)
    broker.broker_id = 0
    broker.register(3, [topic("A", 5)])
    twins.same_tables(names)


@case(needs=("java",))
def to_brokers_older_than_3_0_11_and_without_a_body(stage):
    twins = Twins(stage)
    old, bare = PretendedBroker(twins, "old", 1), PretendedBroker(twins, "bare", 2)
    body = json.dumps(
        {"dataVersion": {"counter": 1, "timestamp": 1}, "topicConfigTable": {"Old": topic("Old")}}
    ).encode()
    fields = {**old.fields(), "bodyCrc32": zlib.crc32(body) & 0x7FFFFFFF}
    twins.same(remoting.REGISTER_BROKER, fields, body, by=old.peers, version=36)
    twins.same(remoting.REGISTER_BROKER, bare.fields(), by=bare.peers)
    twins.same_tables(["Old"])


@case(needs=("java",))
def about_write_permission_and_deleted_topics(stage):
    twins = Twins(stage)
    one, west = PretendedBroker(twins, "one", 1), PretendedBroker(twins, "west", 2, cluster="West")
    topics = [topic("A", perm=7), topic("B", perm=4), topic("C", perm=2)]
    names = [one["topicName"] for one in topics]
    one.register(1, topics)
    west.register(1, topics)

    answer = twins.same(remoting.WIPE_WRITE_PERM, {"brokerName": "one"})
    check_equal("topics wiped", answer["fields"], {"wipeTopicCount": "3"})
    twins.same_tables(names)
    one.register(1, topics)
    twins.same_tables(names)
    answer = twins.same(remoting.ADD_WRITE_PERM, {"brokerName": "one"})
    check_equal("topics added", answer["fields"], {"addTopicCount": "3"})
    twins.same_tables(names)
    one.register(2, topics)
    twins.same_tables(names)

    twins.same(remoting.DELETE_TOPIC_IN_NAMESRV, {"topic": "A", "clusterName": "West"})
    twins.same(remoting.DELETE_TOPIC_IN_NAMESRV, {"topic": "B", "clusterName": "NoSuchCluster"})
    twins.same(remoting.DELETE_TOPIC_IN_NAMESRV, {"topic": "C"})
    twins.same_tables(names)
    west.register(1, topics)
    twins.same_tables(names)
    west.register(2, topics)
    twins.same_tables(names)


@case(needs=("java",))
def when_brokers_leave(stage):
    twins = Twins(stage)
    names = ["A", "OfTwo"]
    master, slave = PretendedBroker(twins, "one", 1), PretendedBroker(twins, "one", 2, broker_id=1)
    two = PretendedBroker(twins, "two", 3)
    master.register(1, [topic("A")])
    slave.register(1, [])
    two.register(1, [topic("A"), topic("OfTwo")])

    def gone(address):
        """Each server sees a closed connection in its own time."""
        return lambda: all(address.encode() not in peer.request(remoting.GET_CLUSTER_INFO).body for peer in twins.admin)

    close(slave.reconnect())
    eventually("slave gone with its connection", 3, gone(slave.address))
    twins.same_tables(names)
    slave.register(1, [])
    master.unregister()
    twins.same_tables(names)
    master.register(1, [topic("A")])
    twins.same_tables(names)

    old = master.reconnect()
    master.register(1, [topic("A")])
    close(old)
    slave.unregister()
    twins.same_tables(names)

    two.disconnect()
    eventually("master gone with its connection", 3, gone(two.address))
    twins.same_tables(names)
    master.unregister()
    twins.same_tables(names)


@case(needs=("java",))
def about_key_value_settings(stage):
    twins = Twins(stage)
    broker = PretendedBroker(twins, "one", 1)

    def put(namespace, key, value):
        twins.same(remoting.PUT_KV_CONFIG, {"namespace": namespace, "key": key, "value": value})

    put("n", "k", "v")
    put("n", "k", "changed")
    put("n", "other", "ünï \"code\" {}")
    for key in ("k", "other", "missing"):
        twins.same(remoting.GET_KV_CONFIG, {"namespace": "n", "key": key})
    twins.same(remoting.GET_KV_LIST, {"namespace": "n"})
    twins.same(remoting.DELETE_KV_CONFIG, {"namespace": "n", "key": "k"})
    twins.same(remoting.DELETE_KV_CONFIG, {"namespace": "n", "key": "other"})
    twins.same(remoting.GET_KV_CONFIG, {"namespace": "n", "key": "k"})
    twins.same(remoting.GET_KV_LIST, {"namespace": "n"})

    broker.register(1, [topic("A")])
    put("ORDER_TOPIC_CONFIG", "A", "one:4")
    answer = broker.register(1, [topic("A")])
    check_equal("order topics in the answer", answer["body"], {"table": {"A": "one:4"}})
    twins.same(remoting.GET_ROUTE, {"topic": "A"})
    twins.same(remoting.UPDATE_NAMESRV_CONFIG, body=b"orderMessageEnable=true\n")
    twins.same(remoting.GET_ROUTE, {"topic": "A"})
    twins.same(remoting.UPDATE_NAMESRV_CONFIG, body=b"kvConfigPath=elsewhere\n")
    twins.same(remoting.UPDATE_NAMESRV_CONFIG, body=b"orderMessageEnable=false\nconfigStorePath=elsewhere\n")
    twins.same(remoting.GET_ROUTE, {"topic": "A"})
    twins.same(remoting.PUT_KV_CONFIG, {"namespace": "n", "value": "v"})


@case()
def to_an_unknown_request(stage):
    """Apache's name server does not answer at all, and the caller waits until its time is up."""
    namesrv = stage.name_server()
    if not stage.is_reference:
        check_equal("code", remoting.ask(namesrv.address, 9999).code, remoting.NOT_SUPPORTED)
