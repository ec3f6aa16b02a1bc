"""What the broker's comparison says about its runs: the right side's figure, the right way up, met or missed."""

import dataclasses
import pathlib
import sys
import unittest
import xml.etree.ElementTree as xml

BENCH = pathlib.Path(__file__).resolve().parents[4] / "bench"
sys.path[:0] = [str(BENCH), str(BENCH / "broker")]
import measurements
import page
import standing
from settings import settings_of

PARTS = ("send", "shared", "sync", "pull", "delivery", "topics", "memory", "start", "strain")
SETTINGS = settings_of(pathlib.Path("build/release"), PARTS, False, 2, [0, 1])
MANY = measurements.topics_row(SETTINGS.many_topics)

# Of a broker that is just good enough, and of the others beside it: messages a second, CPU µs each, and latencies.
GOOD = {"gantry": (700_000, 1.9, (75, 190, 210)), "apache": (80_000, 16.0, (105, 191, 548)), "floor": (800_000, 1.2, (64, 99, 106))}


def latencies(values):
    return dict(zip(("p50", "p99", "p99_9"), values))


def load_report(side, changes):
    rate, cpu, latency = GOOD[side]
    rate, cpu, latency = changes.get("rate", rate), changes.get("cpu", cpu), changes.get("latency", latency)
    return {"messages_per_second": rate, "elapsed_seconds": 1.0, "generator_cpu_seconds": changes.get("generator", 0.5),
            "server": {"cpu_us_per_message": cpu, "cpu_seconds": 0.8, "memory_after_bytes": {"anonymous": 5e6}},
            "unanswered": 0, "unsent": 0, "latency_us": latencies(latency),
            "disk_bytes": changes.get("disk", 280.0), "stored_bytes": 100.0}


def delivery_report(side, changes):
    if side == "floor":
        return {"latency_us": latencies((30, 50, 60))}
    return {"send_us": latencies((60, 80, 90)), "delivery_us": latencies((90, changes.get("delivery", 170), 250))}


def memory_report(side, row, changes):
    figures = {"gantry": {"idle": (5, 15, 0.001), "parked pulls": (6, 20, 0.0015), "loaded": (90, 400, None)},
               "apache": {"idle": (350, 380, 0.03), "parked pulls": (360, 400, 0.05), "loaded": (950, 4000, None)}}
    anonymous, resident, cpu = changes.get(row, figures[side][row])
    report = {"anonymous": anonymous * 1e6, "resident": resident * 1e6, "file": 1e6, "page_tables": 1e5}
    return report | ({"cpu_share": cpu} if cpu is not None else {})


def rows_of(part):
    """(row, side) of every run of a round."""
    loads = {"send": measurements.SENDS, "shared": measurements.SHARED_SENDS, "sync": measurements.SYNC_SENDS}
    if part in loads:
        return [(load.name, side) for load in loads[part] for side in page.ALL]
    if part == "pull":
        return [(row, side) for row in measurements.PULL_SIZES for side in page.ALL]
    if part == "topics":
        return [(row, side) for row in (measurements.topics_row(1), MANY) for side in page.BROKERS]
    if part == "memory":
        return [(row, side) for row in page.MEMORY_ROWS for side in page.BROKERS]
    if part == "strain":
        return [(f"{load}, {strain}", side) for load in ("sends", "pulls") for strain in standing.STRAINS
                for side in page.BROKERS]
    return [(part, side) for side in (page.ALL if part == "delivery" else page.BROKERS)]


def report_of(part, row, side, changes):
    if part == "delivery":
        return delivery_report(side, changes)
    if part == "memory":
        return memory_report(side, row, changes)
    if part == "start":
        return {"seconds": changes.get("seconds", 0.040) if side == "gantry" else 3.0}
    return load_report(side, changes)


def measured(others=0.0, **changes):
    """Two rounds of everything. `changes`: part={row: figures of gantry's that differ}; row "" is every row."""
    data = {"date": "2026-01-01", "command": "run.py", "machine": {"CPU": "a CPU"}}
    for part in PARTS:
        data[part] = []
        for number in range(1 if part == "memory" else 2):
            for row, side in rows_of(part):
                here = changes.get(part, {})
                differing = {**here.get("", {}), **here.get(row, {})} if side == "gantry" else {}
                report = report_of(part, row, side, differing) | {
                    "command": f"{side} {row}", "machine": {"others_share": others, "stolen_share": 0.0}}
                data[part].append({"row": row, "side": side, "round": number, "report": report, "server": f"start {side}",
                                   "filling": "fill", "consumers": f"consumers {row}", "bad_command": f"misbehave {row}"})
    return data


def missed(data):
    return [target.what for target in page.all_targets(SETTINGS, data) if not target.met]


