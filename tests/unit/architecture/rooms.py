"""Which room may know which: docs/design.md §2 as a table. A new room, or a new arrow, is a line here and a
sentence there."""

from collections.abc import Iterator
from pathlib import PurePosixPath

# What stands at the bottom of everything that is built from more than the wire.
BOTTOM = ["disk", "logging", "remoting", "access", "options"]

# Room: what it may include beside itself, a room or a single header. "*" is everything but the tests.
MAY_KNOW = {
    "disk": [],
    "logging": [],
    "remoting": ["logging"],
    "options": ["logging", "remoting/byte_size.h", "remoting/json_writer.h"],
    "access": ["remoting", "logging"],
    "daemon": ["remoting", "logging", "options"],
    "kernel/api": ["remoting", "access", "logging/logger.h", "options/schema.h"],
    "kernel/api/testing": ["kernel/api", "remoting", "access", "logging"],
    "kernel": ["kernel/api", "daemon", *BOTTOM],
    "namesrv": ["kernel/api", "daemon", *BOTTOM],
    "client": ["remoting", "access", "logging"],
    "http-gateway": ["client", *BOTTOM],
    "http-gateway/plugin": ["http-gateway", "client", "kernel/api", *BOTTOM],
    "cli": ["kernel", "kernel/api", "namesrv", "http-gateway", "client", "daemon", *BOTTOM],
    "bench": ["remoting", "logging", "bench/loadgen"],
    "bench/broker_start": ["kernel/api", "remoting"],
    "bench/loadgen": [],
    "bench/store": ["plugins/store-mmap", "kernel/api", "remoting", "logging"],
    "bench/micro": ["kernel", "kernel/api", *BOTTOM],
    "examples": ["client", "kernel/api", "kernel/api/testing", "remoting", "access"],
    "plugins": ["kernel/api", "remoting", "access"],  # each plugin is a room of its own: plugins/<name>
    "tests": ["*"],
}

# What to do instead, where the rule alone does not say it.
REMEDY = {
    "plugins": "If {self} needs it, it belongs in an interface of kernel/api/.",
    "remoting": "remoting knows nothing of brokers: hand it in through a function or an interface of remoting/.",
    "bench/loadgen": "The generator is the independent check of the wire: it writes and reads frames by itself.",
    "kernel/api": "A plugin sees what these headers include: say it in kernel/api/'s own types.",
}


def room_of(path: str) -> str | None:
    """The room that a file is in; None for a file in no room (at the top, or in a folder of none)."""
    parts = PurePosixPath(path).parts
    if len(parts) < 2: return None
    if parts[0] == "plugins": return "/".join(parts[:2])
    for depth in (3, 2):
        nested = "/".join(parts[:depth])
        if len(parts) > depth and nested in MAY_KNOW: return nested
    return parts[0] if parts[0] in MAY_KNOW else None


def kind_of(room: str) -> str:
    return "plugins" if room.startswith("plugins/") else room


def may_include(room: str, header: str) -> bool:
    target = room_of(header)
    if target == room: return True
    if target == "tests": return False
    allowed = MAY_KNOW[kind_of(room)]
    return "*" in allowed or target in allowed or header in allowed


def rule_of(room: str) -> str:
    what = "a plugin" if kind_of(room) == "plugins" else f"{room}/"
    allowed = [name if name.endswith(".h") else f"{name}/" for name in MAY_KNOW[kind_of(room)]]
    return f"{what} may include {', '.join([*allowed, 'itself'])} only (docs/design.md §2)"


def circles() -> Iterator[str]:
    """The table itself must have none."""

    def walk(room: str, way: list[str]) -> Iterator[str]:
        if room in way:
            yield " -> ".join([*way[way.index(room):], room])
            return
        for known in MAY_KNOW.get(room, []):
            if known in MAY_KNOW: yield from walk(known, [*way, room])

    for room in MAY_KNOW: yield from walk(room, [])
