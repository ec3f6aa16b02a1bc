"""The name server's table of key-value settings, which is the one thing it keeps on disk."""

import signal

from harness import remoting
from harness.case import case, check, check_equal, eventually
from harness.remoting import Peer


# Not a quote at either end: mqadmin takes those off.
FIRST = 'first, "ünïcode" = {1}'


def stored(namesrv, key):
    answer = remoting.ask(namesrv.address, remoting.GET_KV_CONFIG, {"namespace": "interop", "key": key})
    return answer.fields.get("value") if answer.code == remoting.SUCCESS else answer.code


@case(needs=("java",))
def settings_survive_a_restart_and_a_crash(stage):
    namesrv = stage.name_server()
    admin = stage.mqadmin()

    def put(key, value):
        printed = admin.run(namesrv.address, "updateKvConfig", "-s", "interop", "-k", key, "-v", value)
        check_equal("output of updateKvConfig", printed, "create or update kv config to namespace success.\n")

    put("kept", FIRST)
    put("dropped", "x")
    printed = admin.run(namesrv.address, "deleteKvConfig", "-s", "interop", "-k", "dropped")
    check_equal("output of deleteKvConfig", printed, "delete kv config from namespace success.\n")

    check_equal("exit code after SIGTERM", namesrv.stop(), 0)
    stage.start(namesrv)
    check_equal("value after a restart", stored(namesrv, "kept"), FIRST)
    check_equal("deleted key after a restart", stored(namesrv, "dropped"), remoting.QUERY_NOT_FOUND)

    put("kept", "second")
    namesrv.program.signal(signal.SIGKILL)
    namesrv.program.wait_for_exit(5)
    stage.start(namesrv)
    check_equal("value after a crash", stored(namesrv, "kept"), "second")


@case(needs=("java",))
def order_topics_reach_routes_and_brokers(stage):
    namesrv = stage.name_server()
    broker = stage.broker(namesrv=namesrv.address)
    broker.create_topic("Ordered")
    admin = stage.mqadmin()

    printed = admin.run(namesrv.address, "updateOrderConf", "-t", "Ordered", "-v", "broker-a:4", "-m", "put")
    check_equal("output of put", printed, "update orderConf success. topic=[Ordered], orderConf=[broker-a:4]")
    printed = admin.run(namesrv.address, "updateOrderConf", "-t", "Ordered", "-m", "get")
    check_equal("output of get", printed, "get orderConf success. topic=[Ordered], orderConf=[broker-a:4] ")

    with Peer(namesrv.address) as peer:
        check("orderTopicConf" not in remoting.route(peer, "Ordered"), "shown although orderMessageEnable is off")
        admin.run(namesrv.address, "updateNamesrvConfig", "-k", "orderMessageEnable", "-v", "true")
        check_equal("order config in the route", remoting.route(peer, "Ordered").get("orderTopicConf"), "broker-a:4")
        check("orderTopicConf" not in remoting.route(peer, "TBW102"), "shown for a topic that has none")

    # The answer to each registration carries the whole table; the broker marks its topics by it.
    eventually("the broker marks the topic", 15, lambda: broker.topic_configs()["Ordered"]["order"])

    printed = admin.run(namesrv.address, "updateOrderConf", "-t", "Ordered", "-m", "delete")
    check_equal("output of delete", printed, "delete orderConf success. topic=[Ordered]")
    with Peer(namesrv.address) as peer:
        check("orderTopicConf" not in remoting.route(peer, "Ordered"), "still shown after it was deleted")
