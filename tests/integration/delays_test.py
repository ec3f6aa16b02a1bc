"""Delayed messages through gantry-broker as a process: sent with a level, given back, and pulled when their time has come,
also when the broker was killed meanwhile."""

import argparse
import signal
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from messages_test import GIVE_BACK, NOT_FOUND, SUBSCRIBES, SUCCESS, WAITS, Client, read_records
from server import ON_ANY_DISK, PATIENCE, Server

ALL_DELAY_OFFSETS = 45


def now_ms() -> int:
    """As a broker notes when a message was stored: a delay counts from the whole millisecond."""
    return time.time_ns() // 1_000_000


class DelaysTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def start(self, levels: str = "1s 2s", store: str = "") -> Server:
        file = self.folder / "broker.toml"
        file.write_text(f"[plugins.store-mmap]\n{ON_ANY_DISK}commit_log_file_size = '1MiB'\n"
                        f"max_message_size = '512KiB'\n{store}\n[plugins.schedule]\nlevels = '{levels}'\n")
        server = Server(options.program, "--config", str(file), "--data-dir", str(self.folder / "data"))
        self.addCleanup(server.__exit__)
        return server

    def client(self, server: Server) -> Client:
        client = Client(server.port)
        self.addCleanup(client.socket.close)
        return client

    def send(self, client: Client, body: bytes, level: int, topic: str = "orders"):
        code, remark, fields, _ = client.send(topic, body, properties=f"KEYS\x01k\x02DELAY\x01{level}")
        self.assertEqual((code, fields["queueId"]), (SUCCESS, "0"), remark)

    def bodies(self, client: Client, count: int, topic: str = "orders") -> list[bytes]:
        """Pulls until there are so many, and then once more."""
        bodies, offset = [], 0
        while len(bodies) < count:
            code, remark, fields, records = client.pull(topic, 0, offset, SUBSCRIBES | WAITS)
            self.assertEqual(code, SUCCESS, remark)
            bodies += [record["body"] for record in read_records(records)]
            offset = int(fields["nextBeginOffset"])
        self.assertEqual(client.pull(topic, 0, offset)[0], NOT_FOUND)
        return bodies

    def until_delivered(self, client: Client, offsets: bytes):
        """A level's progress moves on in the background, after its message is there."""
        patient_until = time.monotonic() + PATIENCE
        while (seen := client.ask(ALL_DELAY_OFFSETS)[::3]) != (SUCCESS, offsets):
            self.assertLess(time.monotonic(), patient_until, seen)

    def test_a_message_wakes_who_waits_for_it_when_its_time_has_come(self):
        # Three seconds apart: sends that a busy machine holds up change nothing in which comes first.
        client = self.client(self.start("1s 4s"))
        client.send("orders", b"at once")
        begun = now_ms()
        self.send(client, b"later", 2)
        self.send(client, b"sooner", 1)
        code, remark, _, records = client.pull("orders", 0, 1, SUBSCRIBES | WAITS)
        self.assertGreaterEqual(now_ms() - begun, 1000)
        self.assertEqual(code, SUCCESS, remark)
        (record,) = read_records(records)
        self.assertEqual(record["body"], b"sooner")
        self.assertIn("REAL_TOPIC\x01orders\x02REAL_QID\x010", record["properties"])
        self.assertEqual(self.bodies(client, 3), [b"at once", b"sooner", b"later"])
        self.assertGreaterEqual(now_ms() - begun, 4000)
        self.until_delivered(client, b'{"offsetTable":{1:1,2:1}}')

    def test_a_level_that_is_none_is_refused_with_what_would_be_right(self):
        code, remark, _, _ = self.client(self.start()).send("orders", b"x", properties="DELAY\x01soon")
        self.assertEqual(code, 13)
        self.assertEqual(remark, 'property DELAY is "soon": a delay level is a whole number, 1 to 2 here, and 0 is no delay')

    def test_a_message_that_was_given_back_comes_again_after_its_delay(self):
        client = self.client(self.start("0s 0s 1s"))
        client.send("orders", b"hard")
        client.pull("orders")  # makes the group
        (record,) = read_records(client.pull("orders")[3])
        begun = now_ms()
        self.assertEqual(client.ask(GIVE_BACK, offset=record["at"], group="g", delayLevel=0)[0], SUCCESS)
        code, remark, _, records = client.pull("%RETRY%g", 0, 0, SUBSCRIBES | WAITS)
        self.assertEqual(code, SUCCESS, remark)
        self.assertGreaterEqual(now_ms() - begun, 1000)
        (again,) = read_records(records)
        self.assertEqual((again["body"], again["reconsume_times"]), (b"hard", 1))

    def test_kills_in_the_middle_of_delays_lose_and_repeat_nothing(self):
        sent = []
        for life in range(6):
            flush = "sync" if life % 2 else "async"
            server = self.start(store=f"flush = '{flush}'")
            client = self.client(server)
            for i in range(30):
                sent.append(b"%d" % len(sent))
                self.send(client, sent[-1], 1 + i % 2)
            if life % 3: self.bodies_so_far(client, len(sent) // 2)
            server.end_with(signal.SIGKILL)
        client = self.client(self.start())
        self.assertEqual(sorted(self.bodies(client, len(sent)), key=int), sent)

    def bodies_so_far(self, client: Client, count: int):
        offset = 0
        while offset < count:
            fields = client.pull("orders", 0, offset, SUBSCRIBES | WAITS)[2]
            offset = int(fields["nextBeginOffset"])

    def test_a_stop_keeps_what_waits_and_how_far_each_level_is(self):
        # An hour, so that the second one waits for as long as it may take until somebody looks; then it is a second.
        server = self.start("1s 1h")
        client = self.client(server)
        self.send(client, b"first", 1)
        self.assertEqual(self.bodies(client, 1), [b"first"])
        self.until_delivered(client, b'{"offsetTable":{1:1}}')
        self.send(client, b"second", 2)
        self.assertEqual(server.end_with(signal.SIGTERM), 0)
        server = self.start("1s 1h")
        client = self.client(server)
        self.assertEqual(client.ask(ALL_DELAY_OFFSETS)[3], b'{"offsetTable":{1:1}}')
        self.assertEqual(self.bodies(client, 1), [b"first"])
        self.assertEqual(server.end_with(signal.SIGTERM), 0)
        client = self.client(self.start("1s 1s"))
        self.assertEqual(self.bodies(client, 2), [b"first", b"second"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    options, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
