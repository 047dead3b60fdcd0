# The two commands that matter: "go run ." starts the server, "make test" runs
# every test.  The rest is convenience.

.PHONY: build cross deb test check relay fuzz conformance clean

# The server, into the directory OUT, which ends in a slash.
build:
	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o $(OUT)galene .

# For the other systems, of which the test command checks the types only.
cross:
	for os in windows darwin freebsd; do CGO_ENABLED=0 GOOS=$$os go build -o /dev/null ./... || exit 1; done

# A package for Debian and its relatives, for the processor ARCH, in packaging/out.  Its
# files have the time of the last commit, so that the same source makes the same package.
ARCH ?= $(shell go env GOARCH)
VERSION ?= 0~$(shell git log -1 --format=%cd --date=format:%Y%m%d.%H%M%S).$(shell git rev-parse --short HEAD)
MAINTAINER ?= $(shell git log -1 --format='%cn <%ce>')
NFPM = go run github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.43.4
deb:
	rm -rf packaging/out
	mkdir -p packaging/out
	GOOS=linux GOARCH=$(ARCH) $(MAKE) build OUT=packaging/out/
	GOOS=linux GOARCH=$(ARCH) CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' \
		-o packaging/out/ ./galenectl
	for shell in bash zsh fish; do \
		go run ./galenectl completion $$shell >packaging/out/galenectl.$$shell || exit 1; done
	for page in galene galenectl; do \
		gzip -9n <packaging/man/$$page.1 >packaging/out/$$page.1.gz || exit 1; done
	ARCH=$(ARCH) VERSION='$(VERSION)' MAINTAINER='$(MAINTAINER)' \
		SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) \
		$(NFPM) package -f packaging/deb/nfpm.yaml -p deb -t packaging/out

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
	rm -rf galene galene.exe test/out bench/out packaging/out
