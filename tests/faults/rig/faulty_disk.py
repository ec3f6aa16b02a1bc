"""The disk under a broker, as ../disk_faults.cpp makes it fail: what README.md calls rules, and what they did."""

import os


class FaultyDisk:
    """One for each broker: two brokers with one file would count each other's calls."""

    def __init__(self, library: str, control: str):
        self._library = library
        self._control = control
        self._times = 0
        self._seen = control + ".seen"

    @property
    def environment(self) -> dict[str, str]:
        return {"LD_PRELOAD": self._library, "DISK_FAULTS": self._control}

    def fail(self, *rules: str) -> None:
        """From the next call on, and counted from there: also when the last rules were the same, which is why each time
        has a number."""
        self._times += 1
        beside = self._control + ".new"
        with open(beside, "w") as out:
            out.write("# %d\n" % self._times)
            out.writelines(rule + "\n" for rule in rules)
        os.rename(beside, self._control)  # a call that reads half of the rules would obey half of them

    def heal(self) -> None:
        if os.path.exists(self._control):
            os.remove(self._control)

    def seen(self) -> list[str]:
        """What was done so far: CALL PATH ACTION."""
        if not os.path.exists(self._seen):
            return []
        with open(self._seen) as lines:
            return lines.read().splitlines()

    def forget(self) -> None:
        if os.path.exists(self._seen):
            os.remove(self._seen)
