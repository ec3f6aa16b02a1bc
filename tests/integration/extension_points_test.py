"""gantry-broker with the programs of docs/plugins.md that have more to do with the broker than a request code of their own:
each is seen at work over the wire, all of them in one broker."""

import argparse
import json
import signal
import socket
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from server import ON_ANY_DISK, PATIENCE, Peer, Server, run_to_its_end

SEND, PULL, ROUTE, TAIL = 10, 11, 105, 20021
SUCCESS, SLAVE_NOT_AVAILABLE, STOPPING, NO_PERMISSION, WRONG_EXPRESSION = 0, 11, 14, 16, 23
SUBSCRIBES = 4


class Client(Peer):
    def send(self, body: bytes, properties: str = "") -> tuple[int, str, dict, bytes]:
        return self.ask(SEND, body, producerGroup="p", topic="orders", defaultTopic="TBW102", defaultTopicQueueNums=4, queueId=0,
                        sysFlag=0, bornTimestamp=1, flag=0, properties=properties)

    def pull(self, kind: str, expression: str) -> tuple[int, str, dict, bytes]:
        return self.ask(PULL, consumerGroup="g", topic="orders", queueId=0, queueOffset=0, maxMsgNums=32, sysFlag=SUBSCRIBES,
                        commitOffset=0, suspendTimeoutMillis=0, subscription=expression, subVersion=0, expressionType=kind)

    def tail_fields(self, offset: int) -> dict:
        return {"topic": "orders", "queueId": 0, "offset": offset}


class Guest(Client):
    """One who comes from another address."""

    def __init__(self, port: int):
        super().__init__(port)
        self.socket.close()
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE, source_address=("127.0.0.2", 0))


def bodies(records: bytes) -> list[bytes]:
    found = []
    while records:
        size, length = int.from_bytes(records[:4], "big"), int.from_bytes(records[84:88], "big")
        found.append(records[88:88 + length])
        records = records[size:]
    return found


