"""Several models in one run: asked once each, shown together, resumable."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace

import nbformat
import pandas as pd
import pytest
from fakes import serving

from smallprint import estimates, live, paths, runs
from smallprint.evals import rerun, specs_agents, specs_panel, studies
from smallprint.site.transcripts.__main__ import write as write_transcripts

STUDY = "stress-testing-specs"
MODELS = ("openai-api/local/first", "openai-api/local/second", "openai-api/local/third")
SMALL = ["--design=few", "--families=library", "--samples=2", "--yes"]


@pytest.fixture
def fake(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "LOGS", tmp_path)
    monkeypatch.setenv("LOCAL_API_KEY", "sk-planted-0123456789")
    small = replace(studies.of(STUDY), agents={"flouts-0": 1, "flouts-1": 1}, design="few")
    monkeypatch.setattr(studies, "of", lambda slug: small)
    with serving(turns=[{"text": "Do most of the first.\nANSWER: 5 1"}]) as server:
        monkeypatch.setenv("LOCAL_BASE_URL", f"{server.url}/v1")
        yield server


def asked(fake):
    return sum(fake.stats()["billed"].values())


def test_several_models_are_asked_once_each_and_share_a_page(fake, tmp_path, capsys):
    both = ",".join(MODELS[:2])
    judges = ",".join(f"control/{judge}" for judge in specs_agents.JUDGES[:2])
    rerun.main([STUDY, f"--model={both}", *SMALL])
    assert "6 calls to openai-api/local/second" in capsys.readouterr().out
    assert asked(fake) == 2 * 3 * 2
    folder = live.folder(STUDY, both)
    table = pd.read_csv(folder / "outcomes.csv")
    assert table.groupby("model").size().to_dict() == dict.fromkeys(MODELS[:2], 6)
    assert live.is_complete(STUDY, both, "", 2, "few", ("library",))
    rerun.main([STUDY, f"--model={both}", f"--judge={judges}", *SMALL])
    assert asked(fake) == 12, "a panel needs no new replies"
    panel = pd.read_csv(folder / specs_panel.FILE)
    assert panel.groupby(["model", "judge"]).size().to_dict() == {
        (model, judge): 6 for model in MODELS[:2] for judge in judges.split(",")
    }
    known = live.folder(STUDY, "control/flouts-1") / "judged" / paths.slug(judges)
    assert set(pd.read_csv(known / specs_panel.FILE)["judge"]) == set(judges.split(","))
    pages = runs.pages(STUDY, {}, paths.ROOT / "notebooks", tmp_path)
    assert [page.parameters["model"] for page in pages] == ["", both]
    write_transcripts(folder, tmp_path / "page.html")
    shown = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert all(model.replace("/", "") in shown.replace("/", "") for model in MODELS[:2])


def test_another_set_asks_only_the_model_that_is_new(fake):
    rerun.main([STUDY, f"--model={MODELS[0]}", *SMALL])
    rerun.main([STUDY, f"--model={MODELS[2]},{MODELS[0]}", *SMALL])
    assert asked(fake) == 2 * 6
    alone = pd.read_csv(live.folder(STUDY, MODELS[0]) / "outcomes.csv")
    assert set(alone["model"]) == {MODELS[0]}


def test_a_set_that_stopped_goes_on_where_it_was(fake, monkeypatch, capsys):
    every, real, calls = ",".join(MODELS), rerun.ask, []

    def stopping(samples, *, model, **given):
        calls.append(model)
        done = real(samples[:2] if model == MODELS[1] else samples, model=model, **given)
        stopped = "the budget of 1 USD" if model == MODELS[1] else None
        return replace(done, stopped_by=stopped, remaining=4 if stopped else 0)

    monkeypatch.setattr(rerun, "ask", stopping)
    with pytest.raises(SystemExit) as end:
        rerun.main([STUDY, f"--model={every}", *SMALL])
    assert end.value.code == 1 and calls == list(MODELS[:2])
    assert "stopped by the budget of 1 USD; 4 samples not asked" in capsys.readouterr().err
    described = json.loads((live.folder(STUDY, every) / "run.json").read_text())
    assert described["complete"] is False
    assert len(pd.read_csv(live.folder(STUDY, every) / "outcomes.csv")) == 6 + 2
    monkeypatch.setattr(rerun, "ask", real)
    rerun.main([STUDY, f"--model={every}", *SMALL])
    assert asked(fake) == 3 * 6
    assert live.is_complete(STUDY, every, "", 2, "few", ("library",))


def test_names_of_a_set_are_checked(capsys):
    for names, says in (
        (f"{MODELS[0]},some", "'some' is no Inspect model name"),
        (f"{MODELS[0]},{MODELS[0]}", "--model: names a model twice"),
        (",", "'' is no Inspect model name"),
    ):
        with pytest.raises(SystemExit):
            rerun.main([STUDY, f"--model={names}", *SMALL])
        assert says in capsys.readouterr().err


def test_the_page_of_a_set_says_what_its_models_answered(tmp_path, monkeypatch):
    logs, data, both = tmp_path / "logs", tmp_path / "data", ",".join(MODELS[:2])
    shutil.copytree(paths.LOGS / STUDY, logs / STUDY, ignore=shutil.ignore_patterns("asked"))
    for name in ("claims", "scenarios", "estimates", "validity"):
        runs_out = shutil.ignore_patterns("*.json")
        shutil.copytree(paths.DATA / name, data / name, ignore=runs_out)
    shutil.copy(paths.BIBLIOGRAPHY, data)
    monkeypatch.setattr(paths, "LOGS", logs)
    monkeypatch.setenv("LOCAL_API_KEY", "sk-planted-0123456789")
    with serving(turns=[{"text": "Do most of the first.\nANSWER: 5 1"}]) as server:
        monkeypatch.setenv("LOCAL_BASE_URL", f"{server.url}/v1")
        rerun.main([STUDY, f"--model={both}", *SMALL])
    _, page = runs.pages(STUDY, {}, paths.ROOT / "notebooks", logs)
    execute = [sys.executable, "-m", "smallprint.execute", f"notebooks/{STUDY}.ipynb"]
    places = {"SMALLPRINT_LOGS": str(logs), "SMALLPRINT_DATA": str(data)}
    places["SMALLPRINT_VITRO"] = str(paths.VITRO)
    command = [*execute, str(tmp_path / "page.ipynb"), *page.assignments]
    subprocess.run(command, cwd=paths.ROOT, env=os.environ | places, check=True)
    run = estimates.read(data / "estimates" / STUDY / f"{page.run}.json")
    found = {one.id: one for one in run.estimates if one.tier == "live"}
    # All answers are alike, so no scenario can be flagged.
    assert found["live--flagged"].value == 0 and found["live--flagged"].n == 3
    cells = nbformat.read(tmp_path / "page.ipynb", as_version=4).cells
    texts = [str(one) for cell in cells for one in cell.get("outputs", [])]
    assert any("12 answers of 2 models" in text for text in texts)
    assert any(all(model in text for model in MODELS[:2]) for text in texts)
