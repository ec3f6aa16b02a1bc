"""Apache's servers, started as their own scripts start them."""

from __future__ import annotations

import pathlib

from reporting.apache_jars import CACHE, java
from reporting.machine import ROOT

# What bin/runserver.sh and bin/runbroker.sh give a JDK from 9 on. Their heaps are scaled to machines that are smaller:
# 1 GB instead of 4, 2 GB instead of 8. They are not touched before they are needed: memory is measured, too.
_COMMON_FLAGS = (
    " -XX:+UseG1GC -XX:G1HeapRegionSize=16m -XX:G1ReservePercent=25 -XX:InitiatingHeapOccupancyPercent=30"
    " -XX:SoftRefLRUPolicyMSPerMB=0 -XX:-OmitStackTraceInFastThrow -XX:-UseLargePages"
)
NAME_SERVER_FLAGS = ("-server -Xms1g -Xmx1g -XX:MetaspaceSize=128m -XX:MaxMetaspaceSize=320m" + _COMMON_FLAGS).split()
BROKER_FLAGS = (
    "-server -Xms2g -Xmx2g -XX:MaxDirectMemorySize=1g" + _COMMON_FLAGS
    # A disk that is nearly full is not what is measured.
    + " -Drocketmq.broker.diskSpaceWarningLevelRatio=0.99 -Drocketmq.broker.diskSpaceCleanForciblyRatio=0.98"
    # It unmaps its files through classes that Java 17 keeps closed.
    " --add-opens java.base/java.nio=ALL-UNNAMED --add-opens java.base/sun.nio.ch=ALL-UNNAMED"
    " --add-opens java.base/jdk.internal.ref=ALL-UNNAMED"
).split()

NAME_SERVER = "org.apache.rocketmq.namesrv.NamesrvStartup"
BROKER = "org.apache.rocketmq.broker.BrokerStartup"

# Beside the port of a broker: the one for old clients, and the one for slaves.
BROKER_PORTS = (-2, 1)

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


def name_server(port: int, home: pathlib.Path) -> tuple[list[str], dict[str, str]]:
    """The command and the environment that start one, whose home is the directory `home`."""
    return _server(home, "namesrv", NAME_SERVER, NAME_SERVER_FLAGS, {
        "listenPort": port, "kvConfigPath": f"{home}/kvConfig.json"})


def broker(port: int, name_server_endpoint: str, home: pathlib.Path, sync_flush: bool) -> tuple[list[str], dict[str, str]]:
    return _server(home, "broker", BROKER, BROKER_FLAGS, broker_properties(port, name_server_endpoint, str(home), sync_flush)
                   | {"haListenPort": port + 1})


def broker_properties(port: object, name_server_endpoint: str, home: str, sync_flush: bool) -> dict[str, object]:
    return {
        "brokerClusterName": "bench", "brokerName": "bench", "brokerId": 0, "brokerIP1": "127.0.0.1",
        "listenPort": port, "namesrvAddr": name_server_endpoint,
        "storePathRootDir": f"{home}/store", "storePathCommitLog": f"{home}/store/commitlog",
        "flushDiskType": "SYNC_FLUSH" if sync_flush else "ASYNC_FLUSH", "defaultTopicQueueNums": 8,
        # On a machine as small as this it would refuse messages that have waited for 200 ms, and a page cache that
        # takes a second: an error ends a measurement.
        "waitTimeMillsInSendQueue": 15000, "osPageCacheBusyTimeOutMills": 15000}


def as_file(properties: dict[str, object]) -> str:
    return "".join(f"{key}={value}\n" for key, value in properties.items())


def _server(home: pathlib.Path, name: str, main_class: str, flags: list[str],
            properties: dict[str, object]) -> tuple[list[str], dict[str, str]]:
    (ROOT / home / "conf").mkdir(parents=True, exist_ok=True)
    (ROOT / home / f"conf/logback_{name}.xml").write_text(LOGBACK.format(log=home / f"{name}.log"))
    (ROOT / home / f"{name}.conf").write_text(as_file(properties))
    gc_log = f"-Xlog:gc*:file={home}/gc.log:time,tags:filecount=5,filesize=30M"
    words = [java(), *flags, gc_log, f"-Duser.home={home}", "-cp", f"{CACHE}/lib/*", main_class, "-c", f"{home}/{name}.conf"]
    return words, {"ROCKETMQ_HOME": str(home)}
