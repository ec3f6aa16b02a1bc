"""The broker under test: one port and one directory, and as many lives as a test takes from it."""

import os
import shlex
import signal

from harness import remoting
from harness.case import CaseFailed, check, check_equal
from harness.history import Operation
from harness.programs import Ports, Program
from harness.records import scan
from harness.servers import BROKER_PORTS

from rig.faulty_disk import FaultyDisk

READY_SECONDS = 30
STOP_SECONDS = 30
READY = r"^gantry-broker \S+ ready on \S+$"
DELAY_LEVELS = "1s 2s"
DELAY_LEVELS_MS = (1000, 2000)

# Files as small as they can be, so that rolls, checkpoints and index files come within a second. What retention does
# by the hour, it may do at any; and a machine's disk that is full, or stalls, is not what is tested where nobody says so.
CONFIG = """listen = "127.0.0.1:{port}"
broker_name = "{name}"
namesrv = [{namesrv}]
data_dir = "{data}"
second_port = false
offset_flush_interval = "200ms"
registration_interval = "1s"

[plugins.store-mmap]
flush = "{flush}"
commit_log_file_size = "{log_file}"
max_message_size = "{message}"
queue_file_entries = 100
index_slots = 100
index_entries = 400
checkpoint_interval = "{checkpoint}"
busy_after = "15s"
retention_age = "24h"
retention_hours = [{hours}]
disk_warn_percent = 100
disk_force_percent = 100
disk_refuse_percent = 100
force_clean = false
{store}
[plugins.schedule]
levels = "{levels}"
progress_interval = "100ms"
"""


class Broker:
    def __init__(self, command: str, directory: str, name: str = "broker-a", namesrv: str = "", store: str = "",
                 log_file: str = "128KiB", message: str = "8KiB", data: str = "", disk: FaultyDisk | None = None,
                 prefix: tuple[str, ...] = ()):
        """`store`: more options of it. `prefix`: a command that starts the broker."""
        self._argv = [*prefix, *shlex.split(command)]
        self._directory = directory
        self._store = store
        self._log_file, self._message = log_file, message
        self._namesrv = '"%s"' % namesrv if namesrv else ""
        self.name = name
        self.disk = disk
        self.flush = "sync"
        self.checkpoint = "100ms"  # how often queues are written, and the checkpoint after them
        self.wait = True  # whether start() waits until it serves
        self.data = data or os.path.join(directory, name + "-data")
        self.port = Ports.take(offsets=BROKER_PORTS)
        self.address = "127.0.0.1:%d" % self.port
        self.program: Program | None = None

    def start(self) -> None:
        config = os.path.join(self._directory, self.name + ".toml")
        with open(config, "w") as out:
            out.write(CONFIG.format(
                port=self.port, name=self.name, namesrv=self._namesrv, data=self.data, flush=self.flush,
                log_file=self._log_file, message=self._message, store=self._store,
                checkpoint=self.checkpoint, levels=DELAY_LEVELS,
                hours=", ".join('"%d"' % hour for hour in range(24))))
        self.program = Program(self.name, [*self._argv, "--config", config], self._directory,
                               self.disk.environment if self.disk else None)
        if self.wait:
            self.wait_until_ready()

    def wait_until_ready(self) -> None:
        self.program.wait_for_line(READY, READY_SECONDS)

    def is_running(self) -> bool:
        return self.program is not None and self.program.is_running()

    def kill(self) -> None:
        self.program.kill()

    def end(self) -> None:
        """SIGTERM, and it must end in order."""
        check_equal("exit code of %s" % self.name, self.program.stop(STOP_SECONDS), 0)

    def died_by_itself(self) -> None:
        """A fail point has killed it; any other end is a crash."""
        code = self.program.wait_for_exit(STOP_SECONDS)
        check(code == -signal.SIGKILL, "%s ended with %s, and was to be killed by its fail point" % (self.name, code))

    def create_topic(self, topic: str, queues: int) -> None:
        answer = remoting.ask(self.address, remoting.UPDATE_TOPIC, {
            "topic": topic, "defaultTopic": "TBW102", "readQueueNums": queues, "writeQueueNums": queues, "perm": 6,
            "topicFilterType": "SINGLE_TAG", "topicSysFlag": 0, "order": "false"})
        check_equal("code of creating topic %s" % topic, answer.code, remoting.SUCCESS)

    def scans(self, topic: str, queues: int) -> list[Operation]:
        """Each queue of a topic, read from end to end; those that the broker does not know hold nothing."""
        try:
            return [scan(self.address, self.name, topic, queue) for queue in range(queues)]
        except KeyError as missing:
            raise CaseFailed("%s was not told the ends of %s: no %s" % (self.name, topic, missing)) from None

    def log_files(self) -> list[str]:
        folder = os.path.join(self.data, "store", "commitlog")
        return sorted(os.path.join(folder, name) for name in os.listdir(folder)) if os.path.isdir(folder) else []

    def copy_metadata(self) -> dict[str, bytes]:
        """Topics, groups and offsets of a broker that has ended: file name and bytes."""
        names = [name for name in os.listdir(self.data) if name.startswith("metadata.db")]
        return {name: open(os.path.join(self.data, name), "rb").read() for name in names}

    def bring_back_metadata(self, copy: dict[str, bytes]) -> None:
        for name, content in copy.items():
            with open(os.path.join(self.data, name), "wb") as out:
                out.write(content)
