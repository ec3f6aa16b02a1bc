"""gantry-broker as a process with real plugins: start, requests to a plugin, changes while it runs, stop, and what it
refuses to start with."""

import argparse
import json
import re
import signal
import socket
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from server import PATIENCE, Peer, Server, run_to_its_end

GREET, GREET_FROM_A_THREAD, THROW = 20000, 20001, 20002
HEARTBEAT, CONSUMER_LIST, MEMBERS_CHANGED, ROUTE = 34, 38, 40, 105
SUCCESS, SYSTEM_ERROR, NOT_SUPPORTED, NO_TOPIC = 0, 1, 3, 17


class BrokerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.file = self.folder / "broker.toml"

    def flags(self, text: str) -> list[str]:
        self.file.write_text(text)
        path = f"{options.plugins / 'sound'},{options.plugins / 'wrong'}"
        return ["--config", str(self.file), "--data-dir", str(self.folder / "data"), "--plugin-path", path]

    def start(self, text: str, *flags: str) -> Server:
        server = Server(options.program, *self.flags(text), *flags)
        self.addCleanup(server.__exit__)
        return server

    def run_to_its_end(self, text: str, *flags: str) -> tuple[int, str]:
        return run_to_its_end(options.program, *self.flags(text), *flags)

    def refuses_to_start(self, text: str, *flags: str) -> str:
        """The one sentence that says why."""
        code, said = self.run_to_its_end(text, "--listen", "127.0.0.1:0", "--log-level", "error", *flags)
        self.assertEqual(code, 1, said)
        self.assertEqual(said.count("\n"), 1, f"more than one sentence:\n{said}")
        return said

    def until(self, server: Server, happened):
        """What a signal or a timer does has no answer of its own: asks again and again."""
        patient_until = time.monotonic() + PATIENCE
        while not happened():
            self.assertIsNone(server.process.poll(), server.said())
            self.assertLess(time.monotonic(), patient_until, server.said())


