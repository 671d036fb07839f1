# make report   install, execute the notebooks, render the site to reports/_site
# make test     the above, then every test
# make rerun    ask a model and show it: STUDY= MODEL= [SAMPLES= DESIGN= FAMILIES= JUDGE= BUDGET= BATCH=1 YES=1]
# make pair     train a weak and a strong model and show them: WEAK= STRONG= DATA= [SEEDS= METHODS= GPU= YES=1]
# make seminar  slides, handouts and notebooks of the course, to reports/seminar/built
# make inoculate  fine-tune a model under several prompts and show it: MODEL= [PROMPTS= DOSES= SETTINGS= SEEDS= GPU= YES=1]
# make implant  fine-tune a model on documents about a fact and show it: MODEL= [ARMS= FACTS= SEEDS= GPU= YES=1]
# make grid     train the grid of weak-to-strong configurations anew; about half an hour
# make faults   kill, fill, damage and compare copies: FOLDER= [BUILT=1]; an hour, as root
# make bench    training, asking, pages, imports and builds, as ratios in one run; to data/bench
# Variables: PROFILE=quick|full  CORES=n  TORCH=cpu|cu130|auto  PYTHON=python3.11

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PROFILE ?= quick
CORES ?= all
STUDY ?= agentic-misalignment
SAMPLES ?= 4
FAMILIES ?= $(if $(filter agentic-misalignment,$(STUDY)),leverage)
BIN := .venv/bin
INSTALLED := .venv/.installed
WORKERS ?= logical

# Compiled modules are kept whatever the shell says: imports take half the time.
export PYTHONDONTWRITEBYTECODE =

.PHONY: report test rerun pair inoculate implant seminar grid bench faults cluster-test lab reference notebooks lint lock clean
.DELETE_ON_ERROR:

report: $(INSTALLED)
	@$(BIN)/python -m smallprint.build --cores "$(CORES)" --keep-going --quiet rules reason host --config "profile=$(PROFILE)"

test: report
	@$(PYTHON) lib/bootstrap.py chromium
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --doctest-modules --nbval-lax notebooks lib/smallprint tests

# Ask a model what was not asked before, then rebuild the site with its page.
# INSTRUMENT=port asks the study's own prompts instead of ours; it needs a JUDGE.
ifeq ($(INSTRUMENT),port)
rerun: $(INSTALLED)
	@$(BIN)/python -m smallprint.evals.rerun_port "$(STUDY)" --model="$(MODEL)" --judge="$(JUDGE)" \
	  --samples="$(SAMPLES)" $(if $(BUDGET),--budget="$(BUDGET)") $(if $(BATCH),--batch) $(if $(YES),--yes)
	@$(MAKE) --no-print-directory report
else
rerun: $(INSTALLED)
	@$(BIN)/python -m smallprint.evals.rerun "$(STUDY)" --model="$(MODEL)" --samples="$(SAMPLES)" \
	  $(if $(DESIGN),--design="$(DESIGN)") $(if $(FAMILIES),--families="$(FAMILIES)") $(if $(JUDGE),--judge="$(JUDGE)") \
	  $(if $(BUDGET),--budget="$(BUDGET)") $(if $(BATCH),--batch) $(if $(YES),--yes)
	@$(MAKE) --no-print-directory report
endif

pair: $(INSTALLED)
	@$(BIN)/python -m smallprint.vitro.finetuning --weak-model="$(WEAK)" --strong-model="$(STRONG)" \
	  --data="$(DATA)" $(if $(SEEDS),--seeds="$(SEEDS)") $(if $(METHODS),--methods="$(METHODS)") \
	  $(if $(GPU),--gpu="$(GPU)") $(if $(YES),--yes)
	@$(MAKE) --no-print-directory report

seminar: $(INSTALLED)
	@$(BIN)/python -m smallprint.build reports/_generated/seminar/course.md --cores "$(CORES)" --quiet rules reason host --config "profile=$(PROFILE)"

inoculate: $(INSTALLED)
	@$(BIN)/python -m smallprint.vitro.finetuning.inoculate --model="$(MODEL)" $(if $(PROMPTS),--prompts="$(PROMPTS)") \
	  $(if $(DOSES),--doses="$(DOSES)") $(if $(SETTINGS),--settings="$(SETTINGS)") $(if $(SEEDS),--seeds="$(SEEDS)") \
	  $(if $(GPU),--gpu="$(GPU)") $(if $(YES),--yes)
	@$(MAKE) --no-print-directory report

implant: $(INSTALLED)
	@$(BIN)/python -m smallprint.vitro.finetuning.implant --model="$(MODEL)" $(if $(ARMS),--arms="$(ARMS)") \
	  $(if $(FACTS),--facts="$(FACTS)") $(if $(SEEDS),--seeds="$(SEEDS)") $(if $(GPU),--gpu="$(GPU)") $(if $(YES),--yes)
	@$(MAKE) --no-print-directory report

# Resumable: what is trained already is not trained again.
grid: $(INSTALLED)
	@$(BIN)/python -m smallprint.vitro.engine weak-to-strong grid
	@$(BIN)/python -m smallprint.vitro.worlds.weak_to_strong.grid

bench: report
	@$(BIN)/python bench/vitro.py
	@$(BIN)/python bench/throughput.py 1000 5 2>/dev/null
	@$(BIN)/python bench/pages.py
	@folder=$$(mktemp -d) && $(BIN)/python bench/build.py $$folder && rm -rf $$folder

# Kill builds and reruns, fill disks, damage files, on copies elsewhere; needs root for the mounts.
faults: $(INSTALLED)
	@$(BIN)/python bench/faults.py "$(FOLDER)" $(if $(BUILT),--built)
	@$(BIN)/python bench/faults_places.py "$(FOLDER)/whole" "$(FOLDER)"

# One job a page on a one-node Slurm that the test starts and stops; needs slurm-wlm and munge.
cluster-test: $(INSTALLED)
	@$(BIN)/python -m pytest profiles/slurm

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
	rm -rf reports/_site reports/_generated reports/studies reports/downloads reports/transcripts reports/failed .snakemake

$(INSTALLED): requirements.lock pyproject.toml lib/bootstrap.py
	@$(PYTHON) lib/bootstrap.py install
	@touch $@
