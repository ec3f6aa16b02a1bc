"""One server under test: started, pinned, watched and stopped."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shlex
import socket
import subprocess
import time
from collections.abc import Iterator

from processes import wire
from reporting.machine import ROOT

PATIENCE_SECONDS = 60
# Between two attempts to connect. Far below what is measured, and the server's core stays its own.
RETRY_SECONDS = 0.0002


def free_port(*beside: int) -> int:
    """A port that is free now, and whose neighbours at these distances are, too."""
    while True:
        with contextlib.ExitStack() as probes:
            probe = probes.enter_context(socket.socket())
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
            try:
                for distance in beside:
                    probes.enter_context(socket.socket()).bind(("127.0.0.1", port + distance))
            except OSError:
                continue
            return port


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

    def __init__(self, name: str, cpu: int | None, command: list[str], env: dict[str, str], port: int,
                 log: pathlib.Path):
        """`log`: from the repository's root, the file that gets what the server says."""
        self.name = name
        self.port = port
        pinning = [] if cpu is None else ["taskset", "-c", str(cpu)]
        settings = [f"{key}={shlex.quote(value)}" for key, value in env.items()]
        self.shown_command = " ".join([*settings, shlex.join(pinning + command)])
        self._log_path = ROOT / log
        with on_cpu(cpu), open(self._log_path, "w") as out:
            self.spawned_at = time.monotonic()
            self._process = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **env}, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        self.pid = self._process.pid

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.port}"

    def wait_until_answering(self, request: bytes, refusals: tuple[int, ...] = ()) -> float:
        """Seconds from its spawning to the first answer with code 0. `refusals`: codes of a server that is not ready."""
        while True:
            if time.monotonic() - self.spawned_at > PATIENCE_SECONDS:
                self._fail(f"did not answer within {PATIENCE_SECONDS} s")
            if self._process.poll() is not None:
                self._fail(f"ended with exit code {self._process.returncode}")
            try:
                answer = wire.ask(self.port, request)
            except OSError:
                time.sleep(RETRY_SECONDS)
                continue
            if answer.code == 0:
                return time.monotonic() - self.spawned_at
            if answer.code not in refusals:
                self._fail(f"answered its first request with code {answer.code}: {answer.remark}")

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

    def cpu_seconds(self) -> float:
        """Of all its threads, those that have ended included."""
        # What clock_getcpuclockid() makes of a process id.
        return time.clock_gettime(~self.pid << 3 | 2)

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
