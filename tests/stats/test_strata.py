import math

import numpy as np
import pytest
from scipy import stats

from smallprint.stats.clusters import intraclass_correlation
from smallprint.stats.intervals import clopper_pearson_interval
from smallprint.stats.strata import effective_interval, pooled_intraclass_correlation


def test_one_stratum_is_the_plain_correlation():
    k, n = [1, 4, 9, 2, 12], [6, 5, 10, 8, 15]
    assert pooled_intraclass_correlation(k, n, ["a"] * 5) == pytest.approx(
        intraclass_correlation(k, n)
    )


def test_differences_between_strata_are_no_correlation():
    """Cells of rate 0.1 and 0.9 whose texts do not differ."""
    rng = np.random.default_rng(20260620)
    rates = np.repeat([0.1, 0.9], 4000)
    k, strata = rng.binomial(8, rates), np.repeat(np.arange(2000), 4)
    assert pooled_intraclass_correlation(k, [8] * 8000, strata) == pytest.approx(0, abs=0.01)
    assert intraclass_correlation(k, [8] * 8000) > 0.5


def test_the_simulated_correlation_is_found_from_four_texts_a_cell():
    rng, icc = np.random.default_rng(20260620), 0.2
    total = 1 / icc - 1
    p = np.repeat(rng.choice([0.2, 0.5, 0.7], 1500), 4)
    k = rng.binomial(6, rng.beta(p * total, (1 - p) * total))
    found = pooled_intraclass_correlation(k, [6] * 6000, np.repeat(np.arange(1500), 4))
    assert found == pytest.approx(icc, abs=0.02)


def test_what_cannot_be_told_is_missing():
    alone = pooled_intraclass_correlation([4, 0], [4, 4], ["a", "b"])
    once = pooled_intraclass_correlation([1, 0, 1], [1, 1, 1], ["a", "a", "a"])
    equal = pooled_intraclass_correlation([4, 4, 0, 0], [4] * 4, ["a", "a", "b", "b"])
    assert all(math.isnan(found) for found in (alone, once, equal))


def test_without_clustering_the_interval_is_exact():
    ours = effective_interval(7, 50, design_effect=1, df=math.inf)
    assert ours[:2] == pytest.approx(clopper_pearson_interval(7, 50)[:2])


def test_the_interval_is_korn_and_graubards():
    """Their F quantiles, with n* = 80 / 2.5 times (z / t)^2."""
    ours = effective_interval(60, 80, design_effect=2.5, df=12)
    size = 80 / 2.5 * (stats.norm.isf(0.025) / stats.t.isf(0.025, 12)) ** 2
    hits = 0.75 * size
    v1, v2, v3, v4 = 2 * hits, 2 * (size - hits + 1), 2 * (hits + 1), 2 * (size - hits)
    low_f, high_f = stats.f.ppf(0.025, v1, v2), stats.f.ppf(0.975, v3, v4)
    expected = v1 * low_f / (v2 + v1 * low_f), v3 * high_f / (v4 + v3 * high_f)
    assert ours[:2] == pytest.approx(expected)


@pytest.mark.parametrize("k", [0, 40])
def test_no_rate_is_bare(k):
    low, high, *_ = effective_interval(k, 40, design_effect=3, df=5)
    assert high - low > 0.15
    assert (low, high)[k > 0] == k / 40


def test_values_out_of_range_are_named():
    with pytest.raises(ValueError, match="design_effect must lie in"):
        effective_interval(1, 2, 0.9, 5)
    with pytest.raises(ValueError, match="df must lie in"):
        effective_interval(1, 2, 1, 0)


def test_the_interval_covers_with_a_correlation_pooled_over_cells():
    """40 cells of four texts with three samples each; the true rate is that over texts."""
    rng, icc = np.random.default_rng(20260620), 0.15
    total, truth = 1 / icc - 1, np.resize([0.05, 0.3, 0.6, 0.9], 40)
    strata, p = np.repeat(np.arange(40), 4), np.repeat(np.resize([0.05, 0.3, 0.6, 0.9], 40), 4)
    held = 0
    for _ in range(60):
        k = rng.binomial(3, rng.beta(p * total, (1 - p) * total))
        found = max(0.0, pooled_intraclass_correlation(k, [3] * 160, strata))
        for cell in range(40):
            low, high, *_ = effective_interval(int(k[4 * cell :][:4].sum()), 12, 1 + 2 * found, 120)
            held += low <= truth[cell] <= high
    assert held / 2400 >= 0.94
