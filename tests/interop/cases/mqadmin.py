"""Apache's mqadmin must show the same with Apache's name server and with ours.

Two of Apache's brokers are registered with both name servers; the same commands run with one, then with the
other. harness/normalise.py says what may differ.
"""

import difflib

from harness import remoting
from harness.case import CaseFailed, case, check, check_equal, eventually
from harness.normalise import OWN_VALUE, namesrv_config, normalised
from harness.programs import Ports
from harness.remoting import Peer

COMMANDS = (
    "clusterList",
    "clusterList -m",
    "topicList",
    "topicList -c",
    "topicRoute -t Shared",
    "topicRoute -t Shared -l",
    "topicRoute -t OnlyOnB",
    "topicRoute -t NoSuchTopic",
    "topicClusterList -t Shared",
    "topicClusterList -t NoSuchTopic",
    "updateKvConfig -s interop -k key -v value",
    "deleteKvConfig -s interop -k key",
    "deleteKvConfig -s interop -k key",
    "updateOrderConf -t Shared -m get",
    "updateOrderConf -t Shared -m put -v broker-a:4",
    "updateOrderConf -t Shared -m get",
    "updateNamesrvConfig -k orderMessageEnable -v true",
    "topicRoute -t Shared",
    "updateNamesrvConfig -k orderMessageEnable -v false",
    "topicRoute -t Shared",
    "updateOrderConf -t Shared -m delete",
    "updateNamesrvConfig -k kvConfigPath -v elsewhere.json",
    "updateNamesrvConfig -k configStorePath -v elsewhere.properties",
    "wipeWritePerm -b broker-a",
    "topicRoute -t Shared",
    "addWritePerm -b broker-a",
    "topicRoute -t Shared",
    "wipeWritePerm -b no-such-broker",
    "addWritePerm -b no-such-broker",
)
# These are meant to fail; any other command must not print an exception.
REFUSED = ("NoSuchTopic", "-m get", "kvConfigPath", "configStorePath")


def wait_for_topics(namesrv, brokers):
    """Until the name server knows each topic of each broker."""
    expected = {topic for broker in brokers for topic in broker.topic_configs()}
    with Peer(namesrv.address) as peer:
        eventually(
            "all topics at %s" % namesrv.address,
            15,
            lambda: set(peer.request(remoting.GET_ALL_TOPICS).json()["topicList"]) == expected,
        )


def two_name_servers(stage):
    """The brokers are of one cluster: of a topic in two, mqadmin shows the cluster of whichever broker comes
    first in the route, which is a set."""
    apache, ours = stage.apache_name_server(), stage.name_server()
    both = "%s;%s" % (apache.address, ours.address)
    brokers = stage.brokers(
        {"namesrv": both, "name": "broker-a"},
        {"namesrv": both, "name": "broker-b"},
    )
    for broker, queues in zip(brokers, (4, 8)):
        broker.create_topic("Shared", queues)
    brokers[1].create_topic("OnlyOnB")
    for broker in brokers:
        eventually("figures of %s" % broker.name, 15, broker.has_figures)
    for namesrv in (apache, ours):
        wait_for_topics(namesrv, brokers)
    return apache, ours


def outputs(admin, namesrv):
    printed = []
    for command in COMMANDS:
        text = admin.run(namesrv.address, *command.split(" "))
        may_fail = any(word in command for word in REFUSED)
        check(may_fail or "Exception" not in text, lambda: "mqadmin %s printed: %s" % (command, text))
        printed.append(normalised(text, namesrv))
    return printed


@case(needs=("java",))
def every_command_shows_the_same_with_both_name_servers(stage):
    apache, ours = two_name_servers(stage)
    admin = stage.mqadmin()
    differences = []
    for command, expected, seen in zip(COMMANDS, outputs(admin, apache), outputs(admin, ours)):
        if expected != seen:
            lines = difflib.unified_diff(
                expected.splitlines(), seen.splitlines(), "with Apache's", "with ours", n=1, lineterm=""
            )
            differences.append("mqadmin %s\n%s" % (command, "\n".join(lines)))
    if differences:
        raise CaseFailed("%d outputs differ\n%s" % (len(differences), "\n".join(differences)))


@case(needs=("java",))
def name_server_config_has_apaches_keys_and_values(stage):
    apache, ours = stage.apache_name_server(), stage.name_server(port=Ports.take())
    admin = stage.mqadmin()

    def config(namesrv):
        text = admin.run(namesrv.address, "getNamesrvConfig")
        check("============%s============" % namesrv.address in text, "getNamesrvConfig printed: " + text)
        return namesrv_config(text)

    expected, seen = config(apache), config(ours)
    check_equal("keys that Apache has and ours lacks", sorted(set(expected) - set(seen)), [])
    check_equal(
        "values that differ",
        {key: seen[key] for key in expected if key not in OWN_VALUE and seen[key] != expected[key]},
        {},
    )
    check_equal("listenPort", seen["listenPort"], str(ours.port))

    for value in ("true", "false"):
        admin.run(ours.address, "updateNamesrvConfig", "-k", "orderMessageEnable", "-v", value)
        check_equal("orderMessageEnable after an update", config(ours)["orderMessageEnable"], value)
