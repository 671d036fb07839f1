"""Rates with intervals that allow for texts, and with bounds for what was not scored."""

from collections.abc import Sequence
from math import isnan

import numpy as np
import pandas as pd

from smallprint.measured.outcomes import outcome
from smallprint.stats.intervals import Interval
from smallprint.stats.strata import effective_interval, pooled_intraclass_correlation


class Clustering:
    """How much samples of one text agree, estimated over all texts of some samples.

    Attributes
    ----------
    icc : float
        Intraclass correlation of texts within strata; at least 0. NaN where it
        cannot be told: every stratum agrees, or each text was asked once.
    df : float
        Texts minus strata; at least 1.

    Parameters
    ----------
    frame : DataFrame
        Outcomes.
    scorer : str
    strata : sequence of str
        Columns whose combinations are the strata.
    """

    def __init__(self, frame: pd.DataFrame, scorer: str, strata: Sequence[str]) -> None:
        known = frame.assign(y=outcome(frame, scorer)).dropna(subset="y")
        texts = known.groupby([*strata, "text"], sort=False)["y"].agg(["sum", "size"]).reset_index()
        place = texts.groupby(list(strata), sort=False).ngroup()
        self.icc = float("nan")
        self.df = float(max(1, len(texts) - place.nunique()))
        if len(texts):
            icc = pooled_intraclass_correlation(texts["sum"], texts["size"], place)
            self.icc = icc if isnan(icc) else max(0.0, icc)

    def design_effect(self, sizes: Sequence[int]) -> float:
        """``1 + (m - 1) icc`` with m the size of the text that a sample is in, on average.

        Where all outcomes of every stratum agree, a text counts as one sample.
        """
        size = float(np.square(sizes).sum() / np.sum(sizes))
        return 1 + (size - 1) * (1.0 if isnan(self.icc) else self.icc)

    def interval(self, k: int, n: int, sizes: Sequence[int], level: float = 0.95) -> Interval:
        """Interval of a rate from texts with so many samples each."""
        return effective_interval(k, n, self.design_effect(sizes), self.df, level)


def rates(
    frame: pd.DataFrame,
    scorer: str,
    by: Sequence[str] = ("family", "cell"),
    clustering: Clustering | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Rate of each group of samples, by default of each cell of each family.

    Intervals are Korn and Graubard's with the design effect of texts. Its
    intraclass correlation is pooled over all groups, since four texts cannot
    show it and some hundred can; so it is taken to be alike in all groups.

    Parameters
    ----------
    frame : DataFrame
        Outcomes.
    scorer : str
        One of `SCORERS`.
    by : sequence of str
        Columns that make a group.
    clustering : Clustering or None
        Of other samples of the same model; by default of these, with cells of
        families as strata.
    level : float
        Nominal coverage in (0, 1).

    Returns
    -------
    DataFrame
        One row a group in order of appearance: ``by``, ``k``, ``n`` (with an
        answer), ``missing`` (without), ``texts``, ``value``, ``low``, ``high``
        (missing if n is 0), ``n_effective``, ``method``, and ``bound_low``,
        ``bound_high``, ``bound_from``, ``bound_to``: the rate if no or every
        missing sample said yes, and the interval around both.
    """
    clustering = clustering or Clustering(frame, scorer, ("family", "cell"))
    texts = (
        frame.assign(y=outcome(frame, scorer))
        .groupby([*by, "text"], sort=False)["y"]
        .agg(n_yes="sum", n_known="count", n_asked="size")
        .reset_index()
    )
    rows = []
    for key, group in texts.groupby(list(by), sort=False):
        counts = (group[name].to_numpy(int) for name in ("n_yes", "n_known", "n_asked"))
        rows.append(dict(zip(by, key, strict=True)) | _rate(*counts, clustering, level))
    return pd.DataFrame(rows)


def _rate(
    yes: np.ndarray, known: np.ndarray, everyone: np.ndarray, clustering: Clustering, level: float
) -> dict:
    """One row from counts of each text."""
    k, n, total = int(yes.sum()), int(known.sum()), int(everyone.sum())
    highest = k + total - n
    row = {
        "k": k,
        "n": n,
        "missing": total - n,
        "texts": int((known > 0).sum()),
        "bound_low": k / total,
        "bound_high": highest / total,
        "bound_from": clustering.interval(k, total, everyone, level).low,
        "bound_to": clustering.interval(highest, total, everyone, level).high,
    }
    if not n:
        gaps = ("value", "low", "high", "n_effective")
        return row | dict.fromkeys(gaps, float("nan")) | {"method": ""}
    interval = clustering.interval(k, n, known, level)
    return row | {
        "value": k / n,
        "low": interval.low,
        "high": interval.high,
        "n_effective": n / clustering.design_effect(known),
        "method": interval.method,
    }


def interval_of(row: pd.Series, level: float = 0.95) -> Interval | None:
    """The interval in a row with ``low``, ``high`` and ``method``; None where it has none."""
    if pd.isna(row["low"]):
        return None
    return Interval(float(row["low"]), float(row["high"]), level, row["method"])
