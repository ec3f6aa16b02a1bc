"""Client libraries as they were released, each through a broker of Apache's that it finds by our routes."""

from harness import remoting
from harness.case import CaseFailed, case, check, check_equal
from harness.remoting import Peer

COUNT = 1000


# Java speaks JSON headers unless it is told otherwise.
BINARY_HEADERS = ["-Drocketmq.serialize.type=ROCKETMQ"]
OVER_TLS = ["-Dtls.enable=true"]


def round_trip(stage, run, creates_topics=True, tls=False, **settings):
    """One client sends COUNT messages to a topic and consumes them.

    The first message makes the broker create the topic, unless the client cannot send to a topic without a
    route.
    """
    namesrv = stage.name_server(tls=tls)
    broker = stage.broker(namesrv=namesrv.address, **settings)
    topic = "RoundTrip"
    if not creates_topics:
        broker.create_topic(topic)

    sent, got = run(namesrv.address, topic, "round_trip_group", COUNT)

    check_equal("messages sent", len(set(sent)), COUNT)
    missing = sorted(set(sent) - set(got))
    check(not missing, lambda: "%d of %d bodies never came, %s first" % (len(missing), COUNT, missing[0]))
    check_equal("bodies that nobody sent", sorted(set(got) - set(sent)), [])
    with Peer(namesrv.address, tls=tls) as peer:
        route = remoting.route(peer, topic)
    check_equal("queues of the route", [(q["brokerName"], q["perm"]) for q in route["queueDatas"]], [("broker-a", 6)])


@case(needs=("java",))
def java_4_9_7_produces_and_consumes(stage):
    round_trip(stage, lambda *arguments: stage.java_round_trip("4.9.7", *arguments))


@case(needs=("java",))
def java_5_3_3_produces_and_consumes(stage):
    round_trip(stage, lambda *arguments: stage.java_round_trip("5.3.3", *arguments))


@case(needs=("java",))
def java_4_9_7_and_a_broker_with_binary_headers(stage):
    def run(*arguments):
        return stage.java_round_trip("4.9.7", *arguments, jvm_options=BINARY_HEADERS)

    round_trip(stage, run, jvm_options=BINARY_HEADERS)


@case(needs=("java", "openssl"))
def java_4_9_7_and_a_broker_over_tls(stage):
    """The name server takes TLS only, so the broker and the client cannot but use it."""

    def run(namesrv, *arguments):
        with Peer(namesrv) as plain:
            try:
                plain.request(remoting.GET_ALL_TOPICS)
            except CaseFailed:
                return stage.java_round_trip("4.9.7", namesrv, *arguments, jvm_options=OVER_TLS)
        raise CaseFailed("a plain connection was served: this case shows nothing")

    round_trip(stage, run, tls=True, jvm_options=OVER_TLS)


@case(needs=("java", "go"))
def go_v2_produces_and_consumes(stage):
    round_trip(stage, stage.go_round_trip)


@case(needs=("java", "node"))
def ali_ons_produces_and_consumes(stage):
    round_trip(stage, stage.node_round_trip, creates_topics=False)
