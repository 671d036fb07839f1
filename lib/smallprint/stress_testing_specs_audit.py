"""Audit of the study on stress-testing specs: ratios of rates, their parts, all bins at once."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from smallprint.stats.intervals import Interval
from smallprint.stats.shared_failures import mean_rate_bounds, shared_failures


class Rate(NamedTuple):
    """A count of scenarios, out of so many."""

    k: float
    n: int

    @property
    def value(self) -> float:
        """The share."""
        return self.k / self.n

    def plus_half(self) -> "Rate":
        """The rate with half a case added on each side (Haldane and Anscombe)."""
        return Rate(self.k + 0.5, self.n + 1)


class Ratio(NamedTuple):
    """A ratio of two rates with its interval."""

    value: float
    interval: Interval


def risk_ratio(
    rate: Rate, base: Rate, method: Literal["log", "score"] = "log", level: float = 0.95
) -> Ratio:
    """Ratio of two independent rates.

    ``log`` is the normal interval of the log ratio (Katz et al. 1978), ``score`` inverts a score
    test (Koopman 1984; Miettinen and Nurminen 1985); both by statsmodels.
    """
    from statsmodels.stats.proportion import confint_proportions_2indep

    low, high = confint_proportions_2indep(
        rate.k, rate.n, base.k, base.n, compare="ratio", method=method, alpha=1 - level
    )
    named = {"log": "log ratio", "score": "score"}[method]
    return Ratio(rate.value / base.value, Interval(float(low), float(high), level, named))


class Scenarios(NamedTuple):
    """One judged set: scenarios in which all models fail, and in which all pass."""

    all_fail: Rate
    all_pass: Rate

    @property
    def any_fail(self) -> Rate:
        """Scenarios in which at least one model fails."""
        return Rate(self.all_pass.n - self.all_pass.k, self.all_pass.n)

    @property
    def all_once_any(self) -> Rate:
        """All fail, among the scenarios in which at least one does."""
        return Rate(self.all_fail.k, self.any_fail.k)

    def majority_flags(self, models: int) -> tuple[float, float]:
        """Lowest and highest share of single responses that a majority can have flagged."""
        return mean_rate_bounds(self.all_pass.value, self.all_fail.value, models)


class Parts(NamedTuple):
    """The ratio of shared failures and its two factors, whose product it is."""

    whole: Ratio
    some_fail: Ratio
    all_once_some: Ratio


def parts(high: Scenarios, base: Scenarios) -> Parts:
    """Split the ratio of shared failures into "one fails" and "all do, once one does"."""
    return Parts(
        risk_ratio(high.all_fail, base.all_fail),
        risk_ratio(high.any_fail, base.any_fail),
        risk_ratio(high.all_once_any, base.all_once_any),
    )


class Spread(NamedTuple):
    """Percentile intervals of a beta-binomial's parameters over redrawn counts."""

    mean: Interval
    correlation: Interval


def shared_failures_interval(
    scenarios: Scenarios, models: int, draws: int, seed: int, level: float = 0.95
) -> Spread:
    """Parametric bootstrap: none fail, all fail and the rest are redrawn as a multinomial.

    Draws without a shared failure beyond independence have no such model and are left out.
    """
    rng = np.random.default_rng(seed)
    n = scenarios.all_pass.n
    none, every = scenarios.all_pass.value, scenarios.all_fail.value
    counts = rng.multinomial(n, [none, every, 1 - none - every], draws)
    found = []
    for passing, failing, _ in counts:
        try:
            found.append(shared_failures(passing / n, failing / n, models))
        except ValueError:
            continue
    tails = [(1 - level) / 2, (1 + level) / 2]
    ends = np.quantile(np.array(found), tails, axis=0)
    return Spread(*(Interval(*map(float, ends[:, i]), level, "bootstrap") for i in (0, 1)))


class Trend(NamedTuple):
    """A log-linear rise over all bins.

    Attributes
    ----------
    factor : Ratio
        By which the rate rises for half a point of disagreement.
    extremes : float
        The highest bin's rate over the lowest's, on the fitted line.
    deviance, df : float, int
        Misfit, and bins less two.
    """

    factor: Ratio
    extremes: float
    deviance: float
    df: int


def trend(bins: Mapping[tuple[float, float], Rate], step: float = 0.5) -> Trend:
    """Poisson regression of the counts on the middle of each bin.

    Parameters
    ----------
    bins : mapping of (low, high) to Rate
        Edges of each bin in points; bins may differ in width.
    """
    import statsmodels.api as sm

    middle = np.array([(low + high) / 2 for low, high in bins])
    k, n = (np.array([getattr(rate, name) for rate in bins.values()]) for name in ("k", "n"))
    model = sm.GLM(k, sm.add_constant(middle), family=sm.families.Poisson(), offset=np.log(n))
    fit = model.fit()
    low, high = np.exp(step * fit.conf_int(0.05)[1])
    rise = fit.params[1]
    return Trend(
        Ratio(float(np.exp(step * rise)), Interval(float(low), float(high), 0.95, "Poisson")),
        float(np.exp(rise * (middle[-1] - middle[0]))),
        float(fit.deviance),
        len(k) - 2,
    )


class Contrast(NamedTuple):
    """Two groups of models: ratio of means, whether the groups overlap, exact p-value."""

    ratio: float
    apart: bool
    p_value: float


def contrast(first: Sequence[float], second: Sequence[float]) -> Contrast:
    """Compare two groups by Mann and Whitney's exact test, two-sided."""
    from scipy.stats import mannwhitneyu

    apart = min(first) > max(second) or max(first) < min(second)
    p_value = mannwhitneyu(first, second, method="exact").pvalue
    return Contrast(float(np.mean(first) / np.mean(second)), apart, float(p_value))


def fold(high: Rate, base: Rate, correction: str, scale: str) -> float:
    """One ratio of the multiverse.

    Parameters
    ----------
    correction : str
        ``"as counted"`` or ``"half a case added"``.
    scale : str
        ``"rates"`` or ``"odds"``.
    """
    if correction == "half a case added":
        high, base = high.plus_half(), base.plus_half()
    value = high.value / base.value
    if scale == "odds":
        value *= (1 - base.value) / (1 - high.value)
    return value
