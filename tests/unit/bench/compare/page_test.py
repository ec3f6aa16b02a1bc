"""What the comparison says about its runs: the right server's figure, the right way up, met or missed."""

import dataclasses
import pathlib
import sys
import unittest

BENCH = pathlib.Path(__file__).resolve().parents[4] / "bench"
sys.path[:0] = [str(BENCH), str(BENCH / "compare")]
import figures
import page
from reporting.spread import Spread
from settings import HOT, WIDE, Settings

SETTINGS = Settings(
    build=pathlib.Path("build/release"), candidate="gantry", parts=("route", "start", "echo"), quick=False, rounds=2,
    jit_warmup_seconds=60, warmup_seconds=2, duration_seconds=10, settle_seconds=10, candidate_starts=2,
    apache_starts=2, server_cpu=0, generator_cpu=1)


def run(number, server, mode, cpu, *, answers_per_second=20_000.0, others=0.0):
    latency = {"p50": 100, "p99": 200, "p99_9": 300, "p99_99": 400, "max": 500 + number}
    return {"round": number, "server": server, "mode": mode, "report": {
        "workload": "w", "answers_per_second": answers_per_second, "latency_us": latency,
        "server": {"cpu_us_per_answer": cpu}, "machine": {"others_share": others, "stolen_share": 0.0},
        "command": f"gantry-loadgen --server 127.0.0.1:{4000 + number} {mode}"}}


def runs(names, cpus, **more):
    """`cpus`: for each round, one figure for each name."""
    return [run(number, name, mode, cpu, **more) for number, of_round in enumerate(cpus)
            for mode in ("saturated", "rate") for name, cpu in zip(names, of_round)]


def memory(mib):
    return {"resident": mib << 20, "anonymous": mib << 19, "file": mib << 19, "page_tables": 4096}


def measured(route_cpus=((1.0, 10.0), (1.0, 12.0)), resident=(10, 200), starts=(0.010, 0.020), echo=((0.5, 0.4),) * 2,
             **more):
    def route(data_set):
        return {
            "topics": data_set.topics, "brokers": data_set.brokers,
            "servers": {name: {"command": f"{name} --listen 127.0.0.1:77", "registration": "register"}
                        for name in ("gantry", "apache")},
            "memory": {state: {"gantry": memory(resident[0]), "apache": memory(resident[1])}
                       for state in ("filled", "loaded")},
            "runs": runs(("gantry", "apache"), route_cpus, **more)}

    names = ("gantry-echo-server", "gantry-floor-server")
    return {
        "date": "2026-01-01", "command": "run.py", "machine": {"CPU": "a CPU"},
        "route": {data_set.name: route(data_set) for data_set in (HOT, WIDE)},
        "start": {"seconds": {"gantry": list(starts), "apache": [2.0, 3.0]}, "commands": {"gantry": "g", "apache": "a"}},
        "echo": {"servers": {name: {"command": name} for name in names}, "runs": runs(names, echo, **more)}}


def verdicts(data):
    return {target.what: target.met for target in page.targets(SETTINGS, data)}


class Figures(unittest.TestCase):
    def test_ratios_are_taken_within_a_round(self):
        ratio = figures.ratios_by_round(runs(("a", "b"), [(1.0, 8.0), (2.0, 12.0)]), "a", "b", "rate", figures.cpu)
        self.assertEqual((ratio.median, ratio.lowest, ratio.highest), (7.0, 6.0, 8.0))

    def test_a_spread_tells_the_median_and_both_ends(self):
        self.assertEqual(Spread.of([3.0, 1000.0, 2.5]).text(1), "3.0 (2.5 … 1 000.0)")


class Targets(unittest.TestCase):
    def test_all_are_met_by_a_server_that_is_good_enough(self):
        met = verdicts(measured())
        self.assertEqual(len(met), 6)
        self.assertTrue(all(met.values()), met)

    def test_each_is_missed_by_its_own_figure(self):
        for data, missed in ((measured(route_cpus=[(1.0, 7.9)]), "CPU per route query"),
                             (measured(resident=(21, 200)), "resident memory"),
                             (measured(starts=(0.06, 0.05)), "start to first"),
                             (measured(echo=[(1.6, 0.4)]), "CPU per echoed")):
            met = verdicts(data)
            self.assertIn(False, met.values())
            for what, is_met in met.items():
                self.assertEqual(is_met, not what.startswith(missed), what)


class Page(unittest.TestCase):
    def test_a_missed_target_stands_there_as_missed(self):
        lines = page.page(SETTINGS, measured(echo=[(1.6, 0.4)])).splitlines()
        missed = [line for line in lines if "**missed**" in line]
        self.assertEqual(len(missed), 1)
        self.assertIn("1.600 (1.600 … 1.600) µs", missed[0])

    def test_each_command_stands_there_once_and_without_its_port(self):
        text = page.page(SETTINGS, measured())
        self.assertEqual(text.count("`gantry --listen 127.0.0.1:$PORT`"), 1)
        self.assertEqual(text.count("gantry-loadgen --server 127.0.0.1:$PORT rate`"), 2)  # with one topic, and with many
        self.assertNotRegex(text, r"127\.0\.0\.1:\d")

    def test_figures_of_a_busy_machine_are_put_in_doubt(self):
        self.assertNotIn("not quiet", page.page(SETTINGS, measured(others=0.01)))
        self.assertIn("not quiet", page.page(SETTINGS, measured(others=0.20)))

    def test_a_server_that_fell_behind_the_rate_is_named(self):
        self.assertNotIn("did not keep up", page.page(SETTINGS, measured()))
        self.assertIn("`apache` did not keep up", page.page(SETTINGS, measured(answers_per_second=15_000.0)))

    def test_a_quick_run_says_that_it_is_one(self):
        self.assertIn("`--quick`", page.page(dataclasses.replace(SETTINGS, quick=True), measured()))


if __name__ == "__main__":
    unittest.main()
