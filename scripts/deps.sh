#!/usr/bin/env bash
# Installs what this repository needs from Debian 12, and is over at once when nothing is missing.
#
#   scripts/deps.sh [run|test|all]     (default: all)
#
#   run   to build and start the programs
#   test  also what the unit, integration and interop tests need
#   all   also the sanitizers, the fuzzer and the linters
#
# A package is needed when the command or the header that it is here for is missing, so a `go`, `node` or
# `java` from elsewhere counts. Without root it uses sudo; without sudo it prints the command to run.
set -euo pipefail

# group | package | what must be there: a command, or a header (it has a dot or a slash)
needs='
run  | g++                    | g++
run  | cmake                  | cmake
run  | ninja-build            | ninja
run  | ccache                 | ccache
run  | mold                   | mold
run  | pkg-config             | pkg-config
run  | libboost1.81-dev       | boost/url.hpp
run  | libssl-dev             | openssl/ssl.h
run  | libspdlog-dev          | spdlog/spdlog.h
run  | libfmt-dev             | fmt/format.h
run  | libtomlplusplus-dev    | toml++/toml.h
run  | libcli11-dev           | CLI/CLI.hpp
run  | libdeflate-dev         | libdeflate.h
run  | liblz4-dev             | lz4.h
run  | libzstd-dev            | zstd.h
run  | prometheus-cpp-dev     | prometheus/text_serializer.h
run  | libsqlite3-dev         | sqlite3.h
test | python3                | python3
test | libgtest-dev           | gtest/gtest.h
test | libgmock-dev           | gmock/gmock.h
test | librapidcheck-dev      | rapidcheck.h
test | openssl                | openssl
test | default-jdk-headless   | javac
test | maven                  | mvn
test | golang-go              | go
test | nodejs                 | node
test | npm                    | npm
all  | util-linux             | setarch
all  | libbenchmark-dev       | benchmark/benchmark.h
all  | clang-19               | clang++-19
all  | libclang-rt-19-dev     | /usr/lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.asan-{arch}.a
all  | llvm-19                | llvm-symbolizer-19
all  | clang-format-19        | clang-format-19
all  | clang-tidy-19          | clang-tidy-19
'

case ${1:-all} in
  run)  groups=' run ' ;;
  test) groups=' run test ' ;;
  all)  groups=' run test all ' ;;
  *)    sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

arch=$(uname -m)
is_there() {
  case $1 in
    /*)     [[ -e $1 ]] ;;
    *[./]*) [[ -e /usr/include/$1 || -e /usr/include/$arch-linux-gnu/$1 || -e /usr/local/include/$1 ]] ;;
    *)      command -v "$1" >/dev/null ;;
  esac
}

missing=()
while IFS=' |' read -r group package probe; do
  if [[ -n $package && $groups == *" $group "* ]] && ! is_there "${probe/\{arch\}/$arch}"; then missing+=("$package"); fi
done <<<"$needs"
[[ ${#missing[@]} -gt 0 ]] || exit 0

if ! command -v apt-get >/dev/null; then
  echo "scripts/deps.sh: this system has no apt-get. Missing are what Debian 12 packages as: ${missing[*]}" >&2
  exit 1
fi
as_root=(env "DEBIAN_FRONTEND=${DEBIAN_FRONTEND:-noninteractive}")
if [[ $(id -u) -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "scripts/deps.sh: ${#missing[@]} packages are missing, and this is neither root nor is there sudo." >&2
    echo "Run as root: apt-get update && apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo "${as_root[@]}")
fi
apt=("${as_root[@]}" apt-get -q -o DPkg::Lock::Timeout=300)

echo "scripts/deps.sh: installing ${missing[*]}"
"${apt[@]}" update
"${apt[@]}" install -y --no-install-recommends "${missing[@]}"
