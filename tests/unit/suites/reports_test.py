"""What scripts/test.sh does with the reports of sanitizers in processes that a test starts: none may get lost."""

import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "scripts/suites"))
import running
from plan import Job, Suite

# A test that passes, while a process of it told its sanitizer's file what is wrong.
REPORTS = """
import os, re
path = re.search("log_path='(.*?)'", os.environ["{options}"])[1]
with open(path + ".4711", "w") as file: file.write("WARNING: ThreadSanitizer: data race")
"""
SILENT = ""
PASSES = "print('1 passed, 0 failed')"
FAILS = "raise SystemExit(66)"


class Reports(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="a place, with blanks ")
        self.addCleanup(folder.cleanup)
        place = mock.patch.object(running, "ROOT", Path(folder.name))
        place.start()
        self.addCleanup(place.stop)

    def run_job(self, program: str, reads: str = "script", collects: bool = True):
        job = Job([sys.executable, "-c", program], reads, collects_reports=collects)
        with mock.patch.object(running.call, "__defaults__", (running.ROOT,)):
            return running.run_job(Suite("tsan/integration", "tsan", [], [job]), 0, [], {})

    def test_fail_a_test_that_passed(self):
        for options in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            result = self.run_job(REPORTS.format(options=options) + PASSES)
            self.assertEqual(str(result), "1 passed, 1 failed")
            self.assertIn("data race", "".join(result.failures.values()))

    def test_are_those_of_one_run(self):
        self.run_job(REPORTS.format(options="TSAN_OPTIONS") + PASSES)
        self.assertEqual(str(self.run_job(SILENT + PASSES)), "1 passed, 0 failed")

    def test_are_what_a_planted_fault_must_leave(self):
        self.assertEqual(str(self.run_job(REPORTS.format(options="TSAN_OPTIONS") + FAILS, "planted fault")),
                         "1 passed, 0 failed")
        self.assertEqual(str(self.run_job(SILENT + FAILS, "planted fault")), "0 passed, 1 failed")

    def test_stay_in_the_output_of_a_program_that_is_a_test_itself(self):
        self.assertEqual(str(self.run_job("import os; assert 'log_path' not in os.environ['TSAN_OPTIONS']\n" + PASSES,
                                          collects=False)), "1 passed, 0 failed")


if __name__ == "__main__":
    unittest.main()
