# One verb each. On a bare machine with Python 3.11+ and make, `make demo` and `make test` set up all they need.
# Plain POSIX make and sh: no bashisms here, so that macOS and small containers can run it.

PYTHON = python3
PG     = 18
ARGS   =
NAME   =
BENCH  =
JOBS   = 2
SHARE  = 1
KILLS  = 0.1

VENV  = .venv
BIN   = $(VENV)/bin
STAMP = $(VENV)/.stamp
PIP   = $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
WITH_PG = RINGFENCE_TEST_PG=$${RINGFENCE_TEST_PG:-$(PG)}

.PHONY: help setup check lint unit test test-all chaos demo case bench regen format lock clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  Variables: PYTHON=$(PYTHON)  PG=$(PG)  JOBS=$(JOBS)  NAME=  BENCH=  ARGS=  (RINGFENCE_TEST_URL uses your server)"

demo: $(STAMP) ## Run the whole story on an embedded PostgreSQL (ARGS=..)
	@$(BIN)/python -m ringfence.demo $(ARGS)

test: lint ## Everything CI runs: lint, types, import contracts, all tests (PG=18)
	@$(WITH_PG) $(BIN)/pytest -q -n $(JOBS) tests

test-all: lint ## All tests on PostgreSQL 15, 16 and 18
	@status=0; for major in 15 16 18; do \
	  echo "== PostgreSQL $$major"; \
	  RINGFENCE_TEST_PG=$$major $(BIN)/pytest -q -n $(JOBS) tests || status=1; \
	done; exit $$status

# KILLS=1 kills a migrator at every journal entry of every case, forward and back, which takes hours: some 12,000 lives.
chaos: $(STAMP) ## Every kind of fault, counted, into chaos-report.json (SHARE=0.1 for a tenth, KILLS=1 for every entry)
	@RINGFENCE_CHAOS=$(SHARE) RINGFENCE_CHAOS_KILLS=$(KILLS) RINGFENCE_CHAOS_REPORT=chaos-report.json \
	  $(WITH_PG) $(BIN)/pytest -q -n $(JOBS) tests/crash tests/downtime $(ARGS)

check: lint unit ## Lint, types, import contracts and unit tests, in seconds

lint: $(STAMP)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "ruff format: run 'make format'"; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports > $(VENV)/import-contracts.txt || { cat $(VENV)/import-contracts.txt; exit 1; }

unit: $(STAMP)
	@$(BIN)/pytest -q tests/unit

case: $(STAMP) ## Run the cases whose name matches NAME=..
	@$(WITH_PG) $(BIN)/pytest -q tests/cases -k "$(NAME)"

bench: $(STAMP) ## Measure, and write bench/results.json (BENCH=part selects)
	@$(BIN)/python -m bench $(BENCH)

regen: $(STAMP) ## Rewrite golden files; read the diff before you commit it
	@RINGFENCE_REGEN=1 $(BIN)/pytest -q tests/cases tests/docs tests/unit/plan tests/pg/tenancy

format: $(STAMP) ## Format the source and apply the safe fixes
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

setup: $(STAMP) ## Create or refresh .venv

# The exact pins first, without looking for anything newer; then the package itself, editable.
$(STAMP): requirements-dev.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	  echo "$(PYTHON) not found: install Python 3.11 or newer, or name it: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is older than 3.11: install a newer one, or name it: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot create virtual environments (module venv or ensurepip is missing)."; \
	  echo "Debian, Ubuntu: apt install python3-venv    Fedora: dnf install python3    Alpine: apk add python3 py3-pip"; \
	  exit 1; }
	@test -x $(BIN)/python && $(BIN)/python -c '' || { echo "creating $(VENV) .."; $(PYTHON) -m venv --clear $(VENV); }
	@echo "installing the pinned packages into $(VENV) .."
	@PIP_ROOT_USER_ACTION=ignore $(PIP) install --no-deps -r requirements-dev.lock
	@PIP_ROOT_USER_ACTION=ignore $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

lock: ## Resolve the newest pins of the dev extra into requirements-dev.lock
	@rm -rf $(VENV)-lock && $(PYTHON) -m venv $(VENV)-lock
	@PIP_ROOT_USER_ACTION=ignore $(VENV)-lock/bin/python -m pip --quiet --disable-pip-version-check install '.[dev]'
	@{ echo "# Exact pins of the dev extra, written by 'make lock'."; \
	   $(VENV)-lock/bin/python -m pip --disable-pip-version-check freeze | grep -v '^ringfence'; } > requirements-dev.lock.tmp
	@mv requirements-dev.lock.tmp requirements-dev.lock && rm -rf $(VENV)-lock

clean: ## Remove everything that was generated
	rm -rf $(VENV) $(VENV)-lock build dist demo-report .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
