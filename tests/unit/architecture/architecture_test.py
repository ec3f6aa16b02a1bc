"""Holds the repository to its rules (rules.py), and the rules to trees in which each is broken on purpose."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import rooms
import rules
from exceptions import OURS, Exceptions
from tree import Tree

ROOT = Path(__file__).resolve().parents[3]

HEADER = "// What it is for.\n#pragma once\n"


def found(rule, files: dict[str, str], exceptions: Exceptions = Exceptions()) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return list(rule(Tree(Path(folder), exceptions)))


def include(*headers: str) -> str:
    return "".join(f'#include "{header}"\n' for header in headers)


# Rule: a tree that keeps it, and trees that break it, each with words that the one finding must have.
PLANTED = {
    rules.every_file_is_in_a_room: (
        {"remoting/frame.h": HEADER, "plugins/pop/lease.cpp": "", "tests/unit/remoting/frame_test.cpp": ""},
        [({"main.cpp": ""}, "main.cpp is in no room"), ({"network/socket.h": HEADER}, "network/socket.h is in no room")]),
    rules.includes_follow_the_arrows: (
        {"remoting/frame.h": HEADER, "remoting/byte_size.h": HEADER, "kernel/api/filter.h": include("remoting/frame.h"),
         "kernel/api/testing/fake.h": include("kernel/api/filter.h"), "examples/plugin/a.cpp": include("kernel/api/testing/fake.h"),
         "plugins/pop/lease.h": HEADER, "plugins/pop/lease.cpp": include("plugins/pop/lease.h", "kernel/api/filter.h"),
         "options/option.h": include("remoting/byte_size.h"), "http-gateway/plugin/run.cpp": include("kernel/api/filter.h"),
         "tests/unit/kernel/filter_test.cpp": include("kernel/api/filter.h", "plugins/pop/lease.h"),
         "client/client.h": HEADER, "cli/up.cpp": include("client/client.h", "remoting/frame.h")},
        [({"kernel/topic_table.h": HEADER, "plugins/schedule/wheel.cpp": "\n" + include("kernel/topic_table.h")},
          "plugins/schedule/wheel.cpp:2 includes kernel/topic_table.h: a plugin may include kernel/api/, remoting/, access/, "
          "itself only (docs/design.md §2). If schedule needs it, it belongs in an interface of kernel/api/."),
         ({"plugins/pop/lease.h": HEADER, "plugins/schedule/wheel.cpp": include("plugins/pop/lease.h")}, "a plugin may include"),
         ({"plugins/pop/lease.h": HEADER, "kernel/topics.cpp": include("plugins/pop/lease.h")}, "kernel/ may include"),
         ({"options/option.h": HEADER, "plugins/pop/lease.h": include("options/option.h")}, "a plugin may include"),
         ({"access/right.h": HEADER, "remoting/frame.h": include("access/right.h")}, "remoting/ may include logging/, itself only"),
         ({"remoting/frame.h": HEADER, "logging/logger.h": include("remoting/frame.h")}, "logging/ may include itself only"),
         ({"remoting/frame.h": HEADER, "options/option.h": include("remoting/frame.h")}, "remoting/byte_size.h"),
         ({"kernel/api/testing/fake.h": HEADER, "plugins/pop/lease.h": include("kernel/api/testing/fake.h")}, "a plugin may include"),
         ({"kernel/topics.h": HEADER, "namesrv/routes.h": include("kernel/topics.h")}, "namesrv/ may include"),
         ({"kernel/api/filter.h": HEADER, "http-gateway/http.cpp": include("kernel/api/filter.h")}, "http-gateway/ may include"),
         ({"namesrv/routes.h": HEADER, "bench/load.cpp": include("namesrv/routes.h")}, "bench/ may include remoting/"),
         ({"remoting/frame.h": HEADER, "bench/loadgen/frame.cpp": include("remoting/frame.h")}, "bench/loadgen/ may include itself only"),
         ({"client/client.h": HEADER, "kernel/topics.h": include("client/client.h")}, "kernel/ may include"),
         ({"tests/fixtures.h": HEADER, "remoting/frame.cpp": include("tests/fixtures.h")}, "remoting/ may include")]),
    rules.includes_name_files_from_the_root: (
        {"remoting/frame.h": HEADER, "remoting/frame.cpp": include("remoting/frame.h") + "#include <vector>\n",
         "namesrv/version.h.in": "", "namesrv/main.cpp": include("namesrv/version.h")},
        [({"remoting/frame.h": HEADER, "remoting/frame.cpp": include("frame.h")}, "no file of that path"),
         ({"remoting/frame.h": HEADER, "remoting/frame.cpp": include("../remoting/frame.h")}, "no file of that path"),
         ({"remoting/frame.h": HEADER, "namesrv/main.cpp": "#include <remoting/frame.h>\n"}, "go in quotes")]),
    rules.own_header_comes_first: (
        {"remoting/frame.h": HEADER, "remoting/frame.cpp": include("remoting/frame.h", "remoting/tls.h"),
         "remoting/tls.h": HEADER, "tests/unit/remoting/frame_test.cpp": include("remoting/frame.h"),
         "plugins/pop/lease.h": HEADER, "tests/unit/pop/lease_test.cpp": include("plugins/pop/lease.h"),
         "tests/unit/pop/some_lease.h": HEADER, "tests/unit/pop/some_lease.cpp": include("tests/unit/pop/some_lease.h")},
        [({"remoting/frame.h": HEADER, "remoting/frame.cpp": "#include <vector>\n" + include("remoting/frame.h")},
          "remoting/frame.cpp:1 includes vector first. It is remoting/frame.h"),
         ({"remoting/frame.h": HEADER, "tests/unit/remoting/frame_test.cpp": ""}, "includes nothing first"),
         ({"plugins/pop/lease.h": HEADER, "tests/unit/pop/lease_test.cpp": "#include <vector>\n"}, "It is plugins/pop/lease.h"),
         ({"tests/unit/pop/some_lease.h": HEADER, "tests/unit/pop/some_lease_test.cpp": ""}, "It is tests/unit/pop/some_lease.h")]),
    rules.headers_are_guarded_and_introduced: (
        {"remoting/frame.h": HEADER},
        [({"remoting/frame.h": "// What it is for.\n"}, "lacks `#pragma once`"),
         ({"remoting/frame.h": "#pragma once\n"}, "starts without a word")]),
    rules.files_keep_their_budget: (
        {"remoting/frame.h": "\n" * 200, "remoting/frame.cpp": "\n" * 500},
        [({"remoting/frame.h": "\n" * 201}, "remoting/frame.h has 201 lines, 200 are allowed"),
         ({"remoting/frame.cpp": "\n" * 501}, "remoting/frame.cpp has 501 lines, 500 are allowed")]),
    rules.there_is_no_drawer: (
        {"remoting/byte_size.h": HEADER, "kernel/database.h": HEADER, "docs/commonly_asked.md": ""},
        [({"remoting/util.h": HEADER}, "`util`"), ({"kernel/common/topic.h": HEADER}, "`common`"),
         ({"tests/unit/string_utils.h": HEADER}, "`string_utils`"), ({"tests/interop/helpers.py": ""}, "`helpers`")]),
    rules.sources_are_built: (
        {"remoting/frame.cpp": "", "remoting/CMakeLists.txt": "gantry_room(remoting SOURCES\n  frame.cpp)",
         "tests/unit/remoting/frame_test.cpp": "", "tests/unit/CMakeLists.txt": "SOURCES\n  remoting/frame_test.cpp\n"},
        [({"remoting/tls.cpp": "", "remoting/CMakeLists.txt": "SOURCES\n  mutual_tls.cpp\n"}, "remoting/tls.cpp is in no"),
         ({"tests/unit/a_test.cpp": "", "tests/unit/CMakeLists.txt": ""}, "tests/unit/a_test.cpp is in no")]),
    rules.nobody_names_a_machine: (
        {"docs/design.md": "Data lives in /var/lib/gantry; see https://example.org/work/x, and how-we/work/x."},
        [({"docs/design.md": "See /ho" "me/jane/gantry."}, "docs/design.md:1 names"), ({".ci/run": "cd /wo" "rk/x"}, ".ci/run:1 names"),
         ({"remoting/frame.h": "// as ../" "shared/ says"}, "remoting/frame.h:1 names")]),
    rules.clocks_are_passed_in: (
        {"namesrv/routes.cpp": "void expire(TimePoint now);  // never steady_clock::now()\n",
         "tests/unit/namesrv/routes_test.cpp": "std::chrono::steady_clock::now();"},
        [({"namesrv/routes.cpp": "auto now = std::chrono::steady_clock::now();"}, "namesrv/routes.cpp:1 has `steady_clock::now`"),
         ({"namesrv/routes.cpp": "auto now = time(nullptr);"}, "take the time as an argument")]),
    rules.coroutines_are_never_forgotten: (
        {"remoting/server.cpp": "co_spawn(io, serve(), on_end(log));"},
        [({"remoting/server.cpp": "co_spawn(io, serve(), asio::detached);"}, "`asio::detached`")]),
    rules.results_are_not_of_bool: (
        {"remoting/frame.h": "result<Frame> next();"}, [({"remoting/frame.h": "result<bool> more();"}, "`result<bool`")]),
    rules.nothing_is_left_open: (
        {"remoting/frame.h": "// Everything is done here.\n"}, [({"remoting/frame.h": "// TO" "DO: the rest\n"}, "remoting/frame.h:1 says")]),
    rules.tests_do_not_sleep: (
        {"tests/unit/x_test.cpp": "server.wait_until_ready();  // no sleep_for\n", "remoting/x.cpp": "sleep_for(1s);"},
        [({"tests/unit/x_test.cpp": "std::this_thread::sleep_for(1s);"}, "`sleep_for`"),
         ({"tests/interop/run.py": "time.sleep(1)"}, "wait for the event instead")]),
    rules.test_names_are_sentences: (
        {"tests/unit/x_test.cpp": "TEST(MessageRecord, refuses_a_negative_length) {}\nRC_GTEST_PROP(\n    A, reads_SEND_MESSAGE_V2, ()) {}"},
        [({"tests/unit/x_test.cpp": "\nTEST(MessageRecord, NegativeLength) {}"}, "tests/unit/x_test.cpp:2: MessageRecord.NegativeLength"),
         ({"tests/unit/x_test.cpp": "TEST_F(message_record, is_read_back) {}"}, "is not named like"),
         ({"tests/unit/x_test.cpp": "TEST(MessageRecord, DISABLED_is_read_back) {}"}, "is not named like"),
         ({"tests/unit/x_test.cpp": "TEST(MessageRecord, works) {}"}, "is not named like")]),
    rules.tests_mirror_sources: (
        {"remoting/frame.h": HEADER, "tests/unit/remoting/frame_test.cpp": "", "tests/unit/remoting/frame_limits_test.cpp": "",
         "plugins/pop/lease.h": HEADER, "tests/unit/pop/lease_test.cpp": "", "tests/unit/pop/some_disk.h": HEADER,
         "tests/unit/pop/some_disk_test.cpp": ""},
        [({"remoting/frame.h": HEADER, "tests/unit/remoting/framing_test.cpp": ""}, "remoting/framing.h, which does not exist"),
         ({"plugins/pop/lease.h": HEADER, "tests/unit/remoting/lease_test.cpp": ""}, "which does not exist")]),
    rules.pages_show_what_is_built: (
        {"examples/a.cpp": "int f() {\n  int x = 1;\n  return x;\n}\n", "README.md": "```cpp\nanything\n```\n```\nmake\n```\n",
         "docs/plugins.md": "```cpp examples/a.cpp\nint x = 1;\nreturn x;\n```\n```\nls\n```\n"},
        [({"examples/a.cpp": "int x = 2;\n", "docs/a.md": "\n```cpp examples/a.cpp\nint x = 1;\n```\n"},
          "docs/a.md:2 shows what is not in examples/a.cpp"),
         ({"docs/a.md": "```cpp examples/a.cpp\nint x = 1;\n```\n"}, "examples/a.cpp, which does not exist"),
         ({"docs/plugins.md": "```cpp\nint x = 1;\n```\n"}, "shows C++ of no file")]),
}


class Repository(unittest.TestCase):
    """One test a rule, added below."""


class Planted(unittest.TestCase):
    """One test a rule, added below."""

    def test_each_rule_is_broken_once_on_purpose(self):
        self.assertEqual(set(PLANTED), set(rules.RULES))

    def test_the_rooms_have_no_circle(self):
        self.assertEqual(list(rooms.circles()), [])

    def test_a_circle_of_rooms_is_found(self):
        rooms.MAY_KNOW["logging"].append("namesrv")
        self.addCleanup(rooms.MAY_KNOW["logging"].pop)
        self.assertIn("logging -> namesrv -> remoting -> logging", list(rooms.circles()))

    def test_an_exception_allows_and_only_what_it_names(self):
        clock = {"namesrv/main.cpp": "steady_clock::now();", "namesrv/routes.cpp": "steady_clock::now();"}
        finding, = found(rules.clocks_are_passed_in, clock, Exceptions(real_clock={"namesrv/main.cpp": "starts"}))
        self.assertIn("namesrv/routes.cpp", finding)
        long = {"kernel/table.h": "\n" * 300}
        self.assertEqual(found(rules.files_keep_their_budget, long, Exceptions(longer={"kernel/table.h": 300})), [])
        self.assertEqual(len(found(rules.files_keep_their_budget, long, Exceptions(longer={"kernel/table.h": 299}))), 1)

    def test_an_exception_that_nothing_needs_is_found(self):
        unused = Exceptions(longer={"kernel/table.h": 300}, real_clock={"kernel/main.cpp": ""}, sleeps={"tests/a.cpp": ""},
                            mirror_none={"tests/unit/a_test.cpp": ""})
        for rule in (rules.files_keep_their_budget, rules.clocks_are_passed_in, rules.tests_do_not_sleep,
                     rules.tests_mirror_sources):
            self.assertEqual(len(found(rule, {"README.md": ""}, unused)), 1, rule.__name__)
        shorter = found(rules.files_keep_their_budget, {"kernel/table.h": "\n" * 250}, unused)
        self.assertIn("kernel/table.h has only 250 lines now", shorter[0])


def add_tests():
    tree = Tree(ROOT, OURS)
    for rule in rules.RULES:
        kept, broken = PLANTED.get(rule, ({}, []))

        def holds(self, rule=rule):
            findings = list(rule(tree))
            if findings: self.fail("\n" + "\n".join(findings))

        def finds(self, rule=rule, kept=kept, broken=broken):
            self.assertEqual(found(rule, kept), [])
            for files, words in broken:
                finding, = found(rule, files)
                self.assertIn(words, finding)

        setattr(Repository, f"test_{rule.__name__}", holds)
        setattr(Planted, f"test_{rule.__name__}", finds)


add_tests()
if __name__ == "__main__":
    unittest.main()
