"""What a process holds of its machine: memory that no file backs, and descriptors."""

import os
from collections import Counter
from pathlib import Path


def own_memory(pid: int) -> int:
    """Bytes of heap and stacks that are resident: the page cache that a store maps is not the process's."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"): return int(line.split()[1]) * 1024
    raise AssertionError(f"process {pid} says nothing of its memory")


def descriptors(pid: int) -> tuple[Counter[str], Counter[str]]:
    """What is open: how many sockets, pipes and the like of each kind, and how often each file."""
    others, files = Counter(), Counter()
    for entry in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{entry}")
        except FileNotFoundError:
            continue  # closed since it was listed
        if target.startswith("/"): files[target] += 1
        else: others[target.split(":")[0]] += 1
    return others, files
