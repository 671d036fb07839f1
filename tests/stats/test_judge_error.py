import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from smallprint.stats.intervals import wilson_interval
from smallprint.stats.judge_error import (
    break_even_specificity,
    rogan_gladen,
    rogan_gladen_interval,
    rogan_gladen_known_interval,
)

unit = st.floats(0, 1)
informative = st.tuples(st.floats(0.55, 1), st.floats(0.55, 1))

# Examples of Lang and Reiczigel (2014), as the documentation of R's asht quotes
# them for prevSeSp: k, n, calibration counts, published limits and digits.
LANG_REICZIGEL = [
    ((4060, 11284, 178, 179, 358, 359), (0.349, 0.372), 3),
    ((51, 2971, 32, 33, 20, 20), (0.0, 0.053), 3),
    ((712, 11862, 8, 10, 12, 12), (0.0, 0.147), 3),
    ((259, 509, 84, 127, 96, 109), (0.58, 0.87), 2),
    ((51, 509, 23, 41, 187, 195), (0.037, 0.195), 3),
]

# epi.prev(pos, tested, se, sp, method = "wilson", units = 1)$tp of R's epiR
# 2.0.57; it leaves values outside [0, 1], we cut them. The first row's data
# are the worked example of its documentation.
EPI_PREV = [
    (23, 150, 0.96, 0.89, 0.05098039, -0.006588779, 0.1289174),
    (6, 151, 0.964, 0.927, -0.03733434, -0.06135122, 0.01231374),
    (12, 189, 0.65, 0.95, 0.02248677, -0.02218378, 0.09614188),
    (7, 124, 0.70, 0.99, 0.06732118, 0.02552358, 0.1477507),
    (96, 100, 0.95, 0.90, 1.011765, 0.9430933, 1.040396),
    (37, 100, 0.90, 0.95, 0.3764706, 0.2727337, 0.4915232),
]


@pytest.mark.parametrize(("counts", "limits", "digits"), LANG_REICZIGEL)
def test_lang_and_reiczigel_published_examples(counts, limits, digits):
    interval = rogan_gladen_interval(*counts)
    assert (round(interval.low, digits), round(interval.high, digits)) == limits


@pytest.mark.parametrize(("k", "n", "se", "sp", "estimate", "low", "high"), EPI_PREV)
def test_known_errors_match_epir(k, n, se, sp, estimate, low, high):
    expected = np.clip([estimate, low, high], 0, 1)
    interval = rogan_gladen_known_interval(k, n, se, sp)
    ours = [rogan_gladen(k / n, se, sp), interval.low, interval.high]
    assert ours == pytest.approx(expected.tolist(), abs=1e-6)


def test_a_perfect_judge_changes_nothing():
    assert rogan_gladen(0.37, 1, 1) == pytest.approx(0.37)
    known = rogan_gladen_known_interval(37, 100, 1, 1)
    assert known[:2] == pytest.approx(wilson_interval(37, 100)[:2])


@given(unit, informative)
def test_the_correction_undoes_the_judge(rate, judge):
    sensitivity, specificity = judge
    reported = rate * sensitivity + (1 - rate) * (1 - specificity)
    assert rogan_gladen(reported, sensitivity, specificity) == pytest.approx(rate, abs=1e-9)


def test_a_judge_at_chance_identifies_nothing():
    assert np.isnan(rogan_gladen(0.3, 0.5, 0.5))
    for interval in (
        lambda: rogan_gladen_known_interval(30, 100, 0.4, 0.6),
        lambda: rogan_gladen_interval(30, 100, 5, 10, 5, 10),
    ):
        with pytest.raises(ValueError, match=r"sensitivity \+ specificity must exceed 1; found 1"):
            interval()


def test_the_map_broadcasts():
    grid = rogan_gladen(0.96, np.array([[0.4], [0.9], [1.0]]), np.array([0.5, 1.0]))
    assert grid.shape == (3, 2)
    assert np.isnan(grid[0, 0])
    assert grid[2, 1] == pytest.approx(0.96)
    with pytest.raises(ValueError, match="specificity must lie in"):
        rogan_gladen(0.96, 1.0, np.array([0.5, 1.5]))


@given(
    st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    informative,
)
def test_a_huge_calibration_gives_the_agresti_coull_limits(counts, judge):
    """What Lang and Reiczigel's interval becomes when the errors are as good as known."""
    huge = 10**9
    sensitivity, specificity = (int(rate * huge) for rate in judge)
    interval = rogan_gladen_interval(*counts, sensitivity, huge, specificity, huge)
    reported = np.clip(proportion_confint(*counts, method="agresti_coull"), 0, 1)
    expected = [rogan_gladen(limit, *judge) for limit in reported]
    assert interval[:2] == pytest.approx(expected, abs=1e-5)


def test_fewer_calibration_samples_widen_the_interval():
    widths = []
    for m in (20, 100, 1000):
        interval = rogan_gladen_interval(37, 100, 9 * m // 10, m, 19 * m // 20, m)
        widths.append(interval.high - interval.low)
    assert widths == sorted(widths, reverse=True)
    known = rogan_gladen_known_interval(37, 100, 0.9, 0.95)
    assert widths[-1] > known.high - known.low


@pytest.mark.parametrize("sensitivity", [0.98, 1.0])
@pytest.mark.parametrize("rate", [0.01, 0.12, 0.96])
def test_the_break_even_is_where_the_corrected_rate_leaves_zero(rate, sensitivity):
    specificity = break_even_specificity(rate)
    assert rogan_gladen(rate, sensitivity, specificity - 0.005 * rate) == 0
    assert rogan_gladen(rate, sensitivity, specificity + 0.005) > 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rogan_gladen(1.2, 1, 1), "rate must lie in"),
        (lambda: rogan_gladen_known_interval(1, 10, 1.2, 1), "sensitivity must lie in"),
        (lambda: rogan_gladen_interval(1, 10, 11, 10, 9, 10), "sensitivity_k must be a whole"),
        (lambda: rogan_gladen_interval(1, 10, 9, 10, 9, 0), "specificity_n must be a whole"),
        (lambda: break_even_specificity(-0.1), "rate must lie in"),
    ],
)
def test_impossible_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
