# Every task of this repository. Each target sets up what it needs by itself:
# a fresh clone wants nothing but git, make and Python 3.11 or newer.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup demo test faults bench bench-peers check lock clean

# Arguments handed on: make demo ARGS="--stations 12 --for 30 --check", make test ARGS="-k ledger".
ARGS ?=

# Another interpreter than the one that scripts/setup.sh finds: make setup PYTHON=python3.13
PYTHON ?=
export PYTHON

# Containers like to switch off compiled files; tests start some hundred processes of ours, and
# each would compile everything again.
export PYTHONDONTWRITEBYTECODE :=

BIN := .venv/bin
SOURCES := agent drivers hub hw-sim tests bench
BENCHMARKS := scan_to_light drain small_board big_backlog idle four_readers reader_speed camera_cost \
    camera_reading long_outage kiosk

COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-annotate --custom-compile-command 'make lock' \
	--extra camera --extra gpio --extra hub --extra kiosk --extra llrp --extra sim --group build

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install everything that tests and development need, and run nothing
	@scripts/setup.sh test

demo: ## run a simulated sewing line with its dashboard (ARGS="--stations 6 --for 30 --check")
	@scripts/setup.sh demo
	@exec $(BIN)/bartack-sim demo $(ARGS)

# The tests mostly wait for processes and timers, so a few files run side by side on each core, in
# the order of tests/conftest.py.
test: ## run the tests (ARGS="-k ledger")
	@scripts/setup.sh test
	@exec $(BIN)/pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

faults: ## run the long fault tests: power cuts, kills at every write, fleets (ARGS="-k power")
	@scripts/setup.sh test
	@exec $(BIN)/pytest tests/faults -m slow $(ARGS)

bench: ## measure speed and memory, as root, 15 minutes (ARGS="idle drain")
	@scripts/setup.sh test
	@failed=0; for name in $(or $(ARGS),$(BENCHMARKS)); do \
		printf '\n%s\n' "$$name"; $(BIN)/python bench/$$name.py || failed=1; done; exit $$failed

bench-peers: ## run Bartack beside its peers: speeds, faults (ARGS="--quick"; as root)
	@scripts/setup.sh test
	@bench/peers/setup.sh
	@PYTHONPATH=bench:tests exec $(BIN)/python -m peers $(ARGS)

check: ## lint, formatting, types and the layer law
	@scripts/setup.sh check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest --quiet tests/test_layers.py tests/test_style.py

lock: ## choose the newest allowed versions and write both lock files
	@scripts/setup.sh check
	$(COMPILE) --upgrade --output-file requirements.lock
	$(COMPILE) --upgrade --group dev --constraint requirements.lock \
		--output-file requirements-dev.lock

clean: ## remove the environment, caches and built files
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +
