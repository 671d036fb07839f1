"""What the scoreboard reads from runs, counts over them and draws."""

import json
from math import comb
from pathlib import Path

import pandas as pd
import pytest
from scipy import stats

from smallprint import claims, paths, scoreboard, scoreboard_counts, scoreboard_tables
from smallprint.display import confound_table, number
from smallprint.estimates import Run
from smallprint.plots_scoreboard import DARK, headline_ranges
from smallprint.records import RunFile
from smallprint.scoreboard import Record
from smallprint.stats.multiverse import summarise

STUDY = "agentic-misalignment"


def made(study: str = STUDY) -> Run:
    """A run with two estimates, two audits, three rivals and one headline that is quoted."""
    run = Run(study, 1, {"profile": "quick", "seed": 0})
    fields = {"claims": ("A01",), "unit": "proportion", "method": "printed"}
    top = run.estimate("top", tier="published", quantity="blackmail", value=0.96, n=100, **fields)
    small = run.estimate("small", tier="vitro", quantity="use", value=0.8, n=8, **fields)
    curve = pd.DataFrame({"estimate": [0.5, 0.7, 0.96, 1.0]})
    spread = {
        name: run.estimate(name, tier="reanalysis", quantity=name, value=value, n=4, **fields)
        for name, value in summarise(curve, 0.96)._asdict().items()
        if name not in ("count", "computable")
    }
    for id, result in (("one", "reproduced"), ("two", "differs")):
        run.audit(id=id, claims=("A01",), says="x", recomputed="y", estimates=(), result=result)
    for confound, verdict, tier in (
        ("exposure", "separated", "vitro"),
        ("exposure", "not separated", "reanalysis"),
        ("small-n", "separated", "reanalysis"),
    ):
        run.confound(
            **{"confound": confound, "verdict": verdict, "tier": tier, "claims": ("A01",)},
            **{"manipulation": "m", "finding": "f", "estimates": ("top",)},
        )
    answers = {"reproducible": "yes", "robust": "partly", "replicable": "untested"}
    run.headline(
        **{"claims": ("A01",), "headline": "up to 96%", "flip_point": "pooling"},
        **{"estimates": ("top",), **answers},
    )
    run.quotation(("A01",), [top], spread)
    run.evidence(("A01",), "vitro", "a habit reaches 80%", [small])
    return run


def record(run: Run | None = None, **changes: object) -> Record:
    file = (run or made()).file().model_copy(update=changes)
    return Record(claims.load(STUDY), file, Path("run.json"))


# Records --------------------------------------------------------------------------------------


def test_a_quotation_and_evidence_survive_the_file(tmp_path):
    written = RunFile.model_validate_json(made().write(tmp_path).read_text())
    (quotation,) = written.quotations
    assert quotation.quoted == ("top",) and quotation.specifications == 4
    assert quotation.spread == {
        **{"minimum": "minimum", "median": "median", "maximum": "maximum"},
        "share": "share_at_least",
    }
    assert written.evidence[0].says == "a habit reaches 80%"


def test_a_quotation_without_its_headline_or_its_estimates_is_refused():
    run = made()
    with pytest.raises(ValueError, match=r"no headline of the claims \('A02',\)"):
        run.quotation(("A02",))
    stranger = made().estimate(
        "stranger", claims=(), tier="vitro", quantity="q", unit="ratio", value=1.0, method="m"
    )
    with pytest.raises(ValueError, match="stranger"):
        run.evidence(("A01",), "vitro", "says", [stranger])


def test_a_headline_holds_its_number_range_evidence_and_verdict():
    (headline,) = record().headlines()
    assert [estimate.id for estimate in headline.quoted] == ["top"]
    assert headline.spread["minimum"].value == 0.5 and headline.spread["share"].value == 0.5
    assert [(said.says, shown[0].id) for said, shown in headline.evidence] == [
        ("a habit reaches 80%", "small")
    ]
    assert [rival.tier for rival in headline.rivals] == ["vitro"]
    assert headline.sentence == (
        "Reproducible, robust in part, replication untested. What turns it: pooling."
    )


def test_a_headline_that_is_not_quoted_names_the_notebook_to_mend():
    with pytest.raises(ValueError, match=r"run\.quotation.*notebooks/agentic-misalignment"):
        record(quotations=()).headlines()


# Which runs ------------------------------------------------------------------------------------


def write(folder: Path, name: str, started: str, **parameters: object) -> None:
    run = made().file().model_dump(mode="json")
    run["manifest"] |= {"started": started, "parameters": {"seed": 0} | parameters}
    (folder / STUDY).mkdir(exist_ok=True)
    (folder / STUDY / name).write_text(json.dumps(run | {"run": name}))


def test_the_latest_run_of_the_studys_own_page_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(scoreboard, "studies", lambda: [STUDY])
    write(tmp_path, "old.json", "2026-01-01", model="", profile="quick")
    write(tmp_path, "new.json", "2026-01-02", model="", profile="quick")
    write(tmp_path, "model.json", "2026-01-03", model="a/b", profile="quick")
    write(tmp_path, "full.json", "2026-01-04", model="", profile="full")
    write(tmp_path, "reference.json", "2026-01-05", model="", profile="quick")
    (found,) = scoreboard.load("quick", 0, tmp_path)
    assert found.run.run == "new.json"
    with pytest.raises(FileNotFoundError, match="make report PROFILE=quick"):
        scoreboard.load("quick", 1, tmp_path)


