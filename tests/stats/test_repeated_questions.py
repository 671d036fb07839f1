import math

import numpy as np
import pytest
from scipy import stats

from smallprint.stats.repeated_questions import (
    accuracy_difference,
    difference_errors,
    implied_n,
    p_values_by_n,
)
from smallprint.stats.repeated_questions_simulated import (
    parametric_bootstrap,
    simulated_scores,
)


@pytest.fixture(scope="module")
def scores():
    """30 and 24 runs of 10 questions that differ, in runs that differ."""
    rng = np.random.default_rng(20260620)
    first, second = simulated_scores(rng, (0.9, 0.5), (1, 30, 10), 0.5, 0.2)
    return first[0], second[0, :24]


@pytest.fixture(scope="module")
def table(scores):
    return accuracy_difference(*scores).set_index("sampling")


def test_one_way_readings_are_scipys_tests(scores, table):
    first, second = scores
    tests = {
        "answers": lambda side: stats.ttest_ind(
            first.ravel(), second.ravel(), equal_var=False, alternative=side
        ),
        "runs": lambda side: stats.ttest_ind(
            first.mean(axis=1), second.mean(axis=1), equal_var=False, alternative=side
        ),
        "questions": lambda side: stats.ttest_rel(
            first.mean(axis=0), second.mean(axis=0), alternative=side
        ),
    }
    for sampling, test in tests.items():
        row, theirs = table.loc[sampling], test("two-sided")
        assert row["p_value"] == pytest.approx(theirs.pvalue)
        assert row["p_greater"] == pytest.approx(test("greater").pvalue)
        assert row["df"] == pytest.approx(theirs.df)
        interval = theirs.confidence_interval(0.95)
        assert (row["low"], row["high"]) == pytest.approx((interval.low, interval.high))


def test_clustered_errors_are_those_of_a_regression(scores, table):
    """Arm as the regressor; sandwich by question, and by run."""
    import statsmodels.api as sm
    from statsmodels.stats.sandwich_covariance import cov_cluster

    first, second = scores
    y = np.concatenate([first.ravel(), second.ravel()])
    arm = np.repeat([1.0, 0.0], [first.size, second.size])
    runs, questions = np.repeat(np.arange(54), 10), np.tile(np.arange(10), 54)
    fit = sm.OLS(y, sm.add_constant(arm)).fit()
    by_question = cov_cluster(fit, questions, use_correction=False)[1, 1] * 10 / 9
    assert table.loc["questions", "standard_error"] ** 2 == pytest.approx(by_question)
    by_run = cov_cluster(fit, runs, use_correction=False)[1, 1]
    assert table.loc["runs", "standard_error"] ** 2 == pytest.approx(by_run, rel=0.06)


def test_the_interaction_is_taken_from_an_analysis_of_variance(scores, table):
    import pandas as pd
    from statsmodels.formula.api import ols
    from statsmodels.stats.anova import anova_lm

    noise = 0.0
    for arm in scores:
        runs, questions = np.indices(arm.shape)
        data = pd.DataFrame({"y": arm.ravel(), "r": runs.ravel(), "q": questions.ravel()})
        noise += anova_lm(ols("y ~ C(r) + C(q)", data).fit())["mean_sq"]["Residual"] / arm.size
    squares = table["standard_error"] ** 2
    assert squares["runs and questions"] == pytest.approx(
        max(squares["runs"] + squares["questions"] - noise, squares["runs"], squares["questions"])
    )
    assert squares["runs and questions"] > max(squares["runs"], squares["questions"])


def test_the_errors_are_the_spread_of_repeated_studies():
    """Runs and questions drawn anew, and questions that matter more in one condition."""
    rng = np.random.default_rng(20260620)
    first, second = simulated_scores(rng, (0.95, 0.5), (4000, 12, 12), 0.5, 0.2)
    spread = (first.mean(axis=(1, 2)) - second.mean(axis=(1, 2))).std()
    found = difference_errors(first, second)
    errors = {sampling: math.sqrt(variance.mean()) for sampling, (variance, _) in found.items()}
    assert errors["runs and questions"] == pytest.approx(spread, rel=0.05)
    assert all(errors[one] < 0.87 * spread for one in ("answers", "runs", "questions"))


def test_no_variation_leaves_no_test():
    found = accuracy_difference(np.ones((4, 3)), np.zeros((5, 3)))
    assert found["p_value"].isna().all()
    assert (found["difference"] == 1).all()


