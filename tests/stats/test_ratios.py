import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, special, stats

from smallprint.stats.multiverse import Choice, Multiverse
from smallprint.stats.ratios import (
    Accuracies,
    Part,
    accuracies_from_items,
    accuracies_from_rates,
    accuracies_from_seeds,
    bootstrap_gap_recovered,
    fieller_set,
    performance_gap_recovered,
    possible_correlations,
    recovered_under_choices,
    simulate_coverage,
    width_map,
)

# "Ratio t-test for unequal variances" of R's mratios: rnorm(5, 1, 1) and rnorm(5, 2, 1) after
# set.seed(12345), printed at mikuhatsune.hatenadiary.com/entry/20121212/1355320912.
MRATIOS_X = [1.5855288, 1.7094660, 0.8906967, 0.5465028, 1.6058875]
MRATIOS_Y = [0.1820440, 2.6300986, 1.7238159, 1.7158403, 1.0806780]
MRATIOS_LIMITS = (0.4056763, 2.6170008)


def draw_items(rng, n, rates, shared=0.5):
    """Outcomes of three models, with common luck on a share of the items."""
    common = rng.random(n) < shared
    luck = rng.random((3, n))
    luck[:, common] = luck[0, common]
    return (luck < np.array(rates)[:, None]).astype(float)


def welch_df(x, y, ratio):
    v, w = np.var(x, ddof=1) / len(x), ratio**2 * np.var(y, ddof=1) / len(y)
    return (v + w) ** 2 / (v**2 / (len(x) - 1) + w**2 / (len(y) - 1))


def test_fieller_published_example():
    x, y = np.array(MRATIOS_X), np.array(MRATIOS_Y)
    variances = (x.var(ddof=1) / 5, y.var(ddof=1) / 5)
    df = welch_df(x, y, x.mean() / y.mean())
    found = fieller_set(x.mean(), y.mean(), *variances, 0.0, df)
    assert found.kind == "interval"
    assert (found.low, found.high) == pytest.approx(MRATIOS_LIMITS, abs=1e-6)


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


@given(
    st.floats(-1, 1),
    st.floats(-1, 1).filter(lambda b: abs(b) > 0.01),
    st.floats(0.001, 0.5),
    st.floats(0.001, 0.5),
    st.floats(-0.95, 0.95),
)
def test_fieller_in_its_other_algebraic_form(a, b, sd_a, sd_b, rho):
    """The form with g = z^2 v_b / b^2, as textbooks print it."""
    c, z = rho * sd_a * sd_b, stats.norm.isf(0.025)
    g, r = z**2 * sd_b**2 / b**2, a / b
    found = fieller_set(a, b, sd_a**2, sd_b**2, c)
    inner = sd_a**2 - 2 * r * c + r**2 * sd_b**2 - g * (sd_a**2 - c**2 / sd_b**2)
    if abs(g - 1) < 1e-3 or abs(inner) < 1e-6:
        return
    assert found.kind == ("interval" if g < 1 else "two rays" if inner > 0 else "everything")
    assert found.holds(r)
    if found.kind != "everything":
        middle = (r - g * c / sd_b**2) / (1 - g)
        half = abs(z / b * math.sqrt(inner) / (1 - g))
        assert (found.low, found.high) == pytest.approx((middle - half, middle + half), rel=1e-6)


def test_a_denominator_exactly_at_the_border_leaves_a_ray():
    z = special.ndtri(0.975)
    found = fieller_set(1.0, z, 0.0, 1.0, 0.0)
    assert found[:3] == ("two rays", -math.inf, pytest.approx(1 / (2 * z)))
    mirrored = fieller_set(-1.0, z, 0.0, 1.0, 0.0)
    assert mirrored[:3] == ("two rays", pytest.approx(-1 / (2 * z)), math.inf)
    assert found.holds(1 / z) and mirrored.holds(-1 / z) and not found.holds(0.0)


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


