"""The build graph on a small copy of the project with two tiny studies."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from smallprint import paths
from smallprint.runs import page_name

GOOD = """
from smallprint.estimates import Run
run = Run(STUDY, 1, {"profile": profile, "seed": seed})
run.estimate("one", claims=("A01",), tier="published", quantity="rate", unit="proportion",
             value=0.5, method="printed")
run.write()
"""
TARGETS = ("reports/downloads/first", "reports/downloads/second")


def write_study(project: Path, name: str, body: str) -> None:
    cells = [
        nbformat.v4.new_code_cell("profile = 'quick'\nseed = 0", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(f"STUDY = {name!r}\n{body}"),
    ]
    spec = {"kernelspec": {"name": "python3", "display_name": "x", "language": "python"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=spec)
    nbformat.write(notebook, project / "notebooks" / f"{name}.ipynb")
    (project / "data" / "claims" / f"{name}.yaml").write_text(f"study: {name}\n")


@pytest.fixture
def project(tmp_path) -> Path:
    root = tmp_path / "project"
    shutil.copytree(paths.ROOT / "lib", root / "lib", ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copy(paths.ROOT / "Snakefile", root)
    for folder in ("notebooks", "data/claims", "reports"):
        (root / folder).mkdir(parents=True)
    (root / "data" / "references.bib").write_text("")
    write_study(root, "first", GOOD)
    write_study(root, "second", GOOD)
    return root


def snakemake(project: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "2", "--keep-going", *arguments, *TARGETS],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project / "lib")},
        capture_output=True,
        text=True,
    )


def planned(project: Path) -> str:
    return snakemake(project, "--dry-run").stdout


def test_only_what_reads_a_changed_file_runs_again(project):
    first = snakemake(project)
    assert first.returncode == 0, first.stderr
    assert "Nothing to be done" in snakemake(project, "--dry-run").stdout

    claims = project / "data" / "claims" / "first.yaml"
    claims.touch()
    assert "rule notebook" not in planned(project), "a new date alone is no change"

    claims.write_text("study: first\ntitle: changed\n")
    plan = planned(project)
    assert "reports/studies/first.ipynb" in plan
    assert "reports/studies/second.ipynb" not in plan

    again = snakemake(project, "--config", "seed=1", "--dry-run").stdout
    assert "reports/studies/second.ipynb" in again, "a new parameter is a new run"


def test_a_failing_notebook_fails_the_build_and_the_others_still_run(project):
    write_study(project, "first", "1 / 0")
    done = snakemake(project)
    assert done.returncode != 0
    assert "notebooks/first.ipynb: cell In[3] failed with ZeroDivisionError" in done.stderr
    assert "reports/failed/first.ipynb" in done.stderr
    assert (project / "reports" / "failed" / "first.ipynb").exists()
    assert not (project / "reports" / "studies" / "first.ipynb").exists()
    assert (project / "reports" / "downloads" / "second" / "estimates.csv").exists()


def test_a_model_asked_here_gets_a_page_and_its_name_reaches_no_shell(project):
    model = """x/{study} $(touch owned) "q' `id`; #"""
    write_study(project, "first", GOOD)
    source = project / "notebooks" / "first.ipynb"
    notebook = nbformat.read(source, as_version=4)
    notebook.cells[0].source = "model = ''\nsamples = 0\n" + notebook.cells[0].source
    nbformat.write(notebook, source)
    folder = project / "data" / "logs" / "first" / paths.slug(model)
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"study": "first", "model": model, "samples": 5}))
    (folder / "outcomes.csv").write_text("study\n")
    name = page_name("first", model)
    plan = snakemake(project, "--dry-run", "--printshellcmds", f"reports/studies/{name}.ipynb")
    lines = [line for line in plan.stdout.splitlines() if "smallprint.execute" in line]
    (line,) = (line for line in lines if f"studies/{name}.ipynb" in line)
    words = shlex.split(line)
    given = dict(word.split("=", 1) for word in words[words.index("smallprint.execute") + 3 :])
    assert json.loads(given["model"]) == model and given["samples"] == "5"
