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
       cmake --build --preset release --target "$program"; } >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  echo "scripts/run.sh: $program was not built; all that was said is in $log" >&2
  exit 1
fi

cat <<TEXT

This is Gantry's name server. RocketMQ brokers register with it, clients ask it where topics live.
Port 9876 unless an option says otherwise; the lines below say where it listens.
Point brokers and clients at namesrvAddr=127.0.0.1:9876. Stop it with Ctrl-C.

TEXT
exec "build/release/bin/$program" "$@"
