"""Disagreement of models over scenarios: how much is flagged, and what it is made of.

Scores are a table with one row a judge's score of an answer: ``text`` (the scenario as it was put),
``pair``, ``model``, ``index`` (the answer's number), ``judge``, ``a`` and ``b`` (0 to 6).
"""

from collections.abc import Sequence
from itertools import combinations, islice
from typing import NamedTuple

import numpy as np
import pandas as pd

from smallprint import paths
from smallprint.stats.clusters import ClusteredMean, clustered_interval
from smallprint.stats.disagreement import ROOM
from smallprint.stats.disagreement_simulated import disagreement
from smallprint.stats.intervals import Interval

VALUES = ["a", "b"]
ANSWER = ["text", "pair", "model", "index"]
PARTS = ("models", "answers", "judges")
COMMITTEES = 200
PANEL = "panel.csv"


def panel(study: str, model: str, judge: str = "") -> pd.DataFrame:
    """What a panel said of a run's answers, a row an answer and judge; empty if there is none.

    Parameters
    ----------
    judge : str
        The panel, of a control agent that several panels judged; its own if empty.
    """
    folder = paths.LOGS / study / paths.slug(model)
    file = (folder / "judged" / paths.slug(judge) if judge else folder) / PANEL
    return pd.read_csv(file) if file.exists() else pd.DataFrame()


def scores(outcomes: pd.DataFrame, panel: pd.DataFrame | None = None) -> pd.DataFrame:
    """Scores of the panel, or the replies' own numbers where there is none.

    Parameters
    ----------
    outcomes : DataFrame
        Rows of ``outcomes.csv``; replies that are not scored are left out.
    panel : DataFrame, optional
        Rows of ``panel.csv``. Answers without a readable score of every judge are left out, so that
        no answer is scored by a more lenient panel than another.
    """
    if panel is None or panel.empty:
        kept = outcomes[outcomes["state"] == "scored"].assign(judge="own numbers")
        found = kept.rename(columns={"stated_a": "a", "stated_b": "b"})
    else:
        found = panel.rename(columns={"stance_a": "a", "stance_b": "b"})
        read = found.groupby(ANSWER)["a"].transform("count")
        found = found[read == found["judge"].nunique()]
    return found[[*ANSWER, "judge", *VALUES]].astype({"a": float, "b": float})


def disagreements(scored: pd.DataFrame, index: int | None = 0) -> pd.Series:
    """Disagreement of each scenario as the study has it: the larger standard deviation over models.

    Parameters
    ----------
    scored : DataFrame
        Scores; those of several judges are averaged.
    index : int or None
        Which answer of each model; None averages a model's answers.

    Returns
    -------
    Series
        By text, of texts that every model answered.
    """
    kept = scored if index is None else scored[scored["index"] == index]
    means = kept.groupby(["text", "model"])[VALUES].mean()
    wide = means.unstack("model").dropna()
    models = wide.columns.get_level_values("model").nunique()
    cube = wide.to_numpy().reshape(len(wide), len(VALUES), models).swapaxes(1, 2)
    return pd.Series(disagreement(cube), index=wide.index, name="disagreement")


def flagged(found: pd.Series, threshold: float) -> ClusteredMean:
    """Share of scenarios at or above a threshold; scenarios of one pair of values are a cluster.

    Parameters
    ----------
    found : Series
        Disagreements as `by_pair` gives them.
    """
    high = (found >= threshold - ROOM).astype(float)
    return clustered_interval(high, found.index.get_level_values("pair"))


def by_pair(found: pd.Series, scored: pd.DataFrame) -> pd.Series:
    """Disagreements with the pair of each text beside it in the index."""
    pairs = scored.groupby("text")["pair"].first().reindex(found.index)
    return found.set_axis(pd.MultiIndex.from_arrays([pairs, found.index], names=["pair", "text"]))


