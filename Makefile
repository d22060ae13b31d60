# lambdagate: `make` lists what can be made.
SHELL := /bin/bash
GO ?= go
BIN := bin/lambdagate
export GOFLAGS ?= -buildvcs=false
CACHE := $(or $(LAMBDAGATE_TEST_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/lambdagate-test)

.PHONY: help run build first console quick check test tools bench generate fuzz race scripts clean

help: ##: list the targets
	@grep -E '^[a-z-]+:.*##:' $(MAKEFILE_LIST) | sed -E 's/:.*##: */\t/' | column -t -s "$$(printf '\t')"

run: build ##: build, start on 127.0.0.1:4566 and load the Calc example
	$(BIN) dev --example calc

build: console first ##: build bin/lambdagate with the console in it
	$(GO) build -trimpath -ldflags='-s -w' -o $(BIN) ./cmd/lambdagate

console: ##: build the console's pages, where npm is there
	@if [ -f console/package.json ]; then console/build.sh; fi

# The first process of jails as a small program, and the sum of what it is made
# of: internal/sandbox/first.go.
FIRST := internal/sandbox/built/first
first:
	@CGO_ENABLED=0 GOOS=linux $(GO) build -trimpath -ldflags='-s -w' -o $(FIRST) ./internal/sandbox/jail/first
	@echo "$$($(GO) env GOARCH) $$(LC_ALL=C; cat internal/sandbox/jail/*.go internal/sandbox/jail/first/*.go | { sha256sum 2>/dev/null || shasum -a 256; } | cut -d' ' -f1)" >$(FIRST).sum

quick: ##: vet and unit tests of what changed (each save)
	$(GO) vet ./...
	$(GO) test $$($(GO) list ./... | grep -v /test/)

check: quick race scripts fuzz ##: what each commit passes
	GOOS=darwin $(GO) vet ./...
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "not gofmt'ed:"; gofmt -l $$(git ls-files '*.go'); exit 1; }

race: ##: unit tests under the race detector
	$(GO) test -race $$($(GO) list ./... | grep -v /test/)

scripts: ##: the aws CLI against the real binary
	$(GO) test -count=1 ./test/scripts/...

tools: ##: install what the tests need (root on Debian; else prints the command)
	test/tools/install.sh

test: tools ##: everything that can fail; what CI runs
	test/all.sh

bench: ##: benchmarks with their yardsticks in the same run
	test/bench/run.sh

FUZZTIME ?= 3s
fuzz: ##: search for inputs that break parsers, 3 seconds each (FUZZTIME=10m: longer)
	test/fuzz.sh $(FUZZTIME)

generate: ##: make generated files anew from the models' facts
	$(GO) run ./internal/awsapi/gen

clean: ##: remove what was built
	rm -rf bin internal/console/dist/* internal/sandbox/built/* console/node_modules
