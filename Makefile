# Everything a newcomer types. Needs Python 3.11 or newer and make; the tests also a browser, which they install.

PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.set-up
ARGS ?=
ROUNDS ?= 100
SEED ?= 1
RUNS ?= 100000
ENTRY ?=
MODULE ?= chatbot/watch.py

.DEFAULT_GOAL := help
.PHONY: help setup demo test chaos fuzz mutants lint docs pins audit sbom bench clean

help:  ## list what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP)  ## make .venv with everything in it; a second call does nothing

$(STAMP): requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say which with make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing (on Debian: apt install python3-venv)"; exit 1; }
	@echo "Setting up $(VENV); the first time takes a minute or two."
	@$(VENV)/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(VENV)/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup  ## a Slack to click in, a GitHub that replays a day on trunk, the real bot
	@$(VENV)/bin/trunkwatch demo $(ARGS)

test: setup  ## every test, the browser's included
	@tests/install-browser
	@$(VENV)/bin/python -m pytest -n 2 --dist loadfile $(ARGS)

chaos: setup  ## ROUNDS of killed, frozen and cut off bots; SEED makes them the same again
	@$(VENV)/bin/python -m tests.chaos.rounds --rounds $(ROUNDS) --seed $(SEED)

fuzz: setup  ## RUNS inputs for every entry from outside, or for ENTRY alone
	@$(VENV)/bin/python -m pip install -qq --disable-pip-version-check 'atheris>=3' && $(VENV)/bin/python -m tests.fuzz --runs $(RUNS) --seed $(SEED) $(ENTRY)

mutants: setup  ## small changes of MODULE that no test notices
	@$(VENV)/bin/python -m pip install -qq --disable-pip-version-check 'mutmut>=3.8' && $(VENV)/bin/python -m tests.mutants $(ARGS) $(MODULE)

lint: setup  ## format, lint, types, import contracts, dead code
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/vulture

audit: setup  ## ask what is known against the pins; fails too where nobody could be asked
	@$(VENV)/bin/python -m pip install -qq --disable-pip-version-check 'pip-audit>=2.9' || true
	@$(VENV)/bin/python deploy/audit.py

sbom: setup  ## print what is installed, pin by pin, as CycloneDX JSON
	@$(VENV)/bin/python deploy/sbom.py

bench: setup  ## the figures of tests/benchmarks/README.md
	@for file in tests/benchmarks/bench_*.py; do echo "== $$file"; PYTHONPATH=. $(VENV)/bin/python $$file || exit 1; done

docs: setup  ## write the generated pages of deploy/docs anew
	@$(VENV)/bin/python -m tests.docs.pages

pins: setup  ## write the pinned requirements anew
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --quiet -o requirements.txt
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header --quiet -o requirements-dev.txt

clean:  ## remove what setup and the tests made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage build *.egg-info
