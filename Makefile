# Everything a newcomer needs. PYTHON says which Python makes the environment; it is not used afterwards.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
INSTALL := $(PY) -m pip --disable-pip-version-check -qq install
OUT ?= runs
LOCK := uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
	--python-version 3.11

# 'fit', or the version where it is too old; 'novenv' after it where it cannot make environments; 'novenv' alone: no Python.
ask = import sys; v = sys.version_info; print('fit' if v >= (3, 11) else '%d.%d' % v[:2]); import ensurepip
state = $(shell "$(PYTHON)" -c "$(ask)" 2>/dev/null || echo novenv)
refuse = $(if $(filter-out fit novenv,$1),$(error $(PYTHON) is Python $(firstword $1) and Guiju needs 3.11 or later: name \
	a newer one, as in make audit PYTHON=python3.13),$(if $(filter fit,$1),$(if $(filter novenv,$1),$(error $(PYTHON) cannot \
	make environments: apt-get install python3-venv)),$(error there is no Python called $(PYTHON): apt-get install python3-venv, \
	or name one, as in make audit PYTHON=python3.13)))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help audit groupbuy deposit_shelf store_network self_praise aesthetics console test lint docs bundle bench soak lock clean

help:  ## print this
	@grep -E '^[a-z_]+:.*  ## ' Makefile | sed -E 's/:.*  ## /\t/' | while IFS="$$(printf '\t')" read -r target says; do \
		printf 'make %-13s %s\n' "$$target" "$$says"; done

audit: $(VENV)/product $(if $(RECORDS),,market/products.parquet)  ## audit RECORDS=folder (else an example market) [MAPPING=yaml DAY=2025-12-31 OUT=runs]
	@$(VENV)/bin/guiju audit "$(or $(RECORDS),market)" --out "$(OUT)" \
		$(if $(MAPPING),--mapping "$(MAPPING)") $(if $(DAY),--day "$(DAY)")

groupbuy: $(VENV)/product  ## six platforms inspect themselves, a regulator asks all together (two minutes)
	@$(PY) examples/groupbuy/run.py

deposit_shelf: $(VENV)/product  ## the shelf of 2020: dependence, ceilings, hidden loans, the day it closes (two minutes)
	@$(PY) examples/deposit_shelf/run.py

store_network: $(VENV)/product  ## New-year goods: matching, season, a brand joins, a network or a pyramid (three minutes)
	@$(PY) examples/store_network/run.py

self_praise: $(VENV)/product  ## a company that praises itself: every claim, its article, what the records say (a minute)
	@$(PY) examples/self_praise/run.py

aesthetics: $(VENV)/product  ## seven apps rated by six of their customers, and a day of consultations routed (a minute)
	@$(PY) examples/aesthetics/run.py

console: $(VENV)/web haining/ledger.db  ## findings, cases, rules, the ledger and a gate at work in a browser, with an example of each [PORT=8010]
	@mkdir -p examples-made && cp -rn examples/aesthetics examples-made/
	@$(VENV)/bin/guiju serve --demo --runs "$(OUT)" --cases haining/ledger.db --pages . $(if $(PORT),--port $(PORT))

test: $(VENV)/dev  ## run all tests but the slow and the long ones [ARGS="-k brushing"]
	@$(PY) -m pytest -q -n 2 $(ARGS)

lint: $(VENV)/dev  ## look for faults without running: ruff, mypy
	@$(PY) -m ruff check -q --output-format concise
	@$(PY) -m ruff format -q --check src tests bench
	@$(PY) -m mypy

docs: $(VENV)/product  ## draw docs/checks/, a page a check
	@$(PY) -c "from pathlib import Path; from guiju.audit.report.pages import draw; print(*draw(Path('docs/checks')), sep='\n')"

bundle: $(VENV)/product  ## make bundle/, which installs on a machine without a network
	@rm -rf bundle && mkdir bundle
	@echo "Fetching the wheels that requirements.lock names"
	@$(PY) -m pip --disable-pip-version-check -qq download --require-hashes --only-binary :all: -r requirements.lock -d bundle/wheels
	@$(PY) -m pip --disable-pip-version-check -qq wheel --no-deps -w bundle/wheels .
	@cp offline/README.md offline/install.sh requirements.lock bundle/
	@$(PY) -c "import sys; print('%d.%d' % sys.version_info[:2])" > bundle/python-version
	@echo "bundle/ is ready ($$(du -sh bundle | cut -f1)): copy it, then run sh install.sh in it"

bench: $(VENV)/dev market/products.parquet  ## measure speed and cost, and what is seen and missed in 120 made-up markets (hours) [ARGS="--seeds 2 --honest 2"]
	@$(PY) bench/speed.py
	@$(PY) bench/gate.py
	@$(PY) bench/cost.py --orders 1000000,10000000
	@$(PY) bench/exact.py
	@$(PY) bench/truth.py $(ARGS)

soak: $(VENV)/dev  ## run the long tests: every case and a market of a million orders on Spark, too (Java 17; hours, see CONTRIBUTING.md)
	@$(PY) -m pytest -q -m "soak or slow" $(ARGS)

lock: $(VENV)/dev  ## write the lock files anew from pyproject.toml and requirements-dev.in
	@test -x $(VENV)/bin/uv || $(INSTALL) uv
	@$(VENV)/bin/$(LOCK) pyproject.toml -o requirements.lock
	@$(VENV)/bin/$(LOCK) -c requirements.lock pyproject.toml --extra web -o requirements-web.lock
	@$(VENV)/bin/$(LOCK) -c requirements-web.lock pyproject.toml requirements-dev.in -o requirements-dev.lock

clean:  ## remove what make made, but keep runs/
	@rm -rf $(VENV) bundle build dist market groupbuy deposit_shelf store_network self_praise rated haining watched examples-made docs/checks .mypy_cache .ruff_cache .hypothesis .coverage
	@find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/made:
	$(call refuse,$(state))
	@echo "Making $(VENV)"
	@"$(PYTHON)" -m venv $(VENV)
	@touch $@

$(VENV)/product: requirements.lock pyproject.toml | $(VENV)/made
	@echo "Installing what Guiju needs (about 800 MB on disk, a minute or two)"
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps -e .
	@touch $@

$(VENV)/web: requirements-web.lock pyproject.toml | $(VENV)/made
	@echo "Installing what Guiju and its services need (about 800 MB on disk, a minute or two)"
	@$(INSTALL) --require-hashes -r requirements-web.lock
	@$(INSTALL) --no-deps -e .
	@touch $@ $(VENV)/product

$(VENV)/dev: requirements-dev.lock pyproject.toml | $(VENV)/made
	@echo "Installing what Guiju and its tests need (about 1.4 GB on disk, two minutes or so)"
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/product $(VENV)/web

market/products.parquet: | $(VENV)/product
	@echo "Making an example market of a million orders in market/"
	@$(VENV)/bin/guiju twin groupbuy --orders 1000000 --seed 7 --out market

haining/ledger.db: | $(VENV)/web
	@rm -rf haining
	@echo "Living through the night of the frozen drivers, for its cases and ledger"
	@$(VENV)/bin/guiju example haining --trips 100000 --drivers 400 --out haining >/dev/null