class ExtensionPoints(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.log, self.copy = self.folder / "data/store/commitlog", self.folder / "copy"
        self.file = self.folder / "broker.toml"
        self.write_config(broker_id=0)

    def write_config(self, broker_id: int, more: str = ""):
        own = Path(options.program).resolve().parent.parent / "lib/gantry/plugins"
        self.file.write_text(f"""
{more}
data_dir = "{self.folder / 'data'}"
plugin_path = ["{options.examples}", "{own}"]
broker_name = "broker-a"
registration_interval = "1s"
[plugins.store-mmap]
{ON_ANY_DISK}commit_log_file_size = "128KiB"
max_message_size = "16KiB"
[plugins.where]
[plugins.mirror]
dir = "{self.copy}"
[plugins.guests]
inside = ["127.0.0.1/32"]
[plugins.standby]
broker_id = {broker_id}
[plugins.tail]
longest = "15s"
""")

    def start(self) -> Server:
        server = Server(options.program, "--config", str(self.file))
        self.addCleanup(server.__exit__)
        return server

    def client(self, server: Server, kind=Client) -> Client:
        client = kind(server.port)
        self.addCleanup(client.socket.close)
        return client

    def until(self, server: Server, condition):
        end = time.monotonic() + PATIENCE
        while not condition(): self.assertLess(time.monotonic(), end, server.said())

    def assert_copied(self):
        """All of the copy stands in the log, and all of the log's files that have begun are in the copy."""
        names = sorted(path.name for path in self.copy.iterdir())
        ends_in_zeros = lambda path: path.read_bytes().rstrip(b"\0")
        begun = sorted(path.name for path in self.log.iterdir() if ends_in_zeros(path))
        self.assertEqual(names, begun)
        for name in names:
            copied, logged = (self.copy / name).read_bytes(), (self.log / name).read_bytes()
            self.assertEqual(copied, logged[:len(copied)], name)
            self.assertEqual(logged[len(copied):].rstrip(b"\0"), b"", name)

    def test_a_pull_brings_what_an_expression_of_a_plugin_wants(self):
        client = self.client(self.start())
        for i, colour in enumerate(("red", "green", "red")): client.send(b"%d" % i, f"colour\x01{colour}")
        code, remark, _, records = client.pull("WHERE", "colour = red")
        self.assertEqual((code, bodies(records)), (SUCCESS, [b"0", b"2"]), remark)
        code, remark, _, _ = client.pull("WHERE", "colour == red")
        self.assertEqual(code, WRONG_EXPRESSION)
        self.assertIn('at character 9 is "= red"', remark)

    def test_the_copy_has_each_message_once_it_is_acknowledged_also_after_a_kill(self):
        for ending in (signal.SIGKILL, signal.SIGTERM):
            server = self.start()
            client = self.client(server)
            for i in range(20):
                body = b"%d %s " % (i, ending.name.encode()) + b"x" * 8000
                self.assertEqual(client.send(body)[0], SUCCESS)
                copied = max(self.copy.iterdir())
                self.assertIn(body, copied.read_bytes())
            server.end_with(ending)
            self.assert_copied()
        self.assertGreater(len(list(self.copy.iterdir())), 2)

    def test_a_copy_that_cannot_be_written_is_told_to_the_sender_and_at_the_start(self):
        server = self.start()
        client = self.client(server)
        self.assertEqual(client.send(b"x")[0], SUCCESS)
        self.copy.rename(self.folder / "moved away")
        self.copy.write_text("in the way")
        answers = [client.send(b"y" * 15000) for _ in range(10)]  # more than a file
        code, remark, fields, _ = answers[-1]
        self.assertEqual((code, fields["queueOffset"]), (SLAVE_NOT_AVAILABLE, "10"), remark)
        self.assertIn("plugin mirror: not in the copy, but in the log: open failed", remark)
        self.assertEqual(server.end_with(signal.SIGTERM), 0)
        code, said = run_to_its_end(options.program, "--listen", "127.0.0.1:0", "--config", str(self.file))
        self.assertEqual(code, 1, said)
        self.assertRegex(said, "mirror failed in start: open failed")

    def test_a_guest_reads_and_is_told_what_it_lacks_for_more(self):
        server = self.start()
        client, guest = self.client(server), self.client(server, Guest)
        client.send(b"for all", "colour\x01red")
        self.assertEqual(bodies(guest.pull("TAG", "*")[3]), [b"for all"])
        code, remark, _, _ = guest.send(b"from outside")
        self.assertEqual(code, NO_PERMISSION)
        self.assertRegex(remark, r"127\.0\.0\.2:\d+ is a guest here, .* the right to publish")
        self.assertEqual(guest.ask(TAIL, **guest.tail_fields(0))[3], b"for all")

    def test_name_servers_hear_the_id_that_is_set_and_the_next_one_without_a_restart(self):
        name_server = Server(options.namesrv, "--data-dir", str(self.folder / "namesrv"))
        self.addCleanup(name_server.__exit__)
        where = f'namesrv = ["127.0.0.1:{name_server.port}"]\nadvertised_address = "10.0.0.1:10911"'
        self.write_config(0, where)
        server = self.start()
        self.client(server).send(b"makes the topic")
        asker = self.client(name_server)

        def told() -> dict:
            code, _, _, body = asker.ask(ROUTE, topic="orders")
            return json.loads(body)["brokerDatas"][0]["brokerAddrs"] if code == SUCCESS else {}
        self.until(server, lambda: list(told()) == ["0"])
        self.write_config(3, where)
        server.process.send_signal(signal.SIGHUP)
        self.until(server, lambda: list(told()) == ["3"])

    def test_a_tail_is_answered_by_the_send_that_it_waits_for(self):
        server = self.start()
        client, waiting = self.client(server), self.client(server)
        client.send(b"first")
        self.assertEqual(waiting.ask(TAIL, **waiting.tail_fields(0))[3], b"first")
        waiting.begin(TAIL, **waiting.tail_fields(1))
        client.send(b"second")
        header, body = waiting.read_frame()
        self.assertEqual((header["code"], header["extFields"]["offset"], body), (SUCCESS, "1", b"second"))
        waiting.begin(TAIL, **waiting.tail_fields(2))
        waiting.ask(ROUTE, topic="orders")  # answered, however: the one before it waits
        self.assertEqual(server.end_with(signal.SIGTERM), 0)
        self.assertEqual(waiting.read_frame()[0]["code"], STOPPING)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--namesrv", required=True)
    parser.add_argument("--examples", required=True, help="the folder of the built examples/plugins")
    options, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
