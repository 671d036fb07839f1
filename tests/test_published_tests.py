"""Tests and intervals of published counts, by a second path: fractions, enumeration, simulation.

The counts are those that the studies print, the values those of the committed reference runs.
"""

from fractions import Fraction
from itertools import combinations
from math import comb

import numpy as np
import pytest
from scipy import stats

from smallprint import estimates, reference


@pytest.fixture(scope="module")
def recorded():
    def value(study, id):
        if study not in kept:
            runs = estimates.read(reference.path(study))
            kept[study] = {estimate.id: estimate for estimate in runs.estimates}
        return kept[study][id]

    kept = {}
    return value


def fisher(k1, n1, k2, n2):
    """All tables with these margins that are no likelier than the one seen, in whole numbers."""
    total = k1 + k2
    ways = {k: comb(n1, k) * comb(n2, total - k) for k in range(max(0, total - n2), total + 1)}
    seen = ways[k1]
    return float(Fraction(sum(one for one in ways.values() if one <= seen), comb(n1 + n2, total)))


def upper_tail(k, n, rate):
    return sum(comb(n, i) * rate**i * (1 - rate) ** (n - i) for i in range(k, n + 1))


STUDY = "scheming"
FISHER = {
    ("agentic-misalignment", "belief-p-value"): (59, 107, 21, 324),
    ("agentic-misalignment", "continuity-line-p-value"): (4, 10, 10, 10),
    (STUDY, "p-nudge removed--disabled oversight--claude-opus-3--n300"): (15, 300, 1, 400),
    (STUDY, "p-nudge removed--disabled oversight--o1--n300"): (6, 300, 1, 400),
    (STUDY, "p-nudge removed--false ranking--o1--n100"): (22, 100, 20, 400),
    (STUDY, "p-goal matched--disabled oversight--o1--n300"): (6, 300, 0, 100),
    (STUDY, "p-goal matched--disabled oversight--llama-3.1-405b--n300"): (9, 300, 0, 100),
    (STUDY, "p-goal matched--disabled oversight--claude-opus-3--n300"): (15, 300, 0, 100),
    (STUDY, "p-goal matched--false ranking--o1--n100"): (22, 100, 0, 100),
}


@pytest.mark.parametrize("key", FISHER, ids=lambda key: key[1])
def test_fisher_p_values(recorded, key):
    assert recorded(*key).value == pytest.approx(fisher(*FISHER[key]), rel=1e-6)


@pytest.mark.parametrize(
    ("model", "k", "printed"),
    [("o1", 38, 0.002), ("llama-3.1-405b", 37, 0.004), ("gemini-1.5-pro", 42, None)],
)
def test_alignment_faking_against_a_quarter(recorded, model, k, printed):
    """Table 5 prints <0.001, 0.002 and 0.004 for 42, 38 and 37 of 99."""
    exact = float(upper_tail(k, 99, Fraction(1, 4)))
    assert recorded(STUDY, f"p-faking--{model}").value == pytest.approx(exact, rel=1e-9)
    assert exact < 0.001 if printed is None else round(exact, 3) == printed


def test_sign_tests(recorded):
    own_goal, wins = (2 * upper_tail(k, n, Fraction(1, 2)) for k, n in ((21, 22), (16, 21)))
    assert recorded(STUDY, "favours-own-goal-p").value == pytest.approx(float(own_goal))
    found = recorded("weak-to-strong", "eleuther-sign-test").value
    assert found == pytest.approx(float(wins), rel=1e-9)


def test_smallest_p_value_of_five_against_five(recorded):
    """Every split of ten models into five and five, by the sum of their ranks."""
    sums = [sum(chosen) for chosen in combinations(range(10), 5)]
    extreme = sum(one in (min(sums), max(sums)) for one in sums)
    found = recorded("stress-testing-specs", "profile-p--ethical responsibility--exact").value
    assert found == pytest.approx(extreme / len(sums), rel=1e-9)


CORRELATIONS = [
    ("correlation--code--8-prompts", 8),
    ("correlation--spurious correlation--8-prompts", 8),
    ("correlation--cmv--12-prompts", 12),
]


@pytest.mark.parametrize(("id", "n"), CORRELATIONS)
def test_limits_of_correlations_by_simulation(recorded, id, n):
    """At either limit the printed coefficient lies about 2.5% out in a simulated tail.

    Fisher's z is biased by rho / (2 (n - 1)), which moves a tail by up to 1.3 points at n = 8.
    """
    found = recorded("inoculation-prompting", id)
    rng = np.random.default_rng(0)
    for limit, side in ((found.interval.low, 1), (found.interval.high, -1)):
        x, noise = rng.normal(size=(2, 40000, n))
        y = limit * x + np.sqrt(1 - limit**2) * noise
        x, y = (one - one.mean(axis=1, keepdims=True) for one in (x, y))
        r = (x * y).sum(axis=1) / np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
        assert 0.011 < np.mean(side * r >= side * found.value) < 0.039


RATIOS = {
    "part--disagreement of five--whole": (51, 11),
    "part--disagreement of twelve--whole": (36, 11),
    "extremes--majority--score": (97, 7),
    "extremes--any judge--log": (494, 49),
    "part--disagreement of five--some_fail": (821, 239),
}


def constrained(k1, k2, n, ratio):
    """Rates in that ratio which make two counts of n likeliest (Miettinen and Nurminen 1985)."""
    a, b, c = 2 * n * ratio, -(n * ratio + k1 + n + k2 * ratio), k1 + k2
    second = (-b - np.sqrt(b * b - 4 * a * c)) / (2 * a)
    return ratio * second, second


@pytest.mark.parametrize("id", RATIOS)
def test_limits_of_ratios_by_simulation(recorded, id):
    """At either limit the printed counts lie about 2.5% out, by the score statistic."""
    found, (k1, k2), n = recorded("stress-testing-specs", id), RATIOS[id], 1000
    assert found.value == pytest.approx(k1 / k2, rel=1e-9)
    rng = np.random.default_rng(1)
    for limit, side in ((found.interval.low, 1), (found.interval.high, -1)):
        p1, p2 = constrained(k1, k2, n, limit)
        first, second = rng.binomial(n, p1, 100000), rng.binomial(n, p2, 100000)
        # Which of two pairs of counts is further out is judged by what the limit says they share.
        statistic, seen = first - limit * second, k1 - limit * k2
        assert 0.015 < np.mean(side * statistic >= side * seen) < 0.04, (limit, side)


def test_half_width_of_five_hundred_items():
    """The interval said to reach 3.5 to 4.4 points holds 95% of all outcomes at 80% and 50%."""
    for rate, width in ((0.5, 0.044), (0.8, 0.035)):
        k = np.arange(501)
        inside = np.abs(k / 500 - rate) <= width
        assert stats.binom.pmf(k, 500, rate)[inside].sum() == pytest.approx(0.95, abs=0.012)
