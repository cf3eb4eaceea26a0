# Two commands on a fresh machine: `make report` and `make test`. Everything else is listed by `make help`.
PYTHON ?= python3
BIN := .venv/bin
CLINIC ?= sample
QUARTER ?=

.DEFAULT_GOAL := help
.PHONY: help report test lab notebooks sample calibrate mutants bench spark lock clean

help: ## What can be done here
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

.venv/.installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ptanalysis needs Python 3.11 or later: make PYTHON=python3.11")'
	@echo "Making .venv with all that is needed: usually one to three minutes, once"
	$(PYTHON) -m venv .venv
	sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > .venv/uv.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.lock
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

report: .venv/.installed ## Findings of a clinic's quarter: make report [CLINIC=sample] [QUARTER=2026Q2]
	@echo "Reading $(CLINIC)'s exports, judging the claims, running four notebooks: usually one to two minutes"
	@$(BIN)/ptanalysis run $(CLINIC) $(QUARTER) || [ $$? -eq 2 ] # 2: done, with warnings

test: .venv/.installed ## The whole test suite: ruff, unit tests, doctests, notebooks
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	@$(BIN)/python -c "import ptanalysis as pt; pt.load('sample', '2026Q2')" # once, before the workers
	$(BIN)/pytest -n auto --dist loadfile --nbval --nbval-current-env notebooks/*.ipynb tests ptanalysis lab/simulate lab/calibrate

lab: .venv/.installed ## JupyterLab, at the page that links notebooks, raw files and report
	$(BIN)/jupyter lab START.ipynb

notebooks: .venv/.installed ## Refresh the notebooks' stored outputs from the sample clinic
	$(BIN)/python -m lab.refresh_notebooks

sample: .venv/.installed ## Build the synthetic clinic again (same bytes each time)
	$(BIN)/python -m lab.simulate

calibrate: .venv/.installed ## Prove the methods on clinics with known truth (an hour and a half)
	$(BIN)/python -m lab.calibrate

mutants: .venv/.installed ## Change the code in many small ways: a test must see each (in a copy)
	$(BIN)/python lab/benchmarks/mutants.py

bench: .venv/.installed ## What whole commands and big clinics cost beside their floor: benchmarks/results.json, docs/scale.md
	$(BIN)/python -m lab.benchmarks.whole_commands
	$(BIN)/python -m lab.benchmarks.scale
	@[ ! -f .venv/.spark ] || $(BIN)/python -m lab.benchmarks.spark_rows 100000

spark: .venv/.spark ## Add Spark for `ptanalysis run --engine spark` (400 MB; it needs Java: docs/spark.md)

.venv/.spark: .venv/.installed requirements-spark.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-spark.lock
	@touch $@

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-header --no-emit-index-url --no-emit-find-links
lock: .venv/.installed ## Write requirements*.lock and environment.yml anew from pyproject.toml
	$(COMPILE) --extra test pyproject.toml -o requirements.lock
	$(BIN)/python -m tests.environment spark | $(COMPILE) -c requirements.lock - -o requirements-spark.lock
	$(BIN)/python -m tests.environment > environment.yml

clean: ## Remove the environment and everything that can be rebuilt
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis
