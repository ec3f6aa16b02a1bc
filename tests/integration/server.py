"""A server of ours as a process, and a peer that asks it over a raw socket."""

import json
import re
import signal
import socket
import struct
import subprocess
import tempfile
from contextlib import contextmanager

PATIENCE = 20  # seconds that only a failing test waits
# Options of the store, so that no send fails, and no line is logged, because this machine's disk is full or stalls.
ON_ANY_DISK = """busy_after = "15s"
disk_warn_percent = 100
disk_force_percent = 100
disk_refuse_percent = 100
"""


@contextmanager
def free_address():
    """Refuses connections until a server of ours listens there. Bound meanwhile, so that nobody else is given the port; the
    server may have it all the same, because both set SO_REUSEADDR and only one listens."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"


def request_frame(opaque: int, code: int, body: bytes = b"", **fields) -> bytes:
    header = json.dumps({"code": code, "flag": 0, "language": "JAVA", "opaque": opaque, "version": 409,
                         "extFields": {name: str(value) for name, value in fields.items()}}).encode()
    return struct.pack(">II", 4 + len(header) + len(body), len(header)) + header + body


class Peer:
    """A connection that speaks the protocol: JSON headers, one request at a time."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.opaque = 0
        self.pushed = []  # what the server asked or told meanwhile: code and fields

    def begin(self, code: int, body: bytes = b"", **fields):
        """Only asks: read_frame() has the answer, whenever it comes."""
        self.opaque += 1
        self.socket.sendall(request_frame(self.opaque, code, body, **fields))

    def ask(self, code: int, body: bytes = b"", **fields) -> tuple[int, str, dict, bytes]:
        self.begin(code, body, **fields)
        while True:
            answer, body = self.read_frame()
            if answer["flag"] & 1: break
            self.pushed.append((answer["code"], answer.get("extFields") or {}))
        assert answer["opaque"] == self.opaque and answer["flag"] == 1, answer
        return answer["code"], answer.get("remark") or "", answer.get("extFields") or {}, body

    def read_frame(self) -> tuple[dict, bytes]:
        size, header_size = struct.unpack(">II", self.read(8))
        header = json.loads(self.read(header_size))
        return header, self.read(size - 4 - header_size)

    def read(self, count: int) -> bytes:
        got = b""
        while len(got) < count:
            part = self.socket.recv(count - len(got))
            if not part: raise EOFError("the server closed the connection")
            got += part
        return got


class Server:
    """Started when this returns: its ready line has been read."""

    def __init__(self, program: str, *flags: str):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([program, "--listen", "127.0.0.1:0", *flags], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.ready = self.process.stdout.readline()
        found = re.search(r":(\d+)$", self.ready)
        if not found: raise AssertionError(f"no ready line but {self.ready!r}, and the log says\n{self.said()}")
        self.port = int(found[1])

    def said(self) -> str:
        self.log.seek(0)
        return self.log.read()

    def end_with(self, number: int) -> int:
        return self.last_words(number)[0]

    def last_words(self, number: int) -> tuple[int, str]:
        """Ends it by that signal: the exit code, and its whole log."""
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        said = self.said()
        self.process.stdout.close()
        self.log.close()
        return code, said

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None: self.end_with(signal.SIGKILL)


def run_to_its_end(program: str, *flags: str) -> tuple[int, str]:
    """The exit code, and all that was said."""
    run = subprocess.run([program, *flags], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True, timeout=PATIENCE)
    return run.returncode, run.stdout
