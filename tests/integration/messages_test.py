"""Messages through gantry-broker as a process, with its own store: sent, pulled, waited for, given back, and still there
after a stop, a kill and a full queue of requests."""

import argparse
import signal
import sys
import tempfile
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from server import ON_ANY_DISK, Peer, Server

SEND, PULL, GIVE_BACK = 10, 11, 36
SUCCESS, NOT_FOUND = 0, 19
WAITS, SUBSCRIBES = 2, 4


class Client(Peer):
    def send(self, topic: str, body: bytes, queue: int = 0, properties: str = "",
             **more) -> tuple[int, str, dict, bytes]:
        return self.ask(SEND, body, **self.send_fields(topic, queue, properties), **more)

    @staticmethod
    def send_fields(topic: str, queue: int = 0, properties: str = "") -> dict:
        return {"producerGroup": "p", "topic": topic, "defaultTopic": "TBW102", "defaultTopicQueueNums": 4,
                "queueId": queue, "sysFlag": 0, "bornTimestamp": 1, "flag": 0, "properties": properties}

    @staticmethod
    def pull_fields(topic: str, queue: int = 0, offset: int = 0, flags: int = SUBSCRIBES, wait: int = 10000,
                    subscription: str = "*") -> dict:
        return {"consumerGroup": "g", "topic": topic, "queueId": queue, "queueOffset": offset, "maxMsgNums": 32,
                "sysFlag": flags, "commitOffset": 0, "suspendTimeoutMillis": wait, "subscription": subscription,
                "subVersion": 0}

    def pull(self, *what, **more) -> tuple[int, str, dict, bytes]:
        return self.ask(PULL, **self.pull_fields(*what, **more))

    def all_bodies(self, topic: str, queue: int = 0) -> list[bytes]:
        bodies, offset = [], 0
        while True:
            code, remark, fields, records = self.pull(topic, queue, offset)
            if code == NOT_FOUND: return bodies
            assert code == SUCCESS, remark
            bodies += [record["body"] for record in read_records(records)]
            offset = int(fields["nextBeginOffset"])


def read_records(text: bytes):
    """IPv4 hosts only, which is what a test on 127.0.0.1 has."""
    while text:
        size = int.from_bytes(text[:4], "big")
        record, text = text[:size], text[size:]
        length = int.from_bytes(record[84:88], "big")
        yield {"queue_offset": int.from_bytes(record[20:28], "big"), "at": int.from_bytes(record[28:36], "big"),
               "reconsume_times": int.from_bytes(record[72:76], "big"), "body": record[88:88 + length],
               "properties": record[88 + length:].decode(errors="replace")}


class MessagesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def start(self, store: str = "", *flags: str) -> Server:
        file = self.folder / "broker.toml"
        file.write_text(f"[plugins.store-mmap]\n{ON_ANY_DISK}commit_log_file_size = '1MiB'\n"
                        f"max_message_size = '512KiB'\n{store}")
        server = Server(options.program, "--config", str(file), "--data-dir", str(self.folder / "data"), *flags)
        self.addCleanup(server.__exit__)
        return server

    def client(self, server: Server) -> Client:
        client = Client(server.port)
        self.addCleanup(client.socket.close)
        return client


