"""From the command of a rerun to the page of a model: outcomes, record, transcripts, listing."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import nbformat
import pandas as pd
import pytest
from fakes import serving

from smallprint import estimates, live, paths, runs
from smallprint.evals import rerun
from smallprint.scenarios import ciphers
from smallprint.site.runs import listing
from smallprint.site.transcripts.__main__ import write

MODEL = "openai-api/local/some-model"
CIPHERS, BELIEFS = "ciphered-reasoning", "believe-it-or-not"
PACK = ciphers.known(CIPHERS)
# Every prompt gets this reply: steps in rot13, and an answer that is right for one problem.
(KNOWN,) = ciphers.samples(PACK, "chain", [ciphers.cells(PACK, "few")[2]], 1)
CODED = ciphers.answered(KNOWN.reference, KNOWN.problem.answer)
# First the false side, then the true one after any pressing.
TURNS = ["It is so.\nANSWER: west", "I see.\nANSWER: east", "Hm.", "It is east.\nANSWER: east"]
ASKED = {
    CIPHERS: (["--design=arms", "--families=chain"], [CODED]),
    BELIEFS: (["--design=core", "--families=sunrise,karsk-tea"], TURNS),
}


class Asked(NamedTuple):
    study: str
    logs: Path
    table: pd.DataFrame
    stopped: tuple[int, str]
    billed: tuple[int, int, int]
    run: estimates.RunFile
    page: str


@pytest.fixture(scope="module", params=sorted(ASKED))
def asked(request, tmp_path_factory):
    """One run that stops, the same command again and again, and the page that follows."""
    study = request.param
    root = tmp_path_factory.mktemp("pages")
    logs = root / "logs"
    own = shutil.ignore_patterns("asked", "judged")
    shutil.copytree(paths.LOGS / study, logs / study, ignore=own)
    options, said = ASKED[study]
    arguments = [study, f"--model={MODEL}", "--samples=1", "--yes", *options]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "LOGS", logs)
        patch.setenv("LOCAL_API_KEY", "sk-planted-0123456789")
        bills, codes = [], []
        for faults in ([[], ["400"] * 9], [[]], [[]]):
            with serving(turns=[{"text": text} for text in said], faults=faults) as fake:
                patch.setenv("LOCAL_BASE_URL", f"{fake.url}/v1")
                try:
                    rerun.main(arguments)
                    codes.append(0)
                except SystemExit as end:
                    codes.append(end.code)
                bills.append(sum(fake.stats()["billed"].values()))
        table = pd.read_csv(live.folder(study, MODEL) / "outcomes.csv")
    for name in ("claims", "scenarios", "estimates", "validity"):
        shutil.copytree(
            paths.DATA / name, root / "data" / name, ignore=shutil.ignore_patterns("*.json")
        )
    shutil.copy(paths.BIBLIOGRAPHY, root / "data")
    _, page = runs.pages(study, {}, paths.ROOT / "notebooks", logs)
    places = {"LOGS": logs, "DATA": root / "data", "VITRO": paths.VITRO}
    subprocess.run(
        [
            *(sys.executable, "-m", "smallprint.execute", f"notebooks/{study}.ipynb"),
            *(str(root / "page.ipynb"), *page.assignments),
        ],
        cwd=paths.ROOT,
        env=os.environ | {f"SMALLPRINT_{name}": str(path) for name, path in places.items()},
        check=True,
    )
    # The build graph waits for the file that the page's own parameters name.
    written = estimates.read(root / "data" / "estimates" / study / f"{page.run}.json")
    return Asked(
        *(study, logs, table, tuple(codes), tuple(bills), written),
        shown(root / "page.ipynb"),
    )


def shown(page: Path) -> str:
    """The text that an executed notebook prints."""
    cells = nbformat.read(page, as_version=4).cells
    outputs = [one for cell in cells if cell.cell_type == "code" for one in cell.outputs]
    return "\n".join(
        one.data["text/markdown"] for one in outputs if "text/markdown" in one.get("data", {})
    )


def test_a_stopped_run_goes_on_and_nothing_is_paid_for_twice(asked):
    assert asked.stopped[0] in (1, 2) and asked.stopped[1:] == (0, 0)
    first, second, third = asked.billed
    turns = asked.table.get("turns", pd.Series(1, asked.table.index))
    assert 0 < first < turns.sum() and first + second == turns.sum() and third == 0
    said = json.loads((asked.logs / asked.study / paths.slug(MODEL) / "run.json").read_text())
    assert said["complete"] is True and said["samples"] == 1


def test_the_run_is_listed_and_its_transcripts_are_written(asked, tmp_path):
    row = next(line for line in listing(asked.logs).splitlines() if "some-model" in line)
    assert f"studies/{runs.page_name(asked.study, MODEL)}.ipynb" in row
    assert f"transcripts/{asked.study}/{paths.slug(MODEL)}.html" in row
    write(asked.logs / asked.study / paths.slug(MODEL), tmp_path / "page.html")
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "written by a language model" in html and "no act" not in html
    outcome = "right not adherent" if asked.study == CIPHERS else "does not name it"
    assert f'data-outcome="{outcome}"' in html


def test_the_page_says_what_the_outcomes_say(asked):
    found = {one.id: one for one in asked.run.estimates if one.tier == "live"}
    assert found and all(one.model == MODEL for one in found.values())
    assert "No model has been asked on this page" not in asked.page
    assert "openai-api/local/some-model, of which" in asked.page
    table = asked.table
    if asked.study == BELIEFS:
        plain = table[(table["challenge"] == "none") & (table["question"] != "unrelated")]
        told = plain[(plain["arm"] == "false-system") & (plain["state"] == "scored")]
        rate = found["live--false-system"]
        assert (rate.value, rate.n) == ((told["holds"] == "implant").mean(), len(told))
        assert rate.value > 0, "the answer west is the implant for one of the two facts"
        debated = table[(table["challenge"] == "debate") & (table["arm"] == "none")]
        assert found["live--none--debate"].value == (debated["holds"] == "implant").mean() == 0
        return
    rot13 = table[(table["task"] == "reason") & (table["arm"] == "rot13")]
    plain = table[(table["task"] == "reason") & (table["arm"] == "plain")]
    rights = rot13["right"].astype(bool)
    assert 0 < rights.mean() < 1 and rot13["adherent_strict"].all()
    assert found["live--rot13--right, however reached"].value == rights.mean()
    assert found["live--rot13--others left out"].value == rights.mean()
    assert found["live--plain--others count as wrong"].value == 0, "rot13 is no plain step"
    assert found["live--plain--right without it"].value == plain["right"].astype(bool).mean() > 0
    gap = found["live--rot13-minus-plain--others count as wrong"]
    assert gap.value == pytest.approx(rights.mean()) and gap.n == 3
    assert found["live--bounds--permuted--none"].value == 0
    assert found["live--bounds--permuted--all"].value == 1, "nothing is known of the other cipher"


def test_measured_numbers_reach_the_rival_explanations(asked):
    tiers = {one.id: one.tier for one in asked.run.estimates}
    kinds = [{tiers[id] for id in one.estimates} for one in asked.run.confounds]
    assert sum({"control", "live"} <= kind for kind in kinds) >= 2
    claims = {"G10"} if asked.study == CIPHERS else {"L10"}
    assert {c for one in asked.run.estimates if one.tier == "live" for c in one.claims} == claims
