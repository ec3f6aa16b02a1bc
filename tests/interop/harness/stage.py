"""The stage that one case plays on: starts what it asks for, and ends all of it afterwards."""

import glob
import os
import shlex
import shutil
import subprocess

from harness.programs import Program
from harness.servers import ApacheNameServer, Broker, GantryBroker, GantryNameServer, MqAdmin, jvm


class Stage:
    def __init__(self, toolchain, directory, namesrv_command, broker_command, store_tool_command):
        """`namesrv_command` None: Apache's servers take the place of those under test."""
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)
        self._toolchain = toolchain
        self._directory = directory
        self._command = namesrv_command
        self._broker_command = broker_command
        self._store_tool = store_tool_command
        self._programs = []
        self._closers = []

    @property
    def is_reference(self):
        return self._command is None

    def name_server(self, expiry_seconds=None, tls=False, port=0):
        """The name server under test, running. With `tls` it refuses plain connections; port 0 is any free one,
        which it then says itself (Apache's is given one in any case)."""
        if self.is_reference:
            options = ["-Dtls.server.mode=enforcing"] if tls else []
            return self.start(ApacheNameServer(self._toolchain, self._directory, "namesrv", options))
        options = ["--tls-mode", "enforcing", *self._certificate()] if tls else []
        return self.start(GantryNameServer(self._command, self._directory, "namesrv", expiry_seconds, options, port))

    def successor(self, apache):
        """The name server under test on the port and with the configuration file of one of Apache's that ended."""
        if self.is_reference:
            return self.start(apache)
        options = ["--config", apache.config]
        return self.start(GantryNameServer(self._command, self._directory, "namesrv", None, options, apache.port))

    def _certificate(self):
        key, certificate = (os.path.join(self._directory, name) for name in ("key.pem", "certificate.pem"))
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
            + ["-keyout", key, "-out", certificate],
            check=True,
            capture_output=True,
        )
        return ["--tls-certificate", certificate, "--tls-key", key]

    def apache_name_server(self):
        return self.start(ApacheNameServer(self._toolchain, self._directory, "apache-namesrv"))

    def start(self, server):
        try:
            server.start()
        finally:
            if server.program:
                self._programs.append(server.program)
        return server

    def brokers(self, *settings):
        """Starts one broker for each dictionary of settings, all at the same time, and waits for them."""
        started = []
        for one in settings:
            broker = Broker(self._toolchain, self._directory, **one)
            self._programs.append(broker.program)
            started.append(broker)
        for broker in started:
            broker.wait_until_ready()
        return started

    def broker(self, **settings):
        return self.brokers(settings)[0]

    def broker_under_test(self, namesrv, topics, delay_levels, trace_topic=False):
        """The broker under test, running, with topics (name: queues). `delay_levels` as Apache's `messageDelayLevel`."""
        if self.is_reference:
            return self.broker(namesrv=namesrv, topics=topics, messageDelayLevel=delay_levels,
                               traceTopicEnable=str(trace_topic).lower())
        broker = GantryBroker(self._broker_command, self._directory, namesrv, topics, delay_levels=delay_levels,
                              trace_topic=trace_topic)
        self._programs.append(broker.program)
        broker.wait_until_ready()
        return broker

    def start_client(self, library, name, namesrv, **more):
        """A program of a client library, with a home directory of its own."""
        home = self.path(name + "-home")
        os.makedirs(home)
        program = Program(name, library.argv(self._toolchain, home, **more) + [namesrv], self._directory,
                          {"HOME": home, "ROCKETMQ_GO_LOG_LEVEL": "warn"}, talk=True)
        self._programs.append(program)
        return program

    def mqadmin(self):
        admin = MqAdmin(self._toolchain, self._directory)
        self._programs.append(admin.program)
        return admin

    def path(self, name):
        return os.path.join(self._directory, name)

    def store_tool(self):
        """The command that gantry-store-tool is started with, as a list."""
        return shlex.split(self._store_tool)

    def start_java(self, main_class, *arguments):
        """Starts one of the programs in java/store/."""
        home = self.path(main_class + "-home")
        os.makedirs(home, exist_ok=True)
        argv = jvm(home, self._toolchain.store_classpath(), ["-Xmx256m"]) + [main_class, *map(str, arguments)]
        program = Program(main_class, argv, self._directory)
        self._programs.append(program)
        return program

    def on_close(self, closer):
        self._closers.append(closer)

    def tails(self):
        """The ends of all programs' logs; the servers' own logs lie in their home directories beside these."""
        return "\n".join(line for program in self._programs for line in program.tail())

    def close(self):
        for program in self._programs:
            program.kill()
        for closer in self._closers:
            closer()

    def drop_stores(self):
        """Of a case that passed the logs are kept, and not the messages."""
        for store in [*glob.glob(self.path("*-data")), *glob.glob(self.path("*-home/store")), self.path("store")]:
            shutil.rmtree(store, ignore_errors=True)
