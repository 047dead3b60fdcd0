# The two commands that matter: "go run ." starts the server, "make test" runs
# every test.  The rest is convenience.

.PHONY: build test check relay fuzz conformance clean

build:
	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o galene .

# Installs what the tests need, then runs them all.
test:
	test/run

# What is quick: static checks and unit tests, nothing installed.
check:
	test/run static go web

# Calls of browsers through TURN servers, coturn among them, which must be installed.
relay:
	npm ci --no-audit --no-fund
	npm run --silent test:relay

# Every fuzz target for FUZZTIME each.
FUZZTIME ?= 60s
fuzz:
	test/fuzz $(FUZZTIME)

# Runs the tests in Go and writes their results into docs/conformance.md.
conformance:
	mkdir -p test/out
	go test -race -json ./... >test/out/results.json; \
	go run ./internal/conformance -results test/out/results.json

clean:
	rm -rf galene galene.exe test/out bench/out
