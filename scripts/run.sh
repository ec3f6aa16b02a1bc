#!/usr/bin/env bash
# Builds what is shipped, and starts `gantry up`. Arguments go to it: scripts/run.sh --help
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

log=build/release/run.log

scripts/deps.sh run
mkdir -p build/release
echo "Building Gantry (the first time takes some minutes) ..."
if ! { cmake --preset release -DGANTRY_TESTS=OFF -DGANTRY_BENCH=OFF &&
       cmake --build --preset release --target shipped; } >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  echo "scripts/run.sh: Gantry was not built; all that was said is in $log" >&2
  exit 1
fi

exec build/release/bin/gantry up "$@"
