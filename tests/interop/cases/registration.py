"""What brokers of Apache's say when they register, and what they make of the answer."""

import time

from harness import remoting
from harness.case import case, check, check_equal, eventually
from harness.remoting import Peer


@case(needs=("java",))
def a_broker_with_compressed_registration_is_known_whole(stage):
    namesrv = stage.name_server()
    broker = stage.broker(namesrv=namesrv.address, compressedRegister="true")
    for topic, queues in (("Narrow", 1), ("Wide", 16)):
        broker.create_topic(topic, queues)
    topics = broker.topic_configs()
    with Peer(namesrv.address) as peer:
        eventually("last topic routed", 15, lambda: remoting.route(peer, "Wide"))
        check_equal(
            "topics at the name server",
            sorted(peer.request(remoting.GET_ALL_TOPICS).json()["topicList"]),
            sorted(topics),
        )
        for topic, config in topics.items():
            queues = {key: config[key] for key in ("perm", "readQueueNums", "writeQueueNums")}
            # The compressed form has no room for the system flag, so the name server cannot know it.
            expected = [{"brokerName": "broker-a", "topicSysFlag": 0, **queues}]
            seen = [
                {key: queue[key] for key in expected[0]} for queue in remoting.route(peer, topic)["queueDatas"]
            ]
            check_equal("queues of %s" % topic, seen, expected)


def send(broker, topic, body):
    answer = remoting.ask(
        broker.address,
        remoting.SEND_MESSAGE,
        {
            "producerGroup": "raw",
            "topic": topic,
            "defaultTopic": "TBW102",
            "defaultTopicQueueNums": 4,
            "queueId": 0,
            "sysFlag": 0,
            "bornTimestamp": int(time.time() * 1000),
            "flag": 0,
            "properties": "",
            "reconsumeTimes": 0,
            "unitMode": "false",
            "batch": "false",
        },
        body,
    )
    # 11: stored, but no slave has it yet.
    check(answer.code in (remoting.SUCCESS, 11), lambda: "send: code %d, %s" % (answer.code, answer.remark))


@case(needs=("java",))
def a_slave_learns_where_its_master_is(stage):
    """The slave knows nothing but the name server; that it copies a message and a topic shows that it got both
    the master's address and its replication address."""
    namesrv = stage.name_server()
    master = stage.broker(namesrv=namesrv.address)
    slave = stage.broker(namesrv=namesrv.address, broker_id=1)
    master.create_topic("Replicated")
    send(master, "Replicated", b"to be copied")

    with Peer(namesrv.address) as peer:
        route = eventually("route of the topic", 5, lambda: remoting.route(peer, "Replicated"))
        check_equal(
            "addresses in the route",
            [broker["brokerAddrs"] for broker in route["brokerDatas"]],
            [{"0": master.address, "1": slave.address}],
        )
        written = master.log_end()
        check(written > 0, "the master wrote nothing")
        eventually(
            "the slave has the master's %d bytes" % written,
            30,
            lambda: slave.log_end() == written,
        )
        eventually("the slave has the master's topic", 30, lambda: "Replicated" in slave.topic_configs())

        master.program.kill()
        route = eventually(
            "route with the slave alone",
            3,
            lambda: "0" not in (seen := remoting.route(peer, "Replicated"))["brokerDatas"][0]["brokerAddrs"] and seen,
        )
        check_equal("addresses left", route["brokerDatas"][0]["brokerAddrs"], {"1": slave.address})


@case(needs=("java",))
def a_deleted_topic_has_no_route_and_stays_away(stage):
    namesrv = stage.name_server()
    broker = stage.broker(namesrv=namesrv.address)
    admin = stage.mqadmin()
    with Peer(namesrv.address) as peer:
        admin.run(namesrv.address, "updateTopic", "-c", "DefaultCluster", "-t", "ShortLived")
        eventually("route of the new topic", 5, lambda: remoting.route(peer, "ShortLived"))

        printed = admin.run(namesrv.address, "deleteTopic", "-c", "DefaultCluster", "-t", "ShortLived")
        check("success" in printed and "Exception" not in printed, "mqadmin deleteTopic printed: " + printed)
        check_equal("route of a deleted topic", remoting.route(peer, "ShortLived"), None)

        broker.create_topic("Later")
        eventually("next registration of the broker", 15, lambda: remoting.route(peer, "Later"))
        check_equal("route of a deleted topic after that", remoting.route(peer, "ShortLived"), None)
