"""What a run of cases prints: a line for each as it ends, and the last one that `scripts/test.sh` reads."""

import threading


class Report:
    def __init__(self):
        self._lock = threading.Lock()
        self.counts = {"ok": 0, "FAIL": 0, "skip": 0}

    def add(self, verdict: str, text: str) -> None:
        with self._lock:
            self.counts[verdict] += 1
            print("%-4s %s" % (verdict, text), flush=True)

    def close(self) -> int:
        """The exit code. No case at all is a failure, too."""
        line = "%d passed, %d failed" % (self.counts["ok"], self.counts["FAIL"])
        if self.counts["skip"]:
            line += ", %d skipped" % self.counts["skip"]
        print(line, flush=True)
        return 1 if self.counts["FAIL"] or not sum(self.counts.values()) else 0
