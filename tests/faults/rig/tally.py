"""A history that counts as it grows, so that a test can wait for the next acknowledgement without reading it all."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable

from harness.case import CaseFailed, check
from harness import checker
from harness.history import OK, History, Operation, now_us


class Tally(History):
    """Any thread may call."""

    def __init__(self):
        super().__init__()
        self._counts: Counter = Counter()
        self._acknowledged_us: dict[tuple[str, str], int] = {}  # client, broker -> when its latest such send began
        self._why: dict[str, str] = {}
        self._groups: dict[str, list[str]] = defaultdict(list)  # topic -> those that consume it
        self._reached: dict[str, set[str]] = defaultdict(set)  # group -> hashes
        self._waiting: dict[str, dict[str, Operation]] = defaultdict(dict)  # group -> acknowledged, not there yet

    def add(self, operation: Operation) -> None:
        with self._changed:
            self._counts[operation.kind, operation.client, operation.outcome] += 1
            if operation.outcome != OK and operation.why:
                self._why[operation.client] = operation.why
            if operation.kind == "join":
                self._groups[operation.topic].append(operation.group)
            elif operation.kind == "send" and operation.outcome == OK:
                by = operation.client, operation.broker
                self._acknowledged_us[by] = max(operation.start_us, self._acknowledged_us.get(by, 0))
                for group in self._groups[operation.topic]:
                    if operation.hash not in self._reached[group]:
                        self._waiting[group][operation.hash] = operation
            elif operation.kind == "receive":
                self._reached[operation.group].add(operation.hash)
                self._waiting[operation.group].pop(operation.hash, None)
            super().add(operation)

    def count(self, kind: str, client: str, outcome: str = OK) -> int:
        with self._changed:
            return self._counts[kind, client, outcome]

    def last_why(self, client: str) -> str:
        """Why the client's latest failed operation failed."""
        with self._changed:
            return self._why.get(client, "nothing has failed")

    def await_more(self, number: int, kind: str, clients: list[str], outcome: str = OK, seconds: float = 30,
                   unless: Callable[[], bool] = lambda: False) -> bool:
        """Waits until each of the clients has done it so many times more. False: `unless` came true before."""
        targets = {client: self.count(kind, client, outcome) + number for client in clients}
        deadline = time.monotonic() + seconds
        with self._changed:
            while behind := [one for one, target in targets.items() if self._counts[kind, one, outcome] < target]:
                if unless():
                    return False
                if time.monotonic() >= deadline:
                    raise CaseFailed("%s did not %s (%s) %d times within %g s; the last failure: %s" % (
                        ", ".join(behind), kind, outcome, number, seconds, self._why.get(behind[0], "none")))
                self._changed.wait(0.05)
        return True

    def await_acknowledged_by(self, broker: str, clients: list[str], since_us: int, seconds: float) -> None:
        """Waits until that broker has acknowledged to each of the clients a send that it began since then."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while behind := [one for one in clients if self._acknowledged_us.get((one, broker), -1) < since_us]:
                if time.monotonic() >= deadline:
                    raise CaseFailed("%s acknowledged nothing to %s within %g s; the last failure: %s" % (
                        broker, ", ".join(behind), seconds, self._why.get(behind[0], "none")))
                self._changed.wait(0.05)

    def await_reached(self, seconds: float = 30, groups: list[str] | None = None) -> None:
        """Waits until all that was acknowledged after a group had joined has reached it. None: for all groups."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while late := {group: ones for group, ones in self._waiting.items()
                           if ones and (groups is None or group in groups)}:
                if time.monotonic() >= deadline:
                    raise CaseFailed("not within %g s: %s" % (seconds, "; ".join(
                        "%d messages to %s, such as %s" % (len(ones), group, next(iter(ones.values())))
                        for group, ones in late.items())))
                self._changed.wait(0.1)

    def fault(self, what: str, start_us: int) -> None:
        """Something was done to the system, and is healed now."""
        self.add(Operation("fault", "harness", start_us, now_us(), more={"what": what}))

    def judge(self, looked_at: dict[str, int], **rules) -> checker.Report:
        """The invariants hold, and each of `looked_at` was held against so many facts at least."""
        report = checker.check(self.all(), checker.Rules(**rules))
        check(not report.violations, lambda: "the history does not hold:\n%s" % report)
        for invariant, number in looked_at.items():
            check(report.checked[invariant] >= number, lambda: "%s was held against %d facts only, not %d" % (
                invariant, report.checked[invariant], number))
        return report
