"""The files of a repository as the rules see them."""

import re
from collections.abc import Iterator
from pathlib import Path

from exceptions import Exceptions

GENERATED = {"build", "node_modules", "target", "__pycache__"}


class Tree:
    """The files of a repository, with the paths written from its root."""

    def __init__(self, root: Path, exceptions: Exceptions):
        self.root = root
        self.exceptions = exceptions
        self.files = sorted(self._walk(root))
        self.known = set(self.files)
        self._texts = {}

    def _walk(self, folder: Path) -> Iterator[str]:
        for entry in folder.iterdir():
            if entry.name in GENERATED or (entry.name.startswith(".") and entry.name != ".ci"): continue
            if entry.is_dir(): yield from self._walk(entry)
            else: yield entry.relative_to(self.root).as_posix()

    def text(self, path: str) -> str:
        if path not in self._texts: self._texts[path] = (self.root / path).read_text(errors="replace")
        return self._texts[path]

    def named(self, *endings: str) -> list[str]:
        return [path for path in self.files if path.endswith(endings)]

    def cpp(self) -> list[str]:
        return self.named(".h", ".cpp")

    def product(self) -> list[str]:
        return [path for path in self.cpp() if not path.startswith("tests/")]


def code_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines without their // comments."""
    for number, line in enumerate(text.splitlines(), 1):
        yield number, re.sub(r"(^|\s)//.*", "", line)


def includes(text: str) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if found := re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line): yield number, found[1], found[2]


def search(tree: Tree, paths: list[str], pattern: str, says: str, excepted: dict[str, str] = {}) -> Iterator[str]:
    """Lines that match the pattern, but for the excepted files; and exceptions that nothing needs."""
    used = set()
    for path in paths:
        exception = next((name for name in excepted if path == name or (name.endswith("/") and path.startswith(name))), None)
        for number, line in code_lines(tree.text(path)):
            found = re.search(pattern, line)
            if found and exception: used.add(exception)
            elif found: yield f"{path}:{number} has `{found[0].strip()}`: {says}"
    for name in excepted:
        if name not in used and not name.endswith("/"): yield f"{name} needs no exception any more: take it out of exceptions.py."
