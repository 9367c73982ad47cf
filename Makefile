# `make` alone lists what it can do.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

DIST := .build/dist
PLUGINS := core files digitalocean
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
PACKAGES := binutils libsqlite3-dev libcurl4-openssl-dev libffi-dev libjq-dev gcc g++ sqlite3 openssl zlib1g-dev
# Release builds carry Swift's runtime with them: the program starts in half the time and runs where no Swift is.
RELEASE := -c release --static-swift-stdlib

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

packages: # installs the Debian packages that are missing
	@missing=$$(for p in $(PACKAGES); do dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -n "$$missing" ]; then \
		echo "installing" $$missing; \
		$(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $$missing; \
	fi

build: packages ## a release in .build/dist: bin/arcadia and plugins/
	swift build $(RELEASE) --product arcadia
	mkdir -p $(DIST)/bin
	install -m 755 "$$(swift build $(RELEASE) --show-bin-path)/arcadia" $(DIST)/bin/arcadia
	strip --strip-debug $(DIST)/bin/arcadia
	for plugin in $(PLUGINS); do Plugins/assemble Plugins/$$plugin $(DIST)/plugins; done

demo: build ## a saga that completes and one that takes itself back, before your eyes
	Tests/demo $(DIST)

test: packages ## all tests; ONLY=name narrows
	swift build --build-tests
	Tests/run --skip-build $(if $(ONLY),--filter "$(ONLY)")
	$(if $(ONLY),,Tests/run --package-path sdk --scratch-path .build/sdk)

parity: packages ## the tests of runs and of the plugins shipped once more, with every plugin in a worker
	swift build --build-tests
	ARCADIA_TEST_PLACEMENT=worker Tests/run --skip-build --filter "DigitalOceanTests|CloudTests|HTTPTests|RunTests|ScheduleTests|OperatorTests"

expressions: packages ## a million plain paths beside libjq: expected are no disagreements
	swift build --build-tests
	ARCADIA_EXPRESSIONS=whole swift test --skip-build --filter PlainPathTests > .build/expressions.log || { grep -a "recorded an issue" .build/expressions.log; exit 1; }
	@sed -n 's/^plain paths: /  /p' .build/expressions.log

FUZZ_RUNTIME = $(firstword $(wildcard $(dir $(realpath $(shell command -v swift)))../lib/clang/*/lib/linux/libclang_rt.fuzzer_no_main-$(shell uname -m).a))
FUZZ = .build/release/arcadia-fuzz
MINUTES ?= 5

fuzzer: # the fuzzer, and what it begins with
	ARCADIA_FUZZ="$(FUZZ_RUNTIME)" swift build -c release --quiet --product arcadia-fuzz
	mkdir -p .build/fuzz/corpus .build/fuzz/seeds
	cp Plugins/*/definitions/*.json .build/fuzz/seeds/
	$(FUZZ) seeds .build/fuzz/seeds

schema: packages fuzzer ## a million definitions judged by the schema and by the check: expected are no disagreements
	$(FUZZ) schema 1000000

fuzz: packages fuzzer ## libFuzzer on what reads, checks and plans definitions, for MINUTES=5
	@# The host's own threads have a megabyte of stack.
	ulimit -s 1024; SWIFT_BACKTRACE=enable=no $(FUZZ) .build/fuzz/corpus .build/fuzz/seeds -max_total_time=$$(($(MINUTES) * 60)) \
		-timeout=10 -rss_limit_mb=2048 -max_len=4096 -artifact_prefix=.build/fuzz/ -print_final_stats=1 || { \
		echo "the definition it ended at is in the file named above; \`$(FUZZ) FILE\` ends there again."; \
		echo "Make it short, and a case of Tests/Fixtures/definitions or a test of what broke."; exit 1; }

sweep: packages ## the whole sweep: killed at every moment, every fault of the provider at every request
	swift build --build-tests
	ARCADIA_SWEEP=whole swift test --skip-build --filter "SweepTests|ScenarioTests" > .build/sweep.log || { grep -a "recorded an issue" .build/sweep.log; exit 1; }
	@awk '/^sweep: / { print; cases += $$(NF-3); wrong += $$(NF-1) } END { print cases, "cases,", wrong, "with an orphan, a duplicate or a run that did not end" }' .build/sweep.log

zoo: packages ## every bad plugin through every test of plugins check: each caught by its own, and by no other
	swift build --build-tests
	ARCADIA_ZOO=whole Tests/run --skip-build --filter PluginsCheckTests

hostile: packages ## whatever a plugin does in its worker, one host lives through it: figures by class
	swift build --build-tests
	swift test --skip-build --filter "HostileTests/.one host" > .build/hostile.log || { grep -a "recorded an issue" .build/hostile.log; exit 1; }
	@sed -n 's/^hostile: /  /p' .build/hostile.log

check: format-check imports abi pages test ## what a change must pass

format: ## rewrite to the house style
	swift format --in-place --recursive Sources Tests Benchmarks Package.swift

format-check:
	swift format lint --strict --recursive Sources Tests Benchmarks Package.swift

imports: ## who may import whom
	Tests/imports

abi: packages ## the header as C99 to C++20 with two compilers; each plugin exports one symbol
	Tests/abi

pages: ## the code in the Swift SDK's page is its template, and builds
	sdk/swift/Tests/readme .build/pages

page: build ## the operator's page in a browser, against `arcadia dev`
	Tests/Page/check $(DIST)

conformance: build ## the simulator against the provider's own description and real clients
	Tests/conformance $(DIST)/bin/arcadia

api: build ## the server against its own document, fuzzed in every role
	Tests/api $(DIST)/bin/arcadia $(DIST)/plugins

bench: build ## speed, beside the limits of this machine, in one table
	ARCADIA_BENCH=1 swift build $(RELEASE) --product arcadia-bench
	ARCADIA_BENCH=1 swift build $(RELEASE) --product arcadia-bare
	mkdir -p .build/bench
	cc -O2 -o .build/bench/load Benchmarks/load/load.c
	cc -O2 -o .build/bench/floor Benchmarks/floor/floor.c -lsqlite3
	cc -O2 -o .build/bench/pingpong Benchmarks/floor/pingpong.c
	cc -O2 -o .build/bench/drift-floor Benchmarks/floor/drift.c -lsqlite3
	cc -O2 -Isdk/c/include -o .build/bench/call Benchmarks/floor/call.c -ldl
	Plugins/assemble Benchmarks/typed .build/bench/plugins
	cc -O2 -shared -fPIC -o .build/bench/slowsync.so Benchmarks/floor/slowsync.c -ldl
	install -m 755 Benchmarks/floor/import.sh .build/bench/import.sh
	"$$(swift build $(RELEASE) --show-bin-path)/arcadia-bench" table .build/bench $(DIST)

bench-growth: packages ## how cost grows from 10,000 to 1,000,000 rows, as a plot
	ARCADIA_BENCH=1 swift build $(RELEASE) --product arcadia-bench
	mkdir -p .build/bench
	test -x .build/bench/venv/bin/python || python3 -m venv .build/bench/venv
	.build/bench/venv/bin/pip install --quiet --disable-pip-version-check matplotlib
	.build/bench/venv/bin/python Benchmarks/growth.py "$$(swift build $(RELEASE) --show-bin-path)/arcadia-bench" .build/bench

clean: ## remove everything that was built
	rm -rf .build

.PHONY: help packages build demo test parity expressions schema fuzz fuzzer sweep zoo hostile check format format-check imports abi pages page conformance api bench bench-growth clean
