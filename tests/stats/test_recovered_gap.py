import math

import numpy as np
import pytest
from scipy import optimize, stats
from three_models import MRATIOS_LIMITS, MRATIOS_X, MRATIOS_Y, draw_items

from smallprint.stats.accuracies import (
    Accuracies,
    Part,
    accuracies_from_items,
    accuracies_from_rates,
    accuracies_from_seeds,
)
from smallprint.stats.recovered_gap import bootstrap_gap_recovered, performance_gap_recovered


def test_the_estimator_gives_the_published_example():
    """A teacher known to be at 0: the ratio of student to ceiling, scaled into [0, 1]."""
    student, ceiling = (np.array(one) / 4 for one in (MRATIOS_X, MRATIOS_Y))
    found = performance_gap_recovered(accuracies_from_seeds(0.0, student, ceiling))
    assert found.interval[:2] == pytest.approx(MRATIOS_LIMITS, abs=1e-6)
    assert found.estimate == pytest.approx(0.8643849)


@pytest.mark.parametrize(
    ("rates", "n", "kind"),
    [
        ((0.55, 0.66, 0.75), 300, "interval"),
        ((0.55, 0.75, 0.60), 200, "two rays"),
        ((0.60, 0.61, 0.60), 100, "everything"),
    ],
)
def test_fieller_holds_what_a_paired_t_test_does_not_reject(rates, n, kind):
    """The test itself, by scipy, at each ratio; and its roots by bisection."""
    w, s, c = draw_items(np.random.default_rng(3), n, rates)
    found = performance_gap_recovered(accuracies_from_items(w, s, c)).fieller
    assert found.kind == kind

    def p_value(ratio):
        return stats.ttest_1samp((s - w) - ratio * (c - w), 0).pvalue

    for ratio in np.tan(np.linspace(-1.55, 1.55, 301)):
        assert found.holds(ratio) == (p_value(ratio) >= 0.05)
    if kind != "everything":
        for limit in (found.low, found.high):
            ends = (limit - 0.05 * (1 + abs(limit)), limit + 0.05 * (1 + abs(limit)))
            root = optimize.brentq(lambda ratio: p_value(ratio) - 0.05, *ends, xtol=1e-12)
            assert root == pytest.approx(limit, abs=1e-8)


def test_the_delta_method_is_the_gradient_of_the_ratio():
    accuracies = accuracies_from_rates(0.55, 0.62, 0.73, 800, 0.3)
    w, s, c = accuracies.values
    gradient = optimize.approx_fprime(
        [w, s, c], lambda v: (v[1] - v[0]) / (v[2] - v[0]), epsilon=1e-7
    )
    found = performance_gap_recovered(accuracies, "delta")
    error = math.sqrt(gradient @ accuracies.covariance @ gradient)
    assert found.standard_error == pytest.approx(error, rel=1e-5)
    half = stats.t.isf(0.025, 799) * error
    assert found.interval[:2] == pytest.approx((7 / 18 - half, 7 / 18 + half), rel=1e-5)


def test_both_methods_agree_where_the_gap_is_sure():
    accuracies = accuracies_from_rates(0.5, 0.6, 0.8, 10**6)
    fieller, delta = (performance_gap_recovered(accuracies, m) for m in ("Fieller", "delta"))
    assert fieller.interval[:2] == pytest.approx(delta.interval[:2], abs=1e-5)


@pytest.mark.parametrize(
    ("rates", "n", "minimum", "reason"),
    [
        ((0.60, 0.62, 0.63), 300, 0.0, "cannot be told from 0"),
        ((0.60, 0.62, 0.60), 300, 0.0, "cannot be told from 0"),
        ((0.80, 0.70, 0.60), 2000, 0.0, "the ceiling is below the teacher, gap -0.200"),
        ((0.60, 0.62, 0.65), 5000, 0.08, "below the stated minimum of 0.08"),
    ],
)
def test_no_number_where_there_is_none(rates, n, minimum, reason):
    found = performance_gap_recovered(accuracies_from_rates(*rates, n), minimum_gap=minimum)
    assert reason in found.reason
    assert not found.identified
    assert math.isnan(found.estimate) and math.isnan(found.standard_error)
    assert found.interval is None
    assert found.gap == pytest.approx(rates[2] - rates[0])


def test_pairing_narrows_the_interval():
    widths = []
    for rho in (0.0, 0.3, 0.6):
        low, high, *_ = performance_gap_recovered(
            accuracies_from_rates(0.528, 0.575, 0.7325, 1263, rho)
        ).interval
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)


def test_seeds_give_welch_and_paired_t():
    rng = np.random.default_rng(5)
    w, s, c = (rng.normal(mean, 0.01, m) for mean, m in ((0.53, 16), (0.575, 5), (0.73, 16)))
    found = accuracies_from_seeds(w, s, c)
    welch = stats.ttest_ind(s, w, equal_var=False)
    assert found.df(np.array([-1.0, 1, 0])) == pytest.approx(welch.df)
    assert performance_gap_recovered(found).gap_interval[:2] == pytest.approx(
        (c.mean() - w.mean() - 0.0098, c.mean() - w.mean() + 0.0098), abs=0.004
    )
    paired = accuracies_from_seeds(w[:5], s, c[:5], paired=True)
    ours = performance_gap_recovered(paired, level=0.9).gap_interval
    theirs = stats.ttest_rel(c[:5], w[:5]).confidence_interval(0.9)
    assert ours[:2] == pytest.approx((theirs.low, theirs.high))