class Life(BrokerTest):
    def test_one_line_says_that_it_serves_and_both_signals_end_it_with_0(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            server = self.start("")
            self.assertRegex(server.ready, r"^gantry-broker \d+\.\d+\.\d+ ready on 127\.0\.0\.1:\d+\n$")
            peers = [Peer(server.port) for _ in range(3)]
            for peer in peers: self.assertEqual(peer.ask(GREET)[0], NOT_SUPPORTED)
            self.assertIn("this broker keeps no messages", server.said())
            self.assertEqual(server.end_with(number), 0)
            for peer in peers: self.assertEqual(peer.socket.recv(1), b"")

    def test_a_plugin_answers_its_own_codes_at_once_and_from_a_thread_of_its_own(self):
        peer = Peer(self.start('[plugins.answers]\ngreeting = "ahoy"\n').port)
        self.assertEqual(peer.ask(GREET)[:2], (SUCCESS, "ahoy"))
        self.assertEqual(peer.ask(GREET_FROM_A_THREAD)[:2], (SUCCESS, "ahoy"))
        self.assertEqual(peer.ask(20003)[0], NOT_SUPPORTED)

    def test_a_plugin_that_throws_costs_one_request_its_answer_and_is_named(self):
        server = self.start("[plugins.answers]\n")
        peer = Peer(server.port)
        self.assertEqual(peer.ask(THROW)[:2], (SYSTEM_ERROR, "plugin answers failed: it was asked to"))
        self.assertEqual(peer.ask(GREET)[:2], (SUCCESS, "hello"))
        self.assertIn('answers: plugin threw an exception  step=request reason="it was asked to"', server.said())

    def test_an_optional_plugin_that_fails_is_left_out_and_the_rest_serves(self):
        server = self.start('[plugins.answers]\n[plugins.eventful]\noptional = true\nfails_in = "start"\n')
        self.assertEqual(Peer(server.port).ask(GREET)[0], SUCCESS)
        self.assertIn("optional plugin left out  plugin=eventful", server.said())

    def test_figures_are_in_a_file_for_prometheus(self):
        file = self.folder / "gantry.prom"
        server = self.start("[plugins.answers]\n", "--metrics-file", str(file), "--metrics-interval", "1s")
        Peer(server.port).ask(GREET)
        self.until(server, lambda: file.exists() and "\ngantry_answers_greetings_total 1\n" in file.read_text())


class ChangesWhileItRuns(BrokerTest):
    def test_a_changeable_option_is_taken_over_and_the_rest_waits_for_a_restart(self):
        server = self.start('[plugins.answers]\ngreeting = "before"\n')
        self.assertEqual(Peer(server.port).ask(GREET)[1], "before")
        self.file.write_text('broker_id = 7\n[plugins.answers]\ngreeting = "after"\nhelpers = 2\n')
        server.process.send_signal(signal.SIGHUP)
        peer = Peer(server.port)
        self.until(server, lambda: peer.ask(GREET)[1] == "after")
        code, said = server.last_words(signal.SIGTERM)
        self.assertEqual(code, 0)
        self.assertIn('option changed  option=plugins.answers.greeting from="\\"before\\"" to="\\"after\\""', said)
        for option in ("broker_id", "plugins.answers.helpers"):
            self.assertRegex(said, f"option is changed in the configuration file, and waits for a restart  option={option} ")

    def test_a_file_with_a_mistake_changes_nothing_and_each_mistake_is_logged(self):
        server = self.start('[plugins.answers]\ngreeting = "before"\n')
        self.file.write_text('[plugins.answers]\ngreeting = "after"\npatience = 3\ngreting = "x"\n')
        server.process.send_signal(signal.SIGHUP)
        self.until(server, lambda: server.said().count("nothing is changed") == 2)
        code, said = server.last_words(signal.SIGTERM)
        self.assertEqual(code, 0)
        self.assertEqual(said.count("mistake in the configuration; nothing is changed"), 2)
        self.assertNotIn("option changed", said)


class NameServers(BrokerTest):
    def route(self, name_server: Server) -> tuple[int, dict]:
        peer = Peer(name_server.port)
        code, _, _, body = peer.ask(ROUTE, topic="orders")
        peer.socket.close()
        return code, json.loads(body)["brokerDatas"][0] if body else {}

    def test_know_the_broker_and_its_topics_until_it_stops(self):
        config = self.folder / "data/config"
        config.mkdir(parents=True)
        (config / "topics.json").write_text('{"topicConfigTable":{"orders":{"perm":6}}}')
        name_servers = [Server(options.namesrv, "--data-dir", str(self.folder / name)) for name in ("one", "two")]
        for one in name_servers: self.addCleanup(one.__exit__)
        addresses = json.dumps([f"127.0.0.1:{one.port}" for one in name_servers])
        server = self.start(f'namesrv = {addresses}\nbroker_name = "broker-a"\ncluster = "c1"\n')
        for one in name_servers:
            self.until(server, lambda: self.route(one)[0] == SUCCESS)
            self.assertEqual(self.route(one)[1], {"brokerAddrs": {"0": f"127.0.0.1:{server.port}"},
                                                  "brokerName": "broker-a", "cluster": "c1"})
        self.assertEqual(server.end_with(signal.SIGTERM), 0)
        for one in name_servers: self.assertEqual(self.route(one)[0], NO_TOPIC)

    def test_that_come_later_are_told_then(self):
        with socket.create_server(("127.0.0.1", 0)) as free: port = free.getsockname()[1]
        server = self.start(f'namesrv = ["127.0.0.1:{port}"]\nregistration_interval = "1s"\n')
        self.until(server, lambda: "a name server does not take this broker's registration" in server.said())
        name_server = Server(options.namesrv, "--data-dir", str(self.folder / "one"), "--listen", f"127.0.0.1:{port}")
        self.addCleanup(name_server.__exit__)
        self.until(server, lambda: f"registered  name_server=127.0.0.1:{port}" in server.said())


class Clients(BrokerTest):
    def join(self, server: Server, client: str) -> Peer:
        peer = Peer(server.port)
        self.addCleanup(peer.socket.close)
        subscription = {"topic": "orders", "subString": "*", "subVersion": 1}
        consumer = {"groupName": "g", "consumeType": "CONSUME_PASSIVELY", "messageModel": "CLUSTERING",
                    "consumeFromWhere": "CONSUME_FROM_LAST_OFFSET", "subscriptionDataSet": [subscription]}
        body = {"clientID": client, "consumerDataSet": [consumer], "producerDataSet": [{"groupName": "p"}]}
        self.assertEqual(peer.ask(HEARTBEAT, json.dumps(body).encode())[0], SUCCESS)
        return peer

    def members(self, peer: Peer) -> list[str]:
        return json.loads(peer.ask(CONSUMER_LIST, consumerGroup="g")[3])["consumerIdList"]

    def test_know_of_each_other_and_are_told_when_one_comes_or_goes(self):
        server = self.start("")
        first = self.join(server, "client-1")
        self.assertEqual(self.members(first), ["client-1"])
        second = self.join(server, "client-2")
        self.assertEqual(self.members(second), ["client-1", "client-2"])
        self.until(server, lambda: self.members(first) and first.pushed.count((MEMBERS_CHANGED, {"consumerGroup": "g"})) == 2)
        second.socket.close()
        self.until(server, lambda: self.members(first) == ["client-1"])
        self.until(server, lambda: self.members(first) and first.pushed.count((MEMBERS_CHANGED, {"consumerGroup": "g"})) == 3)

    def test_make_a_group_and_the_topic_of_its_retries_which_survive_a_restart(self):
        server = self.start("")
        self.join(server, "client-1")
        self.assertEqual(server.end_with(signal.SIGTERM), 0)
        code, said = self.run_to_its_end("", "--export-metadata", str(self.folder / "out"))
        self.assertEqual(code, 0, said)
        topics = json.loads((self.folder / "out/config/topics.json").read_text())["topicConfigTable"]
        groups = json.loads((self.folder / "out/config/subscriptionGroup.json").read_text())["subscriptionGroupTable"]
        self.assertEqual(topics["%RETRY%g"]["readQueueNums"], 1)
        self.assertIn("g", groups)


class WhatItRefusesToStartWith(BrokerTest):
    def test_a_plugin_that_is_not_there(self):
        self.assertRegex(self.refuses_to_start("[plugins.answrs]\n"),
                         r"broker\.toml:1:10: plugin answrs is not there: no libanswrs\.so in .*; nearest is answers\n")

    def test_a_plugin_for_another_api_or_tool_chain_and_a_library_that_is_none(self):
        for name, why in (("newer-api", "was built for plugin API 1, this broker has 0; rebuild it"),
                          ("other-compiler", "was built with clang7 libstdcxx8 boost107400 plain, this broker with "),
                          ("no-plugin", "exports no plugin; is it one at all?")):
            self.assertIn(f"plugin {name} {why}", self.refuses_to_start(f"[plugins.{name}]\n"))

    def test_needs_that_are_missing_double_or_in_a_circle(self):
        for text, why in (
                ("[plugins.follower]\n", "plugin follower needs eventful >= 1.0.0, which no enabled plugin provides; add "
                                         "[plugins.eventful], which does"),
                ("[plugins.eventful]\n[plugins.follower]\n[plugins.second-follower]\n",
                 "plugin second-follower provides following, as does plugin follower"),
                ("[plugins.egg]\n[plugins.hen]\n", "plugin egg is in a circle of needs: egg needs hen needs egg")):
            self.assertIn(why, self.refuses_to_start(text))

    def test_a_plugin_that_throws_in_a_step(self):
        for step in ("configure", "install", "recover", "start"):
            self.assertEqual(self.refuses_to_start(f'[plugins.eventful]\nfails_in = "{step}"\n'),
                             f"gantry-broker: plugin eventful failed in {step}: it was told to fail\n")

    def test_a_port_or_a_data_directory_that_is_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            code, said = self.run_to_its_end("", "--listen", f"127.0.0.1:{port}")
        self.assertEqual(code, 1)
        self.assertIn(f"cannot listen on 127.0.0.1:{port}: Address already in use", said)
        self.start("")
        self.assertIn("is in use", self.refuses_to_start(""))

    def test_a_flag_that_does_not_exist(self):
        self.assertIn("--list-plugin: unknown flag; nearest is --list-plugins", self.refuses_to_start("", "--list-plugin"))


class TheStoreThatComesWithIt(BrokerTest):
    """Without --plugin-path: the broker finds the store where it looks by itself."""

    STORE = "[plugins.store-mmap]\n"

    def flags(self, text: str) -> list[str]:
        self.file.write_text(text)
        return ["--config", str(self.file), "--data-dir", str(self.folder / "data")]

    def test_it_is_found_and_described(self):
        code, said = self.run_to_its_end("", "--list-plugins")
        self.assertEqual(code, 0, said)
        self.assertRegex(said, r"store-mmap \d+\.\d+\.\d+  \[not enabled\]\n")
        self.assertIn('flush  (default: "sync"', self.run_to_its_end("", "--describe-plugin", "store-mmap")[1])

    def test_a_misspelt_option_is_told_with_the_nearest(self):
        self.assertRegex(self.run_to_its_end(f"{self.STORE}fluch = 'async'\n", "--check-config")[1],
                         r"broker\.toml:2:1: plugins\.store-mmap\.fluch: unknown option; nearest is flush\n")

    def test_it_makes_its_directory_stops_cleanly_and_starts_again(self):
        for _ in range(2):
            server = self.start(self.STORE)
            (abort,) = self.folder.rglob("abort")
            code, said = server.last_words(signal.SIGTERM)
            self.assertEqual(code, 0, said)
            self.assertIn("store is open", said)
            self.assertIn("last_exit=clean", said)
            self.assertFalse(abort.exists())
            self.assertTrue((abort.parent / "checkpoint").exists())

    def test_after_a_kill_it_starts_and_says_that_the_exit_was_not_clean(self):
        server = self.start(self.STORE)
        server.end_with(signal.SIGKILL)
        self.assertIn("last_exit=unclean", self.start(self.STORE).said())

    def test_a_second_broker_on_the_same_store_is_refused_with_a_sentence(self):
        text = f'{self.STORE}dir = "{self.folder / "shared"}"\n'
        self.start(text)
        said = self.refuses_to_start(text, "--data-dir", str(self.folder / "other"))
        self.assertIn(f"the store directory {self.folder / 'shared'} is in use by another broker", said)
        self.assertIn("Nothing in it was touched", said)


class Questions(BrokerTest):
    def test_ten_mistakes_are_told_at_once_each_with_its_line_and_remedy(self):
        code, said = self.run_to_its_end(
            'lisen = "0.0.0.0:1"\ndrain_timeout = 10\noffset_flush_interval = "1ms"\nlog_level = "chatty"\n'
            'max_frame_size = "64MB"\n[plugins.answers]\ngreting = "hi"\npatience = "1m"\nhelpers = 9\nmemory = true\n'
            "[plugins.evntful]\n", "--check-config")
        self.assertEqual(code, 1)
        for place, words in (
                ("1:1", "lisen: unknown option; nearest is listen"),
                ("2:17", "drain_timeout = 10: not a duration; write e.g."),
                ("3:25", 'offset_flush_interval = "1ms": out of range; accepted is 100ms to 1h'),
                ("4:13", 'log_level = "chatty": not one of the choices; write "debug", "info", "warn" or "error"'),
                ("5:18", 'max_frame_size = "64MB": not a size; write e.g.'),
                ("7:1", "plugins.answers.greting: unknown option; nearest is greeting"),
                ("8:1", "plugins.answers.patience: must be at most longest_patience; lower it or raise that"),
                ("9:11", "plugins.answers.helpers = 9: out of range; accepted is 1 to 8"),
                ("10:10", "plugins.answers.memory = true: not a size; write e.g."),
                ("11:10", "plugin evntful is not there: no libevntful.so in ")):
            self.assertIn(f"broker.toml:{place}: {words}", said)
        self.assertEqual(said.count("\n"), 10, said)

    def test_a_sound_configuration_is_called_sound_and_starts_nothing(self):
        self.assertEqual(self.run_to_its_end('[plugins.eventful]\nfails_in = "start"\n', "--check-config"),
                         (0, "the configuration is sound\n"))
        self.assertFalse((self.folder / "data").exists())

    def test_what_is_printed_can_be_used_as_a_configuration_file(self):
        text = '[plugins.answers]\ngreeting = "ahoy"\n'
        first = self.run_to_its_end(text, "--print-config")[1]
        code, again = self.run_to_its_end(first, "--print-config")
        self.assertEqual(code, 0, again)
        without_origins = lambda text: re.sub(r"\s+#.*", "", text)
        self.assertEqual(without_origins(again), without_origins(first))

    def test_plugins_are_listed_with_their_states(self):
        code, said = self.run_to_its_end("[plugins.answers]\n", "--list-plugins")
        self.assertEqual(code, 0)
        for words in ("answers 1.0.0  [enabled]\n", "eventful 1.2.0  [not enabled]\n", "newer-api  [cannot be loaded]\n"):
            self.assertIn(words, said)

    def test_a_plugin_is_described_for_people_and_for_programs(self):
        self.assertIn("greeting  (default: \"hello\")", self.run_to_its_end("", "--describe-plugin", "answers")[1])
        described = json.loads(self.run_to_its_end("", "--describe-plugin", "answers", "--json")[1])
        self.assertEqual(described["options"][0]["name"], "greeting")
        schema = json.loads(self.run_to_its_end("", "--describe-plugin", "answers", "--json-schema")[1])
        self.assertEqual(schema["properties"]["helpers"]["maximum"], 8)
        whole = json.loads(self.run_to_its_end("", "--json-schema")[1])
        self.assertEqual(whole["properties"]["plugins"]["properties"]["answers"]["properties"], schema["properties"])
        self.assertEqual(self.run_to_its_end("", "--describe-plugin", "egg-plant")[0], 1)

    def test_metadata_of_apaches_broker_is_taken_over_and_written_again(self):
        config = self.folder / "data/config"
        config.mkdir(parents=True)
        (config / "topics.json").write_text('{"topicConfigTable":{"orders":{"perm":4}}}')
        self.assertIn("there is no ", self.run_to_its_end("", "--export-metadata", str(self.folder / "out"))[1])
        server = self.start("")
        code, said = self.run_to_its_end("", "--export-metadata", str(self.folder / "out"))
        self.assertEqual(code, 1)
        self.assertIn("is in use by another broker (process ", said)
        server.__exit__()
        code, said = self.run_to_its_end("", "--export-metadata", str(self.folder / "out"))
        self.assertEqual(code, 0, said)
        exported = json.loads((self.folder / "out/config/topics.json").read_text())
        self.assertEqual(exported["topicConfigTable"]["orders"]["perm"], 4)

    def test_help_and_version_start_nothing(self):
        self.assertRegex(self.run_to_its_end("", "--version")[1], r"^gantry-broker \d+\.\d+\.\d+\n$")
        code, said = self.run_to_its_end("", "--help")
        self.assertEqual(code, 0)
        self.assertIn("--plugin-path", said)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--plugins", required=True, type=Path)
    parser.add_argument("--namesrv", required=True)
    options, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
