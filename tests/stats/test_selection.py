import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import normal_sample_size_one_tail
from statsmodels.stats.proportion import power_proportions_2indep, power_ztost_prop
from statsmodels.stats.weightstats import DescrStatsW

from smallprint.stats.selection import (
    ATTACKS,
    Defence,
    Oracle,
    bootstrap_adjusted,
    difference_sd,
    equivalence_test,
    expected_maximum,
    expected_optimism,
    power_by_size,
    random_vote_share,
    readings_by_size,
    simulate_best_of,
    simulate_extraction,
    simulate_search,
    split_adjusted,
    winner_adjusted,
    worth_of_labels,
)

# Harter (1961, Biometrika 48, 151-165), expected largest normal order statistic.
HARTER = {2: 0.56419, 3: 0.84628, 5: 1.16296, 10: 1.53875, 20: 1.86748, 50: 2.24907, 100: 2.50759}


# The best of many -------------------------------------------------------------


@pytest.mark.parametrize(("m", "value"), HARTER.items())
def test_the_expected_maximum_is_tabulated(m, value):
    assert expected_maximum(m) == pytest.approx(value, abs=6e-6)


def test_the_expected_maximum_equals_scipys_order_statistic():
    largest = stats.order_statistic(stats.Normal(), r=7, n=7)
    assert expected_maximum(7) == pytest.approx(float(largest.mean()), abs=1e-6)
    assert expected_maximum(1) == pytest.approx(0, abs=1e-9)
    assert 4.8 < expected_maximum(10**6) < 4.9


@pytest.mark.parametrize(
    ("true_sd", "correlation"), [(0.0, 0.0), (0.01, 0.0), (0.0, 0.5), (0.02, 0.5)]
)
def test_the_optimism_formula_is_what_simulation_gives(true_sd, correlation):
    table = simulate_best_of((2, 9, 60), 1263, 0.6, true_sd, correlation, draws=1500)
    off = (table["optimism"] - table["expected"]) / table["standard_error"]
    assert off.abs().max() < 3.5
    assert (table["truth"] <= table["best"]).all()


def test_optimism_at_the_published_sizes():
    """Nine tries on 1263 items at the teacher's level: about two points, without any merit."""
    assert expected_optimism(9, 1263, 0.6) == pytest.approx(1.48501 * math.sqrt(0.24 / 1263), 1e-5)
    assert expected_optimism(1, 1263, 0.6) == pytest.approx(0, abs=1e-9)
    assert expected_optimism(9, 1263, 1.0) == 0
    sizes = [expected_optimism(20, n, 0.7, 0.01) for n in (100, 300, 1500)]
    assert sizes == sorted(sizes, reverse=True)


def correlated_methods(rng, truths, n):
    common = rng.random(n) < 0.3
    luck = rng.random((len(truths), n))
    luck[:, common] = luck[0, common]
    return (luck < np.array(truths)[:, None]).astype(float)


@pytest.mark.parametrize("truths", [[0.6] * 12, np.linspace(0.56, 0.64, 12).tolist()])
def test_corrections_take_most_of_the_optimism_away(truths):
    rng, naive, split, resampled, truth = np.random.default_rng(20260620), [], [], [], []
    for draw in range(120):
        scores = correlated_methods(rng, truths, 400)
        one = split_adjusted(scores, splits=20, seed=draw)
        two = bootstrap_adjusted(scores, draws=100, seed=draw)
        assert one.winner == two.winner == scores.mean(axis=1).argmax()
        naive.append(one.score)
        split.append(one.adjusted)
        resampled.append(two.adjusted)
        truth.append(truths[one.winner])
    optimism = np.mean(naive) - np.mean(truth)
    assert optimism > 0.015
    for corrected in (split, resampled):
        assert abs(np.mean(corrected) - np.mean(truth)) < 0.4 * optimism


