"""A store's directory and the two who open it: Apache's broker with its Java client, and gantry-store-tool.

Both write what they find as a listing: README.md says how it looks.
"""

import bisect
import os
import re
import shlex
import shutil
import subprocess

from harness.case import CaseFailed, check, check_equal
from harness.programs import Ports
from harness.servers import BROKER_PORTS, READY_SECONDS, write_topics

# Small, so that log, queues and index go over many files.
LOG_FILE_BYTES = 256 * 1024
QUEUE_FILE_ENTRIES = 100
INDEX_SLOTS = 500
INDEX_ENTRIES = 1000

# With how many queues. Those of transactions Apache's broker uses some time before it knows them itself.
TOPICS = {"Orders": 4, "Rolled": 1, "Batches": 2, "Large": 1, "Delayed": 1, "Transacted": 1, "Load": 4,
          "RMQ_SYS_TRANS_HALF_TOPIC": 1, "RMQ_SYS_TRANS_OP_HALF_TOPIC": 1}

TOOL_SECONDS = 60
CLIENT_SECONDS = 120


class StoreDirectory:
    """One directory for both, on the port that the ids of its messages name."""

    def __init__(self, stage):
        self._stage = stage
        self._namesrv = stage.name_server()
        self._port = Ports.take(offsets=BROKER_PORTS)
        self.path = stage.path("store")
        self.broker = None
        self._write_topics()

    def start_apache(self):
        self.broker = self._stage.broker(
            namesrv=self._namesrv.address,
            port=self._port,
            storePathRootDir=self.path,
            storePathCommitLog=os.path.join(self.path, "commitlog"),
            mappedFileSizeCommitLog=LOG_FILE_BYTES,
            mappedFileSizeConsumeQueue=QUEUE_FILE_ENTRIES * 20,
            maxHashSlotNum=INDEX_SLOTS,
            maxIndexNum=INDEX_ENTRIES,
            messageDelayLevel="2s 2h",
            # Otherwise a start after a crash would take the newest part of the key index away.
            messageIndexSafe="true",
        )

    def stop_apache(self):
        check_equal("exit code of Apache's broker", self.broker.program.stop(READY_SECONDS), 143)

    def start_filling_by_apache(self, what, round_number):
        return self._stage.start_java("StoreFiller", what, self._namesrv.address, self.broker.name, round_number)

    def fill_by_apache(self, round_number):
        filler = self.start_filling_by_apache("fill", round_number)
        check_equal("exit code of StoreFiller", filler.wait_for_exit(CLIENT_SECONDS), 0)

    def listing_of_apache(self):
        reader = self._stage.start_java(
            "StoreReader", self._namesrv.address, self.broker.name, self.broker.address, QUEUE_FILE_ENTRIES
        )
        check_equal("exit code of StoreReader", reader.wait_for_exit(CLIENT_SECONDS), 0)
        with open(reader.out_path) as out:
            return Listing(out.read())

    def _write_topics(self):
        """What Apache's broker knows of topics is not in the log."""
        write_topics(self.path, TOPICS)

    def ours(self):
        return OurStore(self._stage, self.path, self._port)

    def ours_on_a_copy(self, name):
        """On the directory as it is now, for one look: opening a store changes it."""
        copied = self._stage.path(name)
        shutil.copytree(self.path, copied)
        return OurStore(self._stage, copied, self._port)


class OurStore:
    """gantry-store-tool on a directory. Each call opens the store and closes it."""

    def __init__(self, stage, path, port):
        self._argv = [
            *stage.store_tool(), "--dir", path, "--commit-log-file-size", str(LOG_FILE_BYTES),
            "--queue-file-entries", str(QUEUE_FILE_ENTRIES), "--index-slots", str(INDEX_SLOTS),
            "--index-entries", str(INDEX_ENTRIES),
        ]
        self._port = port

    def fill(self, round_number, *options):
        self._run(["fill", "--round", str(round_number), "--store-host", "127.0.0.1:%d" % self._port, *options])

    def listing(self, questions=()):
        return Listing(self._run(["list"], "".join(line + "\n" for line in questions)))

    def check_times(self):
        """Of queues that Apache's broker is not asked about, by the messages themselves."""
        expected = self.listing().times_of_long_queues()
        check(expected, "no queue has more than one file: nothing was rolled")
        found = self.listing([line.split(": ")[0] for line in expected])
        check_same_lines("time look-ups in long queues", found.answers, expected)

    def _run(self, words, questions=""):
        argv = self._argv + words
        try:
            done = subprocess.run(argv, input=questions, capture_output=True, text=True, timeout=TOOL_SECONDS)
        except subprocess.TimeoutExpired:
            raise CaseFailed("%s still runs after %d s" % (shlex.join(argv), TOOL_SECONDS)) from None
        if done.returncode != 0:
            raise CaseFailed("%s ended with %d\n%s" % (shlex.join(argv), done.returncode, done.stderr))
        return done.stdout


class Listing:
    """`contents`: the lines of queues and messages. `answers`: questions, each with its answer."""

    def __init__(self, text):
        lines = text.splitlines()
        self.contents = [line for line in lines if line.startswith(("queue ", "message "))]
        self.answers = [line for line in lines if not line.startswith(("queue ", "message "))]

    def questions(self):
        return [line.split(": ", 1)[0] for line in self.answers]

    def messages(self):
        return [line for line in self.contents if line.startswith("message ")]

    def without_topic(self, topic):
        rest = Listing("")
        rest.contents = [line for line in self.contents if line.split(" ", 2)[1] != topic]
        rest.answers = self.answers
        return rest

    def times_of_long_queues(self):
        """Time look-ups in queues of several files, answered by the messages themselves."""
        queues = {}
        for line in self.messages():
            _, topic, queue, _, rest = line.split(" ", 4)
            queues.setdefault((topic, queue), []).append(int(re.search(r" stored=(\d+)@", rest)[1]))
        return [
            "time %s %s %d: %d" % (topic, queue, ms, bisect.bisect_left(stored, ms))
            for (topic, queue), stored in queues.items() if len(stored) > QUEUE_FILE_ENTRIES
            for ms in sorted({time + by for time in stored[::7] for by in (0, 1)})
        ]


def check_same(what, seen, expected):
    check_same_lines("%s: contents" % what, seen.contents, expected.contents)
    check_same_lines("%s: answers" % what, seen.answers, expected.answers)


def check_same_lines(what, seen, expected):
    if seen == expected:
        return
    missing = sorted(set(expected) - set(seen))
    extra = sorted(set(seen) - set(expected))
    shown = ["  lacks  " + line[:400] for line in missing[:5]] + ["  has    " + line[:400] for line in extra[:5]]
    raise CaseFailed(
        "%s: %d lines, expected %d; %d are missing and %d nobody expected%s\n%s"
        % (what, len(seen), len(expected), len(missing), len(extra), "" if shown else ": they are in another order",
           "\n".join(shown))
    )
