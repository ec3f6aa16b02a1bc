"""Starts one of the programs that are compared on a directory, and reads what it reports.

gantry-store-bench, StoreBench (Apache's store in a JVM of its own) and gantry-disk-floor take the same options and
report the same fields.
"""

from __future__ import annotations

import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import time

from processes import apache
from reporting import apache_jars, disk
from reporting.machine import ROOT, Quietness
from settings import SCRATCH, Settings

CLASSES = SCRATCH / "classes"
LOGBACK = SCRATCH / "logback.xml"
PATIENCE_SECONDS = 1800
LOG_FILE_BYTES = 1 << 30

ONLY_WARNINGS = """<configuration>
  <appender name="err" class="ch.qos.logback.core.ConsoleAppender">
    <target>System.err</target>
    <encoder><pattern>%p %t - %m%n</pattern></encoder>
  </appender>
  <root level="ERROR"><appender-ref ref="err"/></root>
</configuration>
"""


class RunFailed(Exception):
    """A program that ended badly: its command, and what it said."""


def prepare_apache() -> None:
    apache_jars.fetch()
    (ROOT / CLASSES).mkdir(parents=True, exist_ok=True)
    (ROOT / LOGBACK).write_text(ONLY_WARNINGS)
    subprocess.run(["javac", "-nowarn", "-d", CLASSES, "-cp", f"{apache_jars.CACHE}/lib/*", "bench/store/StoreBench.java"],
                   cwd=ROOT, check=True)


def device_stat() -> str:
    return disk.stat_path(ROOT / SCRATCH)


class Directory:
    """Where one program keeps its store. Made anew, and gone at the end of the `with` block."""

    def __init__(self, name: str):
        self.path = SCRATCH / "data" / name

    def __enter__(self) -> Directory:
        self.remove()
        parent = (ROOT / self.path).parent
        parent.mkdir(parents=True, exist_ok=True)
        # A disk that discards what was removed is busy with it for seconds: that is not what is measured.
        subprocess.run(["sync", "-f", parent], check=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def remove(self) -> None:
        shutil.rmtree(ROOT / self.path, ignore_errors=True)

    def log_files(self) -> int:
        log = ROOT / self.path / "commitlog"
        return len(os.listdir(log)) if log.is_dir() else 0

    def leave_the_page_cache(self) -> None:
        """As after a restart of the machine. What is dirty has to be written first."""
        subprocess.run(["sync", "-f", self.path], cwd=ROOT, check=True)
        for file in (ROOT / self.path).rglob("*"):
            if file.is_file():
                handle = os.open(file, os.O_RDONLY)
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(handle)


def command_of(settings: Settings, side: str, directory: Directory, options: dict) -> list[str]:
    words = ["--dir", str(directory.path)]
    for name, value in options.items():
        words += [f"--{name}"] if value is True else [f"--{name}", f"{value:g}" if isinstance(value, float) else str(value)]
    if side == "floor":
        return [str(settings.build / "bin/gantry-disk-floor"), *words]
    if side == "gantry":
        return [str(settings.build / "bin/gantry-store-bench"), *words]
    jvm = [apache_jars.java(), *apache.BROKER_FLAGS, f"-Dlogback.configurationFile={LOGBACK}", f"-Duser.home={SCRATCH}"]
    return [*jvm, "-cp", f"{CLASSES}:{apache_jars.CACHE}/lib/*", "StoreBench", *words]


def run(settings: Settings, side: str, directory: Directory, **options) -> dict:
    """One measurement; returns what the program reported, the command, and how quiet the machine was."""
    command = command_of(settings, side, directory, {name.replace("_", "-"): value for name, value in options.items()})
    quietness = Quietness()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    if done.returncode != 0:
        raise RunFailed(f"{shlex.join(command)}\n{done.stderr}")
    report = json.loads(done.stdout)
    if report.get("refused"):
        raise RunFailed(f"{shlex.join(command)}\n{report['refused']} messages were refused")
    return report | {"command": shlex.join(command), "machine": quietness.since()}


def append_until_killed(settings: Settings, side: str, directory: Directory, log_files: int, seconds: float,
                        **options) -> str:
    """Lets it append until the log has so many files and it has run so long, then kills it; returns the command."""
    command = command_of(settings, side, directory,
                         {"warmup-seconds": 0, "seconds": PATIENCE_SECONDS}
                         | {name.replace("_", "-"): value for name, value in options.items()})
    with open(ROOT / SCRATCH / "killed.log", "w") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    began = time.monotonic()
    while directory.log_files() < log_files or time.monotonic() - began < seconds:
        if process.poll() is not None or time.monotonic() - began > PATIENCE_SECONDS:
            process.kill()
            raise RunFailed(f"{shlex.join(command)}\nended, or did not get as far\n"
                            + (ROOT / SCRATCH / "killed.log").read_text()[-2000:])
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return shlex.join(command)
