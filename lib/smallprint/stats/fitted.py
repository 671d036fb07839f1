"""A fitted regression on factors, read as coefficients, differences in rate and tests."""

from collections.abc import Iterable
from itertools import combinations

import numpy as np
import pandas as pd

from smallprint.stats.coding import Design
from smallprint.stats.comparisons import fisher_exact, holm, newcombe_interval
from smallprint.stats.intervals import Interval

# Standard errors this small come from outcomes that do not vary given the terms.
NOTHING = 1e-9


class Fitted:
    """A fit with what its readings need; see `smallprint.stats.effects.factor_effects`.

    Parameters
    ----------
    y : array, length N
    data : DataFrame, N rows
    design : Design
    groups : array of int, length N
        Cluster of each sample, from 0.
    beta, covariance : arrays, shapes (p,) and (p, p)
    logistic : bool
        False for the linear probability model.
    level : float
    blocks : iterable of str
        Factors without readings.
    """

    def __init__(
        self,
        y: np.ndarray,
        data: pd.DataFrame,
        design: Design,
        groups: np.ndarray,
        beta: np.ndarray,
        covariance: np.ndarray,
        logistic: bool,
        level: float,
        blocks: Iterable[str],
    ) -> None:
        from scipy.special import expit, stdtrit

        self.y, self.data, self.design, self.groups = y, data, design, groups
        cells = data.value_counts().reset_index(name="samples")
        self.cells = design.codes(cells)
        self.weights = cells["samples"].to_numpy() / len(y)
        self.beta, self.covariance = np.asarray(beta), np.asarray(covariance)
        self.logistic, self.level, self.blocks = logistic, level, set(blocks)
        self.df = int(groups.max()) + 1 - len(self.beta)
        self.t = float(stdtrit(self.df, (1 + level) / 2))
        self.mean = expit if logistic else lambda eta: eta

    def terms(self) -> pd.DataFrame:
        """Coefficients, as `Effects.terms`; blocks left out."""
        from scipy.special import stdtr

        error = np.sqrt(np.clip(np.diag(self.covariance), 0, None))
        with np.errstate(divide="ignore", invalid="ignore"):
            p_value = 2 * stdtr(self.df, -np.abs(self.beta / np.where(error > NOTHING, error, 0)))
        frame = pd.DataFrame(
            {
                "term": self.design.columns,
                "estimate": self.beta,
                "standard_error": error,
                "low": self.beta - self.t * error,
                "high": self.beta + self.t * error,
                "p_value": np.where(error > NOTHING, p_value, np.nan),
            }
        )
        odds = ("odds_ratio", "odds_low", "odds_high")
        for name, source in zip(odds, ("estimate", "low", "high"), strict=True):
            frame[name] = np.exp(frame[source]) if self.logistic else np.nan
        skipped = [number for block in self.blocks for number in self.design.members.get(block, [])]
        return frame.drop(index=skipped).reset_index(drop=True)

    def _rate(self, **fixed: str) -> tuple[float, np.ndarray]:
        """Average fitted rate with factors fixed, and its gradient in the coefficients."""
        x = self.design.matrix(self.cells, **fixed)
        rate = self.mean(x @ self.beta)
        slope = rate * (1 - rate) if self.logistic else np.ones(len(rate))
        return float(self.weights @ rate), (self.weights * slope) @ x

    def _contrast(self, signs: Iterable[tuple[int, dict[str, str]]]) -> tuple[float, np.ndarray]:
        parts = [(sign, *self._rate(**fixed)) for sign, fixed in signs]
        value = sum(sign * rate for sign, rate, _ in parts)
        return value, sum(sign * gradient for sign, _, gradient in parts)

    def _row(self, value: float, gradient: np.ndarray, bound: float) -> dict:
        error = float(np.sqrt(max(0.0, gradient @ self.covariance @ gradient)))
        low, high = value - self.t * error, value + self.t * error
        return {
            "difference": value,
            "standard_error": error,
            "low": max(-bound, low),
            "high": min(bound, high),
            "df": self.df,
            "method": "cluster-robust, standardised",
        }

    def _simple(self) -> Iterable[tuple[str, str, str]]:
        for factor in self.design.members:
            if ":" not in factor and factor not in self.blocks:
                reference, *others = self.design.levels[factor]
                yield from ((factor, other, reference) for other in others)

    def differences(self) -> pd.DataFrame:
        """Each level against its reference, as `Effects.differences`."""
        rows = []
        for factor, level, reference in self._simple():
            value, gradient = self._against(factor, level, reference)
            row = self._row(value, gradient, 1.0)
            if row["standard_error"] < NOTHING:
                interval = self._by_clusters(factor, level, reference)
                row |= {"low": interval.low, "high": interval.high, "method": interval.method}
            rows.append({"factor": factor, "level": level, "reference": reference} | row)
        columns = ["factor", "level", "reference"]
        return pd.DataFrame(rows, columns=[*columns, *_ROW])

    def interactions(self) -> pd.DataFrame:
        """Differences in differences, as `Effects.interactions`."""
        rows = []
        for term in self.design.members:
            if ":" not in term:
                continue
            one, two = term.split(":")
            for a in self.design.levels[one][1:]:
                for b in self.design.levels[two][1:]:
                    a0, b0 = self.design.levels[one][0], self.design.levels[two][0]
                    corners = ((1, a, b), (-1, a0, b), (-1, a, b0), (1, a0, b0))
                    signs = [(sign, {one: i, two: j}) for sign, i, j in corners]
                    row = self._row(*self._contrast(signs), bound=2.0)
                    if row["standard_error"] < NOTHING:
                        row |= {"low": np.nan, "high": np.nan, "method": "nothing varies"}
                    rows.append({"first": f"{one}={a}", "second": f"{two}={b}"} | row)
        return pd.DataFrame(rows, columns=["first", "second", *_ROW])

    def tests(self) -> pd.DataFrame:
        """Wald tests of whole terms with Holm's adjustment, as `Effects.tests`."""
        from scipy.stats import f

        rows = []
        for term, columns in self.design.members.items():
            if term in self.blocks:
                continue
            if ":" in term:
                gradients = np.eye(len(self.beta))[columns]
                values = self.beta[columns]
            else:
                found = [
                    self._against(term, level, self.design.levels[term][0])
                    for level in self.design.levels[term][1:]
                ]
                values = np.array([value for value, _ in found])
                gradients = np.array([gradient for _, gradient in found])
            variance = gradients @ self.covariance @ gradients.T
            if np.sqrt(np.diag(variance).clip(0)).min() < NOTHING:
                statistic, p_value = np.nan, self._exact(term)
            else:
                solved = np.linalg.lstsq(variance, values, rcond=None)[0]
                statistic = float(values @ solved) / len(values)
                p_value = float(f.sf(statistic, len(values), self.df))
            rows.append((term, len(values), statistic, p_value))
        frame = pd.DataFrame(rows, columns=["term", "df", "statistic", "p_value"])
        known = frame["p_value"].notna()
        frame["p_holm"] = np.nan
        frame.loc[known, "p_holm"] = holm(frame.loc[known, "p_value"])
        return frame

    def _against(self, factor: str, level: str, reference: str) -> tuple[float, np.ndarray]:
        return self._contrast([(1, {factor: level}), (-1, {factor: reference})])

    def _cluster_counts(self, factor: str, level: str) -> tuple[int, int]:
        """Clusters of a level, each one sample: those that say yes by the fit, and all."""
        total = len(np.unique(self.groups[(self.data[factor] == level).to_numpy()]))
        rate = min(max(self._rate(**{factor: level})[0], 0.0), 1.0)
        return round(rate * total), total

    def _by_clusters(self, factor: str, level: str, reference: str) -> Interval:
        counts = self._cluster_counts(factor, level), self._cluster_counts(factor, reference)
        low, high, *_ = newcombe_interval(*counts[0], *counts[1], self.level)
        return Interval(low, high, self.level, "Newcombe on clusters (nothing varies)")

    def _exact(self, term: str) -> float:
        """Smallest Holm-adjusted p-value of Fisher's tests of all pairs of levels, on clusters."""
        if ":" in term:
            return np.nan
        counts = [self._cluster_counts(term, level) for level in self.design.levels[term]]
        pairs = combinations(counts, 2)
        return float(min(holm([fisher_exact(*one, *two).p_value for one, two in pairs])))


_ROW = ["difference", "standard_error", "low", "high", "df", "method"]
