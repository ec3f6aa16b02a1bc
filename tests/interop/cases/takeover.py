"""A cluster that ran with Apache's name server goes on with ours, and the other way round."""

from harness import remoting
from harness.case import case, check, check_equal, eventually
from harness.remoting import Peer

KEY = {"namespace": "interop", "key": "site"}


@case(needs=("java",))
def files_and_brokers_move_from_apache_to_ours_and_back(stage):
    """Same configuration file, same port, same file of settings; the broker is not touched."""
    apache = stage.apache_name_server()
    broker = stage.broker(namesrv=apache.address)
    broker.create_topic("Moved")

    def put(value):
        answer = remoting.ask(apache.address, remoting.PUT_KV_CONFIG, {**KEY, "value": value})
        check_equal("code of a changed setting", answer.code, remoting.SUCCESS)

    def check_all_is_there(value):
        with Peer(apache.address) as peer:
            check_equal("setting", peer.request(remoting.GET_KV_CONFIG, KEY).fields.get("value"), value)
            route = eventually("route of the broker's topic", 25, lambda: remoting.route(peer, "Moved"))
        check_equal("address", route["brokerDatas"][0]["brokerAddrs"], {"0": broker.address})

    put("by Apache's")
    check_all_is_there("by Apache's")
    check_equal("exit code of Apache's", apache.stop(), 0)

    ours = stage.successor(apache)
    check_equal("address of the successor", ours.address, apache.address)
    check_all_is_there("by Apache's")
    put("by ours")
    check_equal("exit code of ours", ours.stop(), 0)

    stage.start(apache)
    check_all_is_there("by ours")
    check(broker.program.is_running(), "the broker ended meanwhile")
