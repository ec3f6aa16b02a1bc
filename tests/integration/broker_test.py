"""gantry-broker as a process with real plugins: start, requests to a plugin, changes while it runs, stop, and what it
refuses to start with."""

import argparse
import json
import re
import signal
import socket
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from server import ON_ANY_DISK, PATIENCE, Peer, Server, free_address, run_to_its_end

GREET, GREET_FROM_A_THREAD, THROW = 20000, 20001, 20002
HEARTBEAT, CONSUMER_LIST, MEMBERS_CHANGED, ROUTE = 34, 38, 40, 105
MAKE_TOPIC, ALL_TOPICS, DELETE_TOPIC, TOPIC_STATS = 17, 21, 215, 202
SEND, QUERY, QUERY_OFFSET, COMMIT, OFFSET_BY_TIME, MAX_OFFSET, MIN_OFFSET, EARLIEST_TIME, VIEW = 10, 12, 14, 15, 29, 30, 31, 32, 33
UNREGISTER, LOCK, UNLOCK, CONSUME_STATS = 35, 41, 42, 208
SUCCESS, SYSTEM_ERROR, NOT_SUPPORTED, NO_TOPIC, NOT_FOUND = 0, 1, 3, 17, 22


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

    def test_a_second_port_serves_the_same(self):
        server = self.start("[plugins.answers]\n")
        second = int(re.search(r"the second port serves, too  port=(\d+)", server.said())[1])
        for port in (server.port, second): self.assertEqual(Peer(port).ask(GREET)[:2], (SUCCESS, "hello"))
        self.assertNotIn("second port", self.start("second_port = false\n", "--data-dir", str(self.folder / "other")).said())

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
    def asked(self, name_server: Server, topic: str) -> tuple[int, bytes]:
        peer = Peer(name_server.port)
        code, _, _, body = peer.ask(ROUTE, topic=topic)
        peer.socket.close()
        return code, body

    def route(self, name_server: Server) -> tuple[int, dict]:
        code, body = self.asked(name_server, "orders")
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

    def test_know_the_topics_of_the_broker_itself_and_each_that_is_made(self):
        name_server = Server(options.namesrv, "--data-dir", str(self.folder / "one"))
        self.addCleanup(name_server.__exit__)
        server = self.start(f'namesrv = ["127.0.0.1:{name_server.port}"]\nbroker_name = "broker-a"\ncluster = "c1"\n')
        # All from the first registration on: producers need the first two for a topic that is not there yet.
        self.until(server, lambda: self.asked(name_server, "TBW102")[0] == SUCCESS)
        for topic, queues, perm in (("TBW102", 8, 7), ("c1", 16, 7), ("broker-a", 1, 7), ("BenchmarkTest", 1024, 6),
                                    ("c1_REPLY_TOPIC", 1, 6), ("SELF_TEST_TOPIC", 1, 6)):
            code, body = self.asked(name_server, topic)
            self.assertEqual(code, SUCCESS, topic)
            self.assertEqual(json.loads(body)["queueDatas"], [{"brokerName": "broker-a", "perm": perm, "readQueueNums": queues,
                                                               "topicSysFlag": 0, "writeQueueNums": queues}])
        peer = Peer(server.port)
        self.assertEqual(peer.ask(MAKE_TOPIC, topic="orders", defaultTopic="TBW102", readQueueNums=3, writeQueueNums=2, perm=6,
                                  topicFilterType="SINGLE_TAG", order="false")[0], SUCCESS)
        self.until(server, lambda: self.asked(name_server, "orders")[0] == SUCCESS)

    def test_that_come_later_are_told_then(self):
        with free_address() as address:
            server = self.start(f'namesrv = ["{address}"]\nregistration_interval = "1s"\n')
            self.until(server, lambda: "a name server does not take this broker's registration" in server.said())
            name_server = Server(options.namesrv, "--data-dir", str(self.folder / "one"), "--listen", address)
        self.addCleanup(name_server.__exit__)
        self.until(server, lambda: f"registered  name_server={address}" in server.said())


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