def test_the_bootstrap_interval_of_the_winner_covers():
    rng, held = np.random.default_rng(1), []
    for draw in range(120):
        found = bootstrap_adjusted(correlated_methods(rng, [0.6] * 8, 300), draws=150, seed=draw)
        held.append(found.interval.low <= 0.6 <= found.interval.high)
    assert np.mean(held) > 0.93


@pytest.mark.parametrize("means", [[0.0] * 5, [0.0, 0.5, 1.0, 1.5, 3.0]])
def test_the_conditional_interval_covers_given_the_winner(means):
    rng, covariance = np.random.default_rng(20260620), 0.6 * np.eye(5) + 0.4
    x = rng.multivariate_normal(means, covariance, size=200)
    found = [winner_adjusted(row, covariance, 0.9) for row in x]
    truth = np.array([means[one.winner] for one in found])
    low = np.array([one.interval.low for one in found])
    high = np.array([one.interval.high for one in found])
    assert np.mean((low <= truth) & (truth <= high)) == pytest.approx(0.9, abs=0.06)
    # Median-unbiased, where the winner's score is not.
    assert np.mean([one.adjusted for one in found] > truth) == pytest.approx(0.5, abs=0.1)
    if means[0] == means[-1]:
        assert np.mean([one.score for one in found] > truth) > 0.8


def test_a_clear_winner_is_left_alone_and_a_tie_says_nothing():
    clear = winner_adjusted([0.9, 0.5], np.eye(2) * 1e-4)
    assert clear.adjusted == pytest.approx(0.9, abs=1e-6)
    assert clear.interval[:2] == pytest.approx((0.9 - 0.0196, 0.9 + 0.0196), abs=1e-4)
    tie = winner_adjusted([0.6, 0.6, 0.5], np.eye(3) * 1e-4)
    assert math.isnan(tie.adjusted)
    assert tie.interval[:2] == (-math.inf, math.inf)


def test_the_conditional_estimate_by_hand():
    """One rival at 0, known: the cut normal's median is the score seen."""
    x, covariance = [1.0, 0.0], np.diag([1.0, 1.0])
    mean = winner_adjusted(x, covariance).adjusted
    assert stats.norm.sf(1 - mean) / stats.norm.sf(-mean) == pytest.approx(0.5, abs=1e-6)


# Independent tries and search --------------------------------------------------


def test_independent_tries_follow_the_formula_and_search_goes_beyond():
    table = simulate_search((1, 10, 100, 400), 1263, 0.6, draws=150)
    alone = table.query("policy == 'independent'")
    off = (alone["score"] - alone["expected"]) / alone["standard_error"]
    assert off.abs().max() < 3.5
    score = table.pivot(index="tries", columns="policy", values="score")
    assert score["adaptive"].is_monotonic_increasing
    assert score.loc[400, "adaptive"] > score.loc[400, "independent"] + 0.05
    # Early on, small changes find less than fresh starts.
    assert score.loc[10, "adaptive"] < score.loc[10, "independent"]


# Labels out of an oracle -------------------------------------------------------


def recovered(attack, defence, queries, n=200, seeds=8):
    return simulate_extraction((queries,), n, (attack,), (defence,), range(seeds))["recovered"]


def test_one_flip_reads_every_label():
    assert (recovered("one flip", Defence("exact"), 201) == 1).all()
    half = recovered("one flip", Defence("exact"), 101, seeds=30)
    assert half.mean() == pytest.approx(0.75, abs=0.02)


def test_box_fit_needs_fewer_queries_than_labels():
    assert (recovered("box fit", Defence("exact"), 160) == 1).all()
    published = recovered("box fit", Defence("exact"), 884, n=1263, seeds=1)
    assert published.min() >= 0.95


@pytest.mark.parametrize("queries", [25, 100, 200, 800])
def test_random_votes_follow_their_formula(queries):
    found = recovered("random vote", Defence("exact"), queries, seeds=40)
    error = math.sqrt(0.25 / 200 / 40) + 0.005
    assert found.mean() == pytest.approx(random_vote_share(queries, 200), abs=4 * error)


