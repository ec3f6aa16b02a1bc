"""Apache's name server 4.9.7, fetched by Maven and started as its own script starts it."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess

from settings import ROOT

VERSION = "4.9.7"
CACHE = pathlib.Path(f"build/apache-rocketmq-{VERSION}")
MAIN_CLASS = "org.apache.rocketmq.namesrv.NamesrvStartup"

# What bin/runserver.sh gives a JDK from 9 on, with its heap of 4 GB scaled to 1 GB: the machines that this
# runs on are smaller, and less heap is to Apache's advantage in memory.
JVM_FLAGS = (
    "-server -Xms1g -Xmx1g -XX:MetaspaceSize=128m -XX:MaxMetaspaceSize=320m"
    " -XX:+UseG1GC -XX:G1HeapRegionSize=16m -XX:G1ReservePercent=25"
    " -XX:InitiatingHeapOccupancyPercent=30 -XX:SoftRefLRUPolicyMSPerMB=0"
    " -XX:-OmitStackTraceInFastThrow -XX:-UseLargePages"
).split()

POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>gantry.bench</groupId>
  <artifactId>apache-namesrv</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.rocketmq</groupId>
      <artifactId>rocketmq-namesrv</artifactId>
      <version>{VERSION}</version>
    </dependency>
  </dependencies>
</project>
"""

# The level that Apache ships, written behind the request threads as there.
LOGBACK = """<configuration>
  <appender name="file" class="ch.qos.logback.core.FileAppender">
    <file>{log}</file>
    <encoder><pattern>%d{{yyyy-MM-dd HH:mm:ss}} %p %t - %m%n</pattern></encoder>
  </appender>
  <appender name="async" class="ch.qos.logback.classic.AsyncAppender">
    <appender-ref ref="file"/>
    <discardingThreshold>0</discardingThreshold>
  </appender>
  <root level="INFO"><appender-ref ref="async"/></root>
</configuration>
"""


def java() -> str:
    home = os.environ.get("JAVA_HOME")
    return str(pathlib.Path(home, "bin/java")) if home else "java"


def jdk_version() -> str:
    shown = subprocess.run([java(), "-version"], capture_output=True, text=True, check=True).stderr
    return shown.splitlines()[1].strip()


def fetch() -> None:
    """Brings the jars into CACHE; does nothing when they are there."""
    if (ROOT / CACHE / "lib").is_dir():
        return
    if shutil.which("mvn") is None:
        raise SystemExit("mvn is not installed: it fetches Apache's name server to compare with")
    partial = ROOT / CACHE.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    (partial / "pom.xml").write_text(POM)
    print(f"fetching Apache's name server {VERSION} with Maven into {CACHE}", flush=True)
    subprocess.run(
        ["mvn", "-B", "-q", "-Dstyle.color=never", "-f", partial / "pom.xml", "dependency:copy-dependencies"]
        + ["-DincludeScope=runtime", f"-DoutputDirectory={partial / 'lib'}"],
        check=True,
    )
    shutil.rmtree(ROOT / CACHE, ignore_errors=True)
    partial.rename(ROOT / CACHE)


def command(port: int, home: pathlib.Path) -> tuple[list[str], dict[str, str]]:
    """The command and the environment that start one server, whose home is the directory `home`."""
    (ROOT / home / "conf").mkdir(parents=True)
    (ROOT / home / "conf/logback_namesrv.xml").write_text(LOGBACK.format(log=home / "namesrv.log"))
    (ROOT / home / "namesrv.conf").write_text(f"listenPort={port}\nkvConfigPath={home}/kvConfig.json\n")
    gc_log = f"-Xlog:gc*:file={home}/gc.log:time,tags:filecount=5,filesize=30M"
    words = [java(), *JVM_FLAGS, gc_log, "-cp", f"{CACHE}/lib/*", MAIN_CLASS, "-c", f"{home}/namesrv.conf"]
    return words, {"ROCKETMQ_HOME": str(home)}
