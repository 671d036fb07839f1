# make report   install, execute the notebooks, render the site to reports/_site
# make test     the above, then every test
# Variables: PROFILE=quick|full  CORES=n  TORCH=cpu|cu130|auto  PYTHON=python3.11

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PROFILE ?= quick
CORES ?= all
BIN := .venv/bin
INSTALLED := .venv/.installed

# Compiled modules are kept whatever the shell says: imports take half the time.
export PYTHONDONTWRITEBYTECODE =

.PHONY: report test lab reference notebooks lint lock clean
.DELETE_ON_ERROR:

report: $(INSTALLED)
	@$(BIN)/snakemake --cores $(CORES) --keep-going --quiet rules reason host --config profile=$(PROFILE)

test: report
	@$(PYTHON) lib/bootstrap.py chromium
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@$(BIN)/python -m pytest --doctest-modules --nbval-lax notebooks lib/smallprint tests

lab: $(INSTALLED)
	@$(BIN)/jupyter lab notebooks

# The committed reference results, rewritten from the last run; read the diff before committing.
reference: report
	@$(BIN)/python -m smallprint.reference

# Execute the committed notebooks in place, keeping only the outputs that nbval checks.
notebooks: $(INSTALLED)
	@$(BIN)/python -m smallprint.notebooks notebooks/*.ipynb

lint: $(INSTALLED)
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

lock: $(INSTALLED)
	@$(PYTHON) lib/bootstrap.py lock

clean:
	rm -rf reports/_site reports/_generated reports/studies reports/downloads reports/failed .snakemake

$(INSTALLED): requirements.lock pyproject.toml lib/bootstrap.py
	@$(PYTHON) lib/bootstrap.py install
	@touch $@
