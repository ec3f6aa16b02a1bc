"""What the store's comparison says about its runs: the right side's figure, the right way up, met or missed."""

import dataclasses
import pathlib
import sys
import unittest
import xml.etree.ElementTree as xml

BENCH = pathlib.Path(__file__).resolve().parents[4] / "bench"
sys.path[:0] = [str(BENCH), str(BENCH / "store")]
import measurements
import page
from settings import settings_of

SETTINGS = dataclasses.replace(
    settings_of(pathlib.Path("build/release"), ("append", "sync", "read", "queues", "large"), False, 2), many_queues=50_000)
# Of a store that is just good enough: what it reports for one second, and of the others beside it.
GOOD = {
    "append": {"gantry": {"messages": 2_100_000, "stored_bytes": 800e6, "disk_bytes": 900e6},
               "apache": {"messages": 400_000, "stored_bytes": 100e6, "disk_bytes": 300e6},
               "floor": {"messages": 16_000, "stored_bytes": 1000e6}},
    "sync": {"gantry": {"messages": 130_000, "stored_bytes": 50e6, "disk_bytes": 900e6},
             "apache": {"messages": 30_000, "stored_bytes": 12e6, "disk_bytes": 900e6},
             "floor": {"messages": 6_000, "stored_bytes": 1.5e6}},
    "read": {"gantry": {"messages": 11_000_000}, "apache": {"messages": 4_000_000}},
    "queues": {"gantry": {"messages": 2_000_000, "open_seconds": 2.0, "resident_anonymous_bytes": 50e6},
               "apache": {"messages": 400_000, "open_seconds": 4.0, "resident_anonymous_bytes": 900e6}},
    "large": {"gantry": {"open_seconds": 0.2}, "apache": {"open_seconds": 20.0}},
}


def rows_of(part):
    if part == "append":
        return [(row, side, {}) for row, side, _ in measurements.APPENDS]
    if part == "sync":
        waiting = [(f"{senders}, {state}", side, {}) for senders in measurements.SENDERS
                   for state in ("fresh", "after a restart") for side in ("gantry", "apache")]
        return [("fdatasync", "floor", {}), *waiting]
    if part == "read":
        return [("batches of 32 x 128 B", side, {}) for side in ("gantry", "apache")]
    if part == "queues":
        return [(row, side, {"queues": count}) for row in ("append", "open")
                for side, count in (("gantry", 4), ("gantry", 1_000), ("gantry", 50_000), ("apache", 4), ("apache", 1_000))]
    return [(row, side, {"before": "until killed"}) for row in page.LARGE_ROWS for side in ("gantry", "apache")]


def measured(others=0.0, **changes):
    """Two rounds of everything. `changes`: part="gantry" figures that differ from GOOD, by name of the part."""
    data = {"date": "2026-01-01", "command": "run.py", "machine": {"CPU": "a CPU"}}
    for part, sides in GOOD.items():
        data[part] = []
        for number in range(2):
            for row, side, more in rows_of(part):
                figures = sides[side] | (changes.get(part, {}) if side == "gantry" else {})
                report = figures | {"seconds": 1.0, "cpu_seconds": 1.0, "command": f"{side} {row} {more}",
                                    "machine": {"others_share": others, "stolen_share": 0.0}}
                data[part].append({"row": row, "side": side, "round": number, "report": report, **more})
    return data


def missed(data):
    return [target.what for target in page.targets(SETTINGS, data) if not target.met]


class Targets(unittest.TestCase):
    def test_all_are_met_by_a_store_that_is_good_enough(self):
        self.assertEqual(len(page.targets(SETTINGS, measured())), 16)
        self.assertEqual(missed(measured()), [])

    def test_each_is_missed_by_its_own_figure(self):
        for changes, words in (
                ({"append": {"stored_bytes": 690e6, "disk_bytes": 700e6}}, ["plain 64 KiB pwrite"]),
                ({"append": {"messages": 1_990_000}}, ["messages a second per core", "of the rate of Apache's"]),
                ({"append": {"disk_bytes": 970e6}}, ["1 KiB, bursts of 32, async", "128 B, bursts of 32, async"]),
                ({"sync": {"disk_bytes": 1010e6}}, ["256 B, fresh", "256 B, after a restart"]),
                ({"sync": {"messages": 119_000}}, ["fdatasync rate"]),
                ({"sync": {"messages": 29_000}}, ["fdatasync rate", "its best way"]),
                ({"read": {"messages": 9_900_000}}, ["sequential reads"]),
                ({"queues": {"open_seconds": 3.1}}, ["opening 50 000 queues"]),
                ({"queues": {"resident_anonymous_bytes": 61e6}}, ["1 000 queues"]),
                ({"queues": {"resident_anonymous_bytes": 251e6}}, ["1 000 queues", "50 000 queues"]),
                ({"large": {"open_seconds": 0.4}}, ["after a clean stop"]),
                ({"large": {"open_seconds": 2.1}}, ["after a kill", "after a clean stop"])):
            found = missed(measured(**changes))
            self.assertEqual(len(found), len(words), found)
            for what, word in zip(found, words):
                self.assertIn(word, what)

    def test_the_rate_with_many_queues_is_held_against_that_with_few(self):
        data = measured()
        for run in data["queues"]:
            if (run["side"], run["row"], run["queues"]) == ("gantry", "append", 50_000):
                run["report"]["messages"] = 1_590_000
        self.assertEqual(missed(data), ["append with 50 000 queues, of the rate with 4"])


class Page(unittest.TestCase):
    def test_a_missed_target_stands_there_as_missed(self):
        text = page.page(SETTINGS, measured(read={"messages": 9_900_000}), "store")
        lines = [line for line in text.splitlines() if "**missed**" in line]
        self.assertEqual(len(lines), 1)
        self.assertIn("9 900 000 (9 900 000 … 9 900 000)", lines[0])

    def test_each_plot_that_is_shown_is_drawn(self):
        text = page.page(SETTINGS, measured(), "store")
        plots = page.plots(measured())
        self.assertEqual(sorted(plots), sorted(GOOD))
        for part, picture in plots.items():
            self.assertIn(f"](store-{part}.svg)", text)
            self.assertTrue(xml.fromstring(picture).tag.endswith("svg"))

    def test_figures_of_a_busy_machine_are_put_in_doubt(self):
        self.assertNotIn("not quiet", page.page(SETTINGS, measured(), "store"))
        self.assertIn("not quiet", page.page(SETTINGS, measured(others=0.2), "store"))

    def test_a_quick_run_says_that_it_is_one(self):
        self.assertIn("`--quick`", page.page(dataclasses.replace(SETTINGS, quick=True), measured(), "store"))

    def test_a_run_of_one_part_has_a_page_too(self):
        data = {name: value for name, value in measured().items() if name in ("date", "command", "machine", "read")}
        self.assertIn("## Reading", page.page(SETTINGS, data, "store"))


if __name__ == "__main__":
    unittest.main()