def test_p_values_by_n_are_a_z_test():
    row = p_values_by_n(0.46, 0.30, [50, 500]).iloc[0]
    z = 0.16 / math.sqrt((0.46 * 0.54 + 0.30 * 0.70) / 50)
    assert row["p_greater"] == pytest.approx(stats.norm.sf(z))
    assert row["p_value"] == pytest.approx(2 * stats.norm.sf(z))
    assert p_values_by_n(1.0, 0.0, [9])["p_value"].isna().all()


@pytest.mark.parametrize("two_sided", [False, True])
@pytest.mark.parametrize(("first", "second", "p"), [(0.46, 0.30, 0.016), (0.94, 0.98, 0.91)])
def test_the_implied_n_gives_the_printed_p_value(first, second, p, two_sided):
    found = implied_n(first, second, p, two_sided=two_sided)
    back = p_values_by_n(first, second, [found.n]).iloc[0]
    assert back["p_value" if two_sided else "p_greater"] == pytest.approx(p)
    assert found.low < found.n < found.high


def test_rounding_bounds_the_implied_n():
    """Every value that rounds to the printed ones implies an n within the bounds."""
    rng = np.random.default_rng(20260620)
    found = implied_n(0.46, 0.30, 0.016)
    for a, b, c in rng.uniform(-0.5, 0.5, (300, 3)):
        one = implied_n(0.46 + a / 100, 0.30 + b / 100, 0.016 + c / 1000).n
        assert found.low <= one <= found.high
    assert implied_n(0.62, 0.61, 0.36, p_decimals=2).high == math.inf
    for touching in [(0.62, 0.62), (0.03, 0.02), (0.04, 0.03)]:
        assert implied_n(*touching, 0.36).high == math.inf
    assert implied_n(0.04, 0.02, 0.36).high < math.inf
    assert implied_n(0.6, 0.5, 0.5).low == 0


def test_a_contradiction_implies_nothing():
    """Accuracy rose; a one-sided p-value below one half is then impossible."""
    assert all(math.isnan(value) for value in implied_n(0.94, 0.98, 0.09))


def test_the_bootstrap_of_independent_answers_is_binomial():
    found = parametric_bootstrap(0.82, 0.62, 50, 10, draws=6000)
    assert found.standard_error == pytest.approx(
        math.sqrt((0.82 * 0.18 + 0.62 * 0.38) / 500), rel=0.04
    )
    low, high, *_ = found.interval
    assert (low, high) == pytest.approx((0.2 - 1.96 * 0.0277, 0.2 + 1.96 * 0.0277), abs=0.004)
    assert found.p_greater == pytest.approx(1 / 6001)
    weak = parametric_bootstrap(0.46, 0.30, 20, 4, draws=6000)
    k = np.arange(81)
    not_above = stats.binom.pmf(k, 80, 0.46) @ stats.binom.sf(k - 1, 80, 0.30)
    assert weak.p_greater == pytest.approx(not_above, abs=0.006)


def test_the_latent_shares_are_tetrachoric_correlations():
    """Two answers of one run agree as scipy's bivariate normal says; margins stay exact."""
    rng = np.random.default_rng(20260620)
    first, second = simulated_scores(rng, (0.7, 0.4), (20000, 2, 3), 0.3, 0.2)
    cut = stats.norm.ppf([0.7, 0.4])

    def both(a, b, correlation):
        return stats.multivariate_normal.cdf([a, b], cov=[[1, correlation], [correlation, 1]])

    assert (first.mean(), second.mean()) == pytest.approx((0.7, 0.4), abs=0.006)
    same_run = np.mean(first[:, 0, 0] * first[:, 0, 1])
    same_question = np.mean(first[:, 0, 0] * first[:, 1, 0])
    across = np.mean(first[:, 0, 0] * second[:, 1, 0])
    other = np.mean(first[:, 0, 0] * second[:, 0, 1])
    assert same_run == pytest.approx(both(cut[0], cut[0], 0.2), abs=0.012)
    assert same_question == pytest.approx(both(cut[0], cut[0], 0.3), abs=0.012)
    assert across == pytest.approx(both(cut[0], cut[1], 0.3), abs=0.012)
    assert other == pytest.approx(0.28, abs=0.012)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: accuracy_difference(np.ones((1, 3)), np.ones((4, 3))), "first must hold scores"),
        (lambda: accuracy_difference(np.ones((2, 3)), np.ones((2, 4))), "same questions"),
        (lambda: p_values_by_n(0.5, 0.4, [0]), "n must lie in"),
        (lambda: implied_n(0.5, 1.4, 0.1), "accuracy must lie in"),
        (lambda: parametric_bootstrap(0.5, 0.4, 5, 5, 0.7, 0.4), "run_share must lie in"),
    ],
)
def test_impossible_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
