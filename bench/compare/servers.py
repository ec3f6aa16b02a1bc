"""Starts the servers that are compared, pins them, and stops them."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shlex
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Iterator

import apache
from settings import ROOT, SCRATCH, Settings

GET_BROKER_CLUSTER_INFO = 106
PATIENCE_SECONDS = 60
# Between two attempts to connect. Far below what is measured, and the server's core stays its own.
RETRY_SECONDS = 0.0002

def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def new_home(name: str) -> pathlib.Path:
    """An empty directory; one that a server of this name had before is wiped."""
    home = SCRATCH / "homes" / name
    shutil.rmtree(ROOT / home, ignore_errors=True)
    (ROOT / home).mkdir(parents=True)
    return home


@contextlib.contextmanager
def on_cpu(cpu: int | None) -> Iterator[None]:
    """Children started inside inherit the pinning: what `taskset -c` does, without its exec."""
    before = os.sched_getaffinity(0)
    if cpu is not None:
        os.sched_setaffinity(0, {cpu})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Server:
    """One running server. Its constructor returns at once: wait_until_answering() is for the caller."""

    def __init__(self, name: str, cpu: int | None, command: list[str], env: dict[str, str], port: int):
        self.name = name
        self.port = port
        pinning = [] if cpu is None else ["taskset", "-c", str(cpu)]
        settings = [f"{key}={shlex.quote(value)}" for key, value in env.items()]
        self.shown_command = " ".join([*settings, shlex.join(pinning + command)])
        self._log_path = ROOT / SCRATCH / f"{name}.log"
        with on_cpu(cpu), open(self._log_path, "w") as log:
            self.spawned_at = time.monotonic()
            self._process = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **env}, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.pid = self._process.pid

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.port}"

    def wait_until_answering(self) -> float:
        """Seconds from its spawning to the first successful answer."""
        request = frame(GET_BROKER_CLUSTER_INFO)
        while True:
            if time.monotonic() - self.spawned_at > PATIENCE_SECONDS:
                self._fail(f"did not answer within {PATIENCE_SECONDS} s")
            if self._process.poll() is not None:
                self._fail(f"ended with exit code {self._process.returncode}")
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS) as connection:
                    connection.sendall(request)
                    code = answer_code(connection)
            except OSError:
                time.sleep(RETRY_SECONDS)
                continue
            if code != 0:
                self._fail(f"answered the request for its cluster info with code {code}")
            return time.monotonic() - self.spawned_at

    def memory(self) -> dict[str, int]:
        """Bytes, as the kernel accounts them now."""
        rollup = _fields(f"/proc/{self.pid}/smaps_rollup")
        resident, anonymous = rollup["Rss"], rollup["Anonymous"]
        page_tables = _fields(f"/proc/{self.pid}/status")["VmPTE"]
        return {
            "resident": resident,
            "anonymous": anonymous,
            "file": resident - anonymous,
            "page_tables": page_tables,
        }

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _fail(self, what: str) -> None:
        self.stop()
        tail = self._log_path.read_text(errors="replace")[-2000:]
        raise SystemExit(f"{self.name} {what}; it was started with\n  {self.shown_command}\nand said:\n{tail}")


def _fields(path: str) -> dict[str, int]:
    """The sizes of a /proc file with lines like `Rss:  4036 kB`, in bytes."""
    out = {}
    for line in pathlib.Path(path).read_text().splitlines():
        name, _, value = line.partition(":")
        if value.endswith(" kB"):
            out[name] = int(value.split()[0]) * 1024
    return out


def frame(code: int) -> bytes:
    """A request without header fields and body. Its opaque is one that the floor server takes: of nine digits."""
    header = json.dumps({"code": code, "flag": 0, "language": "JAVA", "opaque": 100_000_000, "version": 407}).encode()
    return struct.pack(">II", 4 + len(header), len(header)) + header


def answer_code(connection: socket.socket) -> int:
    def exactly(size: int) -> bytes:
        out = b""
        while len(out) < size:
            part = connection.recv(size - len(out))
            if not part:
                raise ConnectionError("closed")
            out += part
        return out

    length, header_word = struct.unpack(">II", exactly(8))
    rest = exactly(length - 4)
    return json.loads(rest[: header_word & 0xFFFFFF])["code"]


def name_server(kind: str, label: str, settings: Settings, pinned: bool = True) -> Server:
    """Starts a name server with an empty home. `label` names it where both sides are of one kind."""
    port = free_port()
    home = new_home(label)
    if kind == "apache":
        command, env = apache.command(port, home)
    else:
        program = settings.build / "bin/gantry-namesrv"
        command, env = [str(program), "--listen", f"127.0.0.1:{port}", "--data-dir", str(home)], {}
    return Server(label, settings.server_cpu if pinned else None, command, env, port)


def echo_server(program: str, settings: Settings) -> Server:
    port = free_port()
    command = [str(settings.build / "bin" / program), "--listen", f"127.0.0.1:{port}"]
    if program == "gantry-floor-server":
        command += ["--body-size", str(settings.echo_body_bytes)]
    return Server(program, settings.server_cpu, command, {}, port)
