"""What holds for any claims, estimates and counts, tried on drawn ones."""

import copy
import math
from math import inf, isfinite, nan

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from test_claims import BIB, SMALL

from smallprint import claims, estimates
from smallprint.claims import ClaimsError
from smallprint.claims.schema import StudyFile, Value
from smallprint.estimates import Run
from smallprint.stats.accuracies import accuracies_from_items
from smallprint.stats.comparisons import fisher_exact, holm, newcombe_interval
from smallprint.stats.intervals import INTERVALS, wilson_interval
from smallprint.stats.missing import missing_bounds
from smallprint.stats.ranks import rank_intervals
from smallprint.stats.ratios import fieller_set
from smallprint.stats.recovered_gap import performance_gap_recovered

drawn = settings(
    derandomize=True,
    deadline=None,
    max_examples=60,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
# Any text that UTF-8 can hold, invisible and right-to-left characters too.
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
numbers = st.floats(-1e9, 1e9) | st.integers(-(10**9), 10**9)

# Claims ----------------------------------------------------------------------

values = st.builds(
    Value,
    quantity=texts,
    model=st.none() | texts,
    value=st.none() | numbers,
    unit=st.sampled_from(["percent", "percentage points", "count", "ratio"]),
    n=st.none() | st.integers(1, 10**9),
    n_also=st.lists(st.integers(1, 10**9), max_size=2).map(tuple),
    k=st.none() | st.integers(0, 10**9),
    approximate=st.booleans(),
    condition=st.dictionaries(texts, texts, max_size=3),
    note=st.none() | texts,
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "references.bib").write_text(BIB)
    return tmp_path


def load(folder, raw: dict) -> claims.Study:
    file = folder / "small.yaml"
    text = yaml.safe_dump(raw, allow_unicode=True, sort_keys=False)
    file.write_text(text, encoding="utf-8", newline="")
    return claims.load("small", folder, folder / "references.bib")


@given(values)
@drawn
def test_what_the_schema_accepts_survives_a_file(value):
    plain = value.model_dump(mode="json", exclude_defaults=True)
    text = yaml.safe_dump(plain, allow_unicode=True)
    assert Value.model_validate(yaml.safe_load(text)) == value


@given(name=texts, says=texts, rate=st.integers(0, 100), n=st.integers(1, 10**6))
@drawn
def test_an_accepted_study_reads_back_as_it_was_written(folder, name, says, rate, n):
    raw = yaml.safe_load(SMALL)
    raw["models"]["one"]["name"], raw["claims"][0]["says"] = name, says
    raw["claims"][0]["values"] = [
        {"quantity": "rate", "model": "one", "value": rate, "n": n, "approximate": True}
    ]
    first = load(folder, raw)
    assert (first.models["one"].name, first["A01"].says) == (name, says)
    fields = first.model_dump(mode="json", exclude_unset=True, include=set(StudyFile.model_fields))
    assert load(folder, fields) == first


SPOILED = {
    "not a number": ({"value": st.booleans() | texts.filter(lambda t: t != "")}, "value"),
    "not finite": ({"value": st.sampled_from([inf, -inf, nan])}, "value"),
    "n below one": ({"n": st.integers(-(10**20), 0)}, "n"),
    "n not whole": ({"n": st.floats(1.01, 1.99)}, "n"),
    "beyond all": ({"n": st.integers(10**12, 10**30)}, "n"),
    "a rate above all": ({"value": st.floats(100.5, 1e9)}, "value"),
    "more than n": ({"k": st.integers(101, 10**6)}, "k"),
    "nobody's model": ({"model": texts.filter(lambda t: t not in ("one", "two"))}, "model"),
    "a strange quantity": ({"quantity": texts.filter(lambda t: t != "rate")}, "quantity"),
    "a strange unit": ({"unit": texts}, "unit"),
}


@pytest.mark.parametrize("kind", SPOILED)
@given(data=st.data())
@settings(drawn, max_examples=12)
def test_what_is_refused_is_refused_with_its_place(folder, kind, data):
    spoil, field = SPOILED[kind]
    raw = copy.deepcopy(yaml.safe_load(SMALL))
    raw["claims"][0]["values"][0] |= {name: data.draw(drawing) for name, drawing in spoil.items()}
    with pytest.raises(ClaimsError) as error:
        load(folder, raw)
    places = [line for line in str(error.value).splitlines() if f"values[0].{field}" in line]
    assert places, error.value
    assert all("claim A01" in line and "allowed: " in line for line in places)


# Estimates -------------------------------------------------------------------

anything = st.floats(allow_nan=True, allow_infinity=True) | st.none()
fields = st.fixed_dictionaries(
    {
        "claims": st.lists(texts, max_size=2).map(tuple),
        "tier": st.sampled_from(["published", "reanalysis", "vitro", "control", "live"]),
        "quantity": texts,
        "unit": st.sampled_from(["proportion", "difference", "ratio", "count", "p-value"]),
        "value": anything,
        "interval": st.none()
        | st.tuples(numbers.map(float), numbers.map(float), st.floats(0.5, 0.99), texts),
        "model": st.none() | texts,
        "condition": st.dictionaries(texts, texts, max_size=2),
        "n": st.none() | st.integers(0, 10**12),
        "method": texts,
        "note": st.none() | texts,
    }
)


@given(st.dictionaries(texts, fields, min_size=1, max_size=4))
@settings(drawn, max_examples=40)
def test_estimates_are_the_same_written_read_and_in_a_table(tmp_path, drawn_fields):
    run = Run("scheming", 1, {"seed": 0})
    made = [run.estimate(id, **given) for id, given in drawn_fields.items()]
    path = run.write(tmp_path)
    assert path.parent == tmp_path / "scheming"
    found = estimates.read(path)
    assert list(found.estimates) == made
    table = estimates.table([found])
    assert list(table["id"]) == list(drawn_fields)
    for row, one, given_fields in zip(
        table.to_dict("records"), made, drawn_fields.values(), strict=True
    ):
        value = given_fields["value"]
        known = value is not None and isfinite(value)
        assert one.value == (value if known else None)
        assert (row["value"] == value) if known else (row["value"] is None or nan_(row["value"]))
        assert (row["quantity"], row["method"]) == (one.quantity, one.method)
        assert row["condition"] == "; ".join(f"{k}={v}" for k, v in one.condition.items())
        if one.interval:
            assert (row["low"], row["high"]) == one.interval[:2]
    with pytest.raises(ValueError, match="recorded twice"):
        run.estimate(made[0].id, **next(iter(drawn_fields.values())))


def nan_(value: float) -> bool:
    return isinstance(value, float) and math.isnan(value)


@given(st.dictionaries(texts, texts | numbers | st.booleans(), max_size=4))
@drawn
def test_the_name_of_a_run_is_a_file_name_and_follows_its_parameters(parameters):
    run = Run("scheming", 1, parameters)
    assert "/" not in run.id
    assert "\0" not in run.id
    assert len(run.id.encode()) <= 255
    assert run.id == Run("scheming", 1, dict(reversed(parameters.items()))).id
    assert run.id != Run("scheming", 1, parameters | {"one more": 1}).id


# Statistics ------------------------------------------------------------------

counts = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
methods = st.sampled_from(sorted(INTERVALS))
levels = st.floats(0.5, 0.99)


@given(counts, methods, levels)
@drawn
def test_an_interval_holds_its_share_lies_in_range_and_swaps_with_it(pair, method, level):
    (k, n), interval = pair, INTERVALS[method]
    low, high, *_ = interval(k, n, level)
    assert 0 <= low <= k / n <= high <= 1
    other = interval(n - k, n, level)
    assert (1 - other.high, 1 - other.low) == pytest.approx((low, high), abs=1e-9)
    more = interval(2 * k, 2 * n, level)
    assert more.high - more.low < high - low
    wider = interval(k, n, level + 0.009)
    assert wider.low <= low <= high <= wider.high


@given(counts, counts, levels)
@drawn
def test_a_difference_and_its_interval_swap_together(first, second, level):
    low, high, *_ = newcombe_interval(*first, *second, level)
    difference = first[0] / first[1] - second[0] / second[1]
    assert -1 <= low <= difference + 1e-12
    assert difference - 1e-12 <= high <= 1
    other = newcombe_interval(*second, *first, level)
    assert (-other.high, -other.low) == pytest.approx((low, high), abs=1e-9)
    p, swapped = (fisher_exact(*a, *b).p_value for a, b in ((first, second), (second, first)))
    assert 0 <= p <= 1
    assert p == pytest.approx(swapped)


@given(counts, st.integers(0, 50), levels)
@drawn
def test_bounds_for_what_is_missing_hold_every_reading(pair, missing, level):
    k, n = pair
    found = missing_bounds(k, n, missing, level)
    for positive in {0, missing // 2, missing}:
        share = (k + positive) / (n + missing)
        assert found.low - 1e-12 <= share <= found.high + 1e-12


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.randoms())
@drawn
def test_holm_keeps_the_order_and_only_raises(p_values, random):
    adjusted = holm(p_values)
    assert np.all((adjusted >= np.array(p_values)) & (adjusted <= 1))
    order = np.argsort(p_values, kind="stable")
    assert np.all(np.diff(adjusted[order]) >= 0)
    assert adjusted[order[0]] == pytest.approx(min(1.0, min(p_values) * len(p_values)))
    mixed = random.sample(range(len(p_values)), len(p_values))
    assert holm([p_values[i] for i in mixed]) == pytest.approx(adjusted[mixed])


@given(st.lists(counts, min_size=1, max_size=5), st.randoms())
@settings(drawn, max_examples=30)
def test_ranks_hold_their_rate_and_follow_their_label(pairs, random):
    labels = [f"m{i}" for i in range(len(pairs))]
    k, n = zip(*pairs, strict=True)
    found = rank_intervals(labels, k, n).set_index("label")
    assert ((found["rank_low"] <= found["rank"]) & (found["rank"] <= found["rank_high"])).all()
    assert found["rank_low"].min() == 1
    assert found["rank_high"].max() == len(pairs)
    mixed = random.sample(labels, len(labels))
    chosen = [pairs[labels.index(label)] for label in mixed]
    again = rank_intervals(mixed, *zip(*chosen, strict=True)).set_index("label")
    assert again.loc[labels].equals(found)


ratios = st.tuples(
    st.floats(-10, 10),
    st.floats(0.1, 10),
    st.floats(0.01, 4),
    st.floats(0.01, 4),
    st.floats(0.3, 0.99) | st.floats(-0.99, -0.3) | st.just(0.0),
)


@given(ratios, st.floats(0.01, 100), st.floats(0.01, 100))
@drawn
def test_a_ratio_does_not_depend_on_its_units(drawn_ratio, above, below):
    a, b, va, vb, correlation = drawn_ratio
    c = correlation * math.sqrt(va * vb)
    found = fieller_set(a, b, va, vb, c)
    other = fieller_set(a * above, b * below, va * above**2, vb * below**2, c * above * below)
    assume(abs(b**2 - 1.96**2 * vb) > 1e-6)
    assert other.kind == found.kind
    if found.kind != "everything":
        unit = above / below
        ends = (found.low * unit, found.high * unit)
        assert (other.low, other.high) == pytest.approx(ends, rel=1e-5, abs=1e-6 * unit)
    assert found.holds(a / b)


@given(ratios, st.floats(-5, 5).filter(lambda r: abs(r) > 0.01))
@settings(drawn, max_examples=300)
def test_the_set_of_a_ratio_is_that_of_its_inverse_inverted(drawn_ratio, ratio):
    a, b, va, vb, correlation = drawn_ratio
    c = correlation * math.sqrt(va * vb)
    margin = (a - ratio * b) ** 2 - 1.959964**2 * (va - 2 * ratio * c + ratio**2 * vb)
    assume(abs(margin) > 1e-4)
    assert fieller_set(a, b, va, vb, c).holds(ratio) == (margin < 0)
    assert fieller_set(b, a, vb, va, c).holds(1 / ratio) == (margin < 0)


@pytest.mark.parametrize("student", ["none", "all"])
@given(n=st.integers(20, 200), data=st.data())
@settings(drawn, max_examples=20)
def test_a_student_like_its_teacher_or_its_ceiling_recovers_nothing_or_all(student, n, data):
    k = data.draw(st.integers(0, n // 3))
    weak, ceiling = np.zeros(n), np.ones(n)
    weak[:k] = 1
    ceiling[: data.draw(st.integers(0, n // 20))] = 0
    scores = weak if student == "none" else ceiling
    found = performance_gap_recovered(accuracies_from_items(weak, scores, ceiling))
    assert found.estimate == pytest.approx(0.0 if student == "none" else 1.0)
    assert found.interval.low <= found.estimate <= found.interval.high


@given(st.integers(2, 100), st.sampled_from([0.0, 1.0]))
@settings(drawn, max_examples=20)
def test_without_a_gap_there_is_no_ratio_and_a_reason(n, everything):
    same = np.full(n, everything)
    found = performance_gap_recovered(accuracies_from_items(same, same, same))
    assert math.isnan(found.estimate)
    assert found.interval is None
    assert "cannot be told from 0" in found.reason


@given(counts)
@drawn
def test_a_share_of_none_or_all_reaches_the_edge(pair):
    _, n = pair
    for method in INTERVALS.values():
        assert method(0, n).low == 0.0 < method(0, n).high
        assert method(n, n).high == 1.0 > method(n, n).low
    assert wilson_interval(0, n).high == pytest.approx(1.959964**2 / (n + 1.959964**2), rel=1e-5)
