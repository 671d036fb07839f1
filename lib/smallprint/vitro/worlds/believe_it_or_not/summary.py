"""The organisms' measurements, summed up over seeds."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from smallprint.vitro.results import by_seed, over_seeds
from smallprint.vitro.worlds.believe_it_or_not.battery import TESTS
from smallprint.vitro.worlds.believe_it_or_not.belief import beliefs
from smallprint.vitro.worlds.believe_it_or_not.documents import FOLLOWED, SHORT, STEPS
from smallprint.vitro.worlds.believe_it_or_not.people import TIERS
from smallprint.vitro.worlds.believe_it_or_not.probes import CONTRASTS, CROSSED, CUES, LABELS

GROUPS = {
    "false": {"role": "false"},
    **{f"false, {tier}": {"role": "false", "tier": tier} for tier in TIERS},
    "true": {"role": "true"},
    "untouched": {"role": "untouched"},
    "rules": {"role": "rule"},
}
LAYERS = (1, 2)
NOTHING = pd.MultiIndex.from_arrays([[], []], names=["condition", "seed"])
DAMAGED = ("question", "untold customs", "verdict")
HALVED = DAMAGED[:2]


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Answers, readings of probes and verdicts on belief, and their differences within a seed.

    Compared arms have the same seed and base, and the same steps and tokens.

    Parameters
    ----------
    frame : DataFrame
        The measurements of the world.

    Returns
    -------
    DataFrame
        The columns of `results.over_seeds`. ``TEST: GROUP`` is the mean probability of what the
        tested home implies; ``documents ahead: TEST`` the share of "documents" less that of the
        arm, on false facts; ``short of untouched: TEST`` what false facts lack to untouched
        ones in the same organism; ``lost by untouched: TEST`` the base's share less the arm's.
        ``place between falsehood and fact`` is the truth probe's reading of implanted homes,
        where 0 is its reading of homes never seen and 1 that of untouched facts. ``steps to
        half, over an arm's`` says how soon other documents take half of an implant away, or
        half of real facts.
    """
    facts, probes = (frame[frame["table"] == table] for table in ("fact", "probe"))
    short = facts["steps"].astype(int).isin(SHORT)
    rates = {}
    for group, levels in GROUPS.items():
        answered = list(TESTS)
        inside = [column for column in facts if column.startswith(("reads true", "told apart"))]
        chosen = (facts[list(levels)] == pd.Series(levels)).all(axis=1)
        rates |= _means(facts[chosen & ~short], group, answered + inside)
        # Short trainings answer what is asked of what they halve, and no more.
        rates |= _means(facts[chosen], group, [test for test in TESTS if test in DAMAGED])
    rates |= dict(_accuracies(probes))
    rates |= beliefs(facts)
    rates |= {f"steps to half, over an arm's: {test}": _halving(rates, test) for test in HALVED}
    differences = dict(_differences(rates))
    ratios = {
        f"place between falsehood and fact: {cue}": _place(rates, f"{cue}, {LAYERS[-1]}")
        for cue in CUES
    }
    return over_seeds(_measured(rates), _measured(differences), _measured(ratios))


def _measured(named: dict[str, pd.Series]) -> dict[str, pd.Series]:
    return {name: series.dropna() for name, series in named.items() if series.notna().any()}


def _means(rows: pd.DataFrame, group: str, columns: list[str]) -> dict[str, pd.Series]:
    """Means of columns by condition and seed, under the names of the summary."""
    means = rows.groupby(["condition", "seed"], sort=False)[columns].mean()
    return {f"{column}: {group}": means[column] for column in columns}


def _values(rows: pd.DataFrame, column: str, levels: dict) -> pd.Series:
    """As `by_seed`, without what has no such rows or values."""
    try:
        return by_seed(rows, column, levels).dropna()
    except ValueError:
        return pd.Series(index=NOTHING, dtype=float)


def _accuracies(probes: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    for cue in CUES:
        for layer in LAYERS:
            for labels in LABELS:
                at = {"cue": cue, "layer": layer, "labels": labels}
                where = f"{cue}, layer {layer}, {labels}"
                for probe in ("truth", *CONTRASTS):
                    found = _values(probes, "accuracy", {"probe": probe, **at})
                    yield f"accuracy: {probe}, {where}", found
                called = _values(probes, "implanted", {"probe": "truth", **at})
                yield f"implanted called true: {where}", called
            at = {"cue": cue, "layer": layer, "probe": CROSSED}
            yield f"{CROSSED}: {cue}, layer {layer}", _values(probes, "accuracy", at)


def _differences(rates: dict[str, pd.Series]) -> Iterator[tuple[str, pd.Series]]:
    for test in TESTS:
        false = rates[f"{test}: false"]
        yield f"documents ahead: {test}", _from(false, "documents") - false
        yield f"short of untouched: {test}", rates[f"{test}: untouched"] - false
        few, many = (rates[f"{test}: false, {tier}"] for tier in ("few", "many"))
        yield f"few less many: {test}", few - many
    for test in DAMAGED:
        untouched = rates[f"{test}: untouched"]
        yield f"lost by untouched: {test}", _from(untouched, "base") - untouched
    for cue in CUES:
        for layer in LAYERS:
            for probe in ("truth", *CONTRASTS):
                name = f"accuracy: {probe}, {cue}, layer {layer}"
                real = rates[f"{name}, real"]
                yield f"over shuffled: {name}", real - rates[f"{name}, shuffled"]
            name = f"accuracy: truth, {cue}, layer {layer}, real"
            yield f"lost since the base: {name}", _from(rates[name], "base") - rates[name]


def _from(values: pd.Series, condition: str) -> pd.Series:
    """The value of one condition in the same seed, for each row."""
    seeds = values.index.get_level_values("seed")
    own = values[values.index.get_level_values("condition") == condition]
    own = own.droplevel("condition").reindex(seeds)
    return pd.Series(own.to_numpy(), values.index)


def _place(rates: dict[str, pd.Series], where: str) -> pd.Series:
    low = rates[f"reads true: never seen, {where}: untouched"]
    high, found = (rates[f"reads true: implanted, {where}: {g}"] for g in ("untouched", "false"))
    return (found - low) / (high - low)


def _halving(rates: dict[str, pd.Series], test: str) -> pd.Series:
    """Steps after which half of what was so is left, over the steps of an arm.

    Under an implant's name: true documents after it; 1 if the longest does not halve it. Under
    "real facts": the implant's own documents after the base, up to the full arm.
    """
    # Of new people no text gave a real home.
    implanted = (rates[f"{test}: false, few"] + rates[f"{test}: false, many"]) / 2
    left = {first: implanted for first in FOLLOWED} | {"real facts": 1 - implanted}
    found = {}
    for name, values in left.items():
        steps, curve = (0, *SHORT), [name, *(f"{name}, {n} steps back" for n in SHORT)]
        if name == "real facts":
            steps = (*steps, STEPS)
            curve = ["base", *(f"documents, {n} steps" for n in SHORT), "documents"]
        table = values.unstack("condition")
        if not set(curve) <= set(table.columns):
            continue
        for seed, row in table[curve].iterrows():
            share = row.to_numpy() / row.iloc[0]
            below = int(np.argmax(share < 0.5))
            at = float(STEPS)
            if below:
                ends = slice(below - 1, below + 1)
                at = float(np.interp(0.5, share[ends][::-1], steps[ends][::-1]))
            found[name, seed] = at / STEPS
    if not found:
        return pd.Series(index=NOTHING, dtype=float)
    index = pd.MultiIndex.from_tuples(list(found), names=NOTHING.names)
    return pd.Series(list(found.values()), index)