def test_published_chat_baseline_is_as_uncertain_as_the_dossier_says():
    """PGR 0.204 with standard error 0.046 over 5 seeds, teacher and ceiling taken as fixed."""
    seeds = 0.528 + 0.2046 * (0.204 + 0.046 * math.sqrt(5) * np.array([-1, -1, 0, 1, 1]))
    fixed = performance_gap_recovered(accuracies_from_seeds(0.528, seeds, 0.7326))
    assert fixed.estimate == pytest.approx(0.204)
    assert fixed.standard_error == pytest.approx(0.046)
    assert fixed.interval[:2] == pytest.approx(
        (0.204 - stats.t.isf(0.025, 4) * 0.046, 0.204 + stats.t.isf(0.025, 4) * 0.046)
    )
    with_items = performance_gap_recovered(accuracies_from_seeds(0.528, seeds, 0.7326, items=1263))
    assert with_items.standard_error > 1.9 * fixed.standard_error


@pytest.mark.parametrize("kind", ["BCa", "percentile"])
def test_the_bootstrap_agrees_with_fieller_in_large_samples(kind):
    scores = draw_items(np.random.default_rng(2), 2000, (0.53, 0.62, 0.75))
    fieller = performance_gap_recovered(accuracies_from_items(*scores))
    found = bootstrap_gap_recovered(*scores, kind=kind, draws=1500)
    assert found.estimate == fieller.estimate
    assert found.interval[:2] == pytest.approx(fieller.interval[:2], abs=0.02)
    assert found.interval == bootstrap_gap_recovered(*scores, kind=kind, draws=1500).interval


def test_the_bootstrap_of_unpaired_seeds_is_that_of_three_samples():
    rng = np.random.default_rng(8)
    w, s, c = (rng.normal(mean, 0.01, m) for mean, m in ((0.53, 16), (0.6, 12), (0.73, 16)))
    found = bootstrap_gap_recovered(w, s, c, paired=False, kind="percentile", draws=4000)
    means = [rng.choice(one, (4000, len(one))).mean(axis=1) for one in (w, s, c)]
    expected = np.quantile((means[1] - means[0]) / (means[2] - means[0]), [0.025, 0.975])
    assert found.interval[:2] == pytest.approx(expected.tolist(), abs=0.005)


def test_the_bootstrap_gives_no_number_either():
    scores = draw_items(np.random.default_rng(0), 60, (0.6, 0.61, 0.62))
    found = bootstrap_gap_recovered(*scores)
    assert found.interval is None
    assert "cannot be told from 0" in found.reason


@pytest.mark.parametrize(("seeds", "coverage"), [(3, 0.930), (5, 0.942), (16, 0.949)])
def test_fieller_covers_over_seeds(seeds, coverage):
    """Normal seeds, unpaired, as the published caches have them: 16 of teacher and ceiling.

    The coverage expected was simulated with 40,000 other draws; the tolerance is 4 standard errors.
    """
    rng, truth, draws = np.random.default_rng(20260620), 0.2, 4000
    held = []
    for _ in range(draws):
        w, c = rng.normal([[0.53], [0.73]], [[0.012], [0.0085]], (2, 16))
        s = rng.normal(0.57, 0.02, seeds)
        held.append(performance_gap_recovered(accuracies_from_seeds(w, s, c)).fieller.holds(truth))
    assert np.mean(held) == pytest.approx(coverage, abs=0.016)


@pytest.mark.parametrize(("kind", "lowest"), [("BCa", 0.9), ("percentile", 0.9)])
def test_the_bootstrap_covers(kind, lowest):
    rng, held = np.random.default_rng(20260620), []
    for _ in range(150):
        scores = draw_items(rng, 300, (0.55, 0.65, 0.75))
        found = bootstrap_gap_recovered(*scores, kind=kind, draws=299)
        if found.identified:
            held.append(found.interval.low <= 0.5 <= found.interval.high)
    assert len(held) > 140
    assert lowest < np.mean(held) <= 0.99


def test_errors_of_exactly_zero_are_no_problem():
    known = Accuracies(0.5, 0.6, 0.7, (Part(np.zeros((3, 3)), 4),), "known")
    found = performance_gap_recovered(known)
    assert found.interval[:2] == pytest.approx((0.5, 0.5))
    assert found.standard_error == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: performance_gap_recovered(accuracies_from_rates(0.5, 0.6, 0.7, 9), "exact"),
            "method must be",
        ),
        (lambda: bootstrap_gap_recovered([0, 1], [0, 1], [0, 1], kind="basic"), "kind must be"),
    ],
)
def test_impossible_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