def test_what_each_defence_does():
    shares = {
        (attack, defence.label): recovered(attack, defence, 200).mean()
        for attack in ATTACKS
        for defence in (
            Defence("exact"),
            Defence("noisy", 0.02),
            Defence("limit", 20),
            Defence("ladder", 0.01),
            Defence("free ladder"),
        )
    }
    assert shares["box fit", "exact"] == 1
    assert 0.75 < shares["box fit", "noisy 0.02"] < 0.99
    assert shares["box fit", "limit 20"] < 0.7
    for ladder in ("ladder 0.01", "free ladder"):
        assert abs(shares["one flip", ladder] - 0.5) < 0.04
        assert abs(shares["box fit", ladder] - 0.5) < 0.05
        # The attack made for it gets more.
        assert shares["block climb", ladder] > 0.58


def test_rounding_stops_single_flips_but_not_votes():
    rounded = Defence("rounded", 0.01)
    assert recovered("one flip", rounded, 1264, n=1263, seeds=12).median() < 0.6
    assert recovered("box fit", rounded, 200).mean() > 0.98


def test_the_same_seed_gives_the_same_table_and_no_query_gives_nothing():
    one, two = (simulate_extraction((30,), 100, seeds=(1, 2)) for _ in range(2))
    assert one.equals(two)
    assert list(one.columns) == ["attack", "defence", "n", "queries", "seed", "recovered"]
    assert recovered("one flip", Defence("exact"), 1, seeds=40).mean() == pytest.approx(
        0.5, abs=0.03
    )


def test_the_ladder_answers_as_published():
    """By hand, from the algorithm box of Blum and Hardt (2015), turned from loss to accuracy."""
    labels = np.ones(10, dtype=int)
    oracle = Oracle(labels, Defence("ladder", 0.25), np.random.default_rng(0))
    asked = np.array([[1] * right + [0] * (10 - right) for right in (4, 6, 8, 3, 10)])
    assert oracle.ask(asked).tolist() == pytest.approx([0.5, 0.5, 0.75, 0.75, 0.75])
    free = Oracle(labels, Defence("free ladder"), np.random.default_rng(0))
    # From 5 to 6 right: one item of ten differs, s = 0.316, a step of 0.1 is needed and not beaten.
    asked = np.array([[1] * right + [0] * (10 - right) for right in (5, 6, 7, 3, 9, 10)])
    assert free.ask(asked).tolist() == pytest.approx([0.5, 0.5, 0.7, 0.7, 0.9, 0.9])


def test_the_oracle_stops_rounds_and_refuses_nonsense():
    rng, labels = np.random.default_rng(0), np.ones(8, dtype=int)
    limited = Oracle(labels, Defence("limit", 2), rng)
    assert limited.ask(labels).tolist() == [1.0]
    assert np.isnan(limited.ask(np.tile(labels, (2, 1)))).tolist() == [False, True]
    rounded = Oracle(labels, Defence("rounded", 0.5), rng)
    assert rounded.ask(np.arange(8) < 3).tolist() == [0.5]
    with pytest.raises(ValueError, match="defence must be one of"):
        Oracle(labels, Defence("prayer"), rng)
    with pytest.raises(ValueError, match="noisy needs a size above 0"):
        Oracle(labels, Defence("noisy"), rng)


def test_five_labels_are_worth_what_the_dossier_says():
    leak = worth_of_labels(5, 1263, 0.2046)
    assert leak.most_recovered == pytest.approx(0.0193, abs=5e-5)
    assert leak.expected == pytest.approx(leak.most / 2)
    assert worth_of_labels(1263, 1263, 0.2, 0.7).expected == pytest.approx(0.3)
    with pytest.raises(ValueError, match="k must be a whole number from 0 to 10"):
        worth_of_labels(11, 10, 0.2)


# What a transfer test can find or rule out -------------------------------------


