import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.stats.intervals import Interval, wilson_interval
from smallprint.stats.multiverse import (
    Choice,
    Exclusion,
    Multiverse,
    flips,
    influence,
    summarise,
)


@pytest.fixture
def study():
    """Two choices of two and three options; one combination makes no sense."""
    return Multiverse(
        [
            Choice("models", {"all": [0.9, 0.5, 0.1], "best": [0.9]}, authors="best"),
            Choice("pool", {"mean": np.mean, "median": np.median, "max": max}, authors="max"),
        ],
        exclude=[
            Exclusion(
                "one model needs no median",
                lambda s: s["models"] == "best" and s["pool"] == "median",
            )
        ],
    )


@pytest.fixture
def frame(study):
    return study.run(lambda models, pool: float(pool(models)))


def test_every_consistent_combination_is_listed_in_order(study):
    assert study.specifications().to_numpy().tolist() == [
        ["all", "mean"],
        ["all", "median"],
        ["all", "max"],
        ["best", "mean"],
        ["best", "max"],
    ]
    assert study.excluded().to_numpy().tolist() == [["one model needs no median", 1]]


def test_the_analysis_gets_values_and_the_frame_shows_names(frame):
    assert frame["estimate"].tolist() == pytest.approx([0.5, 0.5, 0.9, 0.9, 0.9])
    assert frame["authors"].tolist() == [False, False, False, False, True]
    assert frame["models"].tolist() == ["all", "all", "all", "best", "best"]
    assert frame[["low", "high"]].isna().all(axis=None)
    assert (frame["problem"] == "").all()


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3)), max_size=3),
)
def test_kept_and_excluded_add_up_to_the_full_grid(sizes, rules):
    choices = [
        Choice(f"c{i}", [f"o{j}" for j in range(size)], authors="o0")
        for i, size in enumerate(sizes)
    ]
    exclude = [
        (f"rule {r}", lambda s, c=f"c{choice}", o=f"o{option}": s.get(c) == o)
        for r, (choice, option) in enumerate(rules)
    ]
    study = Multiverse(choices, exclude)
    kept = study.specifications()
    assert len(kept) + study.excluded()["count"].sum() == math.prod(sizes)
    assert not kept.duplicated().any()
    assert study.run(lambda **options: 0.5)["authors"].sum() == 1


def test_a_combination_counts_under_the_first_rule_that_drops_it():
    study = Multiverse(
        [Choice("a", ["x", "y"], authors="x")],
        exclude=[("first", lambda s: s["a"] == "y"), ("second", lambda s: s["a"] == "y")],
    )
    assert study.excluded()["count"].tolist() == [1, 0]


def test_intervals_fill_low_and_high():
    study = Multiverse([Choice("k", {"few": 3, "many": 9}, authors="few")])
    frame = study.run(lambda k: (k / 10, wilson_interval(k, 10)))
    assert frame.loc[1, ["low", "high"]].tolist() == pytest.approx(wilson_interval(9, 10)[:2])


def test_a_specification_without_an_estimate_stays_visible():
    def analyse(cell):
        if cell == "missing":
            raise ValueError("not reported")
        return math.nan if cell == "undefined" else 0.4

    study = Multiverse([Choice("cell", ["known", "missing", "undefined"], authors="known")])
    frame = study.run(analyse)
    assert frame["problem"].tolist() == ["", "not reported", "the estimate is nan"]
    assert frame["estimate"].isna().tolist() == [False, True, True]
    summary = summarise(frame, 0.5)
    assert (summary.count, summary.computable, summary.share_at_least) == (3, 1, 0.0)
    assert influence(frame).set_index("option")["count"].to_dict() == {
        "known": 1,
        "missing": 0,
        "undefined": 0,
    }


def test_a_defect_in_the_analysis_is_raised_with_its_specification():
    study = Multiverse([Choice("a", ["x"], authors="x")])
    with pytest.raises(ZeroDivisionError) as error:
        study.run(lambda a: 1 / 0)
    assert "{'a': 'x'}" in error.value.__notes__[0]
    with pytest.raises(TypeError, match="a number or"):
        study.run(lambda a: Interval(0, 1, 0.95, "no estimate"))


