# Everything that is done in this project, by one name each. Plain `make` lists them.
# Needs python3.12 and make; every tool comes hash-pinned from requirements/ into .venv and .tools.
.DEFAULT_GOAL := help
.PHONY: help setup demo test invoke check format dashboards bench soak lock clean

PYTHON ?= python3.12
UV_VERSION := 0.13.9
export UV_LINK_MODE := copy
BIN := .venv/bin
UV := $(BIN)/uv
READY := .venv/.ready .tools/sam/.ready .tools/ministack/.ready

help: ## List what can be made
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Install the project and its tools, pinned by hash

$(UV):
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/.ready: $(UV) requirements/dev.txt pyproject.toml
	$(UV) pip install --quiet --require-hashes -r requirements/dev.txt
	$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# SAM and MiniStack pin boto3 each to its own version: neither shares an environment with the project.
.tools/%/.ready: requirements/%.txt | $(UV)
	$(UV) venv --quiet --clear --python $(BIN)/python .tools/$*
	$(UV) pip install --quiet --python .tools/$* --require-hashes -r requirements/$*.txt
	@touch $@

demo: setup ## Run the pipeline end to end in an emulated cloud (RAW=file.csv for a file of yours)
	@$(BIN)/python -m etl.demo $(if $(RAW),"$(RAW)")

test: setup .tools/runtime/.ready ## Run every test
	@$(BIN)/pytest

invoke: setup .tools/runtime/.ready ## Invoke a built function without Docker: FUNCTION=CleanRaw EVENT=events/clean_raw.json
	@$(BIN)/python -m etl.built $(FUNCTION) $(EVENT) $(if $(STACK),--stack $(STACK))

soak: setup ## Run the long tests that `make test` leaves out
	@$(BIN)/pytest -m soak

check: setup .tools/checkov/.ready ## Lint, types, template, SQL
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/cfn-lint template.yaml .github/deploy-role.yaml
	AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0 .tools/sam/bin/sam validate --lint
	.tools/checkov/bin/checkov --config-file .checkov.yaml --skip-download
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/zizmor --offline --quiet .github/workflows
	$(BIN)/sqlfluff lint --disable-progress-bar layers/core/retail_etl/sql

format: setup ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

dashboards: ## Build the dashboard page from dashboard/ (needs Node.js; the built page is committed)
	cd dashboard && npm ci --no-audit --no-fund --ignore-scripts && npm run --silent check && npm run --silent build

bench: setup .tools/runtime/.ready ## Run the benchmarks; they print tables of ratios
	@for benchmark in benchmarks/[a-z]*.py; do $(BIN)/python $$benchmark || exit 1; done

# Layers first: what the Lambdas run decides what the tests run.
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-header
lock: $(UV) ## Pin requirements anew (add UPGRADE=--upgrade for newer versions)
	$(COMPILE) $(UPGRADE) layers/core/requirements.in -o layers/core/requirements.txt
	cd layers/dataframe && ../../$(COMPILE) $(UPGRADE) requirements.in -o requirements.txt
	$(COMPILE) $(UPGRADE) requirements/sam.in -o requirements/sam.txt
	$(COMPILE) $(UPGRADE) requirements/ministack.in -o requirements/ministack.txt
	$(COMPILE) $(UPGRADE) requirements/checkov.in -o requirements/checkov.txt
	$(COMPILE) $(UPGRADE) requirements/runtime.in -o requirements/runtime.txt
	$(COMPILE) $(UPGRADE) pyproject.toml --all-extras --group dev -c layers/core/requirements.txt -c layers/dataframe/requirements.txt -o requirements/dev.txt

clean: ## Remove environments, builds and local state
	rm -rf .venv .tools .local .aws-sam
