"""The stage that one case plays on: starts what it asks for, and ends all of it afterwards."""

import os
import shlex
import shutil
import subprocess

from harness.case import check_equal
from harness.programs import Program
from harness.servers import ApacheNameServer, Broker, GantryNameServer, MqAdmin, jvm


class Stage:
    def __init__(self, toolchain, directory, namesrv_command, store_tool_command):
        """`namesrv_command` None: Apache's name server takes the place of the one under test."""
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)
        self._toolchain = toolchain
        self._directory = directory
        self._command = namesrv_command
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

    def java_round_trip(self, version, *arguments, jvm_options=()):
        home = os.path.join(self._directory, "client-home")
        os.makedirs(home)
        argv = jvm(home, self._toolchain.client_classpath(version), ["-Xmx256m", *jvm_options])
        return self._round_trip(argv + ["RoundTrip"], arguments)

    def go_round_trip(self, *arguments):
        return self._round_trip([self._toolchain.go_round_trip()], arguments)

    def node_round_trip(self, *arguments):
        return self._round_trip(["node", self._toolchain.node_round_trip()], arguments)

    def _round_trip(self, argv, arguments):
        """Runs a client program to its end; the bodies it sent and the bodies it got, as lists."""
        patience = 60
        argv = argv + [str(argument) for argument in arguments] + [str(patience)]
        program = Program("client", argv, self._directory, {"HOME": self._directory, "ROCKETMQ_GO_LOG_LEVEL": "warn"})
        self._programs.append(program)
        check_equal("exit code of the client", program.wait_for_exit(patience + 60), 0)
        with open(program.out_path) as out:
            lines = [line.split(" ", 1) for line in out.read().splitlines() if line.startswith(("sent ", "got "))]
        return [body for verb, body in lines if verb == "sent"], [body for verb, body in lines if verb == "got"]

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
