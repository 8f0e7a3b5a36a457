# Two commands are enough for a visitor: `make demo` and `make test`. Everything is installed on the way.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
WORKERS ?= 2
ARGS ?=
BENCHES ?= sandbox engine llm agent repair

bin := .venv/bin
pip := $(bin)/pip install --quiet --disable-pip-version-check

.PHONY: help setup setup-dev demo test check format proof bench docs lock services services-stop clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: .venv/.demo-installed ## Install what running needs: system packages, .venv, eaa itself
	@echo "Ready: $(bin)/eaa --help"

setup-dev: .venv/.dev-installed ## Install what the tests and checks need as well

demo: setup ## Three failing projects, from the issue to a branch with evidence, and a replayed run; offline
	@.venv/bin/python scripts/demo.py

test: setup-dev ## Run all tests; ARGS="-k word" narrows
	@scripts/services start >/dev/null || [ "$${EAA_REQUIRE_POSTGRES:-}" != 1 ]
	@if [ -f .services/env ]; then source .services/env; fi; $(bin)/pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: setup-dev ## Formatting, lint, types, import rules, generated docs: all read only
	@$(bin)/ruff format --check .
	@$(bin)/ruff check .
	@$(bin)/mypy
	@$(bin)/lint-imports --cache-dir .cache/imports
	@scripts/check-docs

format: setup-dev ## Put the code into its one form
	@$(bin)/ruff check --fix --quiet . || true
	@$(bin)/ruff format .

proof: setup-dev ## Full counts and soaks, written to docs/reference/proof; takes long, never in CI
	@.venv/bin/python scripts/proof.py $(ARGS)

bench: setup-dev ## Print figures beside the peer in the same run; BENCHES="sandbox engine llm agent repair"
	@for name in $(BENCHES); do $(bin)/eaa bench "$$name" $(ARGS); done

docs: setup-dev ## Write docs/reference again from the code
	@scripts/docs

lock: ## Make the three locks again from pyproject.toml (needs uv)
	@scripts/lock $(ARGS)

services: ## Start a private Postgres, Redis and NATS on free loopback ports for the tests
	@scripts/system-packages postgresql redis-server nats-server pgbouncer
	@scripts/services start

services-stop: ## Stop them and remove their data
	@scripts/services stop

clean: services-stop ## Remove what was built: .venv, caches, test services
	@rm -rf .venv .cache build dist .hypothesis

# Each stamp is made again only when a lock or the package's own description changed.
.venv/.demo-installed: requirements-demo.txt pyproject.toml | .venv/bin/python
	@scripts/system-packages git make bubblewrap
	@echo "Installing eaa and $$(grep -c '==' requirements-demo.txt) locked packages into .venv ..."
	@$(pip) --require-hashes -r requirements-demo.txt
	@$(pip) --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev-installed: requirements-dev.txt pyproject.toml | .venv/bin/python
	@scripts/system-packages git make bubblewrap postgresql redis-server nats-server pgbouncer
	@echo "Installing eaa and $$(grep -c '==' requirements-dev.txt) locked packages into .venv ..."
	@$(pip) --require-hashes -r requirements-dev.txt
	@$(pip) --no-deps --no-build-isolation -e .
	@touch $@ .venv/.demo-installed

.venv/bin/python:
	@scripts/make-venv $(PYTHON)
