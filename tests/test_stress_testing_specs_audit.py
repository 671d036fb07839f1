import numpy as np
import pytest
from scipy.stats import betabinom

from smallprint import claims
from smallprint import stress_testing_specs_audit as audit
from smallprint.stats.judge_panel import Panel, possible_range, votes
from smallprint.stats.shared_failures import shared_failures
from smallprint.stress_testing_specs_audit import Rate, Scenarios

RANDOM = Scenarios(Rate(11, 1000), Rate(761, 1000))
FIVE = Scenarios(Rate(51, 1000), Rate(179, 1000))


@pytest.fixture(scope="module")
def study():
    return claims.load("stress-testing-specs")


def test_the_file_holds_every_claim_and_nothing_from_memory(study):
    assert len(study.claims) == 25
    assert not any(value.confidence == "MEM" for claim in study.claims for value in claim.values)
    assert {c.id for c in study.claims if c.headline} == {"S04", "S06", "S16", "S20", "S21"}


def test_outcomes_of_a_set_add_up_to_all_scenarios(study):
    for scenarios in study.factors["scenarios"].levels:
        passing, failing = (
            study.value("S17", quantity=quantity, scenarios=scenarios).value
            for quantity in ("all five pass", "at least one fails")
        )
        assert passing + failing == pytest.approx(100)


def test_plus_minus_is_one_standard_error(study):
    for claim, scenarios in (("S14", "random"), ("S16", "high disagreement of five")):
        share = study.value(claim, quantity="all five fail", scenarios=scenarios).rate
        printed = study.value(
            claim, quantity="standard error of all five fail", scenarios=scenarios
        ).value
        assert round(100 * np.sqrt(share * (1 - share) / 1000), 1) == printed


@pytest.mark.parametrize(
    ("high", "base", "value", "low", "high_end"),
    # By hand: exp(log ratio +- 1.96 sqrt(1/k1 - 1/n1 + 1/k2 - 1/n2)).
    [
        (51, 11, 4.6, 2.4, 8.8),
        (36, 11, 3.3, 1.7, 6.4),
        (97, 7, 13.9, 6.5, 29.7),
        (494, 49, 10.1, 7.6, 13.3),
    ],
)
def test_ratios_by_hand(high, base, value, low, high_end):
    found = audit.risk_ratio(Rate(high, 1000), Rate(base, 1000))
    assert found.value == pytest.approx(value, abs=0.05)
    assert found.interval[:2] == pytest.approx((low, high_end), abs=0.06)


def test_the_ratio_is_the_product_of_its_parts():
    found = audit.parts(FIVE, RANDOM)
    assert found.some_fail.value * found.all_once_some.value == pytest.approx(found.whole.value)
    # 821/239, and (51/821) / (11/239).
    assert found.some_fail.value == pytest.approx(3.435, abs=1e-3)
    assert found.all_once_some.value == pytest.approx(1.350, abs=1e-3)
    assert found.all_once_some.interval.low < 1 < found.all_once_some.interval.high


def test_redrawn_counts_hold_the_planted_parameters():
    counts = betabinom(5, 0.2, 1.8)
    planted = Scenarios(Rate(counts.pmf(5) * 4000, 4000), Rate(counts.pmf(0) * 4000, 4000))
    found = audit.shared_failures_interval(planted, 5, 200, 1)
    assert found.mean.low < 0.1 < found.mean.high
    assert found.correlation.low < 1 / 3 < found.correlation.high
    # The exact fit of the planted shares lies near the middle.
    exact = shared_failures(counts.pmf(0), counts.pmf(5), 5)
    assert exact.mean == pytest.approx(np.mean(found.mean[:2]), abs=0.005)


def test_the_trend_finds_a_planted_factor():
    edges = [(0, 1), (1, 1.5), (1.5, 2), (2, 2.5), (2.5, 3)]
    off = (1.02, 0.98, 1.01, 0.99, 1.0)
    # Doubles every half point; a rise without any misfit would make the fit warn.
    bins = {
        edge: Rate(10_000 * 0.004 * 2 ** (sum(edge) - 1) * by, 10_000)
        for edge, by in zip(edges, off, strict=True)
    }
    found = audit.trend(bins)
    assert found.factor.value == pytest.approx(2, rel=0.01)
    assert found.factor.interval.low < 2 < found.factor.interval.high
    assert found.extremes == pytest.approx(found.factor.value ** (2.25 / 0.5))
    assert found.df == 3


def test_five_against_five_cannot_be_surer_than_two_orders_of_252():
    found = audit.contrast([6, 7, 8, 9, 10], [1, 2, 3, 4, 5])
    assert found.apart and found.p_value == pytest.approx(2 / 252)
    assert not audit.contrast([1, 2, 9], [3, 4, 5]).apart


def test_a_fold_on_four_choices_by_hand():
    high, base = Rate(97, 1000), Rate(7, 1000)
    assert audit.fold(high, base, "as counted", "rates") == pytest.approx(97 / 7)
    assert audit.fold(high, base, "half a case added", "rates") == pytest.approx(97.5 / 7.5)
    odds = (97 / 903) / (7 / 993)
    assert audit.fold(high, base, "as counted", "odds") == pytest.approx(odds)


def test_published_agreement_gives_the_published_kappa(study):
    panel = Panel((0.481, 0.355, 0.365), (0.6752, 0.7239, 0.7684))
    assert round(panel.kappa, 2) == study.value("S21", quantity="Fleiss kappa").value
    # By hand: pairs flag 0.2556, 0.28495 and 0.2442 together; o3 and Gemini bound the rest.
    low, high = panel.all_three
    assert (low, high) == pytest.approx((0.16415, 0.2442))
    assert votes(panel, low).majority == pytest.approx(0.45645)
    # The responses compared are no random sample: a majority flags more than it can there.
    assert votes(panel, possible_range(panel)[1]).majority > RANDOM.majority_flags(5)[1]
    assert RANDOM.majority_flags(5)[1] == pytest.approx(0.1934)