class Targets(unittest.TestCase):
    def test_all_are_met_by_a_broker_that_is_good_enough(self):
        self.assertEqual(missed(measured()), [])
        self.assertEqual(len(page.all_targets(SETTINGS, measured())), 26)

    def test_each_is_missed_by_its_own_figure(self):
        small, large, many, batches, alone = (load.name for load in measurements.SENDS)
        for changes, words in (
                ({"send": {small: {"rate": 479_000}}}, ["rate of sends, 128 B, 4 × 64"]),
                ({"send": {large: {"rate": 479_000}}}, ["rate of sends, 1 KiB, 4 × 64"]),
                ({"send": {many: {"rate": 479_000}}}, ["rate of sends, 128 B, 64 × 16"]),
                ({"send": {batches: {"rate": 319_000}}}, ["rate of sends, 128 B in batches of 32"]),
                ({"send": {small: {"cpu": 2.01}}}, ["CPU per send, 128 B", "CPU per send, 128 B"]),
                ({"send": {large: {"cpu": 2.01}}}, ["CPU per send, 1 KiB"]),
                ({"send": {alone: {"latency": (81, 190, 210)}}}, ["median, of the floor's"]),
                ({"send": {alone: {"latency": (75, 192, 210)}}}, ["p99, of Apache's"]),
                ({"send": {alone: {"latency": (75, 190, 213)}}}, ["p99.9"]),
                ({"shared": {"": {"rate": 479_000}}}, ["128 B, 4 × 64, not pinned"]),
                ({"sync": {"128 B, 4 × 16": {"rate": 319_000}}}, ["on the disk, 128 B, 4 × 16"]),
                ({"sync": {"128 B, 4 × 64": {"rate": 639_000}}}, ["on the disk, 128 B, 4 × 64"]),
                ({"sync": {"128 B, 4 × 16": {"disk": 301.0}}}, ["disk bytes per stored byte"]),
                ({"pull": {"128 B, 4 × 8": {"cpu": 2.7}}}, ["CPU per message pulled"]),
                ({"pull": {"128 B, 4 × 8": {"rate": 239_000}}}, ["rate of pulls"]),
                ({"delivery": {"": {"delivery": 181}}}, ["from send to waiting pull"]),
                ({"topics": {MANY: {"rate": 559_000}}}, ["10 000 topics"]),
                ({"memory": {"": {"loaded": (101, 400, None)}}}, ["10 000 000 messages", "10 000 000 messages"]),
                ({"memory": {"": {"loaded": (96, 400, None)}}}, ["10 000 000 messages"]),
                ({"memory": {"": {"idle": (5, 21, 0.001)}}}, ["resident memory, idle"]),
                ({"memory": {"": {"idle": (5, 15, 0.0021)}}}, ["CPU time, idle"]),
                ({"memory": {"": {"parked pulls": (6, 20, 0.0021)}}}, ["5 000 parked pulls"]),
                ({"start": {"": {"seconds": 0.051}}}, ["start to first accepted send"])):
            found = missed(measured(**changes))
            self.assertEqual(len(found), len(words), (changes, found))
            for what, word in zip(found, words):
                self.assertIn(word, what)

    def test_the_slowest_answers_may_be_a_fifth_of_apaches_or_twice_the_floors(self):
        alone = measurements.SENDS[-1].name
        self.assertEqual(missed(measured(send={alone: {"latency": (75, 100, 109)}})), [], "a fifth of Apache's")
        data = measured(send={alone: {"latency": (75, 100, 900)}})
        self.assertEqual(missed(data), ["one sender at a time: p99.9"])


class Page(unittest.TestCase):
    def test_a_missed_target_stands_there_as_missed(self):
        text = page.page(SETTINGS, measured(start={"": {"seconds": 0.051}}), "broker")
        lines = [line for line in text.splitlines() if "**missed**" in line]
        self.assertEqual(len(lines), 1)
        self.assertIn("51.0 (51.0 … 51.0) ms", lines[0])

    def test_each_plot_that_is_shown_is_drawn(self):
        text = page.page(SETTINGS, measured(), "broker")
        plots = page.plots(SETTINGS, measured())
        self.assertEqual(sorted(plots), sorted(PARTS))
        for part, picture in plots.items():
            self.assertIn(f"](broker-{part}.svg)", text)
            self.assertTrue(xml.fromstring(picture).tag.endswith("svg"))

    def test_says_where_a_broker_gave_no_answer_at_all(self):
        data = measured()
        row = f"pulls, {standing.NEVER_READ}"
        data["strain"] = [run for run in data["strain"] if (run["side"], run["row"]) != ("apache", row)]
        self.assertIn(f"| apache: {row} | gave no answer |", page.page(SETTINGS, data, "broker"))
        self.assertNotIn(f"apache: {row}", page.plots(SETTINGS, data)["strain"])

    def test_says_where_the_generator_was_the_limit(self):
        self.assertNotIn("the limit)**", page.page(SETTINGS, measured(), "broker"))
        text = page.page(SETTINGS, measured(pull={"": {"generator": 0.97}}), "broker")
        self.assertIn("97 **(the limit)**", text)

    def test_figures_of_a_busy_machine_are_put_in_doubt(self):
        self.assertNotIn("not quiet", page.page(SETTINGS, measured(), "broker"))
        self.assertIn("not quiet", page.page(SETTINGS, measured(others=0.2), "broker"))

    def test_a_quick_run_says_that_it_is_one(self):
        self.assertIn("`--quick`", page.page(dataclasses.replace(SETTINGS, quick=True), measured(), "broker"))

    def test_a_run_of_one_part_has_a_page_too(self):
        for part in PARTS:
            data = {name: value for name, value in measured().items() if name in ("date", "command", "machine", part)}
            self.assertIn(f"](broker-{part}.svg)", page.page(SETTINGS, data, "broker"))


if __name__ == "__main__":
    unittest.main()
