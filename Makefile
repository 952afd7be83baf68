# Tallyho. `make demo` shows the main job; `make test` runs every test.
#
# Go, make and Python 3.9 or newer are all that is needed beforehand. What the
# tests need besides is fetched into .cache; what cannot be had is said in one
# line and its tests are skipped (TALLYHO_REQUIRE names what must not be).

TALLYHO_CACHE ?= $(CURDIR)/.cache
export TALLYHO_CACHE
VERSION ?= $(shell scripts/version)
LDFLAGS  = -s -w -X github.com/tallyho-dev/tallyho/cmd.release=$(VERSION)
RACE    := $(shell command -v $${CC:-cc} >/dev/null 2>&1 && [ "$$(go env CGO_ENABLED)" = 1 ] && echo -race)

PREFIX  ?= $(HOME)/.local

.PHONY: all build install vscode vsix test-editors package dist demo test unit check sanitize test-windows test-free-threads test-leaks tools bench scoreboard fuzz clean

all: build

build:
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/tallyho .

# The binary, for the person: in a folder that most systems have on PATH.
install:
	@mkdir -p "$(DESTDIR)$(PREFIX)/bin"
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o "$(DESTDIR)$(PREFIX)/bin/tallyho" .
	@case ":$$PATH:" in *":$(PREFIX)/bin:"*) ;; *) echo 'Put $(PREFIX)/bin on PATH: tallyho is there.' ;; esac

# The VS Code extension with the binary in it; installed, where VS Code's command is on PATH.
vscode: build
	mkdir -p editors/vscode/bin && cp bin/tallyho editors/vscode/bin/tallyho
	cd editors/vscode && npm ci && npm run package
	@if command -v code >/dev/null 2>&1; then code --install-extension editors/vscode/tallyho.vsix; \
	else echo 'In VS Code: Extensions, the menu …, Install from VSIX…, and choose editors/vscode/tallyho.vsix.'; fi

# The extension for each system, with that system's binary in it, in dist.
vsix:
	VERSION=$(VERSION) scripts/vsix

# The extension in a real VS Code; SCREENSHOTS=docs/images takes the documents' pictures.
test-editors: build
	scripts/test-editors

# The Python package by which a program lets itself be attached to.
package:
	scripts/package

# The files of a release, in dist.
dist:
	VERSION=$(VERSION) scripts/dist

demo: build
	go run ./internal/demo -tallyho bin/tallyho

test: build tools check unit

# -vet=off: make check has vetted all of it.
unit:
	TALLYHO_BIN=$(CURDIR)/bin/tallyho TALLYHO_TEST_SIZE=$${TALLYHO_TEST_SIZE:-1} go test $(RACE) -vet=off -timeout 60m ./...

check:
	scripts/check

# Tests compiled for Windows, and the binary there over a program with children, in Wine; skipped where that cannot be had.
test-windows:
	scripts/test-windows

# The bridge's tests, and threads under the binary, on a Python without the GIL, which is built the first time.
test-free-threads: build
	TALLYHO_BIN=$(CURDIR)/bin/tallyho scripts/test-free-threads

# What sessions leave behind in a program, on a Python that counts all references.
test-leaks:
	scripts/test-leaks

# The bridge's tests over its C files as the sanitizers build them; SANITIZE names some of the modules.
sanitize:
	scripts/sanitize $(SANITIZE)

tools:
	scripts/tools

bench: build
	TALLYHO_BIN=$(CURDIR)/bin/tallyho scripts/bench -docs docs
	TALLYHO_BIN=$(CURDIR)/bin/tallyho go test ./lsp -run '^$$' -bench Editor -benchtime 5s

# docs/scoreboard.md: what ran and passed on this machine; hours. PARTS=suites, or matrix, promises, fuzz, measures a part of it.
scoreboard: build
	go run ./internal/scoreboard $(if $(PARTS),-part $(PARTS))

fuzz:
	scripts/fuzz

clean:
	rm -rf bin dist .cache pybridge/prebuilt
