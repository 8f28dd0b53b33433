#!/usr/bin/env bash
# tests/fuzz/run.sh HOURS gives each fuzz target so many hours (20s: seconds), as many at a time as there are processors.
# Inputs that reach new code stay in build-fuzz/corpus/ for the next time; those that end a target lie in
# build-fuzz/findings/: mend the cause, and make a plain test of it.
set -euo pipefail
cd "$(dirname "$0")/../.."
case ${1-} in
    *[0-9]s) seconds=${1%s} ;;
    *[0-9]) seconds=$(awk "BEGIN { print int(3600 * $1) }") ;;
    *) sed -n '2,4s/^# //p' "$0"; exit 2 ;;
esac
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target normlab_fuzz_targets -j "$(nproc)" >build-fuzz/build.log || { cat build-fuzz/build.log; exit 1; }
cd build-fuzz
python3 ../tests/fuzz/seeds.py seeds
mkdir -p findings
TMPDIR=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)")
trap 'rm -rf "$TMPDIR"' EXIT
# Memory that a net does not get is an error of its own; asking for it is no finding.
ASAN_OPTIONS=allocator_may_return_null=1:max_allocation_size_mb=1024
export TMPDIR ASAN_OPTIONS seconds

fuzz() {
    mkdir -p "corpus/$1"
    "fuzz/fuzz_$1" -max_total_time="$seconds" -timeout=120 -malloc_limit_mb=4096 -print_final_stats=1 \
        -artifact_prefix="findings/$1-" "corpus/$1" "seeds/$1" >"$1.log" 2>&1 || { tail -n 40 "$1.log"; return 1; }
    sed -n "s/^stat::number_of_executed_units: /$1: tried /p" "$1.log"
}
export -f fuzz
printf '%s\n' fuzz/fuzz_* | sed 's/.*fuzz_//' | xargs -P "$(nproc)" -I{} bash -c 'fuzz {}'
