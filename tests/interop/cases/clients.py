"""Client libraries as they were released, each through a broker of Apache's that it finds by our routes."""

from harness import remoting
from harness.case import CaseFailed, case, check_equal
from harness.clients import LIBRARIES, library_named
from harness.exchange import Exchange
from harness.remoting import Peer

COUNT = 1000

# Java speaks JSON headers unless it is told otherwise.
BINARY_HEADERS = ["-Drocketmq.serialize.type=ROCKETMQ"]
OVER_TLS = ["-Dtls.enable=true"]


def round_trip(stage, library, tls=False, options=()):
    """A library sends COUNT messages to a topic and consumes them.

    The first message makes the broker create the topic, unless the library cannot send to a topic without a
    route. `options` are of both JVMs, the broker's and the client's.
    """
    topics = {} if library.offers("auto-creation") else {"RoundTrip": 4}
    exchange = Exchange(stage, library, topics, apaches_broker={"jvm_options": options}, tls=tls)
    client = exchange.client(**({"options": options} if options else {}))
    client.do("producer", name="p", group="senders")
    client.do("send", producer="p", topic="RoundTrip", prefix="r", mode="sync", count=COUNT, tags="TagA")
    client.do("consumer", name="c", group="receivers", topic="RoundTrip")
    exchange.sent(COUNT)
    exchange.await_consumed("receivers", COUNT)
    client.do("stop", name="c")
    exchange.check({"I2": COUNT, "I5": COUNT, "I6": COUNT})
    with Peer(exchange.namesrv.address, tls=tls) as peer:
        route = remoting.route(peer, "RoundTrip")
    check_equal("queues of the route", [(q["brokerName"], q["perm"]) for q in route["queueDatas"]], [("broker-a", 6)])
    return exchange


def register(library):
    def run(stage):
        round_trip(stage, library)

    run.__module__ = __name__
    run.__name__ = "%s_produces_and_consumes" % library.name
    case(needs=library.needs)(run)


for one in LIBRARIES:
    register(one)


@case(needs=("java",))
def java_4_9_7_and_a_broker_with_binary_headers(stage):
    round_trip(stage, library_named("java_4_9_7"), options=BINARY_HEADERS)


@case(needs=("java", "openssl"))
def java_4_9_7_and_a_broker_over_tls(stage):
    """The name server takes TLS only, so the broker and the client cannot but use it."""
    exchange = round_trip(stage, library_named("java_4_9_7"), tls=True, options=OVER_TLS)
    with Peer(exchange.namesrv.address) as plain:
        try:
            plain.request(remoting.GET_ALL_TOPICS)
        except CaseFailed:
            return
    raise CaseFailed("a plain connection was served: this case shows nothing")
