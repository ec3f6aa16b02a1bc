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


def facts(build: pathlib.Path) -> dict[str, str]:
    """`build`: the build directory, from the repository's root."""
    cpuinfo = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*:\s*(.*)", cpuinfo)
    memory = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    return {
        "CPU": f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores",
        "memory": f"{int(memory[1]) / 2**20:.0f} GiB" if memory else "unknown",
        "kernel": f"{platform.system()} {platform.release()}",
        "C library": " ".join(platform.libc_ver()),
        "compiler": _cached(build, "CMAKE_CXX_COMPILER") + " " + _compiler_version(build),
        "build type": _cached(build, "CMAKE_BUILD_TYPE"),
        "commit": _git("rev-parse", "--short=12", "HEAD") + (" with changes" if _git("status", "--porcelain") else ""),
        "Python": platform.python_version(),
    }


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


class Quietness:
    """CPU time that neither our own children used that have ended, nor the server, from construction to since()."""

    def __init__(self, server_pid: int | None = None):
        self._server_pid = server_pid
        self._start = self._now()

    def since(self) -> dict[str, float]:
        """Shares of the whole machine."""
        wall, busy, stolen, known = (now - start for now, start in zip(self._now(), self._start))
        capacity = wall * (os.cpu_count() or 1)
        return {"others_share": max(0.0, busy - known) / capacity, "stolen_share": stolen / capacity}

    def _now(self) -> tuple[float, float, float, float]:
        user, nice, system, _, _, irq, softirq, steal = (
            int(field) / _TICK for field in pathlib.Path("/proc/stat").read_text().split()[1:9]
        )
        known = 0.0
        if self._server_pid is not None:
            stat = pathlib.Path(f"/proc/{self._server_pid}/stat").read_text().rpartition(")")[2].split()
            known = (int(stat[11]) + int(stat[12])) / _TICK
        for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF):
            usage = resource.getrusage(who)
            known += usage.ru_utime + usage.ru_stime
        return time.monotonic(), user + nice + system + irq + softirq, steal, known
