"""Runs gantry-loadgen on the generator's core and reads what it reports."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess

from reporting.machine import Quietness
from servers import Server, on_cpu
from settings import ROOT, DataSet, Settings


class LoadFailed(Exception):
    """A wrong answer, a lost connection: figures of such a run are worth nothing."""


def measure(settings: Settings, server: Server, workload: list[str], *, rate: int | None, warmup: float,
            duration: float) -> dict:
    """One measurement; returns gantry-loadgen's JSON, and beside it the command and how quiet the machine was."""
    command = [str(settings.build / "bin/gantry-loadgen"), *workload, "--server", server.endpoint]
    command += ["--connections", str(settings.connections), "--window", str(settings.window)]
    command += ["--warmup", f"{warmup:g}", "--duration", f"{duration:g}", "--json"]
    if rate is not None:
        command += ["--rate", str(rate)]
    quietness = Quietness(server.pid)
    with on_cpu(settings.generator_cpu):
        done = subprocess.run([*command, "--server-pid", str(server.pid)], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        raise LoadFailed(f"{shlex.join(command)}\n{done.stderr}")
    report = json.loads(done.stdout)
    report["command"] = f"taskset -c {settings.generator_cpu} {shlex.join(command)} --server-pid $PID"
    report["machine"] = quietness.since()
    return report


class Registration:
    """The brokers of a data set, registered and connected until the end of the `with` block."""

    def __init__(self, settings: Settings, server: Server, data: DataSet):
        command = [str(settings.build / "bin/gantry-loadgen"), "register", "--server", server.endpoint]
        command += ["--topics", str(data.topics), "--brokers", str(data.brokers)]
        self.shown_command = shlex.join(command)
        with on_cpu(settings.generator_cpu):
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        self.said = self._process.stdout.readline().strip()
        if not self.said:
            raise LoadFailed(f"{self.shown_command}\n{self._process.communicate()[1]}")

    def check(self) -> None:
        """Raises LoadFailed when a broker was lost meanwhile."""
        if self._process.poll() is not None:
            raise LoadFailed(f"{self.shown_command}\n{self._process.communicate()[1]}")

    def __enter__(self) -> Registration:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        self._process.communicate()
