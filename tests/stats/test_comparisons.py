import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from smallprint.stats.comparisons import (
    fisher_exact,
    holm,
    newcombe_interval,
    pairwise_comparisons,
)
from smallprint.stats.coverage_reference import reference_newcombe

counts = st.integers(1, 150).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))

# Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10.
NEWCOMBE = [
    (56, 70, 48, 80, 0.0524, 0.3339),
    (9, 10, 3, 10, 0.1705, 0.8090),
    (6, 7, 2, 7, 0.0582, 0.8062),
    (5, 56, 0, 29, -0.0381, 0.1926),
    (0, 10, 0, 20, -0.1611, 0.2775),
    (0, 10, 0, 10, -0.2775, 0.2775),
    (10, 10, 0, 20, 0.6791, 1.0000),
    (10, 10, 0, 10, 0.6075, 1.0000),
]

# The 15 p-values of Benjamini and Hochberg (1995, section 3), adjusted by
# p.adjust(p, "holm") of R 4.
P_VALUES = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
P_VALUES += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
ADJUSTED = [0.0015, 0.0056, 0.0247, 0.1140, 0.2211, 0.2780, 0.2780, 0.2780]
ADJUSTED += [0.3213, 1, 1, 1, 1, 1, 1]


@pytest.mark.parametrize(("k1", "n1", "k2", "n2", "low", "high"), NEWCOMBE)
def test_newcombe_published_examples(k1, n1, k2, n2, low, high):
    assert newcombe_interval(k1, n1, k2, n2)[:2] == pytest.approx((low, high), abs=5e-5)


def test_newcombe_is_that_of_statsmodels():
    from statsmodels.stats.proportion import confint_proportions_2indep

    for k1, k2 in ((0, 0), (3, 17), (20, 5), (25, 40), (7, 8)):
        theirs = confint_proportions_2indep(k1, 25, k2, 40, method="newcomb")
        assert newcombe_interval(k1, 25, k2, 40)[:2] == pytest.approx(theirs, abs=1e-9)


def test_newcombe_equals_its_closed_formula_everywhere():
    n = 12
    k1, k2 = np.indices((n + 1, n + 1))
    ours = [newcombe_interval(a, n, b, n)[:2] for a, b in zip(k1.flat, k2.flat, strict=True)]
    low, high = reference_newcombe(k1, k2, n)
    expected = np.column_stack([low.flat, high.flat])
    assert np.array(ours) == pytest.approx(expected, abs=1e-9)


@given(counts, counts)
def test_newcombe_holds_the_difference_and_swaps_sign(one, two):
    interval, swapped = newcombe_interval(*one, *two), newcombe_interval(*two, *one)
    difference = one[0] / one[1] - two[0] / two[1]
    assert -1 <= interval.low <= difference + 1e-12
    assert difference - 1e-12 <= interval.high <= 1
    assert (-swapped.high, -swapped.low) == pytest.approx(interval[:2], abs=1e-9)


def test_fisher_tea_tasting():
    # Fisher (1935): 3 of 4 cups right; two-sided 34/70.
    test = fisher_exact(3, 4, 1, 4)
    assert test.p_value == pytest.approx(34 / 70)
    assert test.odds_ratio == 9


def test_fisher_criminal_twins():
    # Fisher's twins in R's ?fisher.test: 10 of 12 against 3 of 18.
    assert fisher_exact(10, 12, 3, 18).p_value == pytest.approx(0.0005367241191, rel=1e-9)


def test_fisher_of_the_stated_belief_split():
    # R 4: fisher.test(matrix(c(59, 48, 21, 303), 2))$p.value
    test = fisher_exact(59, 107, 21, 324)
    assert test.p_value == pytest.approx(1.257774637e-25, rel=1e-6)
    assert round(test.odds_ratio, 1) == 17.7


def test_holm_of_benjamini_and_hochberg():
    assert holm(P_VALUES) == pytest.approx(ADJUSTED)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
@settings(max_examples=20)
def test_holm_is_that_of_statsmodels(p_values):
    theirs = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(theirs)


def test_holm_keeps_the_order_given():
    assert holm(P_VALUES[::-1]) == pytest.approx(ADJUSTED[::-1])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_lies_between_the_p_value_and_bonferroni(p_values):
    adjusted = holm(p_values)
    assert (adjusted >= np.array(p_values) - 1e-12).all()
    assert (adjusted <= np.minimum(1, np.array(p_values) * len(p_values)) + 1e-12).all()


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_holm_refuses_what_is_no_p_value(wrong):
    with pytest.raises(ValueError, match="p_values must lie in"):
        holm([0.5, wrong])


def test_pairwise_comparisons_adjust_over_all_pairs():
    frame = pairwise_comparisons(["a", "b", "c"], [96, 80, 79], [100, 100, 100])
    assert frame[["first", "second"]].to_numpy().tolist() == [["a", "b"], ["a", "c"], ["b", "c"]]
    assert frame["difference"].tolist() == pytest.approx([0.16, 0.17, 0.01])
    assert frame[["low", "high"]].to_numpy()[0] == pytest.approx(
        newcombe_interval(96, 100, 80, 100)[:2]
    )
    assert frame["p_holm"].tolist() == pytest.approx(holm(frame["p_value"]))
    assert (frame["p_holm"] < 0.05).tolist() == [True, True, False]


def test_one_label_has_no_pairs():
    frame = pairwise_comparisons(["a"], [1], [2])
    assert frame.empty
    assert "p_holm" in frame


def test_pairwise_comparisons_name_what_is_wrong():
    with pytest.raises(ValueError, match="labels must be unique; found more than once: a"):
        pairwise_comparisons(["a", "a"], [1, 2], [3, 3])
    with pytest.raises(ValueError, match="equally long"):
        pairwise_comparisons(["a", "b"], [1], [3, 3])
    with pytest.raises(ValueError, match="k2 must be a whole number"):
        newcombe_interval(1, 2, 3, 2)
