"""Which pages there are, and what identifies their runs."""

import json
import re
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from smallprint import live, paths, runs
from smallprint.provenance import run_id
from smallprint.site.runs import listing, prune

PARAMETERS = 'model = ""\njudge = ""\nsamples = 0  # of each cell\nprofile = "quick"\nseed = 0'
MODEL = "anthropic/claude-x"


def notebook(folder: Path, source: str) -> Path:
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": ["parameters"]})
    file = folder / "study.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), file)
    return file


def asked(logs: Path, model: str = MODEL, **fields: object) -> Path:
    folder = logs / "study" / paths.slug(model)
    folder.mkdir(parents=True)
    record = {"study": "study", "model": model, "judge": "a/j", "samples": 20, "dates": []} | fields
    (folder / "run.json").write_text(json.dumps(record))
    (folder / "outcomes.csv").write_text("study\n")
    return folder


def test_the_notebook_declares_what_identifies_its_run(tmp_path):
    file = notebook(tmp_path, PARAMETERS)
    declared = {"model": "", "judge": "", "samples": 0, "profile": "quick", "seed": 0}
    assert runs.defaults(file) == declared
    (own,) = runs.pages("study", {"seed": 3, "other": 1}, tmp_path, tmp_path / "logs")
    assert own.parameters == declared | {"seed": 3}
    assert (own.name, own.run) == ("study", run_id(own.parameters))


@pytest.mark.parametrize("source", ("seed = int(1)", "import os", "a.b = 1", "a = b = 1"))
def test_a_parameter_that_is_no_literal_is_named(tmp_path, source):
    with pytest.raises(ValueError, match=re.escape(source)):
        runs.defaults(notebook(tmp_path, source))


def test_every_model_asked_here_has_a_page_of_its_own(tmp_path):
    notebook(tmp_path, PARAMETERS)
    logs = tmp_path / "logs"
    asked(logs)
    asked(logs, "control/refuse")
    unfinished = asked(logs, "openai/unfinished")
    (unfinished / "outcomes.csv").unlink()
    hostile = "{x} $(touch owned) \"; rm -rf / '#"
    asked(logs, hostile, judge="")
    own, *models = runs.pages("study", {}, tmp_path, logs)
    assert [page.parameters["model"] for page in models] == [hostile, MODEL]
    assert {page.parameters["samples"] for page in models} == {20} and not own.folder
    assert len({page.run for page in (own, *models)}) == 3
    assert all(re.fullmatch(r"[\w.-]+", page.name) for page in models)


def test_a_notebook_without_a_model_has_one_page(tmp_path):
    notebook(tmp_path, "seed = 0")
    asked(tmp_path / "logs")
    assert len(runs.pages("study", {}, tmp_path, tmp_path / "logs")) == 1


def test_a_damaged_or_moved_record_is_named(tmp_path):
    folder = asked(tmp_path, samples=0)
    with pytest.raises(ValueError, match=r"run\.json: samples: .*; run `make rerun`"):
        runs.read(folder / "run.json")
    (folder / "run.json").write_text("{")
    with pytest.raises(ValueError, match=r"run\.json: the file: .*JSON"):
        runs.read(folder / "run.json")
    moved = asked(tmp_path / "other").rename(tmp_path / "other" / "study" / "elsewhere")
    with pytest.raises(ValueError, match="whose folder is study/anthropic--claude-x"):
        runs.read(moved / "run.json")


def test_the_listing_links_what_is_there_and_escapes_names(tmp_path, monkeypatch):
    monkeypatch.setitem(live.SOURCES, "study", live.SOURCES["scheming"])
    assert "No model has been asked" in listing(tmp_path)
    asked(tmp_path, "x/{{< include /etc/passwd >}} <script>|[a](javascript:b)")
    asked(tmp_path, "control/refuse")
    text = listing(tmp_path)
    assert "<script>" not in text and "{{<" not in text and "](javascript" not in text
    links = re.findall(r"\]\(([^)]*)\)", text)
    assert [link.split("/")[0] for link in links] == ["studies", "transcripts", "transcripts"]
    assert all(re.fullmatch(r"[\w./-]+", link) for link in links)


def test_pages_of_a_run_that_is_gone_are_removed(tmp_path):
    reports, logs = tmp_path / "reports", tmp_path / "logs"
    (logs / "study" / "kept--1").mkdir(parents=True)
    kept = ("studies/study--kept--1.ipynb", "studies/study.ipynb", "transcripts/study/kept--1.html")
    gone = ("studies/study--gone--1.ipynb", "transcripts/study/gone--1.html")
    for name in (*kept, *gone, "downloads/study--gone--1/a.csv", "downloads/study/a.csv"):
        (reports / name).parent.mkdir(parents=True, exist_ok=True)
        (reports / name).touch()
    prune(reports, logs)
    left = {str(file.relative_to(reports)) for file in reports.rglob("*") if file.is_file()}
    assert left == {*kept, "downloads/study/a.csv"}


def test_a_model_that_was_trained_here_has_no_transcripts():
    asked = {"study": "believe-it-or-not", "model": "some/model", "samples": 4, "design": "core"}
    assert runs.RunRecord(**asked).transcribed
    assert not runs.RunRecord(**asked | {"design": runs.FINE_TUNED}).transcribed
    assert not runs.RunRecord(**asked | {"study": "weak-to-strong"}).transcribed
    page = runs.StudyPage("believe-it-or-not", {"design": "core"}, paths.LOGS)
    assert page.transcribed
    assert not replace(page, folder=None).transcribed
    assert not replace(page, parameters={"design": runs.FINE_TUNED}).transcribed
