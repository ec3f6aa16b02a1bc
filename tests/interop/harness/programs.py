"""Child programs and ports.

Each program is a process group of its own, so that it can be stopped or killed whole by its own id, with
its output in files of the case's directory. Every wait has a bound.
"""

import itertools
import os
import random
import re
import select
import shlex
import signal
import socket
import subprocess
import threading
import time

from harness.case import CaseFailed, eventually


class Ports:
    """Hands out ports that were free a moment ago, each one once per run.

    They lie below the range that the kernel takes ports of outgoing connections from, so that no client
    of a case can sit on one before its server starts.
    """

    _lock = threading.Lock()
    _next = random.Random(os.getpid()).randrange(12000, 28000)

    @classmethod
    def take(cls, offsets=(0,)):
        """The first port p for which p + each offset is free on every interface."""
        with cls._lock:
            for _ in range(2000):
                cls._next = 12000 + (cls._next - 12000 + 5) % 20000
                if all(cls._is_free(cls._next + offset) for offset in offsets):
                    return cls._next
        raise CaseFailed("no free port between 12000 and 32000")

    @staticmethod
    def _is_free(port):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                return False
        return True


class Program:
    """One child process. `talk=True` keeps its stdin and stdout as pipes, for ask(), or for say() and lines()."""

    _all = []
    _closed = False

    @classmethod
    def end_all(cls):
        """Kills every program of the run, and lets no more start."""
        cls._closed = True
        for program in cls._all:
            program.kill()

    def __init__(self, name, argv, directory, env=None, talk=False):
        if Program._closed:
            raise CaseFailed("the run is being ended")
        self.name = name
        base = self._log_base(directory)
        self.out_path, self.err_path = base + ".out", base + ".err"
        with open(base + ".cmd", "w") as out:
            out.write(shlex.join(argv) + "\n")
        with open(self.err_path, "wb") as err, open(self.out_path, "wb") as out:
            self._process = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE if talk else subprocess.DEVNULL,
                stdout=subprocess.PIPE if talk else out,
                stderr=err,
                env={**os.environ, **(env or {})},
                cwd=directory,
                start_new_session=True,
            )
        self._unread = b""
        Program._all.append(self)

    def _log_base(self, directory):
        """Files of this start alone: a second program of the same name gets `<name>-2.out`, and so on."""
        for number in itertools.count(1):
            base = os.path.join(directory, self.name if number == 1 else "%s-%d" % (self.name, number))
            if not os.path.exists(base + ".out"):
                return base

    def wait_for_line(self, pattern, seconds):
        """Waits until a line of stdout matches, and returns the match."""

        def found():
            running = self._process.poll() is None
            with open(self.out_path, errors="replace") as out:
                match = re.search(pattern, out.read(), re.MULTILINE)
            if not match and not running:
                raise CaseFailed("%s ended with %s before it was ready" % (self.name, self._process.returncode))
            return match

        return eventually("%s ready" % self.name, seconds, found)

    @property
    def pid(self):
        return self._process.pid

    def is_running(self):
        return self._process.poll() is None

    def wait_for_exit(self, seconds):
        """The exit code; below zero for a signal."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise CaseFailed("%s still runs after %g s" % (self.name, seconds)) from None

    def say(self, line):
        try:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise CaseFailed("%s ended before it was told: %s" % (self.name, line)) from None

    def lines(self):
        """What it writes, line by line, until it ends; kept in its .out file, too."""
        with open(self.out_path, "wb") as kept:
            for line in self._process.stdout:
                kept.write(line)
                kept.flush()
                yield line.decode(errors="replace")

    def ask(self, line, seconds):
        """Writes a line, and reads the answer: its length in bytes on a line, then the bytes."""
        self.say(line)
        deadline = time.monotonic() + seconds
        while b"\n" not in self._unread:
            self._read_more(deadline)
        length, self._unread = self._unread.split(b"\n", 1)
        length = int(length)
        while len(self._unread) < length:
            self._read_more(deadline)
        answer, self._unread = self._unread[:length], self._unread[length:]
        return answer.decode()

    def _read_more(self, deadline):
        pipe = self._process.stdout.fileno()
        ready, _, _ = select.select([pipe], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            raise CaseFailed("%s did not answer in time" % self.name)
        chunk = os.read(pipe, 65536)
        if not chunk:
            raise CaseFailed("%s ended instead of answering" % self.name)
        self._unread += chunk

    def signal(self, number):
        if self._process.poll() is None:
            os.killpg(self._process.pid, number)

    def stop(self, seconds):
        """SIGTERM; the exit code, or CaseFailed when it goes on."""
        self.signal(signal.SIGTERM)
        return self.wait_for_exit(seconds)

    def kill(self):
        self.signal(signal.SIGKILL)
        self._process.wait()

    def tail(self, lines=12):
        text = []
        for path in (self.out_path, self.err_path):
            with open(path, errors="replace") as log:
                last = log.read().splitlines()[-lines:]
            if last:
                text += ["--- %s" % path] + [line[:400] for line in last]
        return text
