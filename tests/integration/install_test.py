"""`cmake --install` gives a prefix that works wherever it is moved to: programs, library, headers, documents."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VERSION = re.search(r"project\(gantry VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text())[1]

# What someone builds on the prefix: our headers first, then the library.
CONSUMER = """
#include <remoting/byte_size.h>
#include <cstdio>
int main() {
  const auto size = gantry::ByteSize::parse("3 MiB");
  std::puts(size ? size->str().c_str() : "none");
}
"""


def said_by(*command, **more) -> str:
    run = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, **more)
    if run.returncode != 0: raise AssertionError(f"{command} ended with {run.returncode}:\n{run.stdout}")
    return run.stdout


class InstalledPrefix(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        first = Path(cls.folder.name, "first")
        said_by("cmake", "--install", options.build, "--prefix", first)
        cls.prefix = first.rename(Path(cls.folder.name, "moved"))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_its_programs_find_their_library_beside_them(self):
        programs = sorted((self.prefix / "bin").iterdir())
        self.assertIn("gantry-namesrv", [program.name for program in programs])
        for program in programs:
            self.assertIn(VERSION, said_by(program, "--version", cwd="/", env={}))
            library = re.search(r"libgantry-remoting\.so\S* => (\S+)", said_by("ldd", program))
            self.assertEqual(os.path.realpath(library[1]), str(self.prefix / "lib/libgantry-remoting.so"))

    def test_its_broker_finds_and_loads_its_plugins_by_itself(self):
        said = said_by(self.prefix / "bin/gantry-broker", "--list-plugins", cwd="/", env={})
        self.assertIn("store-mmap", said)
        self.assertIn(str(self.prefix / "lib/gantry/plugins/libstore-mmap.so"), said)
        self.assertNotIn("cannot be loaded", said)
        said_by(self.prefix / "bin/gantry-broker", "--describe-plugin", "store-mmap", cwd="/", env={})
        library = re.search(r"libgantry-remoting\.so\S* => (\S+)",
                            said_by("ldd", self.prefix / "lib/gantry/plugins/libstore-mmap.so"))
        self.assertEqual(os.path.realpath(library[1]), str(self.prefix / "lib/libgantry-remoting.so"))

    def test_a_program_can_be_built_on_its_headers_and_library(self):
        source, program = self.prefix / "consumer.cpp", self.prefix / "consumer"
        source.write_text(CONSUMER)
        said_by(options.compiler, "-std=c++20", "-I", self.prefix / "include/gantry", source, "-o", program,
                "-L", self.prefix / "lib", "-lgantry-remoting", f"-Wl,-rpath,{self.prefix / 'lib'}")
        self.assertEqual(said_by(program), "3MiB\n")

    def test_each_header_that_it_includes_is_there(self):
        headers = self.prefix / "include/gantry"
        self.assertTrue((headers / "remoting/server.h").exists())
        for header in headers.rglob("*.h"):
            for name in re.findall(r'^#include "(.+)"', header.read_text(), re.M):
                self.assertTrue((headers / name).exists(), f"{header.relative_to(headers)} includes {name}")

    def test_it_has_the_license_and_the_documents(self):
        documents = self.prefix / "share/doc/gantry"
        for name in ("LICENSE", "README.md", "CHANGELOG.md", "design.md", "testing.md"):
            self.assertTrue((documents / name).exists(), name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, help="a build directory in which everything is built")
    parser.add_argument("--compiler", default=shutil.which("g++"))
    options, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
