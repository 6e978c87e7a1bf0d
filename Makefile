# `make` alone lists what there is to do.
PYTHON ?= python3
PY := .venv/bin/python
COMPILE := $(PY) -m uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-strip-extras --no-header --no-emit-index-url pyproject.toml
# Settings that pass every check; what needs a database gets an empty one.
CHECKED := env SECRET_KEY=for-checks-only-for-checks-only-for-checks-only-for-checks ALLOWED_HOSTS=postil.example DATABASE_URL=postgresql://postil.example/none
WITH_POSTGRES := $(PY) -m config.launcher.with_postgres
SCHEMA := $(CHECKED) $(PY) manage.py spectacular --api-version v1 --validate --fail-on-warn --file

.DEFAULT_GOAL := help
.PHONY: help up down reset test check lint types layers settings migrated fresh schema audit fix requirements openapi migrations bench

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

up: .venv/ready ## start everything on PORT (8000) and print where it is; Ctrl-C stops it
	@$(PY) -m config.launcher up

down: .venv/ready ## stop what `make up` started
	@$(PY) -m config.launcher down

reset: .venv/ready ## stop it and delete its data
	@$(PY) -m config.launcher reset

test: .venv/ready ## run the tests; fail too when a branch of our code is not run
	@$(PY) -m coverage erase && $(PY) -m coverage run -m pytest && $(PY) -m coverage combine -q && $(PY) -m coverage report

check: lint types layers settings migrated schema fresh audit ## run every check but the tests

lint: .venv/ready
	@$(PY) -m ruff format --check . && $(PY) -m ruff check .

types: .venv/ready
	@$(CHECKED) $(PY) -m mypy

layers: .venv/ready
	@$(PY) -c 'from importlinter.cli import lint_imports_command as lint; lint()'

settings: .venv/ready
	@$(CHECKED) $(PY) manage.py check --deploy --fail-level WARNING

migrated: .venv/ready
	@$(CHECKED) $(WITH_POSTGRES) $(PY) manage.py makemigrations --check --dry-run

schema: .venv/ready
	@made=$$(mktemp) && trap 'rm "$$made"' EXIT && $(SCHEMA) "$$made" && diff -u openapi.yaml "$$made" || { echo 'openapi.yaml is stale: make openapi'; exit 1; }

fresh: .venv/ready
	@made=$$(mktemp -d) && trap 'rm -r "$$made"' EXIT && cp requirements*.txt "$$made" && $(COMPILE) --no-annotate -o "$$made/requirements.txt" && $(COMPILE) --no-annotate --extra s3 -o "$$made/requirements-s3.txt" && $(COMPILE) --no-annotate --extra telemetry -o "$$made/requirements-telemetry.txt" && $(COMPILE) --extra s3 --extra telemetry --group dev -o "$$made/requirements-dev.txt" && diff -u requirements.txt "$$made/requirements.txt" && diff -u requirements-s3.txt "$$made/requirements-s3.txt" && diff -u requirements-telemetry.txt "$$made/requirements-telemetry.txt" && diff -u requirements-dev.txt "$$made/requirements-dev.txt" || { echo 'The requirements are stale: make requirements'; exit 1; }

audit: .venv/ready
	@.ci/audit $(PY)

fix: .venv/ready ## format the code and mend what can be mended
	@$(PY) -m ruff check --fix . ; $(PY) -m ruff format .

requirements: .venv/ready ## compile the requirements; UPGRADE=--upgrade takes newer releases
	@$(COMPILE) --no-annotate $(UPGRADE) -o requirements.txt && $(COMPILE) --no-annotate --extra s3 $(UPGRADE) -o requirements-s3.txt && $(COMPILE) --no-annotate --extra telemetry $(UPGRADE) -o requirements-telemetry.txt && $(COMPILE) --extra s3 --extra telemetry --group dev $(UPGRADE) -o requirements-dev.txt

openapi: .venv/ready ## write openapi.yaml anew
	@$(SCHEMA) openapi.yaml

migrations: .venv/ready ## write the migrations that the models ask for
	@$(CHECKED) $(WITH_POSTGRES) $(PY) manage.py makemigrations

bench: .venv/ready ## measure the served site beside its floors; see benchmarks/
	@$(PY) -m benchmarks.run

.venv/ready: requirements-dev.txt
	@"$(PYTHON)" -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info[:2] <= (3, 14) else "Postil runs on Python 3.11 to 3.14: name one with PYTHON=…")'
	@echo 'Installing the requirements into .venv.'
	@"$(PYTHON)" -m venv .venv
	@$(PY) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
