"""Starts the brokers that are compared, each with a name server of its own kind, and the floor server."""

from __future__ import annotations

import contextlib
import json
import pathlib
import shutil
from collections.abc import Iterator

from processes import apache, wire
from processes.server import Server, free_port
from reporting import disk
from reporting.machine import ROOT
from settings import SCRATCH, Settings

# Made by the first message of every broker, and by nothing else.
PROBE_TOPIC = "bench-probe"
# While it starts a broker may say that it does not serve yet, or that it has no such topic and cannot make it yet.
NOT_READY = (1, 14, wire.TOPIC_NOT_EXIST)

GANTRY_TOML = """listen = "127.0.0.1:{port}"
advertised_address = "127.0.0.1"
cluster = "bench"
broker_name = "bench"
namesrv = ["{name_server}"]
data_dir = "{home}/data"

[plugins.store-mmap]
flush = "{flush}"
"""


@contextlib.contextmanager
def running(side: str, settings: Settings, *, flush: str = "async", pinned: bool = True, topics: int = 0) -> Iterator[Server]:
    """A broker that takes messages, with an empty home; all that it wrote is gone at the end of the `with` block.

    `side`: gantry or apache. `topics`: Apache's has so many from the start on, of 4 queues each.
    """
    with starting(side, settings, flush=flush, pinned=pinned, topics=topics) as server:
        wait_until_taking_messages(server)
        yield server


@contextlib.contextmanager
def starting(side: str, settings: Settings, *, flush: str = "async", pinned: bool = True, topics: int = 0) -> Iterator[Server]:
    """As running(), without the wait; its name server answers."""
    cpu = settings.server_cpu if pinned else None
    with _home(f"{side}-namesrv") as name_server_home, _home(side) as home, \
            _name_server(side, settings, name_server_home, cpu) as name_server:
        make = {"gantry": _gantry, "apache": _apache}[side]
        with make(settings, home, name_server.endpoint, flush, cpu, topics) as server:
            yield server


@contextlib.contextmanager
def floor(settings: Settings, answer: list[str], *, flush: str | None = None, pinned: bool = True) -> Iterator[Server]:
    """The floor server. `flush`: it appends what it gets to a file, and with sync it waits for the disk."""
    port = free_port()
    with _home("floor") as home:
        command = [str(settings.build / "bin/gantry-floor-server"), "--listen", f"127.0.0.1:{port}", *answer]
        if flush is not None:
            command += ["--append", f"{home}/log"] + (["--sync"] if flush == "sync" else [])
        with Server("floor", settings.server_cpu if pinned else None, command, {}, port, SCRATCH / "floor.log") as server:
            server.wait_until_answering(wire.frame(wire.GET_BROKER_CLUSTER_INFO))
            yield server


def wait_until_taking_messages(server: Server) -> float:
    """Seconds from its spawning to the first message that it took."""
    return server.wait_until_answering(wire.message(PROBE_TOPIC), refusals=NOT_READY)


@contextlib.contextmanager
def _home(name: str) -> Iterator[pathlib.Path]:
    home = SCRATCH / "homes" / name
    shutil.rmtree(ROOT / home, ignore_errors=True)
    (ROOT / home).mkdir(parents=True)
    # A disk that discards what was removed is busy with it for seconds: that is not what is measured.
    disk.settle(ROOT / home)
    try:
        yield home
    finally:
        shutil.rmtree(ROOT / home, ignore_errors=True)


@contextlib.contextmanager
def _name_server(side: str, settings: Settings, home: pathlib.Path, cpu: int | None) -> Iterator[Server]:
    port = free_port()
    if side == "apache":
        command, env = apache.name_server(port, home)
    else:
        command = [str(settings.build / "bin/gantry-namesrv"), "--listen", f"127.0.0.1:{port}", "--data-dir", str(home)]
        env = {}
    with Server(f"{side}-namesrv", cpu, command, env, port, SCRATCH / f"{side}-namesrv.log") as server:
        server.wait_until_answering(wire.frame(wire.GET_BROKER_CLUSTER_INFO))
        yield server


def _gantry(settings: Settings, home: pathlib.Path, name_server: str, flush: str, cpu: int | None, _: int) -> Server:
    port = free_port(*apache.BROKER_PORTS)
    (ROOT / home / "broker.toml").write_text(
        GANTRY_TOML.format(port=port, name_server=name_server, home=home, flush=flush))
    command = [str(settings.build / "bin/gantry-broker"), "--config", f"{home}/broker.toml"]
    return Server("gantry", cpu, command, {}, port, SCRATCH / "gantry.log")


def _apache(_: Settings, home: pathlib.Path, name_server: str, flush: str, cpu: int | None, topics: int) -> Server:
    port = free_port(*apache.BROKER_PORTS)
    command, env = apache.broker(port, name_server, home, sync_flush=flush == "sync")
    if topics:
        _write_topics(ROOT / home / "store/config", topics)
    return Server("apache", cpu, command, env, port, SCRATCH / "apache.log")


def _write_topics(folder: pathlib.Path, topics: int) -> None:
    """The topics of the load, where the broker has its own: making them one by one takes it minutes."""
    names = [f"bench-topic-{number:08}" for number in range(topics)]
    table = {name: {"order": False, "perm": 6, "readQueueNums": 4, "topicFilterType": "SINGLE_TAG", "topicName": name,
                    "topicSysFlag": 0, "writeQueueNums": 4} for name in names}
    folder.mkdir(parents=True)
    (folder / "topics.json").write_text(json.dumps(
        {"dataVersion": {"counter": 1, "timestamp": 1700000000000}, "topicConfigTable": table}))