def test_the_summary_is_that_of_the_estimates(frame):
    summary = summarise(frame, headline=0.9)
    assert summary[2:7] == pytest.approx((0.5, 0.5, 0.9, 0.9, 0.9))
    assert summary.share_at_least == pytest.approx(3 / 5)


def test_rounding_does_not_put_an_estimate_below_the_headline():
    study = Multiverse([Choice("a", ["x"], authors="x")])
    frame = study.run(lambda a: 0.1 + 0.2 - 1e-16)
    assert summarise(frame, 0.3).share_at_least == 1
    assert flips(frame, 0.3).empty


def test_influence_splits_the_variance_of_an_additive_grid():
    """y = a + 2 b over a full grid: b carries four times the variance of a."""
    study = Multiverse(
        [
            Choice("a", {"low": 0.0, "high": 0.1}, authors="low"),
            Choice("b", {"low": 0.0, "high": 0.2}, authors="low"),
            Choice("c", ["idle", "too"], authors="idle"),
        ]
    )
    table = influence(study.run(lambda a, b, c: a + b))
    assert table["choice"].tolist() == ["b", "b", "a", "a", "c", "c"]
    shares = table.drop_duplicates("choice").set_index("choice")
    assert shares["variance_share"].to_dict() == pytest.approx({"b": 0.8, "a": 0.2, "c": 0.0})
    assert shares["range"].to_dict() == pytest.approx({"b": 0.2, "a": 0.1, "c": 0.0})
    assert table.loc[1, "median"] == pytest.approx(0.25)


def test_choices_that_do_nothing_have_no_influence():
    study = Multiverse([Choice("a", ["x", "y"], authors="x")])
    assert (influence(study.run(lambda a: 0.7))["variance_share"] == 0).all()


def test_flips_are_the_single_changes_that_cross():
    study = Multiverse(
        [
            Choice("a", {"own": 0.0, "mild": -0.1, "harsh": -0.5}, authors="own"),
            Choice("b", {"own": 0.0, "harsh": -0.6}, authors="own"),
        ]
    )
    frame = study.run(lambda a, b: 0.9 + a + b)
    found = flips(frame, 0.5)
    assert found[["choice", "authors_option", "option"]].to_numpy().tolist() == [
        ["b", "own", "harsh"],
        ["a", "own", "harsh"],
    ]
    assert found["estimate"].tolist() == pytest.approx([0.3, 0.4])
    assert found["authors_estimate"].tolist() == pytest.approx([0.9, 0.9])
    assert flips(frame, 0.1).empty


def test_flips_cross_upwards_too():
    study = Multiverse([Choice("a", {"own": 0.2, "other": 0.5}, authors="own")])
    assert flips(study.run(lambda a: a), 0.5)["option"].tolist() == ["other"]


def test_nothing_to_summarise_is_said():
    frame = Multiverse([Choice("a", ["x"], authors="x")]).run(lambda a: math.nan)
    for function in (lambda: summarise(frame, 0.5), lambda: influence(frame)):
        with pytest.raises(ValueError, match="at least one specification with an estimate"):
            function()
    with pytest.raises(ValueError, match="authors' specification with an estimate"):
        flips(frame, 0.5)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Choice("model set", ["a"], "a"), "name must be a Python identifier"),
        (lambda: Choice("estimate", ["a"], "a"), "name must be a Python identifier"),
        (lambda: Choice("x", [], "a"), "options of x must be distinct and not empty"),
        (lambda: Choice("x", ["a", "a"], "a"), "options of x must be distinct"),
        (lambda: Choice("x", ["a"], "b"), r"authors of x must be one of \['a'\]; found 'b'"),
        (lambda: Multiverse([]), "distinct names and not be empty"),
        (
            lambda: Multiverse([Choice("x", ["a"], "a")], [("no", lambda s: True)]),
            "must keep the authors' specification; dropped by 'no'",
        ),
    ],
)
def test_a_wrong_declaration_is_named(build, message):
    with pytest.raises(ValueError, match=message):
        build()
