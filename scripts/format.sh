#!/usr/bin/env bash
# Formats every C++ file of the repository in place; with --check only names those that would change.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case ${1:-} in
  '')      mode=(-i) ;;
  --check) mode=(--dry-run -Werror) ;;
  *)       echo "usage: scripts/format.sh [--check]" >&2; exit 2 ;;
esac
find . \( -name build -o -name node_modules -o -name target -o -name '.?*' \) -prune -o \
  \( -name '*.h' -o -name '*.cpp' \) -print0 | xargs -0 -n 20 -P "$(nproc)" clang-format-19 "${mode[@]}"
