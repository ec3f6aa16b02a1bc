"""The servers of a case: Apache's name server and broker, the name server under test, mqadmin.

Each is a handle on a running program. Apache's two listen on every interface (4.9 cannot be told
otherwise) but say 127.0.0.1 to each other and to clients.
"""

import json
import os
import shlex

from harness import remoting
from harness.case import check_equal
from harness.programs import Ports, Program
from harness.toolchain import JVM

READY_SECONDS = 120
STOP_SECONDS = 30
# Beside its port a broker takes the one two below (for old clients) and the one above (replication).
BROKER_PORTS = (-2, 0, 1)

LOGBACK = """<configuration>
  <appender name="file" class="ch.qos.logback.core.FileAppender">
    <file>${user.home}/%s.log</file>
    <encoder><pattern>%%d{HH:mm:ss.SSS} %%p %%t - %%m%%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="file"/></root>
</configuration>
"""


GANTRY_BROKER = """listen = "127.0.0.1:{port}"
broker_name = "{name}"
namesrv = ["{namesrv}"]
data_dir = "{data}"
trace_topic = {trace_topic}

[plugins.store-mmap]
commit_log_file_size = "16MiB"
queue_file_entries = 3000
index_slots = 10000
index_entries = 40000
# Otherwise a disk that stalls for a second makes sends fail, which clients do not retry.
busy_after = "15s"
# Otherwise a disk that is nine tenths full makes every send fail.
disk_warn_percent = 98
disk_force_percent = 99
disk_refuse_percent = 100
[plugins.schedule]
levels = "{delay_levels}"
"""


def write_properties(path, properties):
    with open(path, "w") as out:
        for key, value in properties.items():
            out.write("%s=%s\n" % (key, value))


def write_topics(directory, topics):
    """Makes topics (name: queues) known to a broker that starts on this directory for the first time."""
    table = {
        topic: {
            "order": False, "perm": 6, "readQueueNums": queues, "topicFilterType": "SINGLE_TAG",
            "topicName": topic, "topicSysFlag": 0, "writeQueueNums": queues,
        }
        for topic, queues in topics.items()
    }
    config = os.path.join(directory, "config")
    os.makedirs(config, exist_ok=True)
    with open(os.path.join(config, "topics.json"), "w") as out:
        json.dump({"dataVersion": {"counter": 1, "timestamp": 0}, "topicConfigTable": table}, out)


def java_home(directory, name):
    """A home directory for one JVM, which is also its ROCKETMQ_HOME: logs and files go nowhere else."""
    home = os.path.join(directory, name)
    os.makedirs(os.path.join(home, "conf"), exist_ok=True)
    for part in ("namesrv", "broker", "tools"):
        with open(os.path.join(home, "conf", "logback_%s.xml" % part), "w") as out:
            out.write(LOGBACK % part)
    return home


def jvm(home, classpath, options=()):
    return JVM + ["-Duser.home=" + home, *options, "-cp", classpath]


class ApacheNameServer:
    """Apache's name server 4.9.7. Its expiry of 120 s and its scan every 10 s are fixed."""

    expiry_seconds = 120
    scan_seconds = 10

    def __init__(self, toolchain, directory, name, jvm_options=()):
        self._toolchain = toolchain
        self._directory = directory
        self._name = name
        self._jvm_options = jvm_options
        self._home = java_home(directory, name + "-home")
        self.port = Ports.take()
        self.address = "127.0.0.1:%d" % self.port
        self.config = os.path.join(self._home, "namesrv.conf")
        self.program = None
        write_properties(
            self.config,
            {
                "rocketmqHome": self._home,
                "listenPort": self.port,
                "kvConfigPath": os.path.join(self._home, "kvConfig.json"),
                "serverWorkerThreads": 8,
            },
        )

    def start(self):
        self.program = Program(
            self._name,
            jvm(self._home, self._toolchain.servers_classpath(), ["-Xms64m", "-Xmx256m", *self._jvm_options])
            + ["org.apache.rocketmq.namesrv.NamesrvStartup", "-c", self.config],
            self._directory,
            {"ROCKETMQ_HOME": self._home},
        )
        self.program.wait_for_line("The Name Server boot success", READY_SECONDS)
        return self.program

    def stop(self):
        """SIGTERM; the exit code, where the 143 of a JVM that ended in order counts as 0."""
        code = self.program.stop(STOP_SECONDS)
        return 0 if code == 143 else code


class GantryNameServer:
    """The name server under test, started by a command line of which the case's options become the end."""

    scan_seconds = 1

    def __init__(self, command, directory, name, expiry_seconds=None, options=(), port=0):
        self._command = shlex.split(command)
        self._directory = directory
        self._name = name
        self._options = ["--data-dir", os.path.join(directory, name + "-data"), *options]
        if expiry_seconds:
            self._options += ["--broker-expiry", "%ds" % expiry_seconds, "--scan-interval", "%ds" % self.scan_seconds]
        self.expiry_seconds = expiry_seconds
        self.port = port
        self.address = None
        self.program = None

    def start(self):
        """Where no port was given the first start takes any free one, and later ones take it again."""
        listen = ["--listen", "127.0.0.1:%d" % self.port]
        self.program = Program(self._name, self._command + listen + self._options, self._directory)
        ready = self.program.wait_for_line(r"^gantry-namesrv \S+ ready on 127\.0\.0\.1:(\d+)$", READY_SECONDS)
        self.port = int(ready.group(1))
        self.address = "127.0.0.1:%d" % self.port
        return self.program

    def stop(self):
        return self.program.stop(STOP_SECONDS)


