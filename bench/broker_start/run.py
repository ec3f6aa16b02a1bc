#!/usr/bin/env python3
"""How long gantry-broker takes from its start to the line that says it serves, with ten plugins and with none.

    python3 bench/broker_start/run.py [--build build/release] [--rounds 50]

Wall-clock time of an otherwise idle machine, the data directory on a memory file system where there is one, so that
the disk's own time for the new database is not in it. Exit code 1: the median with ten plugins is over the limit.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT_MS = 30


def start_ms(program: Path, flags: list[str]) -> float:
    begin = time.perf_counter()
    process = subprocess.Popen([program, *flags], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    line = process.stdout.readline()
    took = time.perf_counter() - begin
    process.terminate()
    process.wait()
    process.stdout.close()
    if b" ready on " not in line: sys.exit(f"the broker did not start: {' '.join(map(str, [program, *flags]))}")
    return 1000 * took


def measure(program: Path, plugins: Path, names: list[str], rounds: int) -> list[float]:
    memory = Path("/dev/shm")
    times = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
            config = Path(folder, "broker.toml")
            config.write_text("".join(f"[plugins.{name}]\n" for name in names))
            times.append(start_ms(program, ["--config", str(config), "--data-dir", f"{folder}/data", "--listen",
                                            "127.0.0.1:0", "--plugin-path", str(plugins)]))
    return times


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=Path(__file__).resolve().parents[2] / "build/release")
    parser.add_argument("--rounds", type=int, default=50)
    options = parser.parse_args()
    program, plugins = options.build / "bin/gantry-broker", options.build / "bench-plugins"
    ten = [f"idle-{number}" for number in range(10)]
    measure(program, plugins, ten, 3)  # what is read for the first time
    medians = {}
    for what, names in (("no plugin", []), ("ten plugins", ten)):
        times = sorted(measure(program, plugins, names, options.rounds))
        medians[what] = statistics.median(times)
        print(f"{what:12} median {medians[what]:6.1f} ms   fastest {times[0]:6.1f}   slowest {times[-1]:6.1f}")
    within = medians["ten plugins"] < LIMIT_MS
    print(f"limit {LIMIT_MS} ms: {'kept' if within else 'MISSED'}")
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
