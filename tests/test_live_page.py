"""The notebook with a named model: its row, effects, verdicts and corrected rates."""

import json
import os
import shutil
import subprocess
import sys

import pandas as pd
import pytest

from smallprint import estimates, live, paths, scenarios
from smallprint.evals import direct
from smallprint.evals.planted import probability

STUDY, MODEL = "agentic-misalignment", "hf/model-x"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of a model whose replies are those of a planted agent, some of them refused."""
    root = tmp_path_factory.mktemp("live")
    logs = root / "logs"
    shutil.copytree(paths.LOGS, logs, ignore=shutil.ignore_patterns("asked", "judged"))
    pack = scenarios.load(STUDY)
    place = logs / STUDY / paths.slug(MODEL)
    place.mkdir()
    table = direct.outcomes(pack, "planted-77", 4)
    table = table.assign(study=STUDY, instrument="ours", model=MODEL, judge_model="")
    table = table.assign(string=table["rule"], judge="", gate="", truth="", stop_reason="stop")
    table = table.astype(object).assign(
        index=table.groupby("text").cumcount(), sample=table.index.astype(str)
    )
    table = table.assign(input_tokens=1000, output_tokens=100, cost="")
    table.loc[::17, ["state", "rule", "string"]] = ["refused", "", ""]
    table.to_csv(place / "outcomes.csv", index=False)
    said = {"study": STUDY, "model": MODEL, "judge": "", "samples": 4, "complete": True}
    said["prompts"] = live.fingerprint(pack, "screening", ("leverage",), 4)
    (place / "run.json").write_text(json.dumps(said))
    for name in ("claims", "scenarios", "estimates", "validity"):
        runs = shutil.ignore_patterns("*.json")
        shutil.copytree(paths.DATA / name, root / "data" / name, ignore=runs)
    shutil.copy(paths.BIBLIOGRAPHY, root / "data")
    places = {"LOGS": logs, "DATA": root / "data", "VITRO": paths.VITRO}
    subprocess.run(
        [
            *(sys.executable, "-m", "smallprint.execute", f"notebooks/{STUDY}.ipynb"),
            *(str(root / "page.ipynb"), f"model={MODEL}"),
        ],
        cwd=paths.ROOT,
        env=os.environ | {f"SMALLPRINT_{name}": str(path) for name, path in places.items()},
        check=True,
    )
    (written,) = (root / "data" / "estimates" / STUDY).glob("*model-x*.json")
    return (root / "page.ipynb").read_text(encoding="utf-8"), estimates.read(written), table


def test_rates_have_bounds_for_replies_without_an_answer(page):
    _, run, table = page
    found = {one.id: one for one in run.estimates if one.tier == "live"}
    rate = found["rate--leverage--all cells with the means"]
    scored = table[table["state"] == "scored"]
    assert rate.value == pytest.approx(scored["rule"].astype(bool).mean())
    assert rate.n == len(scored)
    refused = (table["state"] == "refused").sum()
    none, every = (
        one.value for name, one in found.items() if name.startswith("bounds--leverage--all")
    )
    assert none == pytest.approx(rate.k / len(table))
    assert every == pytest.approx((rate.k + refused) / len(table))


def test_planted_effects_reach_the_verdicts_of_the_page(page):
    text, run, _ = page
    verdicts = {
        one.confound: one.verdict
        for one in run.confounds
        if any(e.tier == "live" for e in run.estimates if e.id in one.estimates)
    }
    assert verdicts["narrative-pattern"] == "not separated", "the salient secret moves this agent"
    assert verdicts["judge-error"] == "separated", "both scorers agree on every reply"
    assert "not the study's" in text


def test_the_headline_cell_stands_beside_the_printed_rows(page):
    text, run, _ = page
    gaps = [one for one in run.estimates if one.id.startswith("beside--")]
    assert gaps
    assert all(one.interval.low <= one.value <= one.interval.high for one in gaps)
    assert "measured minus printed" in text


def test_rates_follow_what_was_planted(page):
    _, run, table = page
    rate = next(
        one for one in run.estimates if one.id == "rate--leverage--all cells with the means"
    )
    columns = list(scenarios.load(STUDY).factors)
    expected = pd.Series([probability(row) for row in table[columns].to_dict("records")]).mean()
    assert rate.interval.low < expected < rate.interval.high