def test_counts_with_the_true_correlation_give_what_items_give():
    scores = draw_items(np.random.default_rng(1), 1263, (0.53, 0.60, 0.73))
    pairs = [np.corrcoef(scores)[i, j] for i, j in ((0, 1), (0, 2), (1, 2))]
    items = accuracies_from_items(*scores)
    rates = accuracies_from_rates(*scores.mean(axis=1), 1263, pairs)
    assert rates.covariance == pytest.approx(items.covariance)
    unpaired = accuracies_from_items(*scores, paired=False)
    assert unpaired.covariance == pytest.approx(np.diag(np.diag(items.covariance)))
    alone = accuracies_from_rates(*scores.mean(axis=1), (1263, 1263, 1263))
    assert alone.covariance == pytest.approx(unpaired.covariance)


def test_pairing_narrows_the_interval():
    widths = []
    for rho in (0.0, 0.3, 0.6):
        low, high, *_ = performance_gap_recovered(
            accuracies_from_rates(0.528, 0.575, 0.7325, 1263, rho)
        ).interval
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)


def test_impossible_correlations_are_refused():
    low, high = possible_correlations(0.5, 0.9)
    assert high == pytest.approx(1 / 3)
    assert low == pytest.approx(-1 / 3)
    assert possible_correlations(0.0, 0.5) == (0.0, 0.0)
    with pytest.raises(ValueError, match="correlation of weak and ceiling must lie in"):
        accuracies_from_rates(0.5, 0.6, 0.9, 100, 0.5)
    with pytest.raises(ValueError, match="possible for three models"):
        accuracies_from_rates(0.5, 0.5, 0.5, 100, (0.9, 0.9, -0.9))
    with pytest.raises(ValueError, match="different sets of items"):
        accuracies_from_rates(0.5, 0.6, 0.7, (100, 200, 100), 0.1)


def test_seeds_and_items_both_count():
    """Known variances of both: the estimate of their sum is unbiased."""
    rng, n, m, draws = np.random.default_rng(20260620), 60, 5, 400
    covariances, students = [], []
    for _ in range(draws):
        difficulty = rng.normal(0, 0.15, n)
        luck = rng.normal(0, 0.05, (m, 1))
        student = (rng.random((m, n)) < 0.6 + difficulty + luck).astype(float)
        weak, ceiling = (rng.random((2, n)) < np.array([[0.5], [0.8]])).astype(float)
        found = accuracies_from_items(weak, student, ceiling)
        covariances.append(found.covariance[1, 1])
        students.append(found.student)
    assert np.mean(covariances) == pytest.approx(np.var(students), rel=0.15)
    assert found.design == "paired items; training seeds of: student"


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


def test_fieller_covers_and_unbounded_sets_do_their_part():
    table = simulate_coverage((0.03, 0.1, 0.2), (300, 1263), (0.2, 0.97), draws=1000)
    assert len(table) == 24
    assert table["fieller_set"].between(0.93, 0.97).all()
    sure = table.query("identified > 0.99")
    assert len(sure) >= 8
    assert sure["fieller"].between(0.93, 0.97).all()
    assert sure["delta"].between(0.925, 0.98).all()
    # Printed only when the gap happens to look large, an interval covers less.
    rare = table.query("identified < 0.2")
    assert rare["fieller"].mean() < 0.93 < rare["fieller_set"].mean()


def test_the_simulated_coverage_is_the_t_tests():
    """Second implementation: scipy's paired t-test at the truth, on items drawn here."""
    rng, truth, draws = np.random.default_rng(20260620), 0.5, 1500
    w, s, c = draw_items(rng, 200 * draws, (0.55, 0.6, 0.65)).reshape(3, draws, 200)
    p = stats.ttest_1samp((s - w) - truth * (c - w), 0, axis=1).pvalue
    ours = simulate_coverage((0.1,), (200,), (truth,), (0.5,), draws=draws)["fieller_set"].item()
    assert ours == pytest.approx((p >= 0.05).mean(), abs=4 * math.sqrt(2 * 0.05 * 0.95 / draws))


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


def test_the_width_map_grows_towards_small_gaps_and_sets():
    table = width_map((0.02, 0.05, 0.1, 0.2), (300, 1263, 5000), shared=0.3)
    widths = table.pivot(index="gap", columns="n", values="width").fillna(math.inf)
    assert (widths.diff(axis=1).iloc[:, 1:].fillna(0) <= 0).all(axis=None)
    assert (widths.diff().iloc[1:].fillna(0) <= 0).all(axis=None)
    assert math.isinf(widths.loc[0.02, 300])
    large = table.query("gap == 0.2 and n == 5000").iloc[0]
    assert large["width"] == pytest.approx(large["delta_width"], rel=0.01)


