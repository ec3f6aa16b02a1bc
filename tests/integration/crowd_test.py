"""gantry-broker under a crowd: a thousand connections that send and a thousand that pull, at once."""

import argparse
import resource
import signal
import sys
import tempfile
import time
import unittest
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from crowd import Crowd, Puller, Sender
from messages_test import SUCCESS, Client
from process_figures import descriptors, own_memory
from server import ON_ANY_DISK, PATIENCE, Server

SENDERS, PULLERS, QUEUES = 1000, 1000, 100
MAKE_TOPIC = 17
# 32 KiB for each connection with its request, its pull and its group's offsets; the same for each queue.
MEMORY_BOUND = 32 * 1024 * (SENDERS + PULLERS + QUEUES)


class CrowdTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        file = Path(folder.name, "broker.toml")
        file.write_text(f"[plugins.store-mmap]\n{ON_ANY_DISK}commit_log_file_size = '64MiB'\nflush = 'async'\n")
        self.server = Server(options.program, "--config", str(file), "--data-dir", str(Path(folder.name, "data")))
        self.addCleanup(self.server.__exit__)
        self.pid = self.server.process.pid
        self.at_rest = descriptors(self.pid)[0]

    def make_topic(self):
        client = Client(self.server.port)
        self.addCleanup(client.socket.close)
        code, remark, _, _ = client.ask(MAKE_TOPIC, topic="crowded", defaultTopic="TBW102", readQueueNums=QUEUES,
                                        writeQueueNums=QUEUES, perm=6, topicFilterType="SINGLE_TAG", order="false")
        self.assertEqual(code, SUCCESS, remark)
        client.socket.close()

    def run_a_crowd(self, first_message: int, more: int) -> None:
        """Each puller must be given all that was sent to its queue, each message once, those of a sender in their order."""
        already = first_message * SENDERS // QUEUES
        with Crowd() as crowd:
            senders = [Sender(self.server.port, "crowded", number % QUEUES,
                              [b"%d %d" % (number, first_message + i) for i in range(more)])
                       for number in range(SENDERS)]
            pullers = [Puller(self.server.port, "crowded", number % QUEUES,
                              already + more * SENDERS // QUEUES) for number in range(PULLERS)]
            # In turn, so that pulls wait for messages, and messages are there for pulls.
            for pair in zip(senders, pullers):
                for member in pair: crowd.add(member)
            crowd.run()
            self.most_memory = own_memory(self.pid)
        sent = {(number, i) for number in range(SENDERS) for i in range(first_message + more)}
        in_queues = [pullers[queue].bodies for queue in range(QUEUES)]
        for number, puller in enumerate(pullers):
            self.assertEqual(puller.bodies, in_queues[number % QUEUES], f"puller {number} was given something else")
        read = [tuple(map(int, body.split())) for bodies in in_queues for body in bodies]
        self.assertEqual(Counter(read), Counter(sent))
        last = {}
        for number, i in read:
            self.assertEqual(i, last.get(number, -1) + 1, f"sender {number}")
            last[number] = i

    def until(self, happened, what):
        patient_until = time.monotonic() + PATIENCE
        while not happened():
            self.assertIsNone(self.server.process.poll(), self.server.said())
            self.assertLess(time.monotonic(), patient_until, what())

    def test_of_senders_and_pullers_is_served_again_and_again_and_leaves_nothing(self):
        self.make_topic()
        before = own_memory(self.pid)
        messages_of_each = 1 if options.sanitized else 5
        for round_number in range(2):
            self.run_a_crowd(round_number * messages_of_each, messages_of_each)
            if not options.sanitized:
                self.assertLess(self.most_memory - before, MEMORY_BOUND, f"{before} before, then {self.most_memory}")
            self.until(lambda: descriptors(self.pid)[0] == self.at_rest,
                       lambda: f"with nobody there were {self.at_rest}, and now {descriptors(self.pid)[0]}")
        code, said = self.server.last_words(signal.SIGTERM)
        self.assertEqual(code, 0, said)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--sanitized", action="store_true",
                        help="the broker is slow, and its sanitizer uses memory: fewer messages, and no bound")
    options, rest = parser.parse_known_args()
    # Both ends of the crowd are on this machine, and the usual limit is below that.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    unittest.main(argv=[sys.argv[0], *rest])
