# Everything a person, a hook and CI call. On a machine with Python and nothing else, each target sets up what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: setup run test fuzz check bench soak fmt lock browser

setup: $(STAMP)

$(STAMP): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "python3 -m venv failed: install it (Debian: apt-get install python3-venv)"; exit 1; }
	@echo "installing the locked packages into $(VENV) (a minute or two, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $(STAMP)

run: setup
	$(BIN)/python run.py demo

# Chromium and a Chinese font for the browser tests; PostgreSQL comes from the machine or from a locked package.
browser: setup
	@PYTHON=$(BIN)/python sh tests/browser.sh

# What is compiled is kept, whatever the environment says: the tests start dozens of processes that would compile it all anew.
# Three workers on two cores: half of the time a test waits for a browser, a server or a disk.
test: setup browser
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist loadfile

# The properties alone, with forty times as many examples; before a release, or when a rule has changed.
fuzz: setup
	$(BIN)/python -m pytest -n 2 --dist loadfile -m hypothesis --hypothesis-profile fuzz --timeout 0

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m config.locale

fmt: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup browser
	$(BIN)/python -m bench

# A month of the county, lived again in two hours, unless SECONDS says otherwise.
SECONDS ?= 7200
soak: setup browser
	$(BIN)/python -m bench soak --seconds $(SECONDS)

lock:
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements.lock
