"""gantry-namesrv as a process, asked over raw sockets: start, stop, what survives, what it refuses to start with."""

import argparse
import json
import re
import signal
import socket
import struct
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from server import Peer, Server, run_to_its_end

PUT_KV, GET_KV, REGISTER, ROUTE, UPDATE_CONFIG = 100, 101, 103, 105, 318
SUCCESS, SYSTEM_ERROR, NOT_SUPPORTED, NO_PERMISSION, NO_TOPIC = 0, 1, 3, 16, 17


class Broker(Peer):
    """A peer that registers as brokers do."""

    def register(self, broker: str, address: str, *topics: str):
        table = {topic: {"topicName": topic, "readQueueNums": 8, "writeQueueNums": 8, "perm": 6} for topic in topics}
        body = {"filterServerList": [], "topicConfigSerializeWrapper": {
            "dataVersion": {"counter": 1, "timestamp": 1}, "topicConfigTable": table}}
        return self.ask(REGISTER, json.dumps(body).encode(), brokerName=broker, brokerAddr=address, clusterName="c1",
                        haServerAddr=address, brokerId=0)[0]


class NameServerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.data = self.folder / "data"

    def start(self, *flags: str) -> Server:
        server = Server(options.program, "--data-dir", str(self.data), *flags)
        self.addCleanup(server.__exit__)
        return server

    def run_to_its_end(self, *flags: str) -> tuple[int, str]:
        return run_to_its_end(options.program, *flags)

    def refuses_to_start(self, *flags: str) -> str:
        code, said = self.run_to_its_end("--listen", "127.0.0.1:0", "--data-dir", str(self.data), *flags)
        self.assertEqual(code, 1, said)
        self.assertEqual(said.count("\n"), 1, f"more than one sentence:\n{said}")
        return said


