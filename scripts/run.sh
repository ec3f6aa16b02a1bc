#!/usr/bin/env bash
# Builds what is shipped, and starts it. Arguments go to the program: scripts/run.sh --help
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program=gantry-namesrv
log=build/release/run.log

scripts/deps.sh run
mkdir -p build/release
echo "Building $program (the first time takes some minutes) ..."
if ! { cmake --preset release -DGANTRY_TESTS=OFF -DGANTRY_BENCH=OFF &&
       cmake --build --preset release --target "$program-program"; } >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  echo "scripts/run.sh: $program was not built; all that was said is in $log" >&2
  exit 1
fi

cat <<TEXT

This is Gantry's name server. RocketMQ brokers register with it, and clients ask it where topics live.
It says below on which address it is ready, by default port 9876 of all interfaces; its files are in ~/.gantry/namesrv.
Give brokers and clients namesrvAddr=127.0.0.1:9876. Ctrl-C stops it; docs/namesrv.md has the rest.

TEXT
exec "build/release/bin/$program" "$@"
