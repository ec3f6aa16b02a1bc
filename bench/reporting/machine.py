"""What the figures were made on, and whether others used it meanwhile."""

from __future__ import annotations

import os
import pathlib
import platform
import re
import resource
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

_TICK = os.sysconf("SC_CLK_TCK")

# A virtual machine may give free blocks of this order back to its hypervisor; the kernel has none above 10.
_ORDER_GIVEN_BACK = pathlib.Path("/sys/module/page_reporting/parameters/page_reporting_order")


def facts(build: pathlib.Path) -> dict[str, str]:
    """`build`: the build directory, from the repository's root."""
    cpuinfo = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*:\s*(.*)", cpuinfo)
    memory = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    return {
        "CPU": f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores",
        "memory": f"{int(memory[1]) / 2**20:.0f} GiB" if memory else "unknown",
        "free memory": "goes back to the hypervisor (bench/README.md)" if _gives_memory_back() else "stays here",
        "kernel": f"{platform.system()} {platform.release()}",
        "C library": " ".join(platform.libc_ver()),
        "compiler": _cached(build, "CMAKE_CXX_COMPILER") + " " + _compiler_version(build),
        "build type": _cached(build, "CMAKE_BUILD_TYPE"),
        "commit": _git("rev-parse", "--short=12", "HEAD") + (" with changes" if _git("status", "--porcelain") else ""),
        "Python": platform.python_version(),
    }


def _gives_memory_back() -> bool:
    return _ORDER_GIVEN_BACK.exists() and int(_ORDER_GIVEN_BACK.read_text()) in range(11)


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else "unknown"


def _cached(build: pathlib.Path, name: str) -> str:
    found = re.search(rf"^{name}:\w+=(.*)$", (ROOT / build / "CMakeCache.txt").read_text(), re.M)
    return pathlib.Path(found[1]).name if found else "unknown"


def _compiler_version(build: pathlib.Path) -> str:
    done = subprocess.run([_cached(build, "CMAKE_CXX_COMPILER"), "-dumpfullversion", "-dumpversion"],
                          capture_output=True, text=True)
    return done.stdout.strip()


def _stat(process: pathlib.Path) -> list[str]:
    """The fields behind the name: its state is the first."""
    return (process / "stat").read_text().rpartition(")")[2].split()


def _cpu_seconds(stat: list[str]) -> float:
    return (int(stat[11]) + int(stat[12])) / _TICK


def _cpu_seconds_of_kernel_threads() -> dict[str, float]:
    seconds = {}
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            stat = _stat(process)
        except OSError:  # it has ended
            continue
        if stat[1] == "2":  # their parent
            seconds[process.name] = _cpu_seconds(stat)
    return seconds


class Quietness:
    """CPU time that neither our own children used that have ended, nor the server, nor the kernel's threads, which write
    to the disk for it; from construction to since()."""

    def __init__(self, server_pid: int | None = None):
        self._server_pid = server_pid
        self._start = self._now()
        self._kernel_start = _cpu_seconds_of_kernel_threads()

    def since(self) -> dict[str, float]:
        """Shares of the whole machine."""
        wall, busy, stolen, known = (now - start for now, start in zip(self._now(), self._start))
        # Of those that have ended meanwhile nothing is known any more.
        known += sum(seconds - self._kernel_start.get(thread, 0) for thread, seconds in
                     _cpu_seconds_of_kernel_threads().items())
        capacity = wall * (os.cpu_count() or 1)
        return {"others_share": max(0.0, busy - known) / capacity, "stolen_share": stolen / capacity}

    def _now(self) -> tuple[float, float, float, float]:
        user, nice, system, _, _, irq, softirq, steal = (
            int(field) / _TICK for field in pathlib.Path("/proc/stat").read_text().split()[1:9]
        )
        known = 0.0
        if self._server_pid is not None:
            known = _cpu_seconds(_stat(pathlib.Path(f"/proc/{self._server_pid}")))
        for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF):
            usage = resource.getrusage(who)
            known += usage.ru_utime + usage.ru_stime
        return time.monotonic(), user + nice + system + irq + softirq, steal, known