def test_power_is_that_of_statsmodels_for_two_samples():
    p, q, n = 0.65, 0.6, 1500
    table = power_by_size((n,), difference_sd(p, q), p - q, 0.05).iloc[0]
    theirs = power_proportions_2indep(p - q, q, n, return_results=False)
    assert table["power"] == pytest.approx(theirs, abs=0.01)
    at = power_by_size((n,), difference_sd(p, q), table["detectable"], 0.05).iloc[0]
    assert at["power"] == pytest.approx(0.8, abs=1e-3)
    sd = difference_sd(p, q)
    needed = normal_sample_size_one_tail(0.05, 0.8, 0.025, sd, sd)
    assert power_by_size((round(needed),), sd, 0.05, 0.05)["power"].item() == pytest.approx(
        0.8, abs=1e-3
    )


def test_equivalence_power_is_that_of_statsmodels_for_one_sample():
    n, margin = 2000, 0.03
    table = power_by_size((n,), 0.5, 0.01, margin).iloc[0]
    theirs = power_ztost_prop(
        0.5 - margin,
        0.5 + margin,
        n,
        0.5,
        alpha=0.05,
        dist="norm",
        variance_prop=0.5,
        discrete=False,
    )
    assert table["equivalence_power"] == pytest.approx(float(theirs[0]), abs=1e-9)
    at = power_by_size((n,), 0.5, 0.01, table["smallest_margin"]).iloc[0]
    assert at["equivalence_power"] == pytest.approx(0.8, abs=1e-9)


def test_the_equivalence_test_is_statsmodels():
    y = np.random.default_rng(3).normal(0.02, 0.4, 300)
    p, *_ = DescrStatsW(y).ttost_mean(-0.07, 0.07)
    ours = equivalence_test(y.mean(), stats.sem(y), 0.07, df=299)
    assert ours.p_value == pytest.approx(p)
    assert ours.equivalent == (p < 0.05)
    assert ours.interval.level == pytest.approx(0.9)


@given(st.floats(-0.1, 0.1), st.floats(0.001, 0.1), st.floats(0.001, 0.1))
def test_equivalent_exactly_when_the_interval_lies_within(estimate, error, margin):
    found = equivalence_test(estimate, error, margin)
    inside = -margin < found.interval.low and found.interval.high < margin
    edge = abs(abs(estimate) + (found.interval.high - estimate) - margin)
    assert found.equivalent == inside or edge < 1e-12


def test_difference_sd_is_that_of_items():
    rng = np.random.default_rng(0)
    first, second = (rng.random((2, 200000)) < [[0.6], [0.7]]).astype(float)
    shared = rng.random(200000) < 0.4
    second[shared] = first[shared]
    rho = np.corrcoef(first, second)[0, 1]
    expected = np.std(first - second)
    assert difference_sd(first.mean(), second.mean(), rho) == pytest.approx(expected, rel=1e-3)


def test_half_a_point_reads_differently_at_each_size():
    """The production result: +0.5 points, n not given."""
    table = readings_by_size(0.005, (500, 5000, 200000), difference_sd(0.6, 0.605, 0.3), 0.02)
    assert table["reading"].tolist() == ["inconclusive", "equivalent", "different, but small"]
    large = readings_by_size(0.03, (100000,), 0.5, 0.02)
    assert large["reading"].tolist() == ["different"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: expected_maximum(0), "m must be a whole"),
        (lambda: expected_optimism(5, 0, 0.5), "n must be a whole"),
        (lambda: expected_optimism(5, 10, 1.5), "accuracy must lie in"),
        (lambda: split_adjusted([0.5, 0.6]), "methods by at least 2 items"),
        (lambda: winner_adjusted([0.5, 0.6], [[1.0]]), "covariance must be 2 x 2"),
        (lambda: winner_adjusted([0.5, 0.6], np.zeros((2, 2))), "variance above 0"),
        (lambda: equivalence_test(0.0, 0.0, 0.1), "standard_error must be above 0"),
        (lambda: equivalence_test(0.0, 0.1, 0.1, level=0.3), "level must lie in"),
    ],
)
def test_impossible_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
