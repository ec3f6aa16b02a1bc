"""gantry-loadgen as this comparison uses it."""

from __future__ import annotations

from processes import loadgen
from processes.loadgen import LoadFailed, Staying
from processes.server import Server
from settings import DataSet, Settings

__all__ = ["LoadFailed", "measure", "registration"]


def measure(settings: Settings, server: Server, workload: list[str], *, rate: int | None, warmup: float,
            duration: float) -> dict:
    return loadgen.measure(settings.build, settings.generator_cpu, server, workload, connections=settings.connections,
                           window=settings.window, rate=rate, warmup=warmup, duration=duration)


def registration(settings: Settings, server: Server, data: DataSet) -> Staying:
    """The brokers of a data set, registered and connected until the end of the `with` block."""
    command = [loadgen.program(settings.build), "register", "--server", server.endpoint]
    command += ["--topics", str(data.topics), "--brokers", str(data.brokers)]
    return Staying(command, settings.generator_cpu)
