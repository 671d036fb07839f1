"""The performance gap recovered under other choices of metric, ceiling and pooling."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd


def recovered_under_choices(
    scores: pd.DataFrame,
    metric: Literal["accuracy", "log-odds", "brier"] = "accuracy",
    ceiling: str = "ceiling",
    seeds: Literal["mean", "median", "best"] = "mean",
    pooling: Literal["mean of ratios", "ratio of means"] = "mean of ratios",
    weights: Mapping[str, float] | None = None,
    clip: bool = False,
    minimum_gap: float = 0.0,
) -> float:
    """Performance gap recovered for one combination of choices, as `Multiverse` wants it.

    Parameters
    ----------
    scores : DataFrame
        One row a data set, model and seed: ``dataset``, ``model`` ("weak",
        "student", and the names of possible ceilings), ``accuracy``, and
        ``brier`` if asked for.
    metric : str
        "log-odds" is that of the accuracy after seeds are aggregated; "brier"
        counts downwards.
    ceiling : str
        The model that serves as ceiling.
    seeds : str
        How seeds of one model are aggregated; "best" picks the student's best
        and leaves the mean of the others, as cherry-picking does.
    pooling : str
        Over data sets, weighted by ``weights`` (equal by default).
    clip : bool
        Cut each ratio to [0, 1].
    minimum_gap : float
        In the metric's unit.

    Raises
    ------
    ValueError
        Where a gap in use is not above ``minimum_gap``, a model is missing, or
        an accuracy of 0 or 1 has no log-odds.
    """
    column = "brier" if metric == "brier" else "accuracy"
    signed = scores.assign(value=scores[column] * (-1 if metric == "brier" else 1))
    groups = signed.groupby(["dataset", "model"], sort=False)["value"]
    table = (groups.median() if seeds == "median" else groups.mean()).unstack("model")
    missing = [name for name in ("weak", "student", ceiling) if name not in table]
    if missing or table[["weak", "student", ceiling]].isna().any(axis=None):
        raise ValueError(f"scores must hold weak, student and {ceiling} for every data set")
    if seeds == "best":
        table["student"] = groups.max().unstack("model")["student"]
    if metric == "log-odds":
        table = np.log(table / (1 - table))
        if not np.isfinite(table[["weak", "student", ceiling]]).all(axis=None):
            raise ValueError("an accuracy of 0 or 1 has no log-odds")
    share = pd.Series(weights or dict.fromkeys(table.index, 1.0)).reindex(table.index)
    share = share / share.sum()
    gain, gap = table["student"] - table["weak"], table[ceiling] - table["weak"]
    if pooling == "ratio of means":
        gain, gap, share = pd.Series([gain @ share]), pd.Series([gap @ share]), pd.Series([1.0])
    if not (gap > minimum_gap).all():
        raise ValueError(f"a gap of {gap.min():.3f} is not above {minimum_gap:g}")
    ratios = gain / gap
    return float((ratios.clip(0, 1) if clip else ratios) @ share)
