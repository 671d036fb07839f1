import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit

from smallprint.stats.effects import factor_effects
from smallprint.stats.intervals import wilson_interval
from smallprint.stats.separation import separated_terms

FACTORS = {"goal": ["none", "explicit", "repeated"], "line": ["absent", "present"]}


def run(texts: int, size: int, seed: int, spread: float = 0.6, effect: float = 0.9):
    """Outcomes of texts that differ in a way no factor explains."""
    rng = np.random.default_rng(seed)
    place = np.arange(texts)
    data = pd.DataFrame(
        {
            "goal": np.take(FACTORS["goal"], place % 3),
            "line": np.take(FACTORS["line"], place // 3 % 2),
        }
    )
    odds = -0.4 + effect * (data["goal"] == "explicit") + rng.normal(0, spread, texts)
    data = data.loc[np.repeat(place, size)].reset_index(drop=True)
    text = np.repeat(place, size)
    return (rng.random(texts * size) < expit(odds.to_numpy()[text])).astype(float), data, text


def columns(data: pd.DataFrame) -> np.ndarray:
    return np.column_stack(
        [
            np.ones(len(data)),
            data["goal"] == "explicit",
            data["goal"] == "repeated",
            data["line"] == "present",
        ]
    ).astype(float)


@pytest.fixture(scope="module")
def example():
    return run(60, 7, seed=3)


def test_coefficients_and_errors_equal_newton_and_a_sandwich_by_hand(example):
    y, data, text = example
    x, beta = columns(data), np.zeros(4)
    for _ in range(30):
        p = expit(x @ beta)
        bread = np.linalg.inv(sum(p[i] * (1 - p[i]) * np.outer(x[i], x[i]) for i in range(len(y))))
        beta = beta + bread @ x.T @ (y - p)
    scores = [((y - p)[text == one, None] * x[text == one]).sum(axis=0) for one in np.unique(text)]
    covariance = bread @ sum(np.outer(s, s) for s in scores) @ bread * 60 / (60 - 4)
    found = factor_effects(y, data, FACTORS, text)
    assert found.model == "logistic"
    assert found.terms["term"].tolist() == [
        *("Intercept", "goal=explicit", "goal=repeated", "line=present")
    ]
    np.testing.assert_allclose(found.terms["estimate"], beta, rtol=1e-6)
    np.testing.assert_allclose(
        found.terms["standard_error"], np.sqrt(np.diag(covariance)), rtol=1e-6
    )


def test_coefficients_and_errors_equal_generalised_estimating_equations(example):
    y, data, text = example
    fit = sm.GEE(y, columns(data), groups=text, family=sm.families.Binomial()).fit()
    found = factor_effects(y, data, FACTORS, text)
    np.testing.assert_allclose(found.terms["estimate"], fit.params, atol=1e-6)
    np.testing.assert_allclose(
        found.terms["standard_error"], fit.bse * np.sqrt(60 / (60 - 4)), rtol=1e-5
    )


def test_average_differences_equal_statsmodels_marginal_effects(example):
    y, data, text = example
    fit = sm.Logit(y, columns(data)).fit(
        cov_type="cluster", cov_kwds={"groups": text, "use_correction": False}, disp=False
    )
    effects = fit.get_margeff(dummy=True)
    found = factor_effects(y, data, FACTORS, text).differences
    # statsmodels sets one dummy at a time and leaves the factor's others: no factor of three here.
    assert found["difference"].iloc[2] == pytest.approx(effects.margeff[2], abs=1e-6)
    expected = effects.margeff_se[2] * np.sqrt(60 / (60 - 4))
    assert found["standard_error"].iloc[2] == pytest.approx(expected, rel=1e-5)


def test_average_differences_move_all_samples_from_one_level_to_another(example):
    y, data, text = example
    found = factor_effects(y, data, FACTORS, text)
    beta = found.terms["estimate"].to_numpy()
    rate = {goal: expit(columns(data.assign(goal=goal)) @ beta).mean() for goal in FACTORS["goal"]}
    assert found.differences["difference"].iloc[:2].tolist() == pytest.approx(
        [rate["explicit"] - rate["none"], rate["repeated"] - rate["none"]]
    )
    assert found.differences["reference"].tolist() == ["none", "none", "absent"]


def test_interactions_of_a_saturated_design_are_differences_of_differences():
    y, data, text = run(60, 7, seed=5)
    found = factor_effects(y, data, FACTORS, text, [("goal", "line")])
    rate = pd.Series(y).groupby([data["goal"], data["line"]]).mean()
    expected = (rate["explicit", "present"] - rate["none", "present"]) - (
        rate["explicit", "absent"] - rate["none", "absent"]
    )
    row = found.interactions.iloc[0]
    assert (row["first"], row["second"]) == ("goal=explicit", "line=present")
    assert row["difference"] == pytest.approx(expected, abs=1e-6)


def test_whole_factors_are_tested_as_statsmodels_tests_them():
    y, data, text = run(60, 7, seed=4)
    y[(data["line"] == "absent").to_numpy()] = 0
    fit = sm.OLS(y, columns(data)).fit(
        cov_type="cluster", cov_kwds={"groups": text, "use_correction": False}
    )
    covariance = fit.cov_params() * 60 / (60 - 4)
    expected = fit.wald_test(np.eye(4)[1:3], cov_p=covariance, use_f=True, scalar=True)
    found = factor_effects(y, data, FACTORS, text)
    assert found.model == "linear probability"
    test = found.tests.set_index("term").loc["goal"]
    assert test["statistic"] == pytest.approx(float(expected.statistic), rel=1e-6)
    assert test["df"] == 2 and test["p_holm"] >= test["p_value"]


def test_a_level_that_never_acts_gets_no_odds_ratio_and_is_named():
    y, data, text = run(60, 7, seed=4)
    y[(data["line"] == "absent").to_numpy()] = 0
    found = factor_effects(y, data, FACTORS, text)
    assert "line=absent (all no)" in found.notes[0]
    assert found.terms["odds_ratio"].isna().all()
    assert found.terms["estimate"].abs().max() <= 1
    row = found.differences.set_index("level").loc["present"]
    assert 0 < row["low"] < row["difference"] < row["high"]


def test_outcomes_that_one_factor_decides_keep_an_interval():
    _, data, text = run(60, 7, seed=4)
    y = (data["line"] == "present").astype(float)
    found = factor_effects(y, data, FACTORS, text, [("goal", "line")])
    rows = found.differences.set_index("level")
    assert rows.loc["present", "difference"] == pytest.approx(1)
    low = 1 - np.hypot(1 - wilson_interval(30, 30).low, wilson_interval(0, 30).high)
    assert rows.loc["present", "low"] == pytest.approx(low)
    assert rows.loc["repeated", "low"] < 0 < rows.loc["repeated", "high"]
    tests = found.tests.set_index("term")
    assert tests.loc["line", "p_holm"] < 1e-9
    assert tests.loc["goal", "p_value"] == pytest.approx(1)


@pytest.mark.parametrize("answer", [0.0, 1.0])
def test_equal_outcomes_say_so_and_allow_no_claim_of_certainty(answer):
    _, data, text = run(60, 7, seed=4)
    found = factor_effects(np.full(len(text), answer), data, FACTORS, text)
    assert "every sample" in found.notes[0]
    assert found.differences["difference"].abs().max() < 1e-9
    assert (found.differences["high"] - found.differences["low"]).min() > 0.05


def test_separation_that_no_single_level_shows_is_found():
    """Always yes with both, never with neither: each level has both outcomes."""
    x = np.array([[1, a, b] for a in (0, 1) for b in (0, 1)] * 2, dtype=float)
    y = np.array([0, 0, 1, 1, 0, 1, 0, 1], dtype=float)
    assert {"a", "b"} <= set(separated_terms(x, y, ["Intercept", "a", "b"]))
    y[0] = 1
    assert separated_terms(x, y, ["Intercept", "a", "b"]) == []


def test_terms_that_the_cells_cannot_tell_are_left_out_and_named():
    y, data, text = run(60, 7, seed=4)
    data = data.assign(twin=np.where(data["line"] == "present", "x", "y"), one="same")
    factors = FACTORS | {"twin": ["y", "x"], "one": ["same", "other"]}
    found = factor_effects(y, data, factors, text, [("line", "twin")])
    assert found.notes == ("not estimable in these cells: twin, one, line:twin",)
    assert set(found.differences["factor"]) == {"goal", "line"}


def test_blocks_are_in_the_model_and_in_no_table():
    y, data, text = run(60, 7, seed=4)
    data = data.assign(firm=np.where(text % 2, "a", "b"))
    found = factor_effects(y, data, FACTORS, text, blocks={"firm": ["a", "b"]})
    named = [*found.terms["term"], *found.differences["factor"], *found.tests["term"]]
    assert not [name for name in named if "firm" in name]
    plain = factor_effects(y, data, FACTORS, text)
    assert found.terms["estimate"].iloc[-1] != pytest.approx(plain.terms["estimate"].iloc[-1])


def test_few_clusters_are_said_and_too_few_are_refused():
    y, data, text = run(18, 20, seed=4)
    assert "18 clusters are few" in factor_effects(y, data, FACTORS, text).notes[0]
    with pytest.raises(ValueError, match="more than the 4 coefficients of the model; found 3"):
        factor_effects(y, data, FACTORS, text % 3)


def test_unusable_arguments_are_named():
    y, data, text = run(60, 7, seed=4)
    with pytest.raises(ValueError, match="not listed: line: present"):
        factor_effects(y, data, {"line": ["absent"]}, text)
    with pytest.raises(ValueError, match="y must hold 0 and 1"):
        factor_effects(y + 1, data, FACTORS, text)
    with pytest.raises(ValueError, match="equally long"):
        factor_effects(y[1:], data, FACTORS, text)


def test_intervals_cover_where_texts_differ():
    """Simulated: 24 texts of 12 samples, as unlike as texts with a spread of 0.8 are."""
    draws, spread, truth = 150, 0.8, 0.9
    many = np.random.default_rng(0).normal(0, spread, 400_000)
    gain = (expit(-0.4 + truth + many) - expit(-0.4 + many)).mean()
    held = naive = 0
    for seed in range(draws):
        y, data, text = run(24, 12, seed, spread, truth)
        row = factor_effects(y, data, FACTORS, text).differences.iloc[0]
        held += row["low"] <= gain <= row["high"]
        alone = factor_effects(y, data, FACTORS, range(len(y))).differences.iloc[0]
        naive += alone["low"] <= gain <= alone["high"]
    assert 0.91 <= held / draws <= 0.99
    assert naive / draws < 0.9
