"""gantry-broker under clients that misbehave, one kind at a time and all at once: the others go on without an error and
read all that was acknowledged, memory stays within a bound, and nothing is left over. What it costs the others in time
is measured in bench/, and not asserted here."""

import argparse
import signal
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import bad_clients
from bad_clients import ALL_KINDS, BadClient
from good_clients import GoodClients
from process_figures import descriptors, own_memory
from server import ON_ANY_DISK, PATIENCE, Server

# What a broker may use more beside a kind of bad client than before it came: four connections that read nothing have
# 1 MiB of answers each that wait, and what is on its way to them. Without limits each kind here would take several
# times as much.
MEMORY_BOUND = 48 << 20
# Room for all pulls of ManyParkedPulls and those of the others, and not for its pulls twice; what it has on each of its
# connections is less than a tenth of this.
MOST_PARKED = 7000


class BadClientsTest(unittest.TestCase):
    def start(self, options_of_broker: str = "") -> int:
        """The port."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        file = Path(folder.name, "broker.toml")
        file.write_text(f"max_parked_pulls = {MOST_PARKED}\n{options_of_broker}\n"
                        f"[plugins.store-mmap]\n{ON_ANY_DISK}commit_log_file_size = '64MiB'\nflush = 'async'\n")
        self.server = Server(options.program, "--config", str(file), "--data-dir", str(Path(folder.name, "data")))
        self.addCleanup(self.server.__exit__)
        self.at_rest = descriptors(self.server.process.pid)[0]
        return self.server.port

    def until(self, happened, what):
        """What a closed connection leaves behind goes a moment later, and nobody tells when."""
        patient_until = time.monotonic() + PATIENCE
        while not happened():
            self.assertIsNone(self.server.process.poll(), self.server.said())
            self.assertLess(time.monotonic(), patient_until, what())

    def hold_beside(self, bad: list[BadClient], rounds: int) -> None:
        """Each kind misbehaves in turn, and the good ones get on after each round; then the bad ones leave."""
        pid = self.server.process.pid
        with GoodClients(self.server.port) as good:
            good.make_progress(100)
            before = most = own_memory(pid)
            for _ in range(max(2, rounds // 5) if options.sanitized else rounds):
                for one in bad: one.misbehave()
                good.make_progress(3)
                most = max(most, own_memory(pid))
            for one in bad: one.close()
            good.make_progress(3)
            good.end()
        if not options.sanitized:
            self.assertLess(most - before, MEMORY_BOUND, f"{before} bytes before, {most} with the bad clients")
        self.nothing_is_left()

    def nothing_is_left(self) -> None:
        pid = self.server.process.pid
        self.until(lambda: descriptors(pid)[0] == self.at_rest,
                   lambda: f"with nobody there were {self.at_rest}, and now {descriptors(pid)[0]}")
        # A store opens files as it grows, but each once.
        self.assertEqual({file for file, times in descriptors(pid)[1].items() if times > 1}, set())
        code, said = self.server.last_words(signal.SIGTERM)
        self.assertEqual(code, 0, said)


class BadClients(BadClientsTest):
    def test_consumers_that_never_read(self):
        self.hold_beside([bad_clients.ConsumerThatNeverReads(self.start())], rounds=10)

    def test_consumers_that_never_read_and_have_the_memory_for_answers_used_up(self):
        port = self.start("memory_in_flight = '32MiB'\nwrite_timeout = '10s'")
        self.hold_beside([bad_clients.CrowdThatNeverReads(port)], rounds=20)

    def test_askers_that_never_read(self):
        self.hold_beside([bad_clients.AskerThatNeverReads(self.start())], rounds=10)

    def test_connections_that_are_opened_and_dropped(self):
        self.hold_beside([bad_clients.Churn(self.start())], rounds=10)

    def test_connections_that_are_reset(self):
        self.hold_beside([bad_clients.Resets(self.start())], rounds=100)

    def test_connections_that_are_half_open_are_closed_by_the_server(self):
        # Long enough that a good client is not idle only because this machine is busy.
        self.hold_beside([bad_clients.HalfOpen(self.start("idle_timeout = '3s'\nframe_timeout = '1s'"))], rounds=100)

    def test_a_flood_of_unknown_codes_is_refused_one_by_one(self):
        self.hold_beside([bad_clients.UnknownCodes(self.start())], rounds=20)

    def test_requests_that_come_byte_by_byte(self):
        self.hold_beside([bad_clients.Trickle(self.start())], rounds=100)

    def test_requests_that_take_too_long_are_given_up(self):
        self.hold_beside([bad_clients.GivenUp(self.start("frame_timeout = '1s'"), announced=1 << 10)], rounds=3)

    def test_lengths_that_no_request_has_close_their_connection_alone(self):
        self.hold_beside([bad_clients.WrongLengths(self.start())], rounds=20)

    def test_a_tls_client_where_there_is_no_tls(self):
        self.hold_beside([bad_clients.TlsHello(self.start())], rounds=20)

    def test_pulls_that_are_parked_are_forgotten_with_their_connection(self):
        self.hold_beside([bad_clients.ManyParkedPulls(self.start())], rounds=5)

    def test_all_kinds_together(self):
        port = self.start()
        self.hold_beside([kind(port) for kind in ALL_KINDS], rounds=5)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--sanitized", action="store_true",
                        help="the broker is slow, and its sanitizer uses memory: fewer rounds, and no bound")
    options, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
