# Two commands do everything on a fresh machine: `make run` and `make test`.
.PHONY: run test check types rules dev bench test-night test-release format messages css env env-dev browser

PYTHON3 ?= python3
# What is compiled once need not be compiled by every process of a test or a start.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
WORKERS ?= 2

run: env
	@exec $(BIN)/bunko serve $(ARGS)

test: check browser
	@$(BIN)/pytest -q -n $(WORKERS) --dist loadgroup --ignore tests/architecture -m "not night and not release" \
		--durations 10 --durations-min 3

check: env-dev
	@$(BIN)/ruff format --check --quiet . || (echo "Some files are not formatted: make format" >&2; exit 1)
	@$(BIN)/ruff check --quiet .
	@$(MAKE) --no-print-directory -j 2 types rules

types:
	@$(BIN)/mypy --no-error-summary

rules:
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python deploy/build_css.py --check
	@$(BIN)/bunko db check
	@$(BIN)/pytest -q tests/architecture

dev: env-dev
	@$(BIN)/python deploy/dev.py $(ARGS)

bench: env-dev
	@$(BIN)/python -m bench $(ARGS)

test-night: env-dev browser
	@$(BIN)/python deploy/night.py night

test-release: env-dev browser
	@$(BIN)/python deploy/night.py "night or release"

format: env-dev
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --fix --quiet .

messages: env-dev
	@$(BIN)/python deploy/messages.py $(ARGS)

css: env-dev
	@$(BIN)/python deploy/build_css.py

env:
	@$(PYTHON3) deploy/bootstrap.py

env-dev:
	@$(PYTHON3) deploy/bootstrap.py --dev

browser: env-dev
	@$(BIN)/python deploy/chromium.py
