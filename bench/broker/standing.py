"""What a broker needs when it has little to do: memory, CPU time, the time to come up; and what bad clients cost
the others."""

from __future__ import annotations

import json
import time

import brokers
import load
from load import Load, sends
from processes import loadgen
from processes.rounds import Recorder, in_turn, say
from processes.server import Server
from reporting.machine import Quietness
from settings import Settings

SIDES = ("gantry", "apache")
TOLD = ("seconds", "cpu_share", "anonymous", "resident", "latency_us.p50", "latency_us.p99", "latency_us.p99_9")

# Longer than the CPU time of waiting pulls is taken: none of them ends in between, and no heartbeat is due.
PARKED_SUSPEND_SECONDS = 100
PARKED_HEARTBEAT_SECONDS = 100


def memory(settings: Settings) -> list[dict]:
    """Resident memory and CPU time: with nothing to do, with pulls that wait, and with many messages and consumers."""
    recorder = Recorder("memory", TOLD)
    for side in SIDES:
        with brokers.running(side, settings) as server:
            time.sleep(settings.settle_seconds)
            recorder.add("idle", side, 0, _look(settings, server), server=server.shown_command)
            filling = load.fill(settings, server, messages=load.QUEUES, batch=1)
            with load.consumers(settings, server, clients=settings.parked_clients, groups=settings.consumer_groups,
                                pulls=settings.parked_pulls, suspend=PARKED_SUSPEND_SECONDS,
                                heartbeat=PARKED_HEARTBEAT_SECONDS) as parked:
                say(f"{side}: {parked.said}")
                time.sleep(min(settings.settle_seconds, 10))
                report = _look(settings, server)
                parked.check()
                recorder.add("parked pulls", side, 0, report, server=server.shown_command, filling=filling,
                             consumers=parked.shown_command)
            filling = load.fill(settings, server, messages=settings.memory_messages, batch=1)
            with load.consumers(settings, server, clients=settings.consumers, groups=settings.consumer_groups, pulls=1,
                                suspend=15) as crowd:
                say(f"{side}: {crowd.said}")
                time.sleep(settings.settle_seconds)
                report = _look(settings, server, cpu=False)
                crowd.check()
                recorder.add("loaded", side, 0, report, server=server.shown_command, filling=filling,
                             consumers=crowd.shown_command)
    return recorder.runs


def _look(settings: Settings, server: Server, cpu: bool = True) -> dict:
    quietness = Quietness(server.pid)
    report = dict(server.memory())
    if cpu:
        begin, cpu_before = time.monotonic(), server.cpu_seconds()
        time.sleep(settings.idle_seconds)
        report["cpu_share"] = (server.cpu_seconds() - cpu_before) / (time.monotonic() - begin)
    return report | {"machine": quietness.since(), "command": server.shown_command}


def start(settings: Settings) -> list[dict]:
    """From spawning to the first message that was taken, in turn; not pinned, as a user starts it."""
    recorder = Recorder("start", TOLD)
    for number in range(max(settings.starts, settings.apache_starts)):
        for side in in_turn(list(SIDES), number):
            if number >= (settings.apache_starts if side == "apache" else settings.starts):
                continue
            with brokers.starting(side, settings, pinned=False) as server:
                quietness = Quietness(server.pid)
                seconds = brokers.wait_until_taking_messages(server)
                recorder.add("start", side, number, {
                    "seconds": seconds, "command": server.shown_command, "machine": quietness.since()})
    return recorder.runs


NEVER_READ = "beside consumers that never read"
ASK_AND_NEVER_READ = "beside clients that ask and never read"
# The words that the generator is given, with figures of the settings among them.
STRAINS = {
    "alone": None,
    "beside connections that are opened and reset": ("misbehave", "churn", "--rate", "{churn_rate}"),
    "beside connections that are silent": ("misbehave", "silent", "--connections", "{silent_connections}"),
    "beside requests that come byte by byte": ("misbehave", "trickle", "--connections", "{silent_connections}"),
    "beside wrong lengths and TLS": ("misbehave", "wrong-beginnings", "--rate", "{churn_rate}"),
    "beside a flood of unknown codes": ("misbehave", "unknown-codes", "--rate", "{unknown_code_rate}"),
    "beside one with many parked pulls": ("consumers", "--clients", "1", "--groups", "1", "--suspend", "15", "--pulls",
                                          "{one_clients_pulls}"),
    ASK_AND_NEVER_READ: ("misbehave", "asks-never-reads"),
    NEVER_READ: ("misbehave", "never-reads"),
}
# What Apache's broker does not get over: it has one of its own for each of these.
LETHAL = (ASK_AND_NEVER_READ, NEVER_READ)


def strain(settings: Settings) -> list[dict]:
    """A client that behaves, beside some that do not: the latency of its sends and of its pulls."""
    recorder = Recorder("strain", TOLD)
    polite = [sends("sends", 128, 4, 64),
              Load("pulls", ("pull", "--messages", str(settings.pull_messages)), connections=4, window=8)]
    with brokers.running("gantry", settings) as gantry, brokers.running("apache", settings) as apache:
        for server in (gantry, apache):
            # The pulls' topic has these messages in front; what is sent later does not matter to them.
            load.fill(settings, server, messages=settings.pull_messages)
        for one in polite:
            load.measure(settings, apache, one, warmup=0, duration=settings.jit_warmup_seconds / 2)
        for number in range(settings.rounds):
            for strain_name in STRAINS:
                for server in in_turn([gantry, apache], number):
                    if server is apache and strain_name in LETHAL:
                        continue
                    for one in polite:
                        report, more = _beside(settings, server, strain_name, one)
                        recorder.add(f"{one.name}, {strain_name}", server.name, number, report,
                                     server=server.shown_command, **more)
    for strain_name in LETHAL:
        for one in polite:
            _let_those_loose_on_apache(settings, recorder, strain_name, one)
    return recorder.runs


def _let_those_loose_on_apache(settings: Settings, recorder: Recorder, strain_name: str, one: Load) -> None:
    """It keeps what nobody reads until its memory is used up, and serves nobody well from then on: it gets a broker of its
    own for that, once, and when that gives no answer to a client's first request there is no run to tell of."""
    with brokers.running("apache", settings) as apache:
        load.fill(settings, apache, messages=settings.pull_messages)
        load.measure(settings, apache, one, warmup=0, duration=settings.jit_warmup_seconds / 2)
        try:
            report, more = _beside(settings, apache, strain_name, one)
        except loadgen.LoadFailed as failure:
            say(f"apache, {one.name}, {strain_name}: {failure}")
            return
        recorder.add(f"{one.name}, {strain_name}", "apache", 0, report, server=apache.shown_command, **more)


def _beside(settings: Settings, server: Server, strain_name: str, one: Load) -> tuple[dict, dict]:
    words = STRAINS[strain_name]
    if words is None:
        return load.measure(settings, server, one, rate=settings.polite_rate), {}
    # Ours must serve all others without an error; what Apache's does is told.
    may_fail = server.name == "apache"
    command = [loadgen.program(settings.build)] + [word.format_map(vars(settings)) for word in words]
    is_waited_for = words[0] == "consumers"  # until its pulls are parked
    command += ["--server", server.endpoint]
    with loadgen.Staying(command, settings.generator_cpu, speaks_first=is_waited_for) as bad:
        report = load.measure(settings, server, one, rate=settings.polite_rate, may_fail=may_fail)
        report["memory"] = server.memory()
        done = bad.end()
    return report, {"bad_command": bad.shown_command, "bad": json.loads(done) if done.startswith("{") else {}}
