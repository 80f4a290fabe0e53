# Two commands do everything on a fresh machine with Python 3.11 or newer: `make demo` and `make test`.

PYTHON ?= python3
# It makes the virtual environment; the queue handler, which knows a variable of this name too, is to use that one.
unexport PYTHON

VENV := .venv
BIN := $(VENV)/bin
MAINTAIN := .venv-maintain

QUEUE := queue-handler
# The Node that the package brings, or the machine's own where it brings none.
NODE = $(or $(wildcard $(QUEUE)/node_modules/.bin/node),node)
QUEUE_SOURCES := $(shell find $(QUEUE)/src $(QUEUE)/scripts $(QUEUE)/support $(QUEUE)/test -name '*.ts') $(QUEUE)/tsconfig.json $(wildcard schemas/*.schema.json) \
  $(shell find $(QUEUE)/web -type f)

.PHONY: help python test check cover demo live faults clients inspect bench bench-peers bench-analysis bench-scoring docs schemas audit requirements clean
.PHONY: queue queue-check queue-test queue-types queue-demo queue-pictures bench-queue bench-view chaos

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ -/' | sort

# Nothing is installed that is not the very file that was meant: every package is pinned by its hash.
PINNED := --quiet --disable-pip-version-check --require-hashes

$(VENV)/.installed: requirements.txt requirements-dev.txt requirements-pip.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@echo "making $(VENV) and installing $$(cat requirements.txt requirements-dev.txt | grep -c '==') packages; this takes about a minute"
	@$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install $(PINNED) -r requirements-pip.txt
	$(BIN)/python -m pip install $(PINNED) -r requirements.txt --no-compile # nearly half of it is the packages' own tests
	@$(BIN)/python -m compileall -q -x '/tests/|/pip/' $(VENV)/lib
	$(BIN)/python -m pip install $(PINNED) -r requirements-dev.txt --no-compile # of whose files the tests import a tenth
	$(BIN)/python -m pip uninstall --quiet --yes setuptools 2>/dev/null # an old one that Python 3.11 brings; nothing needs it
	$(BIN)/python -m compileall -q workers simulator tools
	touch $@

python: $(VENV)/.installed ## install the packages of Python

test: ## every check and every test, the workers' half beside the queue's, and one report of both
	@MAKE='$(MAKE)' .ci/halves

check: $(VENV)/.installed ## formatting, lint and types
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

# How many processes share the workers' tests; 0 runs them in one, without a controller beside it.
PROCESSES ?= auto

cover: $(VENV)/.installed ## the tests, with the coverage of the worker subprocesses
	$(BIN)/pytest --numprocesses=$(PROCESSES) --maxprocesses=4 --dist=loadfile --cov --cov-report=term-missing:skip-covered

demo: $(VENV)/.installed ## six conversations against the simulator; needs no key
	@PYTHONPATH=workers $(BIN)/python -m tools.demo

live: $(VENV)/.installed ## one cheap turn against each provider whose key is set (costs money)
	@PYTHONPATH=workers $(BIN)/python -m tools.live

docs: $(VENV)/.installed ## write the generated parts of the documentation
	PYTHONPATH=workers $(BIN)/python -m tools.docs

faults: $(VENV)/.installed ## every fault that a program can inject, and the verdicts
	@PYTHONPATH=workers $(BIN)/python -m tools.faults

.venv-clients/.installed: requirements-clients.txt requirements-pip.txt
	$(PYTHON) -m venv .venv-clients
	.venv-clients/bin/python -m pip install $(PINNED) -r requirements-pip.txt
	.venv-clients/bin/python -m pip install $(PINNED) -r requirements-clients.txt
	touch $@

clients: .venv-clients/.installed ## the vendors' official SDKs against the simulator, with strict types
	@PYTHONPATH=workers .venv-clients/bin/python -m tools.clients

.venv-inspect/.installed: requirements-inspect.txt requirements-pip.txt
	$(PYTHON) -m venv .venv-inspect
	.venv-inspect/bin/python -m pip install $(PINNED) -r requirements-pip.txt
	.venv-inspect/bin/python -m pip install $(PINNED) -r requirements-inspect.txt
	touch $@

inspect: queue .venv-inspect/.installed ## a run against the simulator, exported as logs of Inspect, read by that package itself
	@$(NODE) $(QUEUE)/dist/scripts/inspect.js .venv-inspect/bin/python

bench: $(VENV)/.installed ## what a job costs, in turn with a bare script
	@PYTHONPATH=workers $(BIN)/python -m tools.bench

bench-peers: $(VENV)/.installed ## the same with the OpenAI SDK and litellm beside it
	@PYTHONPATH=workers $(BIN)/python -m tools.bench --peers

bench-analysis: $(VENV)/.installed ## what the analysis of a run takes: 12,500 and 500,000 transcripts
	@PYTHONPATH=workers $(BIN)/python -m tools.bench.analysis

bench-scoring: $(VENV)/.installed ## what scoring takes: 100,000 answers
	@PYTHONPATH=workers $(BIN)/python -m tools.bench.scoring

schemas: $(VENV)/.installed ## write schemas/ from the models
	PYTHONPATH=workers $(BIN)/python -m common.json.schemas

# For `make audit` and `make requirements`, apart from what the tests run with.
$(MAINTAIN)/.installed: requirements-maintain.txt requirements-pip.txt
	$(PYTHON) -m venv $(MAINTAIN)
	$(MAINTAIN)/bin/python -m pip install $(PINNED) -r requirements-pip.txt
	$(MAINTAIN)/bin/python -m pip install $(PINNED) -r requirements-maintain.txt
	touch $@

audit: $(VENV)/.installed $(MAINTAIN)/.installed ## known weaknesses of what is pinned, where their lists can be reached
	@PYTHONPATH=workers $(BIN)/python -m tools.audit $(CURDIR)/$(MAINTAIN)/bin/pip-audit npm

requirements: $(MAINTAIN)/.installed ## pin every package anew by version and hash; UPGRADE=--upgrade takes the newest
	MAINTAIN=$(MAINTAIN) sh .ci/requirements $(UPGRADE)

$(QUEUE)/node_modules/.installed: $(QUEUE)/package-lock.json
	@echo "installing the packages of the queue handler; this takes about a minute"
	cd $(QUEUE) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
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

queue-demo: queue ## a template, six models, counterbalanced, scored and analysed, on the embedded database against the simulator; needs no key
	@$(NODE) $(QUEUE)/dist/scripts/demo.js

queue-pictures: queue ## the pictures of README.md: a run against the simulator, as queue view shows it; needs Chromium
	@$(NODE) $(QUEUE)/dist/scripts/pictures.js

bench-queue: queue ## a launch of 18,000 probes, with warm workers and with a process for each
	@$(NODE) $(QUEUE)/dist/scripts/launch.js $(LAUNCH)

bench-view: queue ## how long the viewer takes with 200,000 probes on a server and 20,000 on the embedded database
	@$(NODE) $(QUEUE)/dist/scripts/bench-view.js $(VIEW)

chaos: queue ## 2,000 probes and three handlers, and for ten minutes whatever can go wrong; CHAOS="--seed 1 --probes 200"
	@$(NODE) $(QUEUE)/dist/scripts/chaos.js $(CHAOS)

queue-types: $(QUEUE)/dist/.built ## write the TypeScript types from schemas/
	cd $(QUEUE) && npm run --silent types

clean: ## remove what the other commands made
	rm -rf $(VENV) $(MAINTAIN) $(QUEUE)/node_modules $(QUEUE)/dist .venv-peers .venv-clients .venv-inspect .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .queue-demo
