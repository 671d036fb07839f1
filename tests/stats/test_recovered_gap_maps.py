import math

import numpy as np
import pytest
from scipy import stats
from three_models import draw_items

from smallprint.stats.recovered_gap_maps import simulate_coverage, width_map


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