def test_every_study_with_claims_is_on_the_board():
    assert scoreboard.studies()[0] == STUDY
    assert sorted(scoreboard.studies()) == sorted(f.stem for f in paths.CLAIMS.glob("*.yaml"))


# Rivals and counts -----------------------------------------------------------------------------


def test_the_weakest_verdict_is_the_studys():
    found = scoreboard.matrix([record()])
    assert found["exposure"][STUDY] == "not separated", "one claim is enough"
    assert found["small-n"][STUDY] == "separated"
    assert found["transfer"][STUDY] == "not raised"
    assert scoreboard.hardest(found)[0] == "exposure" and scoreboard.hardest(found)[-1] == "small-n"


def test_every_cell_of_the_matrix_leads_to_a_row_of_the_studys_table():
    own = record()
    page = confound_table(own.run).data
    matrix = scoreboard_tables.matrix_table([own]).data
    linked = [part.split(")")[0] for part in matrix.split(f"({STUDY}.ipynb#")[1:]]
    assert sorted(linked) == ["rival-1", "rival-2", "rival-3"]
    rows = page.splitlines()
    for anchor, rival in zip(("rival-1", "rival-2", "rival-3"), own.run.confounds, strict=True):
        (row,) = (row for row in rows if f'id="{anchor}"' in row)
        assert rival.confound in row and f">{rival.verdict}<" in row


def test_audits_are_added_over_studies():
    run = Run("scoreboard", 1, {}, read=[])
    found = scoreboard_counts.audits(run, [record(), record(made("scheming"))])
    assert {name: found["all"][name].value for name in found["all"]} == {
        **{"reproduced": 2, "differs": 2, "cannot be checked": 0}
    }
    assert found[STUDY]["differs"].value == 1 and found["all"]["differs"].n == 4


def test_what_a_control_cell_without_a_positive_can_exclude():
    run = Run(STUDY, 1, {})
    for n, k, arm in ((100, 0, "control"), (40, 0, "control"), (20, 0, "test"), (30, 3, "control")):
        run.estimate(
            f"cell-{n}",
            **{"claims": ("A11",), "tier": "published", "quantity": "rate", "unit": "proportion"},
            **{"value": k / n, "n": n, "k": k, "condition": {"arm": arm}, "method": "printed"},
        )
    cells = scoreboard_counts.control_cells(record(run))
    assert [cell.n for cell in cells] == [100, 40, 30]
    found = scoreboard_counts.power_of_zeros(Run("scoreboard", 1, {}, read=[]), record(run))
    assert found["excluded"].n == 40
    assert found["excluded"].value == pytest.approx(1 - 0.025 ** (1 / 40))
    # Against 0 of 40, k of 40 is significant once 2 C(40, k) / C(80, k) falls below 5%.
    critical = next(k for k in range(41) if 2 * comb(40, k) / comb(80, k) < 0.05)
    assert stats.fisher_exact([[critical, 40 - critical], [0, 40]]).pvalue < 0.05
    power = stats.binom.sf(critical - 1, 40, found["told apart"].value)
    assert power == pytest.approx(0.8, abs=1e-6)


# Tables and the figure -------------------------------------------------------------------------


def test_the_headline_table_ties_its_numbers_and_sorts_by_them():
    board = scoreboard_tables.headline_table(record().headlines()).data
    for id in ("top", "minimum", "median", "maximum", "share&#95;at&#95;least", "small"):
        assert f'data-estimate="{id}"' in board, id
    assert "4 specifications" in board and "#sec-supports" in board
    assert 'data-sort="3"' in board, "untested is sorted last"
    assert board.count("data-filter") == 4


def test_concessions_are_the_authors_own_and_cite_their_source():
    said = scoreboard_tables.concessions([record()]).data
    study = claims.load(STUDY)
    own = [point for point in study.criticisms if point.raised_by == "authors"]
    assert said.count("\n- ") == len(own) and said.count("[@") == len(own)
    others = [point.says for point in study.criticisms if point.raised_by != "authors"]
    assert not [text for text in others if text in said]


def test_a_mark_stands_where_its_number_lies_between_the_ends():
    rows = pd.DataFrame(
        [
            {
                **{"label": "a", "minimum": 0.5, "median": 0.6, "maximum": 1.0, "share": "10%"},
                **{"minimum_text": "50%", "maximum_text": "100%"},
                **{"quoted": [0.75, 0.2], "quoted_text": ["75%", "20%"]},
            }
        ]
    )
    (ax,) = headline_ranges(rows, dark=True).axes
    marks = [line for line in ax.lines if line.get_marker() == "D"]
    assert [line.get_xdata()[0] for line in marks] == [0.5, -0.05], "one is below every result"
    assert {line.get_color() for line in marks} == {DARK["mark"]}
    assert {"75%", "50%", "100%", "10%"} <= {text.get_text() for text in ax.texts}


def test_a_number_names_its_study_so_that_the_board_can_open_it():
    top = made("scheming").file().estimates[0]
    assert 'data-study="scheming"' in number(top)
