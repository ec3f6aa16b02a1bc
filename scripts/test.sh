#!/usr/bin/env bash
# Builds and tests. The last line is `N passed, N failed`; the exit code says the same.
#
#   scripts/test.sh [--all|--release] [filter...]
#
#   (no flag)   build preset dev; unit, integration and interop tests
#   --all       also ASan+UBSan, TSan, fuzzing, rotating seeds and the linters: what CI runs
#   --release   the long numbers: release build, ten minutes of fuzzing a target, many random cases
#   --list      only say which suites there are
#
# A filter that is (part of) a suite's name picks suites: `unit`, `remoting`, `asan/remoting`, `interop`.
# Any other filter picks tests by a piece of their name: `MessageRecord`, `MessageRecord.refuses*`.
# docs/testing.md has the suites, what each costs, and how a failure is repeated.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ " $* " == *" --help "* || " $* " == *" -h "* ]]; then
  sed -n '2,13s/^# \{0,1\}//p' scripts/test.sh
  exit
fi
scripts/deps.sh test
exec python3 scripts/suites "$@"
