"""The real build graph on a real one-node Slurm; run by `make cluster-test` only."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

from smallprint import paths, runs

HERE = Path(__file__).parent
MODELS = ("anthropic/claude-x", "openai/gpt-y", "mockllm/model")
PARAMETERS = 'model = ""\njudge = ""\nsamples = 0\nprofile = "quick"\nseed = 0'
BODY = """
import os
from smallprint.estimates import Run
given = {"model": model, "judge": judge, "samples": samples, "profile": profile, "seed": seed}
run = Run("first", 1, given)
run.estimate("one", claims=("A01",), tier="published", quantity="rate", unit="proportion",
             value=0.5, method="printed")
run.write()
print("asked", repr(model), "in job", os.environ["SLURM_JOB_ID"])
"""


def project(root: Path) -> Path:
    """A copy of library and build graph, one small study and three models asked."""
    shutil.copytree(paths.ROOT / "lib", root / "lib", ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copy(paths.ROOT / "Snakefile", root)
    for folder in ("notebooks", "data/claims", "reports"):
        (root / folder).mkdir(parents=True)
    (root / "data" / "references.bib").write_text("")
    (root / "data" / "claims" / "first.yaml").write_text("study: first\n")
    cells = [nbformat.v4.new_code_cell(source) for source in (PARAMETERS, BODY)]
    cells[0].metadata["tags"] = ["parameters"]
    spec = {"kernelspec": {"name": "python3", "display_name": "x", "language": "python"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=spec)
    nbformat.write(notebook, root / "notebooks" / "first.ipynb")
    for model in MODELS:
        folder = root / "data" / "logs" / "first" / paths.slug(model)
        folder.mkdir(parents=True)
        record = {"study": "first", "model": model, "judge": "a/judge", "samples": 5}
        (folder / "run.json").write_text(json.dumps(record))
        (folder / "outcomes.csv").write_text("study\n")
    return root


def test_every_page_is_made_by_a_job_of_its_own(tmp_path):
    """Four pages come from four Slurm jobs, each asked for its own model."""
    root = project(tmp_path / "project")
    names = [runs.page_name("first", model) for model in ("", *MODELS)]
    downloads = [f"reports/downloads/{name}" for name in names]
    snakemake = [sys.executable, "-m", "snakemake", "--profile", str(HERE), *downloads]
    done = subprocess.run(
        [sys.executable, str(HERE / "one_node.py"), *snakemake],
        cwd=root,
        env=os.environ | {"PYTHONPATH": f"{root / 'lib'}:{os.environ.get('PYTHONPATH', '')}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    jobs = {}
    for name in names:
        page = (root / "reports" / "studies" / f"{name}.ipynb").read_text()
        model, job = re.search(r"\"asked '(.*?)' in job (\d+)\\n\"", page).groups()
        jobs[job] = model
        assert (root / "reports" / "downloads" / name / "estimates.csv").exists()
    assert sorted(jobs.values()) == sorted(["", *MODELS])
