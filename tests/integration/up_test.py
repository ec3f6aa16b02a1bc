"""gantry up as a process: what it shows, that its broker and its name server know each other, how it stops, and what it
refuses to start with."""

import argparse
import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from server import ON_ANY_DISK, PATIENCE, Peer, run_to_its_end

CLUSTER_INFO = 106
SUCCESS = 0
HERE = ("--listen", "127.0.0.1:0", "--namesrv-listen", "127.0.0.1:0")


class Up:
    """Started when this returns: its screen has been read."""

    def __init__(self, *flags: str):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([options.program, "up", *HERE, *flags], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.screen = ""
        # It ends in an empty line, and has one below its first.
        while self.screen.count("\n\n") < 2:
            line = self.process.stdout.readline()
            if not line: raise AssertionError(f"no screen but {self.screen!r}, and the log says\n{self.said()}")
            self.screen += line
        self.namesrv = int(re.search(r"namesrvAddr=127\.0\.0\.1:(\d+)", self.screen)[1])
        self.broker = int(re.search(r"broker +127\.0\.0\.1:(\d+)", self.screen)[1])

    def said(self) -> str:
        self.log.seek(0)
        return self.log.read()

    def end_with(self, number: int) -> int:
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self.last_words = self.process.stdout.read()
        self.process.stdout.close()
        return code

    def close(self):
        if self.process.poll() is None: self.end_with(signal.SIGKILL)
        self.log.close()


class UpTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.data = ("--data-dir", str(self.folder / "data"))

    def start(self, *flags: str) -> Up:
        up = Up(*self.data, *flags)
        self.addCleanup(up.close)
        return up

    def peer(self, port: int) -> Peer:
        peer = Peer(port)
        self.addCleanup(peer.socket.close)
        return peer

    def refuses_to_start(self, *flags: str) -> str:
        code, said = run_to_its_end(options.program, "up", *HERE, *flags)
        self.assertEqual(code, 1, said)
        self.assertEqual(said.count("\n"), 1, f"more than one sentence:\n{said}")
        return said


class Life(UpTest):
    def test_the_screen_says_what_an_operator_must_know(self):
        screen = self.start().screen
        self.assertRegex(screen, r"^gantry \d+\.\d+\.\d+ is up; Ctrl-C stops it\n\n")
        self.assertIn(f"data directory    {self.folder / 'data'}\n", screen)
        self.assertIn("acknowledged once it is on the disk", screen)
        self.assertIn("a power cut       can cost no message that was acknowledged\n", screen)
        self.assertIn("store-mmap", screen)

    def test_the_name_server_knows_the_broker_as_soon_as_the_screen_is_there(self):
        up = self.start()
        code, _, _, body = self.peer(up.namesrv).ask(CLUSTER_INFO)
        self.assertEqual(code, SUCCESS)
        (broker,) = json.loads(body)["brokerAddrTable"].values()
        self.assertEqual(broker["brokerAddrs"], {"0": f"127.0.0.1:{up.broker}"})

    def test_both_signals_end_it_with_0_and_it_starts_again_on_what_it_left(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            up = self.start("--log-level", "info")
            peers = [self.peer(up.namesrv), self.peer(up.broker)]
            self.assertEqual(up.end_with(number), 0)
            self.assertIn("stopped\n", up.last_words)
            self.assertIn("last_exit=clean", up.said())
            self.assertRegex(up.said(), r"broker gone .*why=unregistered")
            for peer in peers: self.assertEqual(peer.socket.recv(1), b"")

    def test_a_terminal_stays_quiet_unless_something_is_wrong(self):
        file = self.folder / "broker.toml"
        file.write_text(f"[plugins.store-mmap]\n{ON_ANY_DISK}")
        up = self.start("--config", str(file))
        self.assertEqual(up.end_with(signal.SIGTERM), 0)
        self.assertEqual(up.said(), "")

    def test_a_file_of_the_brokers_is_read_and_read_again(self):
        file = self.folder / "broker.toml"
        file.write_text('log_level = "info"\n[plugins.store-mmap]\nflush = "async"\n')
        up = self.start("--config", str(file))
        self.assertIn("acknowledged once the operating system has it", up.screen)
        file.write_text('log_level = "info"\nbroker_id = 3\n[plugins.store-mmap]\nflush = "async"\n')
        up.process.send_signal(signal.SIGHUP)
        # The signal is taken before the one that ends it.
        self.assertEqual(up.end_with(signal.SIGTERM), 0)
        self.assertIn("waits for a restart  option=broker_id", up.said())


class WhatItRefuses(UpTest):
    def test_a_port_that_is_in_use_is_named_with_its_flag(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            for flag, who in (("--listen", "broker"), ("--namesrv-listen", "name server")):
                self.assertRegex(self.refuses_to_start(*self.data, flag, address),
                                 f"^gantry: {who}: cannot listen on {address}: Address already in use; .*\\({flag}\\)$")

    def test_a_data_directory_that_is_in_use(self):
        up = self.start()
        self.assertRegex(self.refuses_to_start(*self.data), rf"{self.folder}/data.* is in use by another .*process {up.process.pid}")

    def test_a_mistake_in_the_file_or_on_the_command_line(self):
        file = self.folder / "broker.toml"
        file.write_text("lisen = 1\n")
        self.assertIn("broker.toml:1:1: lisen: unknown option; nearest is listen", self.refuses_to_start("--config", str(file)))
        self.assertIn("--data-dri: unknown flag; nearest is --data-dir", self.refuses_to_start("--data-dri", "x"))
        for words, said in ((["pu"], "gantry: pu: unknown command; nearest is up\n"), (["up", "--listen", "x"], "flag --listen: ")):
            code, text = run_to_its_end(options.program, *words)
            self.assertEqual(code, 1)
            self.assertIn(said, text)


class Questions(UpTest):
    def test_help_and_version_start_nothing(self):
        self.assertRegex(run_to_its_end(options.program, "--version")[1], r"^gantry \d+\.\d+\.\d+\n$")
        self.assertIn("up ", run_to_its_end(options.program, "--help")[1])
        code, said = run_to_its_end(options.program, "up", "--help")
        self.assertEqual(code, 0)
        self.assertIn("--namesrv-listen", said)
        self.assertEqual(run_to_its_end(options.program)[0], 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    options, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
