"""The build graph: study -> executed notebook and estimates -> site."""

import sys
from pathlib import Path

from smallprint.provenance import run_id

STUDIES = sorted(path.stem for path in Path("notebooks").glob("*.ipynb"))
PARAMETERS = {"profile": config.get("profile", "quick"), "seed": int(config.get("seed", 0))}
RUN = run_id(PARAMETERS)
PYTHON = sys.executable

LIBRARY = sorted(Path("lib/smallprint").rglob("*.py"))
SITE = [path for path in sorted(Path("lib/smallprint/site").rglob("*")) if path.suffix not in ("", ".pyc")]
ANALYSIS = [path for path in LIBRARY if path not in SITE]
PAGES = ["index.qmd", *map(str, sorted(Path("reports").glob("*.qmd")))]
BIBLIOGRAPHY = "data/references.bib"


rule all:
    default_target: True
    input:
        "reports/_site/index.html",


rule notebook:
    input:
        notebook="notebooks/{study}.ipynb",
        claims="data/claims/{study}.yaml",
        bibliography=BIBLIOGRAPHY,
        library=ANALYSIS,
    output:
        page="reports/studies/{study}.ipynb",
        run=f"data/estimates/{{study}}/{RUN}.json",
    params:
        assignments=" ".join(f"{name}={value}" for name, value in PARAMETERS.items()),
    shell:
        "{PYTHON} -m smallprint.execute {input.notebook} {output.page} {params.assignments}"


rule downloads:
    input:
        page="reports/studies/{study}.ipynb",
        run=f"data/estimates/{{study}}/{RUN}.json",
        claims="data/claims/{study}.yaml",
    output:
        directory("reports/downloads/{study}"),
    shell:
        "{PYTHON} -m smallprint.downloads {output} {input.page} {input.run} {input.claims}"


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
        sorted(Path("lib/smallprint/stats").glob("*.py")),
    output:
        "reports/_generated/coverage.md",
    shell:
        "{PYTHON} -m smallprint.stats.coverage {output}"


rule site:
    input:
        expand("reports/studies/{study}.ipynb", study=STUDIES),
        expand("reports/downloads/{study}", study=STUDIES),
        rules.vocabulary.output,
        rules.coverage.output,
        PAGES,
        SITE,
        "_quarto.yml",
        BIBLIOGRAPHY,
    output:
        "reports/_site/index.html",
    shell:
        "{PYTHON} -m smallprint.site.render"