class OffsetsAndQueries(BrokerTest):
    """With the store that comes with the broker: what is asked about messages, and what groups leave behind."""

    GROUP = {"consumerGroup": "g", "topic": "orders", "queueId": 0}
    QUEUE = {"topic": "orders", "queueId": 0}

    def flags(self, text: str) -> list[str]:
        self.file.write_text(f'broker_name = "broker-a"\n[plugins.store-mmap]\n{ON_ANY_DISK}flush = "async"\n{text}')
        return ["--config", str(self.file), "--data-dir", str(self.folder / "data")]

    def send(self, peer: Peer, body: str, key: str) -> dict:
        code, why, fields, _ = peer.ask(SEND, body.encode(), producerGroup="p", defaultTopic="TBW102", defaultTopicQueueNums=1,
                                        sysFlag=0, bornTimestamp=1, flag=0, properties=f"KEYS\x01{key}\x02", **self.QUEUE)
        self.assertEqual(code, SUCCESS, why)
        return fields

    def offset(self, peer: Peer, code: int, **fields) -> int:
        answer, why, found, _ = peer.ask(code, **{**self.QUEUE, **fields})
        self.assertEqual(answer, SUCCESS, why)
        return int(found["offset"])

    def test_are_answered_from_what_was_sent(self):
        peer = Peer(self.start("").port)
        sent = [self.send(peer, body, f"k{number % 2}") for number, body in enumerate(("zero", "one", "two"))]
        self.assertEqual(self.offset(peer, MAX_OFFSET), 3)
        self.assertEqual(self.offset(peer, MIN_OFFSET), 0)
        first = int(peer.ask(EARLIEST_TIME, **self.QUEUE)[2]["timestamp"])
        self.assertLess(abs(first - time.time() * 1000), 3_600_000)
        self.assertEqual(self.offset(peer, OFFSET_BY_TIME, timestamp=first - 1), 0)
        self.assertEqual(self.offset(peer, OFFSET_BY_TIME, timestamp=first + 3_600_000), 2)
        self.assertEqual(self.offset(peer, OFFSET_BY_TIME, timestamp=first + 3_600_000, boundaryType="LOWER"), 3)

        code, why, _, records = peer.ask(QUERY, topic="orders", key="k0", maxNum=32, beginTimestamp=0, endTimestamp=2**63 - 1)
        self.assertEqual(code, SUCCESS, why)
        self.assertLess(records.index(b"zero"), records.index(b"two"))
        self.assertNotIn(b"one", records)
        self.assertEqual(peer.ask(QUERY, topic="orders", key="k7", maxNum=32, beginTimestamp=0, endTimestamp=2**63 - 1)[0], NOT_FOUND)

        in_log = int(sent[1]["msgId"][-16:], 16)
        code, why, _, record = peer.ask(VIEW, offset=in_log)
        self.assertEqual(code, SUCCESS, why)
        self.assertIn(b"one", record)
        self.assertEqual(peer.ask(VIEW, offset=in_log + 1)[:2],
                         (SYSTEM_ERROR, f"can not find message by the offset, {in_log + 1}"))

    def test_offsets_survive_a_restart_and_go_back_only_when_a_tool_wants_it(self):
        server = self.start("")
        peer = Peer(server.port)
        for body in ("zero", "one", "two"): self.send(peer, body, "k")
        self.assertEqual(self.offset(peer, QUERY_OFFSET, **self.GROUP), 0)
        self.assertEqual(peer.ask(COMMIT, commitOffset=3, **self.GROUP)[0], SUCCESS)
        self.assertEqual(peer.ask(COMMIT, commitOffset=4, **self.GROUP)[0], SYSTEM_ERROR)
        self.assertEqual(server.end_with(signal.SIGTERM), 0)

        peer = Peer(self.start("").port)
        self.assertEqual(self.offset(peer, QUERY_OFFSET, **self.GROUP), 3)
        consumer = {"groupName": "g", "subscriptionDataSet": [{"topic": "orders", "subString": "*"}]}
        heartbeat = json.dumps({"clientID": "c", "consumerDataSet": [consumer]}).encode()
        self.assertEqual(peer.ask(HEARTBEAT, heartbeat)[0], SUCCESS)
        self.assertIn("stands at 3", peer.ask(COMMIT, commitOffset=2, **self.GROUP)[1])
        self.assertEqual(peer.ask(UNREGISTER, clientID="c", consumerGroup="g")[0], SUCCESS)
        self.assertEqual(peer.ask(COMMIT, commitOffset=2, **self.GROUP)[0], SUCCESS)
        self.assertEqual(self.offset(peer, QUERY_OFFSET, **self.GROUP), 2)
        code, _, _, body = peer.ask(CONSUME_STATS, consumerGroup="g")
        self.assertEqual(code, SUCCESS)
        self.assertRegex(body, rb'"topic":"orders"}:{"brokerOffset":3,"consumerOffset":2,"lastTimestamp":[1-9]')

    def test_a_queue_is_one_consumers_until_it_gives_it_back(self):
        server = self.start("")
        peers = [Peer(server.port) for _ in range(2)]
        self.send(peers[0], "hello", "k")
        queue = {"brokerName": "broker-a", "queueId": 0, "topic": "orders"}
        ask = lambda number, code: peers[number].ask(
            code, json.dumps({"clientId": f"c{number}", "consumerGroup": "g", "mqSet": [queue]}).encode())
        locked = lambda number: json.loads(ask(number, LOCK)[3])["lockOKMQSet"]
        self.assertEqual(locked(0), [queue])
        self.assertEqual(locked(1), [])
        self.assertEqual(ask(0, UNLOCK)[0], SUCCESS)
        self.assertEqual(locked(1), [queue])


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

    STORE = f"[plugins.store-mmap]\n{ON_ANY_DISK}"

    def flags(self, text: str) -> list[str]:
        self.file.write_text(text)
        return ["--config", str(self.file), "--data-dir", str(self.folder / "data")]

    def test_it_is_found_and_described(self):
        code, said = self.run_to_its_end("", "--list-plugins")
        self.assertEqual(code, 0, said)
        self.assertRegex(said, r"store-mmap \d+\.\d+\.\d+  \[not enabled\]\n")
        self.assertIn('flush  (default: "sync"', self.run_to_its_end("", "--describe-plugin", "store-mmap")[1])

    def test_a_misspelt_option_is_told_with_the_nearest(self):
        self.assertRegex(self.run_to_its_end("[plugins.store-mmap]\nfluch = 'async'\n", "--check-config")[1],
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

    def send(self, peer: Peer, topic: str) -> tuple[int, str, dict, bytes]:
        return peer.ask(SEND, b"hello", producerGroup="p", topic=topic, defaultTopic="TBW102", defaultTopicQueueNums=2, queueId=0,
                        sysFlag=0, bornTimestamp=1, flag=0)

    def max_offset(self, peer: Peer, topic: str) -> int:
        return int(re.search(rb'"maxOffset":(\d+)', peer.ask(TOPIC_STATS, topic=topic)[3])[1])

    def test_a_topic_is_made_by_its_first_message_unless_that_is_not_wanted(self):
        server = self.start(self.STORE)
        peer = Peer(server.port)
        self.assertEqual(self.send(peer, "orders")[0], SUCCESS)
        made = json.loads(peer.ask(ALL_TOPICS)[3])["topicConfigTable"]["orders"]
        self.assertEqual((made["writeQueueNums"], made["perm"]), (2, 6))
        self.assertEqual(server.end_with(signal.SIGTERM), 0)
        peer = Peer(self.start(f"auto_create_topics = false\n{self.STORE}").port)
        self.assertEqual(self.send(peer, "orders")[0], SUCCESS)
        code, why, _, _ = self.send(peer, "invoices")
        self.assertEqual(code, NO_TOPIC)
        self.assertIn("topic[invoices] not exist, apply first please!", why)
        self.assertIn("auto_create_topics is off", why)

    def test_a_topic_can_be_deleted_while_messages_come_for_it(self):
        server = self.start(self.STORE)
        stop, sent = threading.Event(), []
        def keep_sending():
            peer = Peer(server.port)
            while not stop.is_set(): sent.append(self.send(peer, "orders")[0])
        senders = [threading.Thread(target=keep_sending) for _ in range(3)]
        for sender in senders: sender.start()
        admin = Peer(server.port)
        for _ in range(20):
            before = len(sent)
            self.until(server, lambda: len(sent) > before + 20)
            self.assertEqual(admin.ask(DELETE_TOPIC, topic="orders")[0], SUCCESS)
        stop.set()
        for sender in senders: sender.join()
        self.assertEqual(set(sent), {SUCCESS}, server.said())
        self.assertEqual(admin.ask(DELETE_TOPIC, topic="orders")[0], SUCCESS)
        for expected in (1, 2):
            self.assertEqual(self.send(admin, "orders")[0], SUCCESS)
            self.assertEqual(self.max_offset(admin, "orders"), expected)


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
