"""Remembers with which inputs a slow suite passed, so that it need not run again for the same ones.

Only suites that declare `inputs` take part, and never under CI=true, --all or --release.
"""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

from plan import ROOT, Suite
from results import Result

GENERATED = {"__pycache__", "node_modules", "target", "build"}
TOOLS = [["java", "-version"], ["go", "version"], ["node", "--version"]]


def key(suite: Suite) -> str:
    digest = hashlib.sha256()
    for top in suite.inputs:
        files = [top] if top.is_file() else sorted(path for path in top.rglob("*") if path.is_file())
        for path in files:
            if not GENERATED.intersection(path.relative_to(top).parts):
                digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    for tool in TOOLS:
        if shutil.which(tool[0]):
            out = subprocess.run(tool, stdin=subprocess.DEVNULL, capture_output=True)
            digest.update(out.stdout + out.stderr)
    return digest.hexdigest()


def path_of(suite: Suite) -> Path:
    return ROOT / "build" / suite.preset / "passed" / (suite.name.replace("/", "-") + ".json")


def passed_before(suite: Suite) -> Result | None:
    path = path_of(suite)
    said = json.loads(path.read_text()) if path.exists() else {}
    if not said or said["key"] != key(suite): return None
    return Result(passed=said["passed"], note="unchanged, passed before")


def remember(suite: Suite, result: Result) -> None:
    path = path_of(suite)
    if result.failures or result.skipped:
        path.unlink(missing_ok=True)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"key": key(suite), "passed": result.passed}))
