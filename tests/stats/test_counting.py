from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from smallprint.stats.comparisons import holm
from smallprint.stats.counting import (
    RULES,
    binomial_p_value,
    fisher_p_value_greater,
    passing_models,
)
from smallprint.stats.intervals import wilson_interval

NAN = float("nan")
COLUMNS = ["model", "task", "k_low", "k_high", "n", "control_low", "control_high", "control_n"]


def frame(*rows):
    return pd.DataFrame(rows, columns=COLUMNS)


@pytest.fixture
def exact():
    """Four models on two tasks, all counts known, controls of 100."""
    counts = {"a": (0, 0), "b": (1, 0), "c": (0, 15), "d": (9, 40)}
    return frame(
        *[
            (model, task, k, k, 300, control, control, 100)
            for model, ks in counts.items()
            for task, k, control in zip(("files", "mail"), ks, (0, 3), strict=True)
        ]
    )


def test_the_p_values_are_scipys():
    for k1, k2 in product((0, 3, 9), (0, 2)):
        table = [[k1, 30 - k1], [k2, 12 - k2]]
        theirs = stats.fisher_exact(table, alternative="greater").pvalue
        assert fisher_p_value_greater(k1, 30, k2, 12) == pytest.approx(theirs)
    assert binomial_p_value(38, 99, 0.25) == pytest.approx(
        stats.binomtest(38, 99, 0.25, "greater").pvalue
    )


@pytest.mark.parametrize(
    ("rule", "options", "expected"),
    [
        ("any rollout", {}, ("b", "c", "d")),
        ("at least two", {}, ("c", "d")),
        ("Wilson limit above null", {"null": 0.02}, ("c", "d")),
        ("Wilson limit above null", {"null": 0.05}, ("d",)),
        ("binomial test against null", {"null": 0.0}, ("b", "c", "d")),
        ("binomial test against null", {"null": 0.02}, ("c", "d")),
        ("binomial test against null", {"null": 0.04, "alpha": 0.25}, ("c", "d")),
        ("Fisher against control", {"alpha": 0.05}, ("d",)),
        ("Fisher against control", {"alpha": 1e-6}, ()),
    ],
)
def test_each_rule_counts_the_models_worked_out_by_hand(exact, rule, options, expected):
    found = passing_models(exact, rule, **options)
    assert found.models == expected
    assert (found.count, found.highest) == (len(expected), len(expected))
    assert found.excluded.empty


@pytest.mark.parametrize("alpha", [0.0005, 0.01, 0.05, 0.3])
def test_rules_agree_with_a_loop_over_scipy(exact, alpha):
    fisher = [
        stats.fisher_exact(
            [[r.k_low, r.n - r.k_low], [r.control_low, r.control_n - r.control_low]],
            alternative="greater",
        ).pvalue
        for r in exact.itertuples()
    ]
    for rule, p in (
        ("Fisher against control", np.array(fisher)),
        ("Fisher against control, Holm", holm(fisher)),
    ):
        assert passing_models(exact, rule, alpha=alpha).models == tuple(
            dict.fromkeys(exact["model"][p < alpha])
        )
    lows = [wilson_interval(k, n, 0.9).low for k, n in zip(exact["k_low"], exact["n"], strict=True)]
    assert passing_models(exact, "Wilson limit above null", null=0.03, level=0.9).models == tuple(
        dict.fromkeys(exact["model"][np.array(lows) > 0.03])
    )


def test_holm_spans_the_tasks_counted():
    """p = 0.006 passes 0.01 alone and among one, not among two."""
    k = next(k for k in range(20) if 0.005 < fisher_p_value_greater(k, 50, 0, 50) < 0.01)
    cells = frame(("a", "x", k, k, 50, 0, 0, 50), ("a", "y", 0, 0, 50, 0, 0, 50))
    assert passing_models(cells, "Fisher against control").count == 1
    assert passing_models(cells, "Fisher against control, Holm").count == 0
    assert passing_models(cells, "Fisher against control, Holm", tasks=["x"]).count == 1


def test_models_and_tasks_can_be_left_out(exact):
    assert passing_models(exact, "any rollout", tasks=["files"]).models == ("b", "d")
    assert passing_models(exact, "any rollout", models=["a", "c"]).models == ("c",)


