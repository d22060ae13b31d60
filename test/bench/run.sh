#!/usr/bin/env bash
# All benchmarks with their yardsticks: of the whole program, then of the packages.
set -euo pipefail
cd "$(dirname "$0")/../.."
make -s build
go run ./test/bench "$@"
echo
echo "### Packages"
go test -run '^$' -bench . -benchtime 1s ./vtl ./jsonpath ./internal/server ./internal/gateway ./internal/policy ./internal/sigv4 ./internal/store/... | grep -E '^(Benchmark|pkg)'
[ -x test/velocity/bench.sh ] && test/velocity/bench.sh
