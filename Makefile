# Every target does its own set-up; `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
LMS_PORT ?= 8001
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
CATALOGS := $(wildcard lti_tool/translations/*/de/LC_MESSAGES/messages.po)
export PORT LMS_PORT

.DEFAULT_GOAL := help
.PHONY: help run setup test check deep chaos interop bench messages format

help: ## This list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1|/' | awk -F'|' '{printf "  make %-10s %s\n", $$1, $$2}'

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed.")'
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.run: .venv/.made pyproject.toml tests/constraints.txt $(CATALOGS)
	@echo "Installing …"
	@$(PIP) install -c tests/constraints.txt -e .
	@touch $@

.venv/.dev: .venv/.run
	@echo "Installing what development needs …"
	@$(PIP) install -c tests/constraints.txt -e '.[dev]'
	@touch $@

setup: .venv/.dev ## Make .venv with everything the other targets need

run: .venv/.run ## The tool, its worker and a practice LMS with example courses (PORT, LMS_PORT)
	@exec $(BIN)/lti-tool run

test: .venv/.dev ## Every test, PostgreSQL and browser tests too
	@$(BIN)/python tests/everything.py

check: .venv/.dev ## Formatter, linters, types, import contracts, templates, spelling
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint --quiet --lint templates lti_tool/practice_lms/templates
	$(BIN)/codespell lti_tool templates tests README.md CHANGELOG.md Makefile keys/README.md
	$(BIN)/mypy
	$(BIN)/lint-imports

deep: .venv/.dev ## The random tests at their full counts; longer than CI allows
	@$(BIN)/python tests/everything.py --deep

chaos: .venv/.dev ## Kill all that delivers grades, on both databases; count what is lost (SCORES)
	@$(BIN)/python -m tests.chaos.kill $(SCORES)

interop: .venv/.dev ## The tool launched by Open edX's LTI consumer, in an environment of its own
	@$(BIN)/python -m tests.interop

bench: .venv/.dev ## The benchmarks (ONLY=name runs one); the last lines are JSON
	@$(BIN)/python -m tests.benchmarks.bench $(ONLY)

format: .venv/.dev ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

messages: .venv/.dev ## Bring the German catalogs up to date with the texts in code and templates
	@$(BIN)/python tests/messages.py
