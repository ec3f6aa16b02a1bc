"""When a broker of Apache's stops being there, its routes must go, and not before."""

import signal

from harness import remoting
from harness.case import case, check, check_equal, eventually, throughout
from harness.network import Forwarder, connections_to
from harness.remoting import Peer

# A broker registers every 10 s at the most, so that is the least that an expiry can build on; on a busy machine a
# registration takes seconds.
EXPIRY_SECONDS = 16
# What "at once" may take on a busy machine; far from any expiry.
AT_ONCE_SECONDS = 3


def is_routed(peer):
    """Whether the name server knows broker-a, through a topic that every broker has."""
    route = remoting.route(peer, "TBW102")
    return route is not None and "broker-a" in {broker["brokerName"] for broker in route["brokerDatas"]}


def check_nothing_is_left(peer):
    """With its only broker gone a name server knows no cluster, no broker and no topic."""
    cluster = peer.request(remoting.GET_CLUSTER_INFO).json()
    check_equal("clusters left", cluster["clusterAddrTable"], {})
    check_equal("brokers left", cluster["brokerAddrTable"], {})
    check_equal("topics left", peer.request(remoting.GET_ALL_TOPICS).json()["topicList"], [])


@case(needs=("java",))
def a_killed_broker_is_gone_at_once(stage):
    namesrv = stage.name_server()
    broker = stage.broker(namesrv=namesrv.address)
    with Peer(namesrv.address) as peer:
        check(is_routed(peer), "no route although the broker is up")
        broker.program.signal(signal.SIGKILL)
        eventually("route of a killed broker gone", AT_ONCE_SECONDS, lambda: not is_routed(peer))
        check_nothing_is_left(peer)


@case(needs=("java",))
def a_broker_that_unregisters_is_gone_while_its_connection_stays(stage):
    """The forwarder keeps the broker's connection open, so only the request to unregister can do it."""
    namesrv = stage.name_server()
    forwarder = Forwarder(namesrv.address)
    stage.on_close(forwarder.close)
    broker = stage.broker(namesrv=forwarder.address)
    with Peer(namesrv.address) as peer:
        check(is_routed(peer), "no route although the broker is up")
        broker.program.stop(30)
        eventually("route of an unregistered broker gone", AT_ONCE_SECONDS, lambda: not is_routed(peer))
        check_nothing_is_left(peer)
        check(connections_to(namesrv.port) - {peer.port}, "the connection did not stay: this case shows nothing")


@case(needs=("java",))
def a_stopped_broker_expires_and_comes_back(stage):
    namesrv = stage.name_server(expiry_seconds=EXPIRY_SECONDS)
    broker = stage.broker(namesrv=namesrv.address)
    expiry, scan = namesrv.expiry_seconds, namesrv.scan_seconds
    with Peer(namesrv.address) as peer:
        throughout("route of a broker that registers", expiry + scan + 1, lambda: is_routed(peer))
        broker.program.signal(signal.SIGSTOP)
        check(is_routed(peer), "gone although it was silent for no time")
        check(connections_to(namesrv.port) - {peer.port}, "the broker has no connection to be closed")
        eventually("route of a stopped broker gone", expiry + scan + 2, lambda: not is_routed(peer))
        eventually(
            "connection of an expired broker closed",
            AT_ONCE_SECONDS,
            lambda: connections_to(namesrv.port) <= {peer.port},
        )
        check_nothing_is_left(peer)
        broker.program.signal(signal.SIGCONT)
        eventually("route back after the broker went on", 15, lambda: is_routed(peer))


@case(needs=("java",))
def a_broker_that_only_asks_for_its_data_version_stays(stage):
    """With forceRegister off a broker registers once and then only queries: that must keep it alive."""
    namesrv = stage.name_server(expiry_seconds=EXPIRY_SECONDS)
    stage.broker(namesrv=namesrv.address, forceRegister="false")
    with Peer(namesrv.address) as peer:
        lasting = namesrv.expiry_seconds + namesrv.scan_seconds + 1
        throughout("route of a broker that only queries", lasting, lambda: is_routed(peer))
