#!/usr/bin/env bash
# Runs every fuzz target for the time given (default 10s). A new input that fails
# is written to the target's testdata and fails the run; that the clock ends a
# target in the middle of an input does not.
set -uo pipefail
cd "$(dirname "$0")/.."
time=${1:-10s}
out=$(mktemp)
trap 'rm -f "$out"' EXIT
bad=0
for dir in $(grep -rlE '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u); do
  for target in $(grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$dir"/*_test.go | sed 's/func //'); do
    if go test "./$dir" -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 10x >"$out" 2>&1; then
      echo "ok   $dir $target"
    elif grep -q 'context deadline exceeded' "$out" && ! grep -q 'Failing input' "$out"; then
      echo "ok   $dir $target (ended by the clock)"
    else
      echo "FAIL $dir $target"
      tail -40 "$out"
      bad=1
    fi
  done
done
exit $bad
