"""Runs gantry-loadgen on the generator's core and reads what it reports."""

from __future__ import annotations

import json
import pathlib
import shlex
import signal
import subprocess

from processes.server import Server, on_cpu
from reporting.machine import ROOT, Quietness


class LoadFailed(Exception):
    """A wrong answer, a lost connection: figures of such a run are worth nothing."""


def program(build: pathlib.Path) -> str:
    return str(build / "bin/gantry-loadgen")


def shown(command: list[str], cpu: int | None) -> str:
    return ("" if cpu is None else f"taskset -c {cpu} ") + shlex.join(command)


def run(command: list[str], cpu: int | None, may_fail: bool = False) -> str:
    """What a subcommand says that ends by itself. `may_fail`: what it reports of wrong answers is taken, too."""
    with on_cpu(cpu):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0 and not (may_fail and done.stdout):
        raise LoadFailed(f"{shlex.join(command)}\n{done.stderr}")
    return done.stdout


def measure(build: pathlib.Path, cpu: int | None, server: Server, workload: list[str], *, connections: int, window: int,
            rate: int | None, warmup: float, duration: float, may_fail: bool = False) -> dict:
    """One measurement; returns gantry-loadgen's JSON, and beside it the command and how quiet the machine was.
    `may_fail`: a run with wrong or missing answers, too; its `right` says so."""
    command = [program(build), *workload, "--server", server.endpoint]
    command += ["--connections", str(connections), "--window", str(window)]
    command += ["--warmup", f"{warmup:g}", "--duration", f"{duration:g}", "--json"]
    if rate is not None:
        command += ["--rate", str(rate)]
    quietness = Quietness(server.pid)
    report = json.loads(run([*command, "--server-pid", str(server.pid)], cpu, may_fail))
    report["command"] = f"{shown(command, cpu)} --server-pid $PID"
    report["machine"] = quietness.since()
    return report


class Staying:
    """A subcommand that stays until it is told to end: at the end of the `with` block."""

    def __init__(self, command: list[str], cpu: int | None, speaks_first: bool = True):
        """`speaks_first`: it says a line when it has done what it was started for."""
        self.shown_command = shlex.join(command)
        with on_cpu(cpu):
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        self.said = ""
        if speaks_first:
            self.said = self._process.stdout.readline().strip()
            if not self.said:
                raise LoadFailed(f"{self.shown_command}\n{self._process.communicate()[1]}")

    def check(self) -> None:
        """Raises LoadFailed when it has ended meanwhile."""
        if self._process.poll() is not None:
            raise LoadFailed(f"{self.shown_command}\n{self._process.communicate()[1]}")

    def end(self) -> str:
        """Tells it to end, and returns what else it said. Raises LoadFailed when it had ended before."""
        self.check()
        self._process.send_signal(signal.SIGTERM)
        return self._process.communicate()[0]

    def __enter__(self) -> Staying:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.communicate()