def test_the_map_knows_how_often_a_gap_is_found():
    cell = width_map((0.05,), (1263,), shared=0.5)["identified"].item()
    simulated = simulate_coverage((0.05,), (1263,), shared=(0.5,))["identified"].item()
    assert cell == pytest.approx(simulated, abs=0.04)


# Other choices ----------------------------------------------------------------


@pytest.fixture
def scores():
    rows = [
        ("chat", "weak", (0.5, 0.54)),
        ("chat", "student", (0.56, 0.6)),
        ("chat", "ceiling", (0.72, 0.72)),
        ("chat", "ensemble", (0.77, 0.77)),
        ("code", "weak", (0.58, 0.58)),
        ("code", "student", (0.56, 0.56)),
        ("code", "ceiling", (0.68, 0.68)),
        ("code", "ensemble", (0.70, 0.70)),
    ]
    return pd.DataFrame(
        [(d, m, seed, v, 1 - v) for d, m, values in rows for seed, v in enumerate(values)],
        columns=["dataset", "model", "seed", "accuracy", "brier"],
    )


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ({}, (0.06 / 0.2 - 0.2) / 2),
        ({"pooling": "ratio of means"}, 0.02 / 0.15),
        ({"ceiling": "ensemble"}, (0.06 / 0.25 - 0.02 / 0.12) / 2),
        ({"seeds": "best"}, (0.08 / 0.2 - 0.2) / 2),
        ({"clip": True}, 0.15),
        ({"metric": "brier"}, (0.06 / 0.2 - 0.2) / 2),
        ({"weights": {"chat": 3, "code": 1}}, (3 * 0.3 - 0.2) / 4),
    ],
)
def test_choices_by_hand(scores, choices, expected):
    assert recovered_under_choices(scores, **choices) == pytest.approx(expected)


def test_log_odds_by_hand(scores):
    logit = stats.logistic.ppf
    chat = scores.query("dataset == 'chat'")
    expected = (logit(0.58) - logit(0.52)) / (logit(0.72) - logit(0.52))
    assert recovered_under_choices(chat, metric="log-odds") == pytest.approx(expected)


def test_choices_run_as_a_multiverse(scores):
    multiverse = Multiverse(
        [
            Choice("seeds", ["mean", "median", "best"], "mean"),
            Choice("ceiling", ["ceiling", "ensemble", "none"], "ceiling"),
            Choice("minimum_gap", {"0": 0.0, "0.11": 0.11}, "0"),
        ]
    )
    frame = multiverse.run(lambda **choices: recovered_under_choices(scores, **choices))
    assert len(frame) == 18
    assert frame.query("ceiling == 'none'")["problem"].str.contains("must hold weak").all()
    refused = frame.query("ceiling == 'ceiling' and minimum_gap == '0.11'")["problem"]
    assert refused.str.contains("a gap of 0.100 is not above 0.11").all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: accuracies_from_items([1, 2], [0, 1], [0, 1]), "weak must hold scores in"),
        (lambda: accuracies_from_items([1], [0], [0]), "items of weak must be a whole"),
        (lambda: accuracies_from_items([0, 1], [0, 1, 1], [0, 1]), "equally long"),
        (lambda: accuracies_from_rates(0.5, 1.2, 0.7, 100), "student must lie in"),
        (lambda: accuracies_from_rates(0.5, 0.6, 0.7, 1), "n must be a whole"),
        (lambda: accuracies_from_seeds([0.5], [0.6, 0.6], 0.7), "seeds of weak must be"),
        (lambda: accuracies_from_seeds(0.5, 0.6, 0.7), "must not all be known"),
        (
            lambda: accuracies_from_seeds([0.5, 0.5], [0.6, 0.6], 0.7, paired=True),
            "equally long",
        ),
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


def test_errors_of_exactly_zero_are_no_problem():
    known = Accuracies(0.5, 0.6, 0.7, (Part(np.zeros((3, 3)), 4),), "known")
    found = performance_gap_recovered(known)
    assert found.interval[:2] == pytest.approx((0.5, 0.5))
    assert found.standard_error == 0
