# Thin names. `make demo` and `make test` are all a newcomer needs; both set everything up by themselves.
PYTHON ?= python3
PY := .venv/bin/python
PORT ?= 8000
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help setup site demo test lint format test-core test-js test-pyodide test-browser test-desktop test-train browsers bench-attribute bench-boot bench-page bench-read bench-trail bench-write-back docs shots check-custodian clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

setup: .venv/.ready node_modules/.ready  ## .venv with the command line (.venv/bin/costdna) and node_modules

.venv/.ready: pyproject.toml
	@echo "setup: Python packages into .venv"
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@$(PY) -m pip install --quiet --editable '.[dev]'
	@touch $@

node_modules/.ready: package.json package-lock.json
	@echo "setup: the WebAssembly parts into node_modules"
	@npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@

site: setup  ## build the static page into dist/site
	@PYTHONPATH=build $(PY) -W ignore -m sitebuilder

demo: site  ## build the page and serve it, a demo bill one click away
	@PYTHONPATH=build $(PY) -m sitebuilder.serve --port $(PORT)

test: setup lint test-core test-js test-pyodide test-browser  ## every test, the browsers' included

lint: setup  ## one form for all code, and the usual mistakes
	$(PY) -m ruff check
	$(PY) -m ruff format --check --quiet
	node_modules/.bin/prettier --check --log-level warn '**/*.{js,mjs}'

format: setup  ## bring the code into that form
	$(PY) -m ruff format --quiet
	node_modules/.bin/prettier --write --log-level warn '**/*.{js,mjs}'

test-core: setup  ## the Python packages and the site builder
	$(PY) -m pytest -n auto --dist loadfile

test-js: setup  ## the reader, in node
	node --test tests/reader/

test-pyodide: setup  ## the core's own tests inside the page's interpreter
	PYTHONPATH=build $(PY) -m sitebuilder.pyodide_tests

test-browser: site browsers  ## the built site in Chromium, Firefox and WebKit
	@# Two files of tests at a time, each drives browsers of its own. What failed is run once more, by itself. Failing twice is a failure; both runs are printed.
	$(PY) -m pytest -c playwright/pytest.ini --rootdir playwright playwright -n 2 --dist loadfile || \
		$(PY) -m pytest -c playwright/pytest.ini --rootdir playwright playwright --last-failed --last-failed-no-failures none

test-train: setup  ## what needs torch
	@echo "setup: the training packages (torch, CPU)"
	@$(PY) -m pip install --quiet --editable '.[dev,train]'
	$(PY) -m pytest tests -m train

test-desktop: site browsers  ## the companion's window under a virtual screen; brings Qt (700 MB) into .venv
	@echo "setup: the window's packages (Qt with its own browser engine)"
	@$(PY) -m pip install --quiet --editable '.[dev,desktop]'
	@sh playwright/install-qt.sh
	$(PY) -m pytest -c playwright/pytest.ini --rootdir playwright playwright/test_window.py playwright/test_companion.py

browsers:  ## install the test browsers (apt, as root) or say what to install
	@sh playwright/install.sh

bench-attribute: setup  ## the attributor's time and memory beside the prototype's shape, exported in the same run
	@$(PY) -m pip install --quiet --editable '.[train]'
	$(PY) -W ignore build/bench/attribute $(BENCH)

bench-boot: site browsers  ## first visit and boot beside `panel convert`
	PYTHONPATH=build $(PY) build/bench/boot.py

bench-page: site browsers  ## drop to teams, answer to teams, and keys while the model runs
	PYTHONPATH=build $(PY) build/bench/page.py $(BENCH)

docs: setup  ## print the reference pages from the code
	$(PY) -m costdna_companion.docs

bench-read: setup browsers  ## our reader in Chromium beside PapaParse and native DuckDB, on a 1 GB bill
	$(PY) build/bench/read $(BENCH)

bench-trail: setup  ## CloudTrail files into events, beside gunzip; prints docs/bench-trail.md
	$(PY) build/bench/trail.py --out docs/bench-trail.md $(BENCH)

bench-anomalies: setup  ## the anomaly detector beside its rivals on labelled worlds; prints docs/bench-anomalies.md
	$(PY) -m costdna_companion.bench.anomalies --out docs/bench-anomalies.md

bench-write-back: setup  ## tags written under every fault at every place; prints docs/bench-write-back.md
	$(PY) -m costdna_companion.bench.write_back --out docs/bench-write-back.md

bench-series: setup  ## thirteen months of 5,000 resources by day, beside pandas' groupby-resample, natively and in the page's interpreter
	$(PY) build/bench/series.py

shots: site browsers  ## take the README's pictures from the built site
	PYTHONPATH=build $(PY) playwright/shots.py

check-custodian: setup  ## the Cloud Custodian export against c7n itself, in an environment of its own
	@test -x .venv-c7n/bin/custodian || (python3 -m venv .venv-c7n && .venv-c7n/bin/pip install --quiet c7n==0.9.53)
	COSTDNA_CUSTODIAN=$(CURDIR)/.venv-c7n/bin/custodian $(PY) -m pytest tests/companion/cli/test_export.py -q -k custodian

clean:  ## what was built, not what was fetched
	rm -rf dist .pytest_cache
