# Two commands do everything on a fresh machine with Python 3.11 or newer: `make demo` and `make test`.

PYTHON ?= python3
# It makes the virtual environment; the queue handler, which knows a variable of this name too, is to use that one.
unexport PYTHON

VENV := .venv
BIN := $(VENV)/bin

QUEUE := queue-handler
QUEUE_SOURCES := $(shell find $(QUEUE)/src $(QUEUE)/scripts $(QUEUE)/test -name '*.ts') $(QUEUE)/tsconfig.json

.PHONY: help test check cover demo live faults bench bench-peers bench-analysis docs schemas clean
.PHONY: queue queue-check queue-test queue-types queue-demo bench-queue

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ -/' | sort

$(VENV)/.installed: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@echo "making $(VENV) and installing $$(grep -c '==' requirements.txt) packages and what they need; this takes about a minute"
	@$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m compileall -q workers
	touch $@

test: check cover ## every check and every test
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory queue-check queue-test; \
	elif [ -n "$$CI" ]; then echo "npm is missing, so the queue handler is not tested" >&2; exit 1; \
	else echo "NOT RUN: the queue handler's tests need npm (install Node.js); all else has passed"; fi

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

bench-analysis: $(VENV)/.installed ## what the analysis of a run takes: 12,500 and 500,000 transcripts
	@PYTHONPATH=workers $(BIN)/python -m tools.bench.analysis

schemas: $(VENV)/.installed ## write schemas/ from the models
	PYTHONPATH=workers $(BIN)/python -m common.schemas

$(QUEUE)/node_modules/.installed: $(QUEUE)/package-lock.json
	@echo "installing the packages of the queue handler; this takes about a minute"
	cd $(QUEUE) && npm ci --no-audit --no-fund --loglevel=error
	touch $@

$(QUEUE)/dist/.built: $(QUEUE)/node_modules/.installed $(QUEUE_SOURCES)
	rm -rf $(QUEUE)/dist
	cd $(QUEUE) && npm run --silent build
	touch $@

queue: $(VENV)/.installed $(QUEUE)/dist/.built ## build the queue handler; then: queue-handler/queue --help

queue-check: $(QUEUE)/dist/.built ## formatting, lint, types and generated types of the queue handler
	cd $(QUEUE) && npm run --silent check

queue-test: queue ## the queue handler's tests, on the embedded database and on a PostgreSQL server that they start
	cd $(QUEUE) && npm run --silent test

queue-demo: queue ## a run of 6 models and 5 scenarios on the embedded database against the simulator; needs no key
	@$(QUEUE)/node_modules/.bin/node $(QUEUE)/dist/scripts/demo.js

bench-queue: queue ## a launch of 18,000 probes, with warm workers and with a process for each
	@$(QUEUE)/node_modules/.bin/node $(QUEUE)/dist/scripts/launch.js $(LAUNCH)

queue-types: $(QUEUE)/dist/.built ## write the TypeScript types from schemas/
	cd $(QUEUE) && npm run --silent types

clean: ## remove what the other commands made
	rm -rf $(VENV) $(QUEUE)/node_modules $(QUEUE)/dist .venv-peers .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis
