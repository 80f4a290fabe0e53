# Two commands do everything on a fresh machine with Python 3.11 or newer: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help test check cover demo live faults bench bench-peers docs schemas clean

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ -/' | sort

$(VENV)/.installed: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m compileall -q workers
	touch $@

test: check cover ## every check and every test

check: $(VENV)/.installed ## formatting, lint and types
	$(BIN)/ruff format --check workers tests
	$(BIN)/ruff check workers tests
	$(BIN)/mypy

cover: $(VENV)/.installed ## the tests, with the coverage of the worker subprocesses
	$(BIN)/pytest --cov --cov-report=term-missing:skip-covered

demo: $(VENV)/.installed ## six conversations against the simulator; needs no key
	@PYTHONPATH=workers $(BIN)/python -m tools.demo

live: $(VENV)/.installed ## one cheap turn against each provider whose key is set (costs money)
	@PYTHONPATH=workers $(BIN)/python -m tools.live

docs: $(VENV)/.installed ## write the generated parts of the documentation
	PYTHONPATH=workers $(BIN)/python -m tools.docs

faults: $(VENV)/.installed ## every fault that a program can inject, and the verdicts
	@PYTHONPATH=workers $(BIN)/python -m tools.faults

bench: $(VENV)/.installed ## what a job costs, in turn with a bare script
	@PYTHONPATH=workers $(BIN)/python -m tools.bench

bench-peers: $(VENV)/.installed ## the same with the OpenAI SDK and litellm beside it
	@PYTHONPATH=workers $(BIN)/python -m tools.bench --peers

schemas: $(VENV)/.installed ## write schemas/ from the models
	PYTHONPATH=workers $(BIN)/python -m common.schemas

clean: ## remove what the other commands made
	rm -rf $(VENV) .venv-peers .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis
