"""How the result of one process is read: what passed, what failed, and what a person must see of it."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Result:
    passed: int = 0
    skipped: int = 0
    failures: dict[str, str] = field(default_factory=dict)  # name of the test (or of the process): its output
    note: str = ""  # stands behind the suite's line

    def add(self, other: "Result") -> None:
        self.passed += other.passed
        self.skipped += other.skipped
        self.failures.update(other.failures)
        self.note = self.note or other.note

    def __str__(self) -> str:
        text = f"{self.passed} passed, {len(self.failures)} failed"
        return text + (f", {self.skipped} skipped" if self.skipped else "")


def tail(text: str, lines: int = 120) -> str:
    kept = text.rstrip().splitlines()
    cut = [f"[{len(kept) - lines} lines before these]"] if len(kept) > lines else []
    return "\n".join(cut + kept[-lines:])


def ended(code: int | None) -> str:
    if code is None: return "was stopped: it ran past its limit"
    return f"ended by signal {-code}" if code < 0 else f"ended with exit code {code}"


def from_exit_code(code, output, name) -> Result:
    return Result(passed=1) if code == 0 else Result(failures={name: tail(output)})


CLOSING_LINE = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$")
UNITTEST = re.compile(r"^Ran (\d+) tests? in [\d.]+s\n\n(?:OK|FAILED)(?: \((.*)\))?$", re.M)


def from_script(code, output, name) -> Result:
    """A script that closes with `N passed, N failed[, N skipped]`, or Python's unittest; its exit code agrees."""
    if unittest := UNITTEST.search(output):
        result = from_unittest(unittest, output)
    elif said := CLOSING_LINE.match((output.rstrip().splitlines() or [""])[-1]):
        passed, failed, skipped = (int(number or 0) for number in said.groups())
        result = Result(passed, skipped, named_failures(output, failed, name))
    else:
        return Result(failures={name: tail(output) + f"\n{name} {ended(code)} and did not say what passed"})
    if code != 0 and not result.failures:
        result.failures[name] = tail(output) + f"\n{name} {ended(code)} although each test passed"
    return result


def named_failures(output: str, count: int, name: str) -> dict[str, str]:
    """What a script said of each failure after `FAIL <test>: `, or all that it said when it named them otherwise."""
    blocks = re.findall(r"^FAIL (\S+): (.*?)(?=^(?:ok|FAIL|skip) |\Z)", output, re.M | re.S)
    if len(blocks) == count: return {test: tail(said) for test, said in blocks}
    return {f"{name} #{number}": tail(output) if number == 1 else "" for number in range(1, count + 1)}


def from_unittest(closing: re.Match, output: str) -> Result:
    counts = dict(re.findall(r"(\w[\w ]*)=(\d+)", closing[2] or ""))
    result = Result(skipped=int(counts.get("skipped", 0)))
    for test, said in re.findall(r"^(?:FAIL|ERROR): (\S+)[^\n]*\n-+\n(.*?)(?=\n={70}|\n-{70})", output, re.M | re.S):
        result.failures[test] = tail(said)
    result.passed = int(closing[1]) - result.skipped - len(result.failures)
    return result


def from_gtest(code, output, name, report: Path) -> Result:
    """gtest's JSON report; where the program died before it wrote one, what it printed."""
    result = Result()
    if report.exists():
        for suite in json.loads(report.read_text())["testsuites"]:
            for test in suite["testsuite"]:
                if test["result"] == "SKIPPED":
                    result.skipped += 1
                elif "failures" in test:
                    full = f"{suite['name']}.{test['name']}"
                    result.failures[full] = printed_by(full, output)
                elif test["status"] == "RUN":
                    result.passed += 1
        if code != 0 and not result.failures:
            result.failures[name] = tail(output) + f"\n{name} {ended(code)} although each test passed"
        return result
    result.passed = len(re.findall(r"^\[       OK \] ", output, re.M))
    result.skipped = len(re.findall(r"^\[  SKIPPED \] .*ms\)$", output, re.M))
    for failed in re.findall(r"^\[  FAILED  \] (\S+?),? .*ms\)$", output, re.M):
        result.failures[failed] = printed_by(failed, output)
    before, begun, last = output.rpartition("[ RUN      ] ")
    result.failures[last.split()[0] if begun else name] = (
        tail(begun + last) + f"\n{name} {ended(code)}; the tests after this one did not run")
    return result


def printed_by(test: str, output: str) -> str:
    block = re.search(rf"^\[ RUN      \] {re.escape(test)}$.*?^\[  FAILED  \] {re.escape(test)}\b[^\n]*", output, re.M | re.S)
    return tail(block[0] if block else output)


def from_libfuzzer(code, output, name) -> Result:
    runs = re.search(r"^stat::number_of_executed_units:\s*(\d+)", output, re.M)
    if code == 0 and runs and int(runs[1]) > 0:
        return Result(passed=1, note=f"{int(runs[1]):,} inputs".replace(",", " "))
    return Result(failures={name: tail(output) + f"\n{name} {ended(code)}"})


def from_planted_fault(code, output, name) -> Result:
    """A program with a fault on purpose: it passes when the sanitizer reported it."""
    if code not in (0, None) and re.search(r"Sanitizer: |runtime error: ", output): return Result(passed=1)
    return Result(failures={name: tail(output) + f"\n{name} {ended(code)}: the fault planted there was not reported"})


def add_reports(result: Result, reports: list[str], name: str) -> None:
    """Each report of a sanitizer is a failure, whatever the test that ran the process says of it."""
    for number, text in enumerate(reports, 1):
        result.failures[f"{name}: sanitizer's report #{number}"] = tail(text)