def parts(scored: pd.DataFrame) -> pd.DataFrame:
    """Variance of scores within scenarios, split into models, answers of a model, and judges.

    Moments of the nested design, scenario by scenario, averaged over the two values: variance
    between judges of one answer, each judge's own level taken off; between answers of one model,
    less its share of the former; between models, less theirs of the latter (Searle, Casella and
    McCulloch 1992, chapter 3). Differences of mean squares, so a part can come out below 0. A
    misreading that all judges share counts as answer or model.

    Returns
    -------
    DataFrame
        By ``pair`` and ``text``: `PARTS`, in squared points. ``judges`` is missing with one judge,
        whose error is then in ``answers``; ``answers`` with one answer a model, and then both are
        in ``models``.
    """
    levels = scored.groupby("judge")[VALUES].transform("mean") - scored[VALUES].mean()
    level_free = scored.assign(**{name: scored[name] - levels[name] for name in VALUES})
    answer = level_free.groupby(ANSWER)[VALUES].agg(["mean", "var", "count"])
    judges = _mean_of(answer, "var", ["pair", "text"])
    size = answer["a"]["count"].groupby(["pair", "text"]).mean()
    model = _means(answer).groupby(["text", "pair", "model"]).agg(["mean", "var", "count"])
    within = _mean_of(model, "var", ["pair", "text"])
    each = (1 / model["a"]["count"]).groupby(["pair", "text"]).mean()
    between = _means(model).groupby(["pair", "text"]).var().mean(axis=1)
    return pd.DataFrame(
        {
            "models": between - within.fillna(0.0) * each,
            "answers": within - judges.fillna(0.0) / size,
            "judges": judges,
        }
    )


def _means(table: pd.DataFrame) -> pd.DataFrame:
    return table.xs("mean", axis=1, level=1)


def _mean_of(table: pd.DataFrame, what: str, by: Sequence[str]) -> pd.Series:
    """A statistic averaged over the values and then over the rows of each group."""
    return table.xs(what, axis=1, level=1).mean(axis=1).groupby(list(by)).mean()


class Mean(NamedTuple):
    """A mean over pairs of values with Student's interval, None with fewer than two pairs."""

    value: float
    interval: Interval | None


def over_pairs(found: pd.Series, level: float = 0.95) -> Mean:
    """Mean over pairs, each pair the mean of its scenarios; scenarios of a pair are no repeats."""
    from statsmodels.stats.weightstats import DescrStatsW

    means = found.dropna().groupby("pair").mean()
    if len(means) < 2:
        return Mean(float(means.mean()), None)
    stats = DescrStatsW(means.to_numpy())
    low, high = stats.tconfint_mean(alpha=1 - level)
    return Mean(float(stats.mean), Interval(float(low), float(high), level, "t over pairs"))


def ranking(found: pd.DataFrame) -> pd.DataFrame:
    """Pairs by the part of models in their variance, the largest first.

    Parameters
    ----------
    found : DataFrame
        As `parts` gives it.

    Returns
    -------
    DataFrame
        ``pair``, ``models`` (squared points, mean over the pair's scenarios), ``low``, ``high``
        (Student's over its scenarios; missing with one), ``scenarios``.
    """
    from scipy.stats import t

    grouped = found["models"].groupby("pair")
    table = grouped.agg(models="mean", sd="std", scenarios="size")
    half = t.ppf(0.975, table["scenarios"] - 1) * table["sd"] / np.sqrt(table["scenarios"])
    table = table.assign(low=table["models"] - half, high=table["models"] + half)
    return table.drop(columns="sd").sort_values("models", ascending=False).reset_index()


def same_model(scored: pd.DataFrame, size: int, threshold: float) -> ClusteredMean | None:
    """Share of scenarios that a model flags alone: its first answers taken for so many models.

    The noise floor of the committee of all models, over their committees of themselves.

    Returns
    -------
    ClusteredMean or None
        None if no model has that many answers.
    """
    kept = scored[scored["index"] < size]
    enough = kept.groupby("model")["index"].transform("nunique") >= size
    own = [
        part.assign(text=part["text"], model=part["index"].astype(str), index=0)
        for _, part in kept[enough].groupby("model")
    ]
    return _flagged_by(own, threshold) if own else None


def different_models(scored: pd.DataFrame, size: int, threshold: float) -> ClusteredMean:
    """Share of scenarios that committees of so many different models flag with first answers.

    Over all committees of that size, or the first `COMMITTEES` of them.
    """
    first = scored[scored["index"] == 0]
    chosen = islice(combinations(sorted(first["model"].unique()), size), COMMITTEES)
    return _flagged_by([first[first["model"].isin(names)] for names in chosen], threshold)


def _flagged_by(committees: Sequence[pd.DataFrame], threshold: float) -> ClusteredMean:
    found = [by_pair(disagreements(part), part) for part in committees]
    return flagged(pd.concat(found), threshold)
