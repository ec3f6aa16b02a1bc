"""Apache RocketMQ 4.9.7, its name server, its broker and its store, fetched by Maven; and the JDK that runs them."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess

from reporting.machine import ROOT

VERSION = "4.9.7"
CACHE = pathlib.Path(f"build/apache-rocketmq-{VERSION}")

POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>gantry.bench</groupId>
  <artifactId>apache-jars</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.rocketmq</groupId>
      <artifactId>rocketmq-namesrv</artifactId>
      <version>{VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.rocketmq</groupId>
      <artifactId>rocketmq-broker</artifactId>
      <version>{VERSION}</version>
    </dependency>
  </dependencies>
</project>
"""


def java() -> str:
    home = os.environ.get("JAVA_HOME")
    return str(pathlib.Path(home, "bin/java")) if home else "java"


def jdk_version() -> str:
    shown = subprocess.run([java(), "-version"], capture_output=True, text=True, check=True).stderr
    return shown.splitlines()[1].strip()


def fetch() -> None:
    """Brings the jars into CACHE; does nothing when they are there."""
    pom = ROOT / CACHE / "pom.xml"
    if pom.is_file() and pom.read_text() == POM:
        return
    if shutil.which("mvn") is None:
        raise SystemExit("mvn is not installed: it fetches Apache's jars to compare with")
    partial = ROOT / CACHE.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    (partial / "pom.xml").write_text(POM)
    print(f"fetching Apache's name server and broker {VERSION} with Maven into {CACHE}", flush=True)
    subprocess.run(
        ["mvn", "-B", "-q", "-Dstyle.color=never", "-f", partial / "pom.xml", "dependency:copy-dependencies"]
        + ["-DincludeScope=runtime", f"-DoutputDirectory={partial / 'lib'}"],
        check=True,
    )
    shutil.rmtree(ROOT / CACHE, ignore_errors=True)
    partial.rename(ROOT / CACHE)
