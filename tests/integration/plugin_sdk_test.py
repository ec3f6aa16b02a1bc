"""A plugin as its author builds and runs it: examples/plugin-hello against an installed prefix, as docs/plugins.md tells it."""

import argparse
import importlib.util
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VERSION = re.search(r"project\(gantry VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
PATIENCE = 60  # seconds that only a failing test waits

HELLO = 20001
SUCCESS, SYSTEM_ERROR = 0, 1


def said_by(*command, code=0, **more) -> str:
    run = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, **more)
    if run.returncode != code: raise AssertionError(f"{command} ended with {run.returncode}:\n{run.stdout}")
    return run.stdout


class Author:
    """Someone with an installed Gantry, which was moved once, and a copy of the example in a folder of their own."""

    def __init__(self, folder: Path):
        said_by("cmake", "--install", options.build, "--prefix", folder / "first")
        self.prefix = (folder / "first").rename(folder / "gantry")
        self.project = folder / "hello"
        shutil.copytree(self.prefix / "share/doc/gantry/examples/plugin-hello", self.project)
        self.configured = self.configure()
        said_by("cmake", "--build", self.project / "build", "--parallel", "2")
        self.library = self.project / "build/libhello.so"
        spec = importlib.util.spec_from_file_location("ask", self.project / "ask.py")
        self.asking = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.asking)

    def configure(self, build="build", code=0) -> str:
        return said_by("cmake", "-G", "Ninja", "-S", self.project, "-B", self.project / build, f"-DCMAKE_PREFIX_PATH={self.prefix}",
                       f"-DCMAKE_CXX_COMPILER={options.compiler}", "-DCMAKE_BUILD_TYPE=Debug", code=code)


class Broker:
    """gantry-broker with the author's broker.toml, on a port of its own."""

    def __init__(self, author: Author, *flags: str):
        self.author = author
        self.process = subprocess.Popen([author.prefix / "bin/gantry-broker", "--config", "broker.toml", "--listen", "127.0.0.1:0", *flags],
                                        cwd=author.project, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True)
        self.ready = self.process.stdout.readline()
        found = re.fullmatch(rf"gantry-broker {re.escape(VERSION)} ready on 127\.0\.0\.1:(\d+)\n", self.ready)
        if not found: raise AssertionError(f"no ready line but {self.ready!r}, and the log says\n{self.end()[1]}")
        self.port = int(found[1])

    def ask(self, **fields) -> tuple[dict, bytes]:
        return self.author.asking.ask("127.0.0.1", self.port, HELLO, fields)

    def wait_for_line(self, *words: str) -> str:
        """The next line of its log that has all of them; the end of the log, if the broker dies, fails the test."""
        seen = []
        for line in self.process.stderr:
            if all(word in line for word in words): return line
            seen.append(line)
        raise AssertionError(f"the log has no line with {words}:\n{''.join(seen)}")

    def end(self) -> tuple[int, str]:
        if self.process.poll() is None: self.process.send_signal(signal.SIGTERM)
        rest = self.process.communicate(timeout=PATIENCE)[1]
        return self.process.returncode, rest

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None: self.process.kill()
        self.process.communicate()


class PluginSdk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.author = Author(Path(folder.name))

    def setUp(self):
        shutil.rmtree(self.author.project / "data", ignore_errors=True)
        shutil.copy(ROOT / "examples/plugin-hello/broker.toml", self.author.project / "broker.toml")

    def test_the_plugin_is_built_without_a_warning(self):
        self.assertNotIn("Warning", self.author.configured)

    def test_the_library_shows_nothing_of_itself_but_the_plugin(self):
        symbols = re.findall(r" [BDRT] (\S+)", said_by("nm", "-D", "--defined-only", self.author.library))
        self.assertEqual(len(symbols), 1, symbols)
        major, minor, _ = map(int, VERSION.split("."))
        self.assertRegex(symbols[0], rf"^gantry_plugin_api\d+_gantry{major * 100000 + minor * 100}_")

    def test_the_library_needs_nothing_but_gantry_and_the_language(self):
        needed = re.findall(r"NEEDED.*\[(\S+?)\.so", said_by("readelf", "-d", self.author.library))
        allowed = {"libgantry-plugin-api", "libgantry-remoting", "libgantry-options", "libgantry-logging", "libstdc++", "libm",
                   "libgcc_s", "libc"}
        self.assertIn("libgantry-remoting", needed)
        self.assertLessEqual(set(needed), allowed)

    def test_its_own_test_passes_without_a_broker(self):
        said = said_by("ctest", "--test-dir", self.author.project / "build", "--output-on-failure")
        self.assertIn("100% tests passed", said)

    def test_the_broker_finds_it_and_tells_of_its_option(self):
        broker = [self.author.prefix / "bin/gantry-broker", "--config", "broker.toml"]
        here = {"cwd": self.author.project}
        self.assertRegex(said_by(*broker, "--list-plugins", **here), r"hello\b.*1\.0\.0")
        described = said_by(*broker, "--describe-plugin", "hello", **here)
        for words in ("Greets whoever asks.", "greeting", "The word before the name."): self.assertIn(words, described)
        self.assertIn("sound", said_by(*broker, "--check-config", **here))
        config = self.author.project / "broker.toml"
        config.write_text(config.read_text().replace("greeting =", "greting ="))
        self.assertIn("greeting", said_by(*broker, "--check-config", code=1, **here))

    def test_a_broker_with_it_greets_counts_and_takes_over_a_changed_option(self):
        with Broker(self.author) as broker:
            header, body = broker.ask(name="Ada")
            self.assertEqual((header["code"], header["extFields"], body), (SUCCESS, {"times": "1"}, b"hello, Ada"))
            header, _ = broker.ask()
            self.assertEqual(header["code"], SYSTEM_ERROR)
            self.assertIn("name", header["remark"])

            config = self.author.project / "broker.toml"
            config.write_text(config.read_text().replace('"hello"', '"moin"'))
            broker.process.send_signal(signal.SIGHUP)
            broker.wait_for_line("option changed", "greeting")
            self.assertEqual(broker.ask(name="Ada")[1], b"moin, Ada")
            self.assertEqual(broker.end()[0], 0)
        self.assertIn("\ngantry_hello_greetings_total 2\n", (self.author.project / "metrics.prom").read_text())

        with Broker(self.author) as broker:
            self.assertEqual(broker.ask(name="Ada")[0]["extFields"], {"times": "3"})
            self.assertEqual(broker.end()[0], 0)

    def test_another_compiler_is_named_in_one_sentence(self):
        config = self.author.prefix / "lib/cmake/gantry/gantryConfig.cmake"
        sound = config.read_text()
        self.addCleanup(config.write_text, sound)
        config.write_text(re.sub(r'(gantry_COMPILER) ".*"', r'\1 "Fortran 77"', sound))
        said = " ".join(self.author.configure("build-elsewhere").split())
        self.assertRegex(said, rf"the broker will not load hello: gantry {VERSION} was built with Fortran 77, and this is \w+ \d+\.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, help="a build directory in which everything is built")
    parser.add_argument("--compiler", default=shutil.which("g++"))
    options, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
