"""Apache's name server, started as its own script starts it."""

from __future__ import annotations

import pathlib

from reporting.apache_jars import CACHE, java
from settings import ROOT

MAIN_CLASS = "org.apache.rocketmq.namesrv.NamesrvStartup"

# What bin/runserver.sh gives a JDK from 9 on, with its heap of 4 GB scaled to 1 GB: the machines that this
# runs on are smaller, and less heap is to Apache's advantage in memory.
JVM_FLAGS = (
    "-server -Xms1g -Xmx1g -XX:MetaspaceSize=128m -XX:MaxMetaspaceSize=320m"
    " -XX:+UseG1GC -XX:G1HeapRegionSize=16m -XX:G1ReservePercent=25"
    " -XX:InitiatingHeapOccupancyPercent=30 -XX:SoftRefLRUPolicyMSPerMB=0"
    " -XX:-OmitStackTraceInFastThrow -XX:-UseLargePages"
).split()

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


def command(port: int, home: pathlib.Path) -> tuple[list[str], dict[str, str]]:
    """The command and the environment that start one server, whose home is the directory `home`."""
    (ROOT / home / "conf").mkdir(parents=True)
    (ROOT / home / "conf/logback_namesrv.xml").write_text(LOGBACK.format(log=home / "namesrv.log"))
    (ROOT / home / "namesrv.conf").write_text(f"listenPort={port}\nkvConfigPath={home}/kvConfig.json\n")
    gc_log = f"-Xlog:gc*:file={home}/gc.log:time,tags:filecount=5,filesize=30M"
    words = [java(), *JVM_FLAGS, gc_log, "-cp", f"{CACHE}/lib/*", MAIN_CLASS, "-c", f"{home}/namesrv.conf"]
    return words, {"ROCKETMQ_HOME": str(home)}
