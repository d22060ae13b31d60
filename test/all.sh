#!/usr/bin/env bash
# Everything that can fail, in order of cost; what `make test` and CI run. Ends
# with one line that counts the tests. Fuzz targets run here on their seeds and
# on all that was ever found by them (testdata/fuzz), as tests do: searching for
# more takes no seed, so it could not be repeated, and is `make fuzz`'s.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=()
out=$(mktemp)
trap 'rm -f "$out"' EXIT
step() {
  local name=$1; shift
  local start=$SECONDS
  echo "=== $name"
  if "$@" 2>&1 | tee -a "$out"; then :; fi
  local rc=${PIPESTATUS[0]}
  [ "$rc" = 0 ] || { failed+=("$name"); echo "FAILED: $name (status $rc)"; }
  echo "--- $name: $((SECONDS - start)) s"
}
gofmt_clean() { local bad; bad=$(gofmt -l $(git ls-files '*.go')); [ -z "$bad" ] || { echo "not gofmt'ed: $bad"; return 1; }; }
# What is downloaded is asked for again when that fails: by npm itself, and here.
export npm_config_fetch_retries=6 npm_config_fetch_retry_mintimeout=2000 npm_config_fetch_retry_maxtimeout=60000
modules() {
  local dir wait
  for dir in . test/wire test/acme internal/sandbox/testdata/golambda; do
    for wait in 2 10 30 60 stop; do
      (cd "$dir" && go list -deps -test ./... >/dev/null) && break
      [ "$wait" != stop ] || return 1
      sleep "$wait"
    done
  done
}
unit=$(go list ./... | grep -v '/test/')

step "modules" modules
step "gofmt" gofmt_clean
step "vet" go vet ./...
step "vet for darwin" env GOOS=darwin go vet ./...
step "build" make -s build
step "unit tests, race detector" go test -race -timeout 20m -v $unit
step "allocations, without the race detector" go test -count=1 -run 'Allocat' -v ./vtl ./jsonpath
step "scripts with the aws CLI" go test -count=1 -timeout 30m -v ./test/scripts/...
for dir in test/wire test/acme test/browser test/crash test/engine test/postgres test/velocity; do
  [ -d "$dir" ] || continue
  if [ -f "$dir/go.mod" ]; then
    step "$dir" bash -c "cd $dir && go test -count=1 -timeout 30m -v ./..."
  else
    step "$dir" go test -count=1 -timeout 30m -v "./$dir/..."
  fi
done

passed=$(grep -acE '^ *--- PASS' "$out")
bad=$(grep -acE '^ *--- FAIL' "$out")
skipped=$(grep -acE '^ *--- SKIP' "$out")
if [ "${CI:-}" = true ] && [ "$skipped" -gt 0 ]; then
  failed+=("skipped tests in CI"); grep -aE '^ *--- SKIP' "$out"
fi
if [ ${#failed[@]} -gt 0 ]; then
  # What each failed test said, its last lines, so that the end of the output
  # is enough to know.
  awk '/^=== (RUN|CONT|NAME|PAUSE) /{test=$3; next}
    /^ *--- FAIL: /{name=$0; sub(/^ *--- FAIL: /, "", name); sub(/ .*/, "", name)
      print; n=split(said[name], lines, "\n"); for (i=(n>16 ? n-15 : 1); i<=n; i++) print lines[i]; next}
    /^ *--- /{next} {said[test]=said[test] substr($0, 1, 300) "\n"}' "$out"
  echo "failed: ${failed[*]}"
fi
echo "$passed passed, $bad failed, $skipped skipped"
[ ${#failed[@]} -eq 0 ]