def test_a_missing_control_is_listed_and_never_a_zero():
    cells = frame(
        ("a", "x", 60, 60, 300, NAN, NAN, NAN),
        ("b", "x", 60, 60, 300, 0, 0, 100),
        ("c", "x", NAN, NAN, 300, 0, 0, 100),
        ("b", "y", 60, 60, 300, NAN, NAN, NAN),
        ("d", "y", 0, 0, 300, NAN, NAN, NAN),
    )
    found = passing_models(cells, "Fisher against control")
    assert (found.count, found.highest) == (1, 3)
    assert (found.models, found.undecided) == (("b",), ("a", "c"))
    assert found.excluded.values.tolist() == [
        ["a", "x", "no control"],
        ["c", "x", "counts not known"],
        ["b", "y", "no control"],
    ]
    assert passing_models(cells, "any rollout").models == ("a", "b")


def test_counts_known_only_within_bounds():
    """ "Some" of 100 passes any rollout, and is undecided for two."""
    cells = frame(("a", "x", 1, 100, 100, 0, 0, 100), ("b", "x", 0, 1, 100, 0, 0, 100))
    assert passing_models(cells, "any rollout").models == ("a",)
    assert passing_models(cells, "any rollout").undecided == ("b",)
    two = passing_models(cells, "at least two")
    assert (two.count, two.highest, two.undecided) == (0, 1, ("a",))
    assert two.excluded["reason"].tolist() == ["not exact enough"]


@pytest.mark.parametrize("rule", RULES)
def test_bounds_hold_the_answer_of_every_count_inside_them(rule):
    """Two cells with coarse counts: every exact reading lies between count and highest."""
    cells = frame(("a", "x", 4, 8, 100, 0, 2, 50), ("b", "x", 0, 3, 100, 0, 1, 50))
    options = {"null": 0.02, "alpha": 0.05}
    wide = passing_models(cells, rule, **options)
    seen = set()
    for k1, c1, k2, c2 in product(range(4, 9), range(3), range(4), range(2)):
        one = frame(("a", "x", k1, k1, 100, c1, c1, 50), ("b", "x", k2, k2, 100, c2, c2, 50))
        found = passing_models(one, rule, **options)
        seen.add(found.count)
        assert set(wide.models) <= set(found.models) <= set(wide.models + wide.undecided)
    assert (min(seen), max(seen)) == (wide.count, wide.highest)


def test_a_task_with_its_own_test_uses_its_p_value():
    cells = frame(("a", "choice", NAN, NAN, NAN, NAN, NAN, NAN), ("a", "x", 0, 0, 9, 0, 0, 9))
    cells["p_low"] = cells["p_high"] = [0.004, NAN]
    for rule in RULES:
        found = passing_models(cells, rule)
        assert found.models == ("a",), rule
        assert found.excluded.empty
    assert passing_models(cells, "any rollout", alpha=0.004).count == 0
    cells["p_low"] = cells["p_high"] = [0.008, NAN]
    assert passing_models(cells, "Fisher against control, Holm").count == 0


def test_a_p_value_printed_as_below_a_bound_can_leave_holm_undecided():
    cells = frame(*[(model, "choice", *[NAN] * 6) for model in "abcdefghijk"])
    cells["p_low"], cells["p_high"] = [0.0, *[0.5] * 10], [0.001, *[0.5] * 10]
    assert passing_models(cells, "Fisher against control").models == ("a",)
    found = passing_models(cells, "Fisher against control, Holm")
    assert (found.count, found.undecided) == (0, ("a",))
    with pytest.raises(ValueError, match="0 <= p_low <= p_high <= 1"):
        passing_models(cells.assign(p_low=0.6), "any rollout")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rule": "most"}, "rule must be one of any rollout, at least two"),
        ({"tasks": ["letters"]}, "tasks must be among files, mail; found letters"),
        ({"models": ["e"]}, "models must be among a, b, c, d; found e"),
        ({"models": []}, "cells must hold each chosen model and task once"),
        ({"null": 2}, "null must lie in"),
        ({"alpha": 2}, "alpha must lie in"),
    ],
)
def test_impossible_arguments_are_named(exact, change, message):
    with pytest.raises(ValueError, match=message):
        passing_models(exact, **{"rule": "any rollout", **change})


def test_repeated_cells_and_impossible_counts_are_named(exact):
    with pytest.raises(ValueError, match="found none or repeats"):
        passing_models(pd.concat([exact, exact]), "any rollout")
    with pytest.raises(ValueError, match="found k_low 0, k_high 301, n 300 for a on files"):
        passing_models(exact.assign(k_high=301), "any rollout")
    with pytest.raises(ValueError, match="0 <= control_low <= control_high <= control_n"):
        passing_models(exact.assign(control_high=-1), "any rollout")
