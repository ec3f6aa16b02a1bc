"""Fetches and builds the software that is not ours, once, into a cache outside the source tree.

Registries are reached through each tool's own configuration; nothing here names one. A part is made again
when what it is made from changed (the files and the tool's version go into its stamp).
"""

import hashlib
import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

TOOLS = {"java": ("java", "javac", "mvn"), "go": ("go",), "node": ("node", "npm"), "openssl": ("openssl",)}
VERSION_COMMANDS = {"java": ["javac", "-version"], "go": ["go", "version"], "node": ["node", "--version"]}

# Apache 4.9 unmaps its files through classes that Java 17 keeps closed.
OPENED = ("java.base/java.nio", "java.base/sun.nio.ch", "java.base/jdk.internal.ref")
JVM = ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.net.preferIPv4Stack=true"] + [
    option for package in OPENED for option in ("--add-opens", package + "=ALL-UNNAMED")
]


CLIENT_SOURCES = ["java/client/%s.java" % name for name in (
    "Client", "Command", "Line", "LiteReceiver", "Policy", "PushReceiver", "QueueWatch", "Replier", "Sender")]
GO_SOURCES = ["go/%s" % name for name in (
    "go.mod", "go.sum", "command.go", "line.go", "main.go", "receiver.go", "sender.go")]


class ToolchainError(Exception):
    """A fetch or build that failed, with the end of its log."""


def missing_tools(need):
    return [tool for tool in TOOLS[need] if shutil.which(tool) is None]


class Toolchain:
    """The directories and class paths of what was prepared. prepare() first; the rest only names things."""

    def __init__(self, cache):
        self._cache = cache

    def prepare(self, need, say):
        prepare = {"java": self._prepare_java, "go": self._prepare_go, "node": self._prepare_node}.get(need)
        if prepare:
            prepare(say)

    def servers_classpath(self):
        return self._classpath("servers-4.9.7", "mqadmin")

    def java_client(self, version, home, options=()):
        """The command that a program of the Java client is started with, and so the other two."""
        classpath = self._classpath("client-" + version, "client-program-" + version)
        return JVM + ["-Xmx256m", "-Duser.home=" + home, *options, "-cp", classpath, "Client"]

    def store_classpath(self):
        return self._classpath("servers-4.9.7", "store")

    def go_client(self):
        return os.path.join(self._cache, "go", "client")

    def node_client(self):
        return os.path.join(self._cache, "node", "client.js")

    def _classpath(self, jars, classes):
        return "%s:%s/*" % (os.path.join(self._cache, classes), os.path.join(self._cache, jars))

    def _prepare_java(self, say):
        programs = {
            "mqadmin": ("servers-4.9.7", ["java/mqadmin/MqAdminLoop.java"]),
            "store": ("servers-4.9.7", ["java/store/StoreFiller.java", "java/store/StoreReader.java"]),
            "client-program-4.9.7": ("client-4.9.7", CLIENT_SOURCES),
            "client-program-5.3.3": ("client-5.3.3", CLIENT_SOURCES),
        }
        for classes, (jars, sources) in programs.items():
            self._make(jars, "java", ["java/pom.xml"], say, lambda target: [
                ["mvn", "-B", "-q", "-f", os.path.join(HERE, "java", "pom.xml"), "-P", jars,
                 "dependency:copy-dependencies", "-DoutputDirectory=" + target],
            ])
            self._make(classes, "java", ["java/pom.xml", *sources], say, lambda target: [
                ["javac", "-nowarn", "-d", target, "-cp", os.path.join(self._cache, jars, "*")]
                + [os.path.join(HERE, source) for source in sources],
            ])

    def _prepare_go(self, say):
        self._make("go", "go", GO_SOURCES, say, lambda target: [
            ["go", "build", "-o", os.path.join(target, "client"), "."],
        ])

    def _prepare_node(self, say):
        inputs = ["node/package.json", "node/package-lock.json", "node/client.js"]
        self._make("node", "node", inputs, say, lambda target: [
            ["cp"] + [os.path.join(HERE, name) for name in inputs] + [target],
            ["npm", "ci", "--prefix", target, "--ignore-scripts", "--no-audit", "--no-fund"],
        ])

    def _make(self, name, need, inputs, say, commands):
        target = os.path.join(self._cache, name)
        stamp_path = os.path.join(target, ".stamp")
        stamp = self._stamp(need, inputs)
        if os.path.exists(stamp_path) and open(stamp_path).read() == stamp:
            return
        say("preparing %s" % name)
        shutil.rmtree(target, ignore_errors=True)
        os.makedirs(target)
        for command in commands(target):
            self._run(name, command, os.path.join(HERE, need))
        with open(stamp_path, "w") as out:
            out.write(stamp)

    @staticmethod
    def _stamp(need, inputs):
        digest = hashlib.sha256(subprocess.run(VERSION_COMMANDS[need], capture_output=True).stdout)
        for name in inputs:
            with open(os.path.join(HERE, name), "rb") as source:
                digest.update(source.read())
        return digest.hexdigest()

    def _run(self, name, command, directory):
        log_path = os.path.join(self._cache, name + ".log")
        with open(log_path, "ab") as log:
            try:
                done = subprocess.run(
                    command, cwd=directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=900
                )
            except subprocess.TimeoutExpired:
                raise ToolchainError("%s: still running after 900 s (%s)" % (command[0], log_path)) from None
        if done.returncode != 0:
            with open(log_path, errors="replace") as log:
                tail = log.read().splitlines()[-15:]
            raise ToolchainError("\n".join(["%s failed (%s):" % (command[0], log_path)] + tail))
