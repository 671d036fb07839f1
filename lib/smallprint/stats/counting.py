"""How many models have a behaviour, under a rule that says when one rollout count is enough.

A cell is one model on one task. Counts may be known only within bounds (a rate
printed with two decimals, "some"); a rule is then applied at both ends, and a
cell passes for certain, fails for certain, or stays undecided.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from smallprint.stats.checks import check_counts, check_range
from smallprint.stats.comparisons import holm
from smallprint.stats.intervals import wilson_interval

COUNTS = ("k_low", "k_high", "n")
CONTROLS = ("control_low", "control_high", "control_n")


@lru_cache(maxsize=65536)
def binomial_p_value(k: int, n: int, null: float) -> float:
    """One-sided p-value of the binomial test that the rate is at most ``null``.

    ``P(X >= k)``, X of n trials; ValueError for values out of range.
    """
    from scipy import stats

    k, n = check_counts(k, n)
    return float(stats.binom.sf(k - 1, n, check_range(null, "null")))


@lru_cache(maxsize=65536)
def fisher_p_value_greater(k1: int, n1: int, k2: int, n2: int) -> float:
    """One-sided p-value of Fisher's exact test that p1 is at most p2.

    The hypergeometric tail ``P(K1 >= k1)`` given the total of positives. For
    the two-sided test see `comparisons.fisher_exact`. ValueError for counts out
    of range.
    """
    from scipy import stats

    (k1, n1), (k2, n2) = check_counts(k1, n1, "k1", "n1"), check_counts(k2, n2, "k2", "n2")
    return float(stats.hypergeom.sf(k1 - 1, n1 + n2, k1 + k2, n1))


@lru_cache(maxsize=65536)
def _wilson_low(k: int, n: int, level: float) -> float:
    return wilson_interval(k, n, level).low


class Rule(NamedTuple):
    """When a cell passes: ``p_value`` of treatment counts, control counts, null
    and level below alpha (0 or 1 where the rule is no test); whether it needs a
    ``control``; whether it is adjusted over cells by Holm."""

    p_value: Callable[..., float]
    control: bool = False
    holm: bool = False


def _at_least(least: int) -> Rule:
    return Rule(lambda k, n, control_k, control_n, null, level: float(k < least))


def _wilson(k: int, n: int, control_k: float, control_n: float, null: float, level: float) -> float:
    return float(_wilson_low(k, n, level) <= null)


def _binomial(
    k: int, n: int, control_k: float, control_n: float, null: float, level: float
) -> float:
    return binomial_p_value(k, n, null)


def _fisher(k: int, n: int, control_k: float, control_n: float, null: float, level: float) -> float:
    return fisher_p_value_greater(k, n, int(control_k), int(control_n))


RULES = {
    "any rollout": _at_least(1),
    "at least two": _at_least(2),
    "Wilson limit above null": Rule(_wilson),
    "binomial test against null": Rule(_binomial),
    "binomial test against null, Holm": Rule(_binomial, holm=True),
    "Fisher against control": Rule(_fisher, control=True),
    "Fisher against control, Holm": Rule(_fisher, control=True, holm=True),
}


class Passing(NamedTuple):
    """Models that a rule counts.

    Attributes
    ----------
    count : int
        Models with a cell that passes for certain, named in ``models``.
    highest : int
        The count if every undecided model passed too.
    models, undecided : tuple of str
        In the order of the cells. An undecided model has no cell that passes
        for certain, and one that is excluded.
    excluded : DataFrame
        Cells without a certain answer: ``model``, ``task``, ``reason`` ("counts
        not known", "no control", "not exact enough").
    """

    count: int
    highest: int
    models: tuple[str, ...]
    undecided: tuple[str, ...]
    excluded: pd.DataFrame


def _chosen(cells: pd.DataFrame, column: str, names: Iterable[str] | None) -> np.ndarray:
    if names is None:
        return np.ones(len(cells), dtype=bool)
    names, present = set(names), set(cells[column])
    unknown = sorted(names - present)
    if unknown:
        raise ValueError(
            f"{column}s must be among {', '.join(sorted(present))}; found {', '.join(unknown)}"
        )
    return cells[column].isin(names).to_numpy()


def _column(cells: pd.DataFrame, name: str) -> np.ndarray:
    return cells[name].to_numpy(float) if name in cells else np.full(len(cells), np.nan)


def _known(cells: pd.DataFrame, names: tuple[str, str, str]) -> np.ndarray:
    """Which cells have all three of low count, high count and n; checks that they are in order."""
    low, high, n = (_column(cells, name) for name in names)
    wrong = (low < 0) | (low > high) | (high > n) | (n < 1)
    if wrong.any():
        row = cells.loc[wrong].iloc[0]
        found = ", ".join(f"{name} {row[name]:g}" for name in names)
        raise ValueError(
            f"cells must have 0 <= {names[0]} <= {names[1]} <= {names[2]}; "
            f"found {found} for {row['model']} on {row['task']}"
        )
    return ~np.isnan([low, high, n]).any(axis=0)


def _p_values(
    cells: pd.DataFrame, rule: Rule, tested: np.ndarray, best: bool, **options
) -> np.ndarray:
    """p-values of the tested cells at the end of the bounds that favours a pass, or not."""
    k = _column(cells, "k_high" if best else "k_low")
    control = _column(cells, "control_low" if best else "control_high")
    n, control_n = _column(cells, "n"), _column(cells, "control_n")
    p = _column(cells, "p_low" if best else "p_high").copy()
    for i in np.flatnonzero(tested & np.isnan(p)):
        p[i] = rule.p_value(int(k[i]), int(n[i]), control[i], control_n[i], **options)
    if rule.holm:
        p[tested] = holm(p[tested])
    return p


def passing_models(
    cells: pd.DataFrame,
    rule: str,
    null: float = 0.0,
    alpha: float = 0.01,
    level: float = 0.95,
    models: Iterable[str] | None = None,
    tasks: Iterable[str] | None = None,
) -> Passing:
    """Count the models that pass in at least one task.

    A cell that cannot be judged is never a zero: it is left out of the count
    and of Holm's family, listed in ``excluded``, and leaves its model undecided
    unless another cell passes. A treatment count of zero without a control is
    judged: it fails.

    Parameters
    ----------
    cells : DataFrame
        One row a model and task: ``model``, ``task``, ``k_low``, ``k_high``
        (positives, equal where known exactly; "some" of n is 1 to n), ``n``; for
        rules with a control ``control_low``, ``control_high``, ``control_n``.
        NaN where not run or not printed. A task with a test of its own has its
        p-value in ``p_low``, ``p_high`` (0 and 0.001 for "< 0.001"), which takes
        the place of the rule and joins Holm's family.
    rule : str
        A name in `RULES`.
    null : float
        False-positive rate of one rollout, in [0, 1], for rules that name it.
    alpha : float
        Tests pass below it; in (0, 1).
    level : float
        Of Wilson's two-sided interval.
    models, tasks : iterable of str, optional
        Those counted; all if left out.

    Raises
    ------
    ValueError
        For an unknown rule, model or task, repeated cells, no cell, or counts out
        of range.
    """
    if rule not in RULES:
        raise ValueError(f"rule must be one of {', '.join(RULES)}; found {rule!r}")
    check_range(null, "null")
    check_range(alpha, "alpha")
    cells = cells[_chosen(cells, "model", models) & _chosen(cells, "task", tasks)]
    if cells.empty or cells.duplicated(["model", "task"]).any():
        raise ValueError("cells must hold each chosen model and task once; found none or repeats")
    chosen, (low, high) = RULES[rule], (_column(cells, name) for name in ("p_low", "p_high"))
    if ((low < 0) | (low > high) | (high > 1) | (np.isnan(low) != np.isnan(high))).any():
        raise ValueError("cells must have 0 <= p_low <= p_high <= 1, or neither; found others")
    known, control = _known(cells, COUNTS), _known(cells, CONTROLS)
    tested = ~np.isnan(high) | (known & (control | (not chosen.control)))
    sure, possible = (
        _p_values(cells, chosen, tested, best, null=null, level=level) < alpha
        for best in (False, True)
    )
    coarse = tested & (sure != possible)
    # No control could make a count of zero significant.
    missing = ~tested & ~(known & (_column(cells, "k_high") == 0))
    reasons = np.select(
        [coarse, missing & ~known, missing],
        ["not exact enough", "counts not known", "no control"],
        "",
    )
    names = cells["model"].to_numpy()
    passed = dict.fromkeys(names[sure])
    undecided = dict.fromkeys(name for name in names[reasons != ""] if name not in passed)
    excluded = cells.loc[reasons != "", ["model", "task"]].assign(reason=reasons[reasons != ""])
    return Passing(
        len(passed),
        len(passed) + len(undecided),
        tuple(passed),
        tuple(undecided),
        excluded.reset_index(drop=True),
    )
