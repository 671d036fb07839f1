import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint import claims, estimates, reference
from smallprint.estimates import Estimate, Run
from smallprint.stats.intervals import Interval

STUDY = "agentic-misalignment"


def make_run(value: float = 0.96, tier: str = "published") -> Run:
    run = Run(STUDY, 1, {"profile": "quick", "seed": 0})
    run.estimate(
        "top-rate",
        claims=("A01",),
        tier=tier,
        quantity="blackmail",
        unit="proportion",
        value=value,
        interval=Interval(0.9, 0.98, 0.95, "Wilson"),
        n=100,
        k=96,
        condition={"goal": "explicit"},
        method="judge+string",
    )
    return run


def test_a_run_reads_back_as_it_was_written(tmp_path):
    run = make_run()
    path = run.write(tmp_path)
    assert estimates.read(path).estimates == run.file().estimates
    row = estimates.table([estimates.read(path)]).iloc[0]
    assert (row["low"], row["high"], row["interval_method"]) == (0.9, 0.98, "Wilson")
    assert row["condition"] == "goal=explicit"


def test_interval_is_named_in_the_file(tmp_path):
    written = json.loads(make_run().write(tmp_path).read_text())
    assert written["estimates"][0]["interval"]["method"] == "Wilson"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_values_survive_the_file_exactly(value):
    made = make_run(value).file()
    assert estimates.RunFile.model_validate_json(made.model_dump_json()).estimates[0].value == value


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_not_a_number_is_none(value):
    assert make_run(value).file().estimates[0].value is None


def test_an_id_is_recorded_once():
    run = make_run()
    with pytest.raises(ValueError, match="'top-rate' is recorded twice"):
        run.estimate("top-rate", **_fields(run))


def _fields(run: Run) -> dict:
    return run.file().estimates[0].model_dump(exclude={"id", "study"})


def test_a_verdict_needs_recorded_estimates():
    with pytest.raises(ValueError, match=r"never recorded: \['absent'\]"):
        make_run().audit(
            id="x",
            claims=("A01",),
            says="",
            recomputed="",
            estimates=("absent",),
            result="reproduced",
        )


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = make_run().write(tmp_path)
    before = path.read_text()

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        make_run(0.5).write(tmp_path)
    assert path.read_text() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_an_unreadable_run_is_named(tmp_path):
    broken = tmp_path / "run.json"
    broken.write_text('{"run": ')
    with pytest.raises(ValueError, match=r"run\.json: not a readable run file; delete it"):
        estimates.read(broken)


def test_runs_of_other_parameters_have_other_ids():
    ids = {Run(STUDY, 1, {"profile": p, "seed": s}).id for p in ("quick", "full") for s in (0, 1)}
    assert len(ids) == 4


@pytest.mark.parametrize(
    ("tier", "value", "differs"),
    [
        ("published", 0.96, False),
        ("published", 0.96 * (1 + 1e-12), False),
        ("published", 0.961, True),
        ("vitro", 0.91, False),
        ("vitro", 0.5, True),
    ],
)
def test_compare_is_exact_for_published_and_within_the_interval_for_vitro(tier, value, differs):
    found = reference.compare(make_run(tier=tier).file(), make_run(value, tier).file())
    assert bool(found) == differs
    assert all(line.startswith("claim A01: estimate top-rate") for line in found)


def test_compare_names_what_is_gone_and_what_is_new():
    empty = Run(STUDY, 1, {"profile": "quick", "seed": 0}).file()
    assert reference.compare(make_run().file(), empty) == ["claim A01: estimate top-rate is gone"]
    assert reference.compare(empty, make_run().file()) == ["claim A01: estimate top-rate is new"]


def test_unknown_fields_and_tiers_are_refused():
    with pytest.raises(ValueError, match="tier"):
        Estimate(**(_fields(make_run()) | {"id": "x", "study": STUDY, "tier": "guess"}))


def test_a_printed_count_has_no_interval_of_a_share():
    study = claims.load("believe-it-or-not")
    counted = next(v for v in study["R2"].values if v.quantity == "screened recipes")
    made = Run("believe-it-or-not", 1, {"seed": 0}).published("screened", study["R2"], counted)
    assert (made.value, made.n, made.interval) == (67, 40067, None)
