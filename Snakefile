"""The build graph: study x model -> executed notebook, estimates and transcripts -> scoreboard, site."""

import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

from smallprint import live, paths, runs
from smallprint.vitro import cache

NOTEBOOKS = Path("notebooks")
BOARDS = [path.stem for path in NOTEBOOKS.glob("scoreboard.ipynb")]
STUDIES = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb") if path.stem not in BOARDS)
CHOSEN = {"profile": config.get("profile", "quick"), "seed": config.get("seed", 0)}
PYTHON = sys.executable
CORES = len(os.sched_getaffinity(0))
# Short trainings lie side by side, a core each, so that none leaves a core idle; long ones take all.
SHARE = max(1, CORES // 8) if CHOSEN["profile"] == "quick" else CORES
LOGS = Path(os.path.relpath(paths.LOGS))
VITRO = Path(os.path.relpath(paths.VITRO))

try:
    FOUND = [page for study in STUDIES for page in runs.pages(study, CHOSEN, NOTEBOOKS, LOGS)]
    SUMMARIES = [page for board in BOARDS for page in runs.pages(board, CHOSEN, NOTEBOOKS, LOGS)]
except ValueError as problem:
    raise WorkflowError(str(problem))
MODELS = [page for page in FOUND if page.folder]
SCRIPTED = [study for study in STUDIES if Path(f"data/scenarios/{study}").is_dir()]
PLANTED = [study for study in SCRIPTED if live.SOURCES[study].planted]
WORLDS = [study for study in STUDIES if Path(f"lib/smallprint/vitro/worlds/{study.replace('-', '_')}").is_dir()]


def files(folder, *suffixes):
    """The files below a folder, by name; only those with one of the suffixes, if any are given."""
    found = (path for path in sorted(Path(folder).rglob("*")) if path.is_file())
    return [str(path) for path in found if path.suffix in suffixes or not suffixes]


LIBRARY = files("lib/smallprint", ".py")
SITE = files("lib/smallprint/site", ".py", ".css", ".js", ".html", ".lua", ".scss")
TRANSCRIPTS = files("lib/smallprint/site/transcripts", ".py", ".css", ".js", ".html")
ANALYSIS = [path for path in LIBRARY if path not in SITE]
ASKING = files("lib/smallprint/evals", ".py") + files("lib/smallprint/scenarios", ".py")
AGENTS = [f"lib/smallprint/evals/{name}.py" for name in ("agents", "behaviours", "control", "desk_agents", "explorer", "ciphers_agents", "beliefs_agents", "specs_agents", "seeds")]
COURSE = [*map(str, sorted(Path("reports/seminar").glob("*.md"))), *map(str, sorted(Path("reports/seminar/notebooks").glob("*.ipynb")))]
WRITTEN = ["index.qmd", *files("reports/method", ".qmd", ".md"), *files("reports/ja", ".qmd", ".md")]
WRITTEN += map(str, sorted([*Path("reports").glob("*.qmd"), *Path("reports/seminar").glob("*.qmd")]))
ENGINE = [f"lib/smallprint/vitro/{name}.py" for name in ("cache", "kept", *cache.MADE_OF)]
BIBLIOGRAPHY = "data/references.bib"
HEADLINES = ["headlines.svg", "headlines-dark.svg", "headlines.md"]

# One numerical thread a process: the rules below run as many processes as there are cores.
shell.prefix("export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1; ")


# These take less time than a cluster takes to start them.
localrules: all, forget_controls, controls, recovery, vocabulary, coverage, validity, runs_page, seminar, fragments, site


rule all:
    default_target: True
    input:
        "reports/_site/index.html",


# A reply is kept by its prompt, so what an agent says of an old version is thrown away first.
rule forget_controls:
    input:
        AGENTS,
    output:
        touch(LOGS / "{study}" / ".forgotten"),
    shell:
        "rm -rf {LOGS}/{wildcards.study}/control--*"


rule controls:
    input:
        LOGS / "{study}" / ".forgotten",
        lambda wildcards: files(f"data/scenarios/{wildcards.study}"),
        ASKING,
    output:
        LOGS / "{study}" / ".controls",
    threads: SHARE
    shell:
        "{PYTHON} -m smallprint.evals.controls {wildcards.study} --workers {threads}"


# One rule a page: the name of its estimates follows from its parameters.
for page in FOUND:

    rule:
        name:
            f"notebook_{page.name}"
        input:
            notebook=f"notebooks/{page.study}.ipynb",
            claims=f"data/claims/{page.study}.yaml",
            bibliography=BIBLIOGRAPHY,
            library=ANALYSIS,
            controls=[LOGS / page.study / ".controls"] if page.study in SCRIPTED else [],
            recovery=[LOGS / page.study / "planted" / "terms.csv"] if page.study in PLANTED else [],
            organisms=[VITRO / page.study / f"{CHOSEN['profile']}.done"] if page.study in WORLDS else [],
            committed=files(f"data/estimates/{page.study}", ".csv"),
            sizes=[str(path) for path in Path("data/validity").glob("planted.csv")],
            outcomes=files(page.folder, ".csv") if page.folder else [],
        output:
            page=f"reports/studies/{page.name}.ipynb",
            run=f"data/estimates/{page.study}/{page.run}.json",
        params:
            # A function's value is passed on as it is; in a string, braces would be wildcards.
            assignments=lambda wildcards, given=page.assignments: given,
        shell:
            "{PYTHON} -m smallprint.execute {input.notebook} {output.page} {params.assignments:q}"

    rule:
        name:
            f"downloads_{page.name}"
        localrule: True
        input:
            page=f"reports/studies/{page.name}.ipynb",
            run=f"data/estimates/{page.study}/{page.run}.json",
            claims=f"data/claims/{page.study}.yaml",
        output:
            directory(f"reports/downloads/{page.name}"),
        shell:
            "{PYTHON} -m smallprint.downloads {output} {input.page} {input.run} {input.claims}"


# The scoreboard reads what the studies' own pages wrote, and their claims.
for page in SUMMARIES:

    rule:
        name:
            f"notebook_{page.name}"
        input:
            notebook=f"notebooks/{page.study}.ipynb",
            runs=[f"data/estimates/{own.study}/{own.run}.json" for own in FOUND if not own.folder],
            claims=[f"data/claims/{study}.yaml" for study in STUDIES],
            bibliography=BIBLIOGRAPHY,
            library=ANALYSIS,
            script="lib/smallprint/site/tables.js",
        output:
            page=f"reports/studies/{page.name}.ipynb",
            run=f"data/estimates/{page.study}/{page.run}.json",
            figures=expand("reports/_generated/{name}", name=HEADLINES),
        params:
            assignments=lambda wildcards, given=page.assignments: given,
        shell:
            "{PYTHON} -m smallprint.execute {input.notebook} {output.page} {params.assignments:q}"

    rule:
        name:
            f"downloads_{page.name}"
        localrule: True
        input:
            page=f"reports/studies/{page.name}.ipynb",
            run=f"data/estimates/{page.study}/{page.run}.json",
        output:
            directory(f"reports/downloads/{page.name}"),
        shell:
            "{PYTHON} -m smallprint.downloads {output} {input.page} {input.run}"


# Planted effects test the analysis, so this follows the statistics as well.
rule recovery:
    input:
        lambda wildcards: files(f"data/scenarios/{wildcards.study}"),
        ASKING,
        files("lib/smallprint/stats", ".py"),
        "lib/smallprint/measured/factors.py",
        "lib/smallprint/measured/recovery.py",
    output:
        LOGS / "{study}" / "planted" / "terms.csv",
    shell:
        "{PYTHON} -m smallprint.measured.recovery {wildcards.study}"


rule organisms:
    input:
        lambda wildcards: files(f"lib/smallprint/vitro/worlds/{wildcards.study.replace('-', '_')}", ".py"),
        ENGINE,
    output:
        VITRO / "{study}" / "{profile}.done",
    priority: 2
    threads: SHARE
    shell:
        "{PYTHON} -m smallprint.vitro.kept {wildcards.study} {wildcards.profile} --workers {threads}"


rule transcripts:
    input:
        LOGS / "{study}" / "{model}" / "outcomes.csv",
        TRANSCRIPTS,
    output:
        "reports/transcripts/{study}/{model}.html",
    shell:
        "{PYTHON} -m smallprint.site.transcripts reports/transcripts/{wildcards.study}"
        " {LOGS}/{wildcards.study}/{wildcards.model}"


rule control_transcripts:
    input:
        LOGS / "{study}" / ".controls",
        TRANSCRIPTS,
    output:
        touch("reports/_generated/transcripts-{study}"),
    shell:
        "{PYTHON} -m smallprint.site.transcripts reports/transcripts/{wildcards.study}"
        " {LOGS}/{wildcards.study}/control--*"


rule vocabulary:
    input:
        "lib/smallprint/vocabulary.py",
    output:
        "reports/_generated/tiers.md",
        "reports/_generated/confounds.md",
        "reports/_generated/verdicts.md",
        "reports/_generated/confidence.md",
    shell:
        "{PYTHON} -m smallprint.vocabulary reports/_generated"


rule coverage:
    input:
        files("lib/smallprint/stats", ".py"),
    output:
        "reports/_generated/coverage.md",
    shell:
        "{PYTHON} -m smallprint.stats.coverage {output}"


# The draws are committed; `python -m smallprint.validity --draw` makes them anew.
rule validity:
    input:
        files("data/validity", ".csv"),
        files("lib/smallprint/validity", ".py"),
    output:
        [f"reports/_generated/validity-{name}" for name in ("null.md", "planted.md", "power.svg")],
    shell:
        "{PYTHON} -m smallprint.validity reports/_generated"


rule runs_page:
    input:
        [page.folder / "run.json" for page in MODELS],
        expand(LOGS / "{study}" / ".controls", study=SCRIPTED),
        "lib/smallprint/site/runs.py",
    output:
        "reports/_generated/runs.md",
    shell:
        "{PYTHON} -m smallprint.site.runs {output}"


# Figures come from executed pages, numbers from reference runs.
rule seminar:
    input:
        COURSE,
        [f"reports/studies/{page.name}.ipynb" for page in FOUND if not page.folder],
        [f"data/estimates/{study}/reference.json" for study in STUDIES],
        files("lib/smallprint/seminar", ".py", ".css", ".js"),
    output:
        "reports/_generated/seminar/course.md",
        directory("reports/seminar/built"),
    shell:
        "{PYTHON} -m smallprint.seminar"


# What the hand-written pages include: numbers come from reference runs, lists from the schema and the tests.
rule fragments:
    input:
        [f"data/estimates/{study}/reference.json" for study in STUDIES],
        [f"notebooks/{study}.ipynb" for study in STUDIES],
        [f"reports/_generated/{name}" for board in BOARDS for name in HEADLINES],
        files("data/bench", ".csv") + files("data/faults", ".csv"),
        ["data/rubric.yaml", "CITATION.cff", "lib/smallprint/vocabulary.py", "lib/smallprint/records.py"],
        files("lib/smallprint/stats", ".py"),
        files("tests/stats", ".py"),
        WRITTEN,
        SITE,
    output:
        touch("reports/_generated/.fragments"),
    shell:
        "{PYTHON} -m smallprint.site.fragments reports/_generated"


rule site:
    input:
        [f"reports/studies/{page.name}.ipynb" for page in FOUND + SUMMARIES],
        [f"reports/downloads/{page.name}" for page in FOUND + SUMMARIES],
        [f"reports/transcripts/{page.study}/{page.folder.name}.html" for page in MODELS if page.transcribed],
        expand("reports/_generated/transcripts-{study}", study=SCRIPTED),
        rules.vocabulary.output,
        rules.coverage.output,
        rules.validity.output,
        rules.fragments.output,
        rules.runs_page.output,
        rules.seminar.output,
        WRITTEN,
        SITE,
        "_quarto.yml",
        BIBLIOGRAPHY,
    output:
        "reports/_site/index.html",
    shell:
        "{PYTHON} -m smallprint.site.render"
