"""The organisms' measurements, summed up over seeds."""

import numpy as np
import pandas as pd

from smallprint.vitro.results import by_seed, over_seeds
from smallprint.vitro.worlds.ciphered_reasoning.documents import (
    CONDITIONS,
    LADDER,
    NEW,
    RARE,
    shown,
)
from smallprint.vitro.worlds.ciphered_reasoning.forms import MODULUS

# The column of each measured share, and its name in the summary.
SHARES = {
    "accurate": "right",
    "adherent": "in the form",
    "both": "right and in the form",
    "outside": "right outside the form",
    "loose": "word in the form",
    "clear": "in clear",
    "steps_right": "all steps right",
}
TRANSLATIONS = ("read", "write")
# Half of what can be gained: from guessing an answer, and from no translation at all.
HALFWAY = {"solve": (1 + 1 / MODULUS) / 2, "read": 0.5, "write": 0.5}


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Answers, adherence and translations by form, and what exposure and form make of them.

    Parameters
    ----------
    frame : DataFrame
        The measurements of the world.

    Returns
    -------
    DataFrame
        The columns of `results.over_seeds`. ``lost against plain`` and ``asymmetry`` (the worse
        of both translations less the right answers) are taken within an organism; ``common less
        rare`` and ``both rare`` between two that differ in which of two forms is rare; ``gained``
        against the organism that was trained on; ``lost against a new key`` at equal exposure from
        the same start. ``documents to halfway`` are log10 of problems, interpolated over the
        keys and cut at the ends of the ladder.
    """
    rates = {}
    for (task, form), rows in frame.groupby(["task", "form"], sort=False):
        if task in TRANSLATIONS:
            rates[f"{task}: {form}"] = by_seed(rows, "exact", {"task": task})
            continue
        for column, name in SHARES.items():
            if rows[column].notna().any():
                rates[f"{name}: {form}"] = by_seed(rows, column, {"task": task})
    differences = _within(rates) | _swapped(rates) | _gained(rates) | _new(rates)
    return over_seeds(rates, differences, _ladder(rates))


def _within(rates: dict[str, pd.Series]) -> dict[str, pd.Series]:
    """Differences between forms and between tasks in one organism."""
    found = {}
    for name, right in rates.items():
        kind, _, form = name.partition(": ")
        if kind != "right":
            continue
        if form != "plain":
            found[f"lost against plain: {form}"] = (rates["right: plain"] - right).dropna()
        if f"read: {form}" in rates:
            worse = np.minimum(rates[f"read: {form}"], rates[f"write: {form}"])
            found[f"asymmetry: {form}"] = (worse - right).dropna()
    return found


def _of(values: pd.Series, condition: str) -> pd.Series:
    """The values of one condition by seed; empty if it was not trained."""
    return values[values.index.get_level_values("condition") == condition].droplevel("condition")


def _named(values: pd.Series, condition: str) -> pd.Series:
    return pd.concat({condition: values.dropna()}, names=["condition"])


def _swapped(rates: dict[str, pd.Series]) -> dict[str, pd.Series]:
    """What the two forms that change places gain by being common, and their lead when rare."""
    plain, key = rates["right: plain"], rates[f"right: {RARE}"]
    gained = {
        "common less rare: plain": _of(plain, "keys") - _of(plain, "swap"),
        f"common less rare: {RARE}": _of(key, "swap") - _of(key, "keys"),
        "key less plain text, both rare": _of(key, "keys") - _of(plain, "swap"),
    }
    return {name: _named(values, "swap") for name, values in gained.items()}


def _gained(rates: dict[str, pd.Series]) -> dict[str, pd.Series]:
    """Right answers after more training less those before it."""
    longer = {"again": tuple(LADDER), "more": tuple(LADDER)}
    longer |= {f"{form}, longer": (form,) for form in NEW}
    found: dict[str, list[pd.Series]] = {}
    for condition, forms in longer.items():
        for form in forms:
            values = rates.get(f"right: {form}", pd.Series(dtype=float))
            if values.empty or condition not in values.index.get_level_values("condition"):
                continue
            gain = _of(values, condition) - _of(values, CONDITIONS[condition].base)
            found.setdefault(f"gained: {form}", []).append(_named(gain, condition))
    return {name: pd.concat(parts) for name, parts in found.items()}


def _new(rates: dict[str, pd.Series]) -> dict[str, pd.Series]:
    """Right answers in a new key less those in another new form of equal exposure."""
    if "right: key 5" not in rates:
        return {}
    key, found = rates["right: key 5"], {}
    for form in set(NEW) - {"key 5"}:
        values = rates[f"right: {form}"]
        found[f"lost against a new key: {form}"] = pd.concat(
            [
                _named(_of(key, "key 5") - _of(values, form), form),
                _named(_of(key, "families") - _of(values, "families"), "families"),
            ]
        )
    return dict(sorted(found.items()))


def _ladder(rates: dict[str, pd.Series]) -> dict[str, pd.Series]:
    """Dose and response over the keys of one organism."""
    names = {"solve": "right", "read": "read", "write": "write"}
    doses = np.log10([shown("keys", key) for key in LADDER])
    half, squared = {}, {}
    for task, name in names.items():
        table = pd.DataFrame({key: _of(rates[f"{name}: {key}"], "keys") for key in LADDER})
        half[task] = table.apply(lambda row, t=task: crossing(doses, row, HALFWAY[t]), axis=1)
        if task == "solve":
            squared = table.apply(lambda row: np.corrcoef(doses, row)[0, 1] ** 2, axis=1)
    found = {
        f"documents to halfway: {task}": _named(values, "keys") for task, values in half.items()
    }
    for task in TRANSLATIONS:
        found[f"documents to halfway: solve over {task}"] = _named(
            half["solve"] - half[task], "keys"
        )
    return found | {"R squared of right answers on log documents": _named(squared, "keys")}


def crossing(doses: np.ndarray, values: pd.Series, level: float) -> float:
    """The dose at which rising doses first reach a level, interpolated and cut at both ends."""
    order = np.argsort(doses)
    x, y = doses[order], values.to_numpy()[order]
    reached = np.flatnonzero(y >= level)
    if not len(reached) or reached[0] == 0:
        return float(x[0] if len(reached) else x[-1])
    after = reached[0]
    share = (level - y[after - 1]) / (y[after] - y[after - 1])
    return float(x[after - 1] + share * (x[after] - x[after - 1]))
