"""Starts the servers that are compared."""

from __future__ import annotations

import pathlib
import shutil

from processes import apache, wire
from processes.server import Server, free_port
from settings import ROOT, SCRATCH, Settings


def wait_until_answering(server: Server) -> float:
    """Seconds from its spawning to the first successful answer."""
    return server.wait_until_answering(wire.frame(wire.GET_BROKER_CLUSTER_INFO))


def new_home(name: str) -> pathlib.Path:
    """An empty directory; one that a server of this name had before is wiped."""
    home = SCRATCH / "homes" / name
    shutil.rmtree(ROOT / home, ignore_errors=True)
    (ROOT / home).mkdir(parents=True)
    return home


def name_server(kind: str, label: str, settings: Settings, pinned: bool = True) -> Server:
    """Starts a name server with an empty home. `label` names it where both sides are of one kind."""
    port = free_port()
    home = new_home(label)
    if kind == "apache":
        command, env = apache.name_server(port, home)
    else:
        program = settings.build / "bin/gantry-namesrv"
        command, env = [str(program), "--listen", f"127.0.0.1:{port}", "--data-dir", str(home)], {}
    return Server(label, settings.server_cpu if pinned else None, command, env, port, SCRATCH / f"{label}.log")


def echo_server(program: str, settings: Settings) -> Server:
    port = free_port()
    command = [str(settings.build / "bin" / program), "--listen", f"127.0.0.1:{port}"]
    if program == "gantry-floor-server":
        command += ["--body-size", str(settings.echo_body_bytes)]
    return Server(program, settings.server_cpu, command, {}, port, SCRATCH / f"{program}.log")
