# Everything that is done to Meterglass from a shell. `make help` lists it.
.DEFAULT_GOAL := help
.PHONY: help run test sabotage lint format types layers bench docs lock sbom proxy soak clean environment chromium nginx
.NOTPARALLEL:

BIN := .venv/bin
SCALE ?= full
TESTS ?= tests
MINUTES ?= 60
WHOLE := --numprocesses=logical --maxprocesses=4 --dist=loadfile --cov --cov-report=term --cov-fail-under=100

help: ## list every target
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: environment ## start the portal with its demo on http://127.0.0.1:8501
	@exec $(BIN)/python -m jobs serve --demo

test: lint types layers chromium nginx ## every check and every test (TESTS=tests/db runs a part)
	@$(BIN)/python -m pytest $(TESTS) $(if $(filter tests,$(TESTS)),$(WHOLE))

sabotage: environment ## take protections away, one at a time, and name the test that notices (WORDS="key" tries those named so)
	@$(BIN)/python -m tests.sabotage $(WORDS)

proxy: chromium ## the nginx, the units and the backup of deploy/, tried for real
	@$(BIN)/python -m tests.support.find_nginx --install
	@$(BIN)/python -m pytest tests/deploy

lint: environment ## format and lint rules
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .

format: environment ## put the files into the one format, mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

types: environment ## check every type
	@$(BIN)/mypy .

layers: environment ## who may import whom
	@$(BIN)/lint-imports --no-logo

bench: environment ## measure what it costs, into docs/performance.md (SCALE=small for the small run)
	@$(BIN)/python -m bench --scale $(SCALE)

soak: environment ## 200 people at once, memory and connections each minute (MINUTES=60)
	@$(BIN)/python -m bench.soak --minutes $(MINUTES)

docs: environment ## write the generated pages of docs/ again
	@$(BIN)/python -m jobs database schema > docs/schema.md

lock: environment ## pin requirements.in into requirements.txt, with the hashes of the public files
	@env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL PIP_CONFIG_FILE=/dev/null CUSTOM_COMPILE_COMMAND="make lock" \
	    $(BIN)/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url \
	    --no-emit-find-links --no-emit-trusted-host --no-emit-options --output-file requirements.txt requirements.in
	@$(BIN)/python -m tests.support.auditor > requirements-verify.txt

sbom: environment ## list every package that runs or checks this, with hashes and licences, as CycloneDX
	@$(BIN)/python -m tests.support.sbom

clean: ## remove what the checks and the demo left behind; .venv stays
	@rm -rf .coverage .coverage.* htmlcov test-results .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .schemathesis
	@find . -name __pycache__ -not -path './.venv/*' -type d -prune -exec rm -rf {} +

environment: ## make .venv from requirements.txt (at once, if it is there)
	@./deploy/environment.sh

chromium: environment ## find a Chromium for the browser tests, or install one
	@$(BIN)/python -m tests.support.find_chromium --install

nginx: environment ## find an nginx for the proxy's tests, or install one; without one they are skipped
	@$(BIN)/python -m tests.support.find_nginx --install || true
