"""How scripts/test.sh reads what a process printed: no failure may be read as a pass."""

import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "scripts/suites"))
import results

GTEST_HEAD = "[==========] Running 3 tests from 1 test suite.\n"
PASSED = "[ RUN      ] Frame.is_read\n[       OK ] Frame.is_read (0 ms)\n"
FAILED = "[ RUN      ] Frame.is_cut\nwhat it said\n[  FAILED  ] Frame.is_cut (0 ms)\n"
SKIPPED = "[ RUN      ] Frame.is_new\n[  SKIPPED ] Frame.is_new (0 ms)\n"


def report(*tests) -> dict:
    return {"testsuites": [{"name": "Frame", "testsuite": [
        {"name": name, "status": "RUN", "result": "COMPLETED"} | more for name, more in tests]}]}


def from_gtest(code, output, said=None):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "report.json")
        if said is not None: path.write_text(json.dumps(said))
        return results.from_gtest(code, output, "unit/remoting", path)


class Gtest(unittest.TestCase):
    def test_counts_what_the_report_says(self):
        result = from_gtest(1, GTEST_HEAD + PASSED + FAILED + SKIPPED, report(
            ("is_read", {}), ("is_cut", {"failures": [{}]}), ("is_new", {"result": "SKIPPED"}), ("is_off", {"status": "NOTRUN"})))
        self.assertEqual(str(result), "1 passed, 1 failed, 1 skipped")
        self.assertEqual(result.failures, {"Frame.is_cut": FAILED.rstrip()})

    def test_a_crash_is_a_failure_of_the_test_that_ran(self):
        result = from_gtest(-11, GTEST_HEAD + PASSED + SKIPPED + FAILED + "[ RUN      ] Frame.is_huge\nSegmentation")
        self.assertEqual(str(result), "1 passed, 2 failed, 1 skipped")
        self.assertIn("ended by signal 11", result.failures["Frame.is_huge"])

    def test_a_program_that_does_not_start_is_a_failure(self):
        self.assertIn("exit code 127", from_gtest(127, "cannot open libgantry").failures["unit/remoting"])

    def test_a_program_that_hangs_is_a_failure(self):
        result = from_gtest(None, GTEST_HEAD + PASSED + "[ RUN      ] Frame.is_slow\n")
        self.assertIn("ran past its limit", result.failures["Frame.is_slow"])

    def test_a_leak_found_after_the_last_test_is_a_failure(self):
        result = from_gtest(1, GTEST_HEAD + PASSED + "LeakSanitizer: detected memory leaks", report(("is_read", {})))
        self.assertEqual(str(result), "1 passed, 1 failed")


class Script(unittest.TestCase):
    def test_is_read_by_its_closing_line(self):
        self.assertEqual(str(results.from_script(0, "said\n7 passed, 0 failed, 2 skipped\n", "x")), "7 passed, 0 failed, 2 skipped")
        self.assertEqual(str(results.from_script(1, "7 passed, 2 failed\n", "x")), "7 passed, 2 failed")

    def test_names_the_failures_that_a_script_names(self):
        said = "ok   kv.restart (1 s)\nFAIL mqadmin.topicList: other output\nmore\nok   kv.crash (1 s)\n2 passed, 1 failed\n"
        self.assertEqual(results.from_script(1, said, "interop").failures, {"mqadmin.topicList": "other output\nmore"})

    def test_fails_without_a_closing_line_or_against_its_exit_code(self):
        self.assertEqual(str(results.from_script(0, "7 passed, 0 failed\nand more\n", "x")), "0 passed, 1 failed")
        self.assertEqual(str(results.from_script(0, "", "x")), "0 passed, 1 failed")
        self.assertEqual(str(results.from_script(3, "7 passed, 0 failed\n", "x")), "7 passed, 1 failed")

    def test_reads_unittest(self):
        line = "-" * 70
        self.assertEqual(str(results.from_script(0, f"..s\n{line}\nRan 3 tests in 0.1s\n\nOK (skipped=1)\n", "x")),
                         "2 passed, 0 failed, 1 skipped")
        blocks = "".join(f"{'=' * 70}\n{kind}: {test} (m.C.{test})\n{line}\nTraceback: {test}\n\n"
                         for kind, test in (("ERROR", "test_a"), ("FAIL", "test_b")))
        result = results.from_script(1, f".EF\n{blocks}{line}\nRan 3 tests in 0.1s\n\nFAILED (failures=1, errors=1)\n", "x")
        self.assertEqual(result.failures, {"test_a": "Traceback: test_a", "test_b": "Traceback: test_b"})
        self.assertEqual(result.passed, 1)
        self.assertEqual(str(results.from_script(1, f"{line}\nRan 1 test in 0.1s\n\nFAILED (unexpected successes=1)\n", "x")),
                         "1 passed, 1 failed")


class Fuzzer(unittest.TestCase):
    def test_passes_when_it_ran_inputs_and_found_nothing(self):
        done = "stat::number_of_executed_units: 1234567\n"
        self.assertEqual(results.from_libfuzzer(0, done, "fuzz/x").note, "1 234 567 inputs")
        self.assertTrue(results.from_libfuzzer(77, done, "fuzz/x").failures)
        self.assertTrue(results.from_libfuzzer(0, "stat::number_of_executed_units: 0\n", "fuzz/x").failures)


class PlantedFault(unittest.TestCase):
    def test_passes_only_when_it_was_reported(self):
        self.assertFalse(results.from_planted_fault(66, "WARNING: ThreadSanitizer: data race", "x").failures)
        self.assertTrue(results.from_planted_fault(0, "", "x").failures)
        self.assertTrue(results.from_planted_fault(127, "not found", "x").failures)
        self.assertTrue(results.from_planted_fault(None, "", "x").failures)


if __name__ == "__main__":
    unittest.main()
