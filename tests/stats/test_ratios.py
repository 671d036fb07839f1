import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats
from three_models import MRATIOS_LIMITS, MRATIOS_X, MRATIOS_Y

from smallprint.stats.ratios import fieller_set


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
