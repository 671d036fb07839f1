"""The page on adding a study, followed to the letter: its blocks become files, these a page.

That the build graph finds a notebook by its name is shown by ``test_build``.
"""

import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import nbformat
import pytest
import yaml

from smallprint import claims, downloads, estimates, paths, runs
from smallprint.provenance import run_id
from smallprint.site.project import Project
from smallprint.site.render import render_with_pandoc

STUDY = "example-study"
PAGE = paths.REPORTS / "method" / "add-a-study.qmd"
BLOCK = re.compile(r'^```\{\.\w+ filename="(.*?)"\}\n(.*?)^```$', re.MULTILINE | re.DOTALL)
CELL = re.compile(r"^# %%(?: \[(\w+)\])?\n", re.MULTILINE)


def blocks() -> dict[str, str]:
    """What the page says to write, by file."""
    found = dict(BLOCK.findall(PAGE.read_text(encoding="utf-8")))
    assert set(found) == {
        "data/references.bib",
        f"data/claims/{STUDY}.yaml",
        f"notebooks/{STUDY}.ipynb",
        "_quarto.yml",
    }
    return found


def notebook(text: str) -> nbformat.NotebookNode:
    """The percent form as a notebook, as an editor or jupytext makes it."""
    _, *parts = CELL.split(text)
    cells = []
    for kind, source in zip(parts[::2], parts[1::2], strict=True):
        source = source.strip("\n")
        if kind == "markdown":
            cells.append(nbformat.v4.new_markdown_cell(source))
        elif kind == "raw":
            cells.append(nbformat.v4.new_raw_cell(source))
        else:
            tags = {"tags": [kind]} if kind else {}
            cells.append(nbformat.v4.new_code_cell(source, metadata=tags))
    spec = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=spec)


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A project that holds nothing but the page's blocks, executed and rendered."""
    root = tmp_path_factory.mktemp("project")
    written = blocks()
    for name, text in written.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".ipynb":
            nbformat.write(notebook(text), file)
        elif name != "_quarto.yml":
            file.write_text(text, encoding="utf-8")
    config = yaml.safe_load((paths.ROOT / "_quarto.yml").read_text(encoding="utf-8"))
    entries = yaml.safe_load(written["_quarto.yml"])
    start = [{"text": "Start", "href": "index.qmd"}]
    config["project"] |= {
        "render": ["index.qmd", "reports/studies/*.ipynb"],
        "resources": ["reports/downloads/**"],
    }
    config["website"]["navbar"]["left"] = start + entries
    config["website"]["sidebar"]["contents"] = start + entries
    (root / "_quarto.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (root / "index.qmd").write_text("---\ntitle: Start\n---\n", encoding="utf-8")
    execute(root)
    study = root / "data/estimates" / STUDY
    (run,) = study.glob("*.json")
    page = root / f"reports/studies/{STUDY}.ipynb"
    downloads.make(
        root / f"reports/downloads/{STUDY}", page, run, root / f"data/claims/{STUDY}.yaml"
    )
    render_with_pandoc(Project.read(root))
    return root


def execute(root: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "smallprint.execute"),
            *(f"notebooks/{STUDY}.ipynb", f"reports/studies/{STUDY}.ipynb"),
        ],
        cwd=root,
        env=os.environ | {"SMALLPRINT_DATA": str(root / "data"), "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_the_claims_load_without_a_problem(project: Path):
    loaded = claims.load(STUDY, project / "data/claims", project / "data/references.bib")
    assert [claim.id for claim in loaded.claims] == ["X01", "X02"]


def test_the_run_is_found_by_the_name_that_its_parameters_give(project: Path):
    file = project / f"notebooks/{STUDY}.ipynb"
    (run,) = (project / "data/estimates" / STUDY).glob("*.json")
    assert run.stem == run_id(runs.defaults(file))
    (page,) = runs.pages(STUDY, {}, project / "notebooks", project / "logs")
    assert (page.name, page.run) == (STUDY, run.stem)


def test_the_numbers_are_recorded(project: Path):
    (file,) = (project / "data/estimates" / STUDY).glob("*.json")
    run = estimates.read(file)
    by_id = {estimate.id: estimate for estimate in run.estimates}
    assert by_id["said"].k == 45 and by_id["silent"].k == 10
    assert by_id["effect"].value == pytest.approx(0.7)
    assert by_id["effect"].interval.low == pytest.approx(0.53, abs=0.01)
    assert [one.verdict for one in run.confounds] == ["separated"]
    assert [one.reproducible for one in run.headlines] == ["yes"]


def test_the_page_shows_them_tied_to_their_estimates(project: Path):
    html = (project / f"reports/_site/reports/studies/{STUDY}.html").read_text(encoding="utf-8")
    text = " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())
    assert "90%" in text and "95% interval [79, 96], n = 50" in text
    assert "Mentioning the delay adds 70 points" in text
    assert set(re.findall(r'data-estimate="([^"]*)"', html)) == {"said", "effect"}
    assert 'class="verdict verdict-separated"' in html


def test_navigation_and_downloads_lead_somewhere(project: Path):
    site = project / "reports/_site"
    assert f'href="reports/studies/{STUDY}.html"' in (site / "index.html").read_text("utf-8")
    for name in ("estimates.csv", "estimates.json", "claims.yaml", f"{STUDY}.ipynb"):
        assert (site / f"reports/downloads/{STUDY}/{name}").is_file()
