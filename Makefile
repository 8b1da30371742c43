PREFIX  = /usr/local
DESTDIR =
GO      = go

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null)
OUT     = $(DESTDIR)$(PREFIX)

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
OTHERS      = darwin freebsd
PLATFORMS   = linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 freebsd/amd64 freebsd/arm64
SHELLS      = bash zsh fish
SCRIPTS     = .ci/run contrib/completions/generate contrib/examples/demo.sh contrib/examples/greet/configure contrib/man/check contrib/opam/depview-opam tests/fuzz tests/setup
TESTFLAGS   =

# The linker sets the version; a checkout that git does not trust builds too. What is
# tested is compiled as what is shipped, once.
export GOFLAGS += -buildvcs=false -trimpath
export CGO_ENABLED = 0

build:
	$(GO) build -ldflags "-s -w -X main.version=$(VERSION)" -o bin/depview ./cmd/depview

# What tests/setup cannot install, it names; the tests that need it are skipped.
test:
	@tests/setup || echo "going on without"
	$(GO) test -count=1 -timeout 28m $(TESTFLAGS) ./...
	GOMAXPROCS=1 $(GO) test -count=1 -timeout 10m $(TESTFLAGS) ./fs/... ./view/...

# tests/ runs the built binary, where the detector would see nothing: there it is the
# binary that is built with it.
race:
	CGO_ENABLED=1 $(GO) test -race -count=1 -timeout 20m $(TESTFLAGS) $$($(GO) list ./... | grep -v /tests)
	DEPVIEW_TESTS_RACE=1 $(GO) test -count=1 -timeout 20m $(TESTFLAGS) -run '^(TestPosix|TestModel)$$' ./tests -args -model.steps=4000

# What depview finds in tests/leaks: a line a project, and recall and false findings.
leaks:
	@tests/setup || echo "going on without"
	cd tests && $(GO) test -count=1 -timeout 20m $(TESTFLAGS) -run '^TestLeaks$$'

# Each build dependency of four Debian packages struck in turn, and ten million lookups.
leaks-all: leaks
	@tests/setup || echo "going on without"
	$(GO) test -count=1 -timeout 2h $(TESTFLAGS) -run '^(TestUndeclared|TestLookups)$$' -v ./tests -args -leaks.all -lookups=10000000

# An hour of random operations, with seeds nobody has tried.
soak:
	$(GO) test -count=1 -timeout 2h $(TESTFLAGS) -run '^TestModel$$' -v ./tests -args -model.for=1h

# Every parser of what somebody else wrote, on whatever comes to a fuzzer's mind.
FUZZTIME = 20s
fuzz:
	tests/fuzz $(FUZZTIME) depgraph

# vet type-checks the test files too.
cross:
	@set -e; for p in $(PLATFORMS); do \
		echo "build and vet for $$p"; \
		export GOOS=$${p%/*} GOARCH=$${p#*/}; \
		$(GO) build ./...; $(GO) vet ./...; \
	done

# What is not the same on every system is in fs and view; on Linux all is looked at, with
# the libraries, which takes a minute.
lint: build
	@tests/setup
	@unformatted=$$(gofmt -l .) && if [ -n "$$unformatted" ]; then echo "not formatted by gofmt:" $$unformatted; exit 1; fi
	$(GO) vet ./...
	GOBIN=$(CURDIR)/bin $(GO) install $(STATICCHECK)
	bin/staticcheck ./...
	for os in $(OTHERS); do GOOS=$$os bin/staticcheck ./fs/... ./view/... || exit 1; done
	shellcheck $(SCRIPTS)
	contrib/man/check bin/depview
	contrib/completions/generate --check bin/depview $(SHELLS)

completions: build
	contrib/completions/generate bin/depview $(SHELLS)

demo: build
	@contrib/examples/demo.sh bin/depview

BENCHFLAGS =

# bench.md, bench.json, scale.json and scale.svg land in bin/bench.
bench:
	@tests/setup bubblewrap fuse-overlayfs g++ git proot python3 strace || echo "going on without"
	$(GO) test -run '^$$' -bench '^BenchmarkOpen$$' ./depgraph/...
	$(GO) run ./tests/bench $(BENCHFLAGS) -o bin/bench
	$(GO) run ./tests/bench/scale $(BENCHFLAGS) -o bin/bench

install: build
	install -d $(OUT)/bin $(OUT)/share/man/man1 $(OUT)/share/doc/depview $(OUT)/share/bash-completion/completions \
		$(OUT)/share/zsh/site-functions $(OUT)/share/fish/vendor_completions.d
	install -m 755 bin/depview $(OUT)/bin/depview
	install -m 755 contrib/opam/depview-opam $(OUT)/bin/depview-opam
	install -m 644 contrib/man/depview.1 $(OUT)/share/man/man1/depview.1
	install -m 644 README.md LICENSE contrib/report.schema.json $(OUT)/share/doc/depview
	install -m 644 contrib/completions/bash $(OUT)/share/bash-completion/completions/depview
	install -m 644 contrib/completions/zsh $(OUT)/share/zsh/site-functions/_depview
	install -m 644 contrib/completions/fish $(OUT)/share/fish/vendor_completions.d/depview.fish

clean:
	rm -rf bin

help:
	@echo "make build        bin/depview"
	@echo "make demo         build an example port in a view of this machine"
	@echo "make test         all tests; installs what they need (root), or says how"
	@echo "make race         the tests under the race detector"
	@echo "make fuzz         every fuzz target of the parsers, FUZZTIME=20s each"
	@echo "make soak         an hour of TestModel with random seeds"
	@echo "make leaks        recall and false findings on the projects of tests/leaks"
	@echo "make leaks-all    the same, four Debian packages without each build dependency, ten million lookups; an hour"
	@echo "make lint         gofmt, vet, staticcheck, shellcheck, man page, completions"
	@echo "make cross        compile and vet for $(PLATFORMS)"
	@echo "make bench        compare with native, bubblewrap, overlayfs and others; BENCHFLAGS=-short is quick"
	@echo "make completions  regenerate contrib/completions"
	@echo "make install      to DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)"
	@echo "make clean        remove bin"

.PHONY: build test race fuzz leaks leaks-all soak cross lint completions demo bench install clean help