class Broker:
    """Apache's broker 4.9.7 with small files, registering every 10 s (the least it takes)."""

    def __init__(
        self,
        toolchain,
        directory,
        namesrv,
        name="broker-a",
        cluster="DefaultCluster",
        broker_id=0,
        port=0,
        jvm_options=(),
        topics=(),
        **properties,
    ):
        """`properties` go into broker.conf, `topics` (name: queues) are there from the start. Port 0 is any free one."""
        role = "ASYNC_MASTER" if broker_id == 0 else "SLAVE"
        label = name if broker_id == 0 else "%s-%d" % (name, broker_id)
        self.name = name
        self.port = port or Ports.take(offsets=BROKER_PORTS)
        self.address = "127.0.0.1:%d" % self.port
        home = java_home(directory, label + "-home")
        if topics:
            write_topics(os.path.join(home, "store"), topics)
        config = os.path.join(home, "broker.conf")
        write_properties(
            config,
            {
                "brokerClusterName": cluster,
                "brokerName": name,
                "brokerId": broker_id,
                "brokerRole": role,
                "brokerIP1": "127.0.0.1",
                "brokerIP2": "127.0.0.1",
                "listenPort": self.port,
                "namesrvAddr": namesrv,
                "registerNameServerPeriod": 10000,
                "storePathRootDir": os.path.join(home, "store"),
                "storePathCommitLog": os.path.join(home, "store", "commitlog"),
                "mappedFileSizeCommitLog": 16777216,
                "mappedFileSizeConsumeQueue": 60000,
                "maxHashSlotNum": 10000,
                "maxIndexNum": 40000,
                "flushDiskType": "ASYNC_FLUSH",
                "autoCreateTopicEnable": "true",
                # On a busy machine the usual 200 ms and 1 s would refuse sends, which clients do not retry.
                "waitTimeMillsInSendQueue": 15000,
                "osPageCacheBusyTimeOutMills": 15000,
                **properties,
            },
        )
        options = [
            "-Xms256m",
            "-Xmx512m",
            # Otherwise a disk that is nine tenths full makes every send fail.
            "-Drocketmq.broker.diskSpaceWarningLevelRatio=0.99",
            "-Drocketmq.broker.diskSpaceCleanForciblyRatio=0.98",
            *jvm_options,
        ]
        self.program = Program(
            label,
            jvm(home, toolchain.servers_classpath(), options)
            + ["org.apache.rocketmq.broker.BrokerStartup", "-c", config],
            directory,
            {"ROCKETMQ_HOME": home},
        )

    def wait_until_ready(self):
        self.program.wait_for_line(r"^The broker\[.*boot success", READY_SECONDS)

    def create_topic(self, topic, queues=4):
        answer = remoting.ask(
            self.address,
            remoting.UPDATE_TOPIC,
            {
                "topic": topic,
                "defaultTopic": "TBW102",
                "readQueueNums": queues,
                "writeQueueNums": queues,
                "perm": 6,
                "topicFilterType": "SINGLE_TAG",
                "topicSysFlag": 0,
                "order": "false",
            },
        )
        check_equal("code of creating topic %s" % topic, answer.code, remoting.SUCCESS)

    def log_end(self):
        """The offset behind the last byte of the commit log. A slave that has no file yet answers with an error."""
        answer = remoting.ask(self.address, remoting.GET_BROKER_RUNTIME_INFO)
        return int(answer.json()["table"]["commitLogMaxOffset"]) if answer.code == remoting.SUCCESS else 0

    def has_figures(self):
        """Whether it can tell how it runs: until it has counted itself for the first time, within a second of its
        start, it answers with an error."""
        return remoting.ask(self.address, remoting.GET_BROKER_RUNTIME_INFO).code == remoting.SUCCESS

    def topic_configs(self):
        return remoting.ask(self.address, remoting.GET_ALL_TOPIC_CONFIG).json()["topicConfigTable"]


class GantryBroker:
    """The broker under test. `topics` (name: queues) are there from the start, as a broker of Apache's left them."""

    def __init__(self, command, directory, namesrv, topics, name="broker-a", delay_levels="", trace_topic=False):
        self.name = name
        self.port = Ports.take(offsets=BROKER_PORTS)
        self.address = "127.0.0.1:%d" % self.port
        data = os.path.join(directory, name + "-data")
        write_topics(data, topics)
        config = os.path.join(directory, name + ".toml")
        with open(config, "w") as out:
            out.write(GANTRY_BROKER.format(
                port=self.port, name=name, namesrv=namesrv, data=data,
                trace_topic="true" if trace_topic else "false", delay_levels=delay_levels))
        self.program = Program(name, shlex.split(command) + ["--config", config], directory)

    def wait_until_ready(self):
        self.program.wait_for_line(r"^gantry-broker \S+ ready on \S+$", READY_SECONDS)


class MqAdmin:
    """Apache's mqadmin 4.9.7; one JVM for all commands."""

    def __init__(self, toolchain, directory):
        home = java_home(directory, "mqadmin-home")
        self._transcript = os.path.join(directory, "mqadmin.txt")
        self.program = Program(
            "mqadmin",
            jvm(home, toolchain.servers_classpath(), ["-Xmx256m"]) + ["MqAdminLoop"],
            directory,
            {"ROCKETMQ_HOME": home},
            talk=True,
        )

    def run(self, namesrv, *arguments):
        """What `mqadmin ARGUMENTS -n NAMESRV` prints, stdout and stderr."""
        printed = self.program.ask("\t".join([*arguments, "-n", namesrv]), 60)
        with open(self._transcript, "a") as out:
            out.write("$ mqadmin %s -n %s\n%s\n" % (shlex.join(arguments), namesrv, printed))
        return printed