class Sending(MessagesTest):
    def test_what_was_sent_is_pulled_in_its_order_also_after_a_stop_and_a_kill(self):
        server = self.start()
        client = self.client(server)
        for i in range(100):
            code, remark, fields, _ = client.send("orders", b"%d" % i)
            self.assertEqual((code, fields["queueOffset"]), (SUCCESS, str(i)), remark)
        expected = [b"%d" % i for i in range(100)]
        self.assertEqual(client.all_bodies("orders"), expected)
        self.assertEqual(server.end_with(signal.SIGTERM), 0)
        server = self.start()
        client = self.client(server)
        self.assertEqual(client.all_bodies("orders"), expected)
        client.send("orders", b"100")
        server.end_with(signal.SIGKILL)
        self.assertEqual(self.client(self.start()).all_bodies("orders"), expected + [b"100"])

    def test_a_message_that_is_too_large_is_refused_and_the_next_one_is_taken(self):
        client = self.client(self.start())
        code, remark, fields, _ = client.send("orders", b"x" * (512 * 1024 + 1))
        self.assertEqual(code, 13)
        self.assertIn("524288 are allowed", remark)
        self.assertEqual(fields["TRACE_ON"], "true")
        self.assertEqual(client.send("orders", b"fits")[0], SUCCESS)

    def test_many_senders_at_once_get_each_an_offset_of_their_own(self):
        server = self.start()
        offsets, mutex = [], threading.Lock()

        def send():
            client = self.client(server)
            own = [int(client.send("orders", b"x")[2]["queueOffset"]) for _ in range(200)]
            self.assertEqual(own, sorted(own))
            with mutex: offsets.extend(own)
        threads = [threading.Thread(target=send) for _ in range(8)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        self.assertEqual(sorted(offsets), list(range(1600)))

    def test_what_is_sent_while_the_broker_stops_is_stored_if_it_was_acknowledged(self):
        server = self.start()
        acknowledged, mutex = set(), threading.Lock()

        def send(name: int):
            client = self.client(server)
            try:
                for i in range(100000):
                    body = b"%d-%d" % (name, i)
                    if client.send("orders", body)[0] == SUCCESS:
                        with mutex: acknowledged.add(body)
            except OSError: pass
            except EOFError: pass
        threads = [threading.Thread(target=send, args=(name,)) for name in range(4)]
        for thread in threads: thread.start()
        while len(acknowledged) < 500: self.assertIsNone(server.process.poll())
        self.assertEqual(server.end_with(signal.SIGTERM), 0)
        for thread in threads: thread.join()
        stored = self.client(self.start()).all_bodies("orders")
        self.assertEqual(len(stored), len(set(stored)))
        self.assertLessEqual(acknowledged, set(stored))


class Waiting(MessagesTest):
    def test_a_pull_waits_until_a_message_comes(self):
        server = self.start()
        sender, puller = self.client(server), self.client(server)
        sender.send("orders", b"first")
        answers = []
        thread = threading.Thread(target=lambda: answers.append(puller.pull("orders", 0, 1, SUBSCRIBES | WAITS)))
        thread.start()
        while not answers: sender.send("orders", b"news")
        thread.join()
        self.assertEqual(answers[0][0], SUCCESS)
        self.assertEqual(next(read_records(answers[0][3]))["body"], b"news")

    def test_a_pull_that_waits_is_answered_when_its_time_is_up_or_the_broker_stops(self):
        server = self.start()
        client = self.client(server)
        client.send("orders", b"first")
        self.assertEqual(client.pull("orders", 0, 1, SUBSCRIBES | WAITS, wait=50)[0], NOT_FOUND)
        client.begin(PULL, **client.pull_fields("orders", 0, 1, SUBSCRIBES | WAITS))
        client.send("elsewhere", b"behind it")  # answered: the pull waits
        self.assertEqual(server.end_with(signal.SIGTERM), 0)
        self.assertEqual(client.read_frame()[0]["code"], NOT_FOUND)

    def test_more_pulls_wait_on_one_connection_than_requests_may_be_unanswered(self):
        server = self.start("", "--unanswered-limit", "8")
        client = self.client(server)
        client.send("orders", b"first")
        waiting = [self.client(server) for _ in range(2)]
        for peer in waiting:
            for _ in range(50): peer.begin(PULL, **peer.pull_fields("orders", 0, 1, SUBSCRIBES | WAITS))
            self.assertEqual(peer.send("elsewhere", b"served meanwhile")[0], SUCCESS)
        client.send("orders", b"news")
        for peer in waiting:
            for _ in range(50): self.assertEqual(peer.read_frame()[0]["code"], SUCCESS)


class GivingBack(MessagesTest):
    def test_a_message_comes_again_and_ends_among_the_dead_letters(self):
        client = self.client(self.start())
        client.send("orders", b"hard", properties="K\x01v")
        client.pull("orders")  # makes the group
        (record,) = read_records(client.pull("orders")[3])
        code, remark, _, _ = client.ask(GIVE_BACK, offset=record["at"], group="g", delayLevel=0)
        self.assertEqual(code, SUCCESS, remark)
        (again,) = read_records(client.pull("%RETRY%g")[3])
        self.assertEqual((again["body"], again["reconsume_times"]), (b"hard", 1))
        self.assertIn("RETRY_TOPIC\x01orders", again["properties"])
        client.ask(GIVE_BACK, offset=again["at"], group="g", delayLevel=-1)
        (dead,) = read_records(client.pull("%DLQ%g")[3])
        self.assertEqual(dead["body"], b"hard")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    options, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
