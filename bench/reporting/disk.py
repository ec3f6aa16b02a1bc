"""What a disk has written, as the kernel counts it for the whole device."""

from __future__ import annotations

import os
import pathlib
import subprocess

SECTOR_BYTES = 512


def stat_path(directory: pathlib.Path) -> str:
    """The file with the counters of the device that a directory is on."""
    device = os.stat(directory).st_dev
    return f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat"


def written_bytes(directory: pathlib.Path) -> int:
    """Up to now, with everything on the disk that had been written to the directory's file system."""
    settle(directory)
    return int(pathlib.Path(stat_path(directory)).read_text().split()[6]) * SECTOR_BYTES


def settle(directory: pathlib.Path) -> None:
    """Returns when nothing waits to be written: what one measurement left shall not cost the next one."""
    subprocess.run(["sync", "-f", directory], check=True)
