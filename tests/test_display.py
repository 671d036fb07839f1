import pandas as pd
import pytest

from smallprint import display
from smallprint.estimates import Estimate
from smallprint.stats.intervals import Interval


def make(value=0.96, unit="proportion", **fields) -> Estimate:
    made = {
        "id": "e",
        "study": "s",
        "claims": ("A01",),
        "tier": "published",
        "quantity": "blackmail",
        "unit": unit,
        "value": value,
        "method": "judge",
        **fields,
    }
    return Estimate(**made)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.96, "proportion", "96%"),
        (0.551, "proportion", "55.1%"),
        (0.0, "proportion", "0%"),
        (1.0, "proportion", "100%"),
        (-0.59, "difference", "−59 points"),
        (17.7014, "ratio", "17.7"),
        (4.1452, "ratio", "4.15"),
        (-0.000766, "ratio", "−0.001"),
        (-0.0001, "ratio", "0"),
        (16.0, "count", "16"),
        (3e-26, "p-value", "3e-26"),
        (0.0108, "p-value", "0.011"),
        (None, "proportion", "not identifiable"),
    ],
)
def test_values_carry_their_unit(value, unit, text):
    assert display.value_text(make(value, unit)) == text


def test_a_number_carries_its_id_tier_and_source():
    shown = display.number(make(interval=Interval(0.9, 0.98, 0.95, "Wilson"), n=100), True)
    assert 'data-estimate="e"' in shown
    assert "96% [90, 98]" in shown
    assert "published" in shown
    assert "n = 100" in shown
    assert "claim A01" in shown


@pytest.mark.parametrize(
    ("code", "marked"), [("S1", False), ("CALC", False), ("S2", True), ("S2+", True)]
)
def test_secondary_numbers_carry_a_dagger(code, marked):
    assert ("†" in display.number(make(confidence=code))) == marked


HOSTILE = '<script>alert(1)</script>"|*_[x](y)`$&'


def test_text_from_data_is_inert_in_tables_and_tooltips():
    frame = pd.DataFrame({"text": [HOSTILE], "number": [make(method=HOSTILE, id=HOSTILE)]})
    markdown = display.table(frame).data
    assert "<script>" not in markdown
    row = markdown.splitlines()[2]
    assert row.count("|") == 3
    assert not set("*_`$") & set(row)
    card = display.cards([display.card(HOSTILE, [make()], HOSTILE, HOSTILE)]).data
    assert "<script>" not in card


def test_prose_shows_estimates_and_escapes_text():
    shown = display.prose(
        "{rate:ci} of {n:d}: {text}",
        rate=make(interval=Interval(0.9, 0.98, 0.95, "Wilson")),
        n=3,
        text="a<b",
    ).data
    assert "96% [90, 98]" in shown
    assert shown.endswith("of 3: a&lt;b")


def test_markup_made_here_survives_a_column_of_nothing_else():
    frame = pd.DataFrame([{"result": display.badge("audit", "differs"), "text": "<b>"}])
    shown = display.table(frame).data
    assert '<span class="audit audit-differs">differs</span>' in shown
    assert "&lt;b&gt;" in shown