class Life(NameServerTest):
    def test_one_line_says_that_it_serves_and_where(self):
        server = self.start()
        self.assertRegex(server.ready, r"^gantry-namesrv \d+\.\d+\.\d+ ready on 127\.0\.0\.1:\d+\n$")
        self.assertEqual(Peer(server.port).ask(ROUTE, topic="nowhere")[0], NO_TOPIC)

    def test_both_signals_end_it_with_0_while_peers_are_connected(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            server = self.start()
            peers = [Broker(server.port) for _ in range(3)]
            self.assertEqual(peers[0].register("broker-a", "10.0.0.1:10911", "orders"), SUCCESS)
            self.assertEqual(server.end_with(number), 0)
            for peer in peers: self.assertEqual(peer.socket.recv(1), b"")

    def test_a_route_is_there_when_its_registration_is_answered_and_gone_when_its_connection_is(self):
        server = self.start()
        broker, client = Broker(server.port), Peer(server.port)
        self.assertEqual(broker.register("broker-a", "10.0.0.1:10911", "orders"), SUCCESS)
        code, _, _, body = client.ask(ROUTE, topic="orders")
        self.assertEqual((code, json.loads(body)["brokerDatas"][0]["brokerAddrs"]), (SUCCESS, {"0": "10.0.0.1:10911"}))
        broker.socket.close()
        while client.ask(ROUTE, topic="orders")[0] != NO_TOPIC: pass

    def test_a_silent_broker_is_taken_out_and_its_connection_closed(self):
        server = self.start("--broker-expiry", "1s", "--scan-interval", "100ms")
        broker, client = Broker(server.port), Peer(server.port)
        broker.register("broker-a", "10.0.0.1:10911", "orders")
        self.assertEqual(broker.socket.recv(1), b"")
        self.assertEqual(client.ask(ROUTE, topic="orders")[0], NO_TOPIC)
        self.assertIn("broker silent, removed", server.said())

    def test_an_unknown_code_is_answered_as_such(self):
        code, remark, _, _ = Peer(self.start().port).ask(99999)
        self.assertEqual((code, remark), (NOT_SUPPORTED, " request type 99999 not supported"))


class WhatSurvives(NameServerTest):
    def put(self, server: Server, key: str, value: str):
        self.assertEqual(Peer(server.port).ask(PUT_KV, namespace="ns", key=key, value=value)[0], SUCCESS)

    def got(self, server: Server, key: str) -> str | None:
        return Peer(server.port).ask(GET_KV, namespace="ns", key=key)[2].get("value")

    def test_kv_config_survives_a_stop_and_a_kill(self):
        server = self.start()
        self.put(server, "stop", "1")
        server.end_with(signal.SIGTERM)
        server = self.start()
        self.put(server, "kill", "2")
        server.end_with(signal.SIGKILL)
        server = self.start()
        self.assertEqual((self.got(server, "stop"), self.got(server, "kill")), ("1", "2"))

    def test_every_answered_put_survives_a_kill_in_the_middle_of_more(self):
        for _ in range(5):
            server = self.start()
            peer = Peer(server.port)
            answered = []
            for number in range(20):
                self.assertEqual(peer.ask(PUT_KV, namespace="ns", key=f"k{number}", value=number)[0], SUCCESS)
                answered.append(number)
            # Not waited for: whatever state it is in.
            header = json.dumps({"code": PUT_KV, "flag": 0, "opaque": 1, "version": 409, "language": "JAVA",
                                 "extFields": {"namespace": "ns", "key": "k0", "value": "late"}}).encode()
            peer.socket.sendall((struct.pack(">II", 4 + len(header), len(header)) + header) * 50)
            server.end_with(signal.SIGKILL)
            entries = json.loads((self.data / "kvConfig.json").read_text())["configTable"]["ns"]
            self.assertIn(entries["k0"], ("0", "late"))
            self.assertEqual({f"k{n}": str(n) for n in answered[1:]}, {k: v for k, v in entries.items() if k != "k0"})

    def test_apaches_kv_config_is_taken_over(self):
        self.data.mkdir()
        (self.data / "kvConfig.json").write_text('{"configTable":{"ns":{"k":"from Apache"}}}')
        self.assertEqual(self.got(self.start(), "k"), "from Apache")

    def test_options_changed_by_request_hold_at_once_and_after_a_restart_and_say_where_they_came_from(self):
        server = self.start()
        self.assertEqual(Peer(server.port).ask(UPDATE_CONFIG, b"broker_expiry=90s\norderMessageEnable=true\n")[0], SUCCESS)
        server.end_with(signal.SIGKILL)
        _, printed = self.run_to_its_end("--data-dir", str(self.data), "--print-config")
        self.assertRegex(printed, r'(?m)^broker_expiry = "90s"\s+# .*wire-config\.toml:\d+$')
        self.assertRegex(printed, r"(?m)^order_message_enable = true\s+# .*wire-config\.toml:\d+$")

    def test_a_request_cannot_choose_a_file(self):
        server = self.start()
        victim = self.folder / "victim"
        for key in ("configStorePath", "kvConfigPath", "log_file", "data_dir", "tls_key", "rocketmqHome"):
            code, remark, _, _ = Peer(server.port).ask(UPDATE_CONFIG, f"{key}={victim}\n".encode())
            self.assertEqual(code, NO_PERMISSION, key)
            self.assertIn("Can not update config in black list.", remark)
        self.put(server, "k", "v")
        self.assertFalse(victim.exists())


class WhatItRefusesToStartWith(NameServerTest):
    def test_a_data_directory_that_is_in_use(self):
        self.start()
        self.assertIn("is in use by another name server (process ", self.refuses_to_start())

    def test_a_data_directory_that_is_a_file(self):
        self.data.write_text("")
        self.assertIn(str(self.data), self.refuses_to_start())

    def test_a_port_that_is_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            said = self.refuses_to_start("--listen", f"127.0.0.1:{port}")
        self.assertIn(f"cannot listen on 127.0.0.1:{port}: Address already in use", said)

    def test_a_damaged_kv_config(self):
        self.data.mkdir()
        file = self.data / "kvConfig.json"
        file.write_text('{"configTable":{"ns":{"k"')
        said = self.refuses_to_start()
        self.assertIn(f"{file} is damaged", said)
        self.assertIn("byte 25", said)
        self.assertEqual(file.read_text(), '{"configTable":{"ns":{"k"')

    def test_a_certificate_that_is_not_there_or_none(self):
        none = self.folder / "none.pem"
        none.write_text("no certificate")
        for file in (self.folder / "missing.pem", none):
            said = self.refuses_to_start("--tls-mode", "enforcing", "--tls-certificate", str(file), "--tls-key", str(file))
            self.assertIn(str(file), said)

    def test_a_flag_that_does_not_exist(self):
        self.assertIn("nearest is --listen", self.refuses_to_start("--listn", "127.0.0.1:1"))

    def test_a_configuration_file_that_does_not_exist(self):
        self.assertIn("missing.toml", self.refuses_to_start("--config", str(self.folder / "missing.toml")))


class Configuration(NameServerTest):
    def check(self, name: str, text: str, *flags: str) -> tuple[int, str]:
        file = self.folder / name
        file.write_text(text)
        return self.run_to_its_end("--config", str(file), "--data-dir", str(self.data), "--check-config", *flags)

    def test_a_sound_one_is_called_sound(self):
        self.assertEqual(self.check("n.toml", 'broker_expiry = "90s"\n'), (0, "the configuration is sound\n"))

    def test_every_mistake_is_named_with_its_place_and_what_would_be_right(self):
        code, said = self.check("n.toml", 'broker_expiri = "90s"\nscan_interval = 10\nlisten = "nonsense"\n')
        self.assertEqual(code, 1)
        for place in ("n.toml:1:1: broker_expiri: unknown option; nearest is broker_expiry", "n.toml:2:", "n.toml:3:"):
            self.assertIn(place, said)

    def test_unusable_certificates_are_mistakes_too(self):
        code, said = self.check("n.toml", 'tls_mode = "enforcing"\ntls_certificate = "/missing.pem"\ntls_key = "/missing.pem"\n')
        self.assertEqual(code, 1)
        self.assertIn("/missing.pem", said)

    def test_apaches_file_is_taken_as_it_is(self):
        conf = self.folder / "namesrv.conf"
        conf.write_text(f"listenPort=0\nkvConfigPath={self.folder}/kv/kvConfig.json\norderMessageEnable=true\n"
                        "serverWorkerThreads=8\nrocketmqHome=/opt/rocketmq\n")
        (self.folder / "kv").mkdir()
        server = self.start("-c", str(conf))
        self.assertEqual(Peer(server.port).ask(PUT_KV, namespace="ns", key="k", value="v")[0], SUCCESS)
        self.assertTrue((self.folder / "kv/kvConfig.json").exists())
        self.assertIn("serverWorkerThreads", server.said())

    def test_what_is_printed_can_be_used_as_a_configuration_file(self):
        first = self.run_to_its_end("--broker-expiry", "90s", "--data-dir", str(self.data), "--print-config")[1]
        (self.folder / "printed.toml").write_text(first)
        code, again = self.run_to_its_end("--config", str(self.folder / "printed.toml"), "--print-config")
        self.assertEqual(code, 0, again)
        without_origins = lambda text: re.sub(r"\s+#.*", "", text)
        self.assertEqual(without_origins(again), without_origins(first))

    def test_help_and_version_start_nothing(self):
        self.assertRegex(self.run_to_its_end("--version")[1], r"^gantry-namesrv \d+\.\d+\.\d+\n$")
        code, said = self.run_to_its_end("--help")
        self.assertEqual(code, 0)
        self.assertIn("--broker-expiry", said)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    options, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
