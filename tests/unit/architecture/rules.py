"""The rules that hold for every file. Each is a function from the tree to what breaks it, and each finding names
the place, the rule and what to do. Exceptions stand in exceptions.py, each with its reason."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from textwrap import dedent

import rooms
from tree import Tree, includes, search

HEADER_LINES, SOURCE_LINES = 200, 500


def every_file_is_in_a_room(tree: Tree) -> Iterator[str]:
    for path in tree.cpp():
        if rooms.room_of(path) is None:
            yield f"{path} is in no room of docs/design.md §2. Move it to one, or add the room to rooms.py and there."


def includes_follow_the_arrows(tree: Tree) -> Iterator[str]:
    for path in tree.cpp():
        room = rooms.room_of(path)
        if room is None: continue
        for number, quote, header in includes(tree.text(path)):
            if header not in tree.known and header + ".in" not in tree.known: continue
            if rooms.may_include(room, header): continue
            remedy = rooms.REMEDY.get(rooms.kind_of(room), "What both need belongs in a room that both may know.")
            yield (f"{path}:{number} includes {header}: {rooms.rule_of(room)}. "
                   f"{remedy.format(self=room.rpartition('/')[2])}")


def includes_name_files_from_the_root(tree: Tree) -> Iterator[str]:
    for path in tree.cpp():
        for number, quote, header in includes(tree.text(path)):
            ours = header in tree.known or header + ".in" in tree.known
            if quote == '"' and not ours:
                yield f'{path}:{number} includes "{header}": no file of that path from the root. Others\' headers go in <>.'
            if quote == "<" and ours:
                yield f'{path}:{number} includes <{header}>: our own headers go in quotes.'


def mirrored(stem: str) -> list[str]:
    """What a file of that name may be about: a file of its room, of a plugin, or a tool that stands beside a test."""
    inside = stem.removeprefix("tests/unit/")
    return [inside, f"plugins/{inside}", stem] if inside != stem else [stem]


def own_header_comes_first(tree: Tree) -> Iterator[str]:
    for path in tree.named(".cpp"):
        stem = path.removesuffix(".cpp").removesuffix("_test")
        own = next((place + ".h" for place in mirrored(stem) if place + ".h" in tree.known), None)
        if own is None: continue
        first = next(includes(tree.text(path)), (1, "", "nothing"))
        if first[2] != own:
            yield f"{path}:{first[0]} includes {first[2]} first. It is {own}, so that this header is seen to stand alone."


def headers_are_guarded_and_introduced(tree: Tree) -> Iterator[str]:
    for path in tree.named(".h"):
        text = tree.text(path)
        if not re.search(r"^#pragma once$", text, re.M): yield f"{path} lacks `#pragma once`."
        if not text.startswith("// "):
            yield f"{path} starts without a word: say on the first lines what it is for, who calls it and what fails."


def files_keep_their_budget(tree: Tree) -> Iterator[str]:
    longer = tree.exceptions.longer
    for path in tree.cpp():
        lines = len(tree.text(path).splitlines())
        budget = HEADER_LINES if path.endswith(".h") else SOURCE_LINES
        allowed = max(budget, longer.get(path, budget))
        if lines > allowed:
            yield f"{path} has {lines} lines, {allowed} are allowed. Does it still have one subject? Split it by subject."
        elif path in longer and lines < longer[path]:
            yield f"{path} has only {lines} lines now: lower its entry in exceptions.py, or take it out."
    for path in longer:
        if path not in tree.known: yield f"{path} is gone: take it out of exceptions.py."


DRAWER = re.compile(r"(^|.*[_-])(utils?|utility|utilities|common|misc|base|helpers?)$")


def there_is_no_drawer(tree: Tree) -> Iterator[str]:
    for path in tree.files:
        for part in PurePosixPath(path).with_suffix("").parts:
            if DRAWER.match(part):
                yield f"{path}: `{part}` does not say what is in it. Name it for what it does, or move it to its one user."
                break


def sources_are_built(tree: Tree) -> Iterator[str]:
    lists = {str(PurePosixPath(path).parent): tree.text(path) for path in tree.named("CMakeLists.txt")}
    for path in tree.named(".cpp"):
        for folder in PurePosixPath(path).parents:
            relative = PurePosixPath(path).relative_to(folder)
            listed = lists.get(str(folder))
            if listed and re.search(rf"(^|[\s(]){re.escape(str(relative))}($|[\s)])", listed, re.M): break
        else:
            yield f"{path} is in no CMakeLists.txt: it is never built, and a test in it never runs."


def nobody_names_a_machine(tree: Tree) -> Iterator[str]:
    texts = tree.named(".h", ".cpp", ".md", ".py", ".sh", ".txt", ".cmake", ".json", ".toml", ".java", ".go", ".js", ".xml")
    for path in [*texts, *(path for path in tree.files if path.startswith(".ci/"))]:
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            if found := re.search(r"(?<![\w.])/(work|root|home)/\w+|\.\./shared\b", line):
                yield f"{path}:{number} names `{found[0]}`, which only one machine has. Say it without the path."


def clocks_are_passed_in(tree: Tree) -> Iterator[str]:
    yield from search(
        tree, tree.product(),
        r"\b(system|steady|high_resolution)_clock::now\b|\bclock_gettime\(|\bgettimeofday\(|\btime\((nullptr|NULL|0)\)",
        "take the time as an argument, so that a test can move it. A new place for the real clock goes into exceptions.py, "
        "with its reason.", tree.exceptions.real_clock)


def coroutines_are_never_forgotten(tree: Tree) -> Iterator[str]:
    yield from search(tree, tree.product(), r"\b(asio|net)::detached\b",
                      "an exception would vanish. Give co_spawn a completion handler that counts and logs why it ended.")


def results_are_not_of_bool(tree: Tree) -> Iterator[str]:
    yield from search(tree, tree.product(), r"\bresult<bool\b", "`if (!r)` reads both ways. Return an enum or result<void>.")


LEFT_OPEN = "TO" + "DO|FIX" + "ME|XX" + "X"


def nothing_is_left_open(tree: Tree) -> Iterator[str]:
    for path in tree.named(".h", ".cpp", ".py", ".sh", ".cmake", ".md", ".txt"):
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            if found := re.search(rf"\b({LEFT_OPEN})\b", line):
                yield f"{path}:{number} says {found[0]}: do it, or file it where others see it."


def tests_do_not_sleep(tree: Tree) -> Iterator[str]:
    tests = [path for path in tree.named(".h", ".cpp", ".py") if path.startswith("tests/")]
    yield from search(tree, tests, r"\bsleep_(for|until)\b|\bu?sleep\(|\bnanosleep\(",
                      "wait for the event instead, or move the clock.", tree.exceptions.sleeps)


TEST = re.compile(r"^\s*(?:TEST|TEST_F|TEST_P|TYPED_TEST|RC_GTEST_PROP|RC_GTEST_FIXTURE_PROP)\(\s*(\w+),\s*(\w+)", re.M)


def test_names_are_sentences(tree: Tree) -> Iterator[str]:
    for path in tree.named("_test.cpp"):
        text = tree.text(path)
        for found in TEST.finditer(text):
            number = text.count("\n", 0, found.start(1)) + 1
            if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", found[1]) or not re.fullmatch(r"[a-z0-9]+(_[A-Za-z0-9]+)+", found[2]):
                yield (f"{path}:{number}: {found[1]}.{found[2]} is not named like `MessageRecord.refuses_a_negative_length`: "
                       "a subject in CamelCase, and what holds for it in snake_case.")


def tests_mirror_sources(tree: Tree) -> Iterator[str]:
    """The test of remoting/frame.h is tests/unit/remoting/frame_test.cpp, or frame_<aspect>_test.cpp beside it; that of
    plugins/pop/lease.h is tests/unit/pop/lease_test.cpp."""
    for path in tree.named("_test.cpp"):
        if not path.startswith("tests/unit/") or path in tree.exceptions.mirror_none: continue
        words = path.removesuffix("_test.cpp").split("_")
        stems = ["_".join(words[:count]) for count in range(1, len(words) + 1)]
        sources = {place + ending for stem in stems for place in mirrored(stem) for ending in (".h", ".cpp")}
        if not sources & tree.known:
            yield (f"{path} is about {'_'.join(words).removeprefix('tests/unit/')}.h, which does not exist. Name it after the file that it tests, or "
                   "add it to exceptions.py with the reason.")
    for path in tree.exceptions.mirror_none:
        if path not in tree.known: yield f"{path} is gone: take it out of exceptions.py."


BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.M | re.S)


def pages_show_what_is_built(tree: Tree) -> Iterator[str]:
    """A block of a page that names a file, ```cpp examples/plugin-hello/hello.cpp, stands in that file word for word."""
    for page in tree.named(".md"):
        for block in BLOCK.finditer(tree.text(page)):
            language, path, code = block.groups()
            place = f"{page}:{tree.text(page).count(chr(10), 0, block.start()) + 1}"
            if path is None:
                if page == "docs/plugins.md" and language == "cpp":
                    yield f"{place} shows C++ of no file: nobody knows whether it compiles. Take it from one of examples/, and name that."
            elif path not in tree.known:
                yield f"{place} shows a part of {path}, which does not exist."
            elif not shows_a_part_of(code, tree.text(path)):
                yield f"{place} shows what is not in {path}, or not any more: copy it anew."


def shows_a_part_of(code: str, source: str) -> bool:
    """Its lines stand in the source, one after the other, perhaps further to the right."""
    wanted, lines = dedent(code), source.splitlines()
    count = len(code.splitlines())
    return any(dedent("\n".join(lines[at:at + count]) + "\n") == wanted for at in range(len(lines) - count + 1))


RULES = [
    every_file_is_in_a_room,
    includes_follow_the_arrows,
    includes_name_files_from_the_root,
    own_header_comes_first,
    headers_are_guarded_and_introduced,
    files_keep_their_budget,
    there_is_no_drawer,
    sources_are_built,
    nobody_names_a_machine,
    clocks_are_passed_in,
    coroutines_are_never_forgotten,
    results_are_not_of_bool,
    nothing_is_left_open,
    tests_do_not_sleep,
    test_names_are_sentences,
    tests_mirror_sources,
    pages_show_what_is_built,
]
