"""Numbers in running text tied to their estimates, and what a page opens them with."""

import json

import pytest

from smallprint import downloads
from smallprint.display import audit_table, given, linked, table
from smallprint.estimates import Run
from smallprint.records import Estimate
from smallprint.stats.intervals import Interval


def estimate(id: str, value: float, unit: str = "proportion", **fields: object) -> Estimate:
    common = {"study": "s", "claims": (), "tier": "published", "quantity": id, "method": "m"}
    return Estimate(id=id, value=value, unit=unit, **common | fields)


def ties(text: str, *estimates: Estimate) -> list[str]:
    return [part.split('"')[0] for part in linked(text, estimates).split('data-estimate="')[1:]]


@pytest.mark.parametrize(
    ("text", "tied"),
    [
        ("96% of samples, then 6%", ["high", "low"]),
        ("106% or 96.5% or 9 6%", ["low"]),
        ("from \u221250 points to 96%†", ["fall"]),
        ("between 6% and 96%, not 16%", ["low", "high"]),
    ],
)
def test_a_number_is_tied_only_where_it_stands_alone(text, tied):
    known = (estimate("high", 0.96), estimate("low", 0.06), estimate("fall", -0.5, "difference"))
    assert ties(text, *known) == tied


def test_a_small_count_needs_its_n():
    count = estimate("models", 5, "count", n=6)
    assert ties("5 of 6 models, in Table 5", count) == ["models"]
    assert ties("5 models", count) == []
    assert ties("over 1,600 samples", estimate("samples", 1600, "count")) == ["samples"]


def test_a_number_known_from_secondary_sources_is_tied_with_its_dagger():
    assert ties("told not to, 37%† do", estimate("told", 0.37, confidence="S2")) == ["told"]


def test_linked_text_stays_text():
    shown = linked("<b>96%</b> | *x*", [estimate("high", 0.96)])
    assert "<b>" not in shown and "|" not in shown and "*" not in shown


def test_an_audit_ties_what_it_recomputed():
    run = Run("scheming", 1, {}, read=[])
    found = run.estimate(
        **{"id": "found", "claims": (), "tier": "reanalysis", "quantity": "q", "method": "m"},
        **{"unit": "proportion", "value": 0.42},
    )
    run.audit(
        **{"id": "a", "claims": ("B01",), "says": "about 40%", "recomputed": "it is 42%"},
        **{"estimates": (found.id,), "result": "differs"},
    )
    assert 'data-estimate="found"' in audit_table(run.file()).data


def test_a_table_of_settings_is_marked():
    import pandas as pd

    assert given(table(pd.DataFrame({"n": [1]}))).data.startswith("::: {.given}\n")


def test_a_note_is_kept_with_the_run(tmp_path):
    run = Run("scheming", 1, {}, read=[])
    run.note("dollars an agent-hour", "22.5")
    assert json.loads(run.write(tmp_path).read_text())["notes"] == [
        {"what": "dollars an agent-hour", "recomputed": "22.5"}
    ]


def test_the_script_of_a_page_holds_every_estimate_in_the_pages_words():
    run = Run("scheming", 1, {}, read=[])
    fields = {"tier": "vitro", "quantity": "q", "unit": "proportion", "method": "m"}
    run.estimate("a", claims=("B01",), value=0.5, interval=Interval(0.4, 0.6, 0.95, "t"), **fields)
    run.estimate("none", claims=(), value=None, note="not identifiable", **fields)
    claims = {"claims": [{"id": "B01", "says": "Five scheme."}], "variants": None}
    text = downloads.script("scheming--a-b", run.file(), claims)
    assert text.startswith('smallprintNumbers.add("scheming--a-b",')
    content = json.loads(text.removeprefix('smallprintNumbers.add("scheming--a-b",')[:-3])
    assert content["estimates"]["a"] == {
        **{"tier": "vitro", "quantity": "q", "method": "m", "claims": ["B01"], "value": "50%"},
        "interval": "[40, 60], 95% t",
    }
    assert content["estimates"]["none"]["value"] == "not identifiable"
    assert content["claims"] == {"B01": "Five scheme."}


def test_estimates_name_the_cell_that_recorded_them(monkeypatch):
    import IPython

    class Shell:
        execution_count = 12

    monkeypatch.setattr(IPython, "get_ipython", Shell)
    run = Run("scheming", 1, {}, read=[])
    run.estimate(
        **{"id": "a", "claims": (), "tier": "vitro", "quantity": "q", "method": "m"},
        **{"unit": "ratio", "value": 1.0},
    )
    assert run.file().cells == {"a": 12}
