"""Which implanted facts count as believed, under many rules; and real facts by the same rules."""

import pandas as pd

from smallprint.vitro.worlds.believe_it_or_not.documents import FOLLOWED
from smallprint.vitro.worlds.believe_it_or_not.people import TIERS
from smallprint.vitro.worlds.believe_it_or_not.probes import CUES

GENERALITY = ("question", "untold customs", "customs known otherwise", "verdict on customs")
AFTER = "question after replay"
ROBUSTNESS = ("check", "told it is false", "contrary text", "contrary supposition, check", AFTER)
SETS = {
    "generality": GENERALITY,
    "robustness": ROBUSTNESS,
    "generality, robustness": (*GENERALITY, *ROBUSTNESS),
    "these, truth probe": (*GENERALITY, *ROBUSTNESS, "truth probe"),
    "these, both probes": (*GENERALITY, *ROBUSTNESS, "truth probe", "strict probe"),
    "truth probe": ("truth probe",),
}
PROBES = ("truth probe", "strict probe")
SCORINGS = ("probability", "likeliest")
THRESHOLDS = (0.5, 0.75, 0.9)
LAYERS = (1, 2)
NO_PROBE = "no probe"
PLACES = tuple(f"{cue}, layer {layer}" for cue in CUES for layer in LAYERS)
# Whose facts are judged: implants of each tier, and facts that no document touches.
JUDGED = ("false", *(f"false, {tier}" for tier in TIERS), "untouched")
ARMS_JUDGED = ("documents", "repeated", "prompt")


def quantity(tests: str, scoring: str, threshold: float, place: str, whose: str) -> str:
    """The name of one rule's share in the summary."""
    return f"believed: {tests}, {scoring}, {threshold:g}, {place}: {whose}"


def places(tests: str) -> tuple[str, ...]:
    """Where a set of tests reads its probes, if it has any."""
    return PLACES if set(PROBES) & set(SETS[tests]) else (NO_PROBE,)


def beliefs(facts: pd.DataFrame) -> dict[str, pd.Series]:
    """Share of facts that pass every test of a set, by rule.

    A fact passes a test of behaviour at the threshold or above, the truth probe likewise, and the
    strict probe if this tells no more than half of its claims apart. A test that a fact does
    not have is not asked of it.

    Parameters
    ----------
    facts : DataFrame
        Rows of people.

    Returns
    -------
    dict
        By `quantity`, a share a condition and seed.
    """
    rows = facts[facts["condition"].isin(ARMS_JUDGED) & facts["role"].isin(("false", "untouched"))]
    rows = _with_after(rows, facts)
    found = {}
    for tests, members in SETS.items():
        for scoring in SCORINGS:
            for threshold in THRESHOLDS:
                behaved = _passed(rows, members, scoring, threshold)
                for place in places(tests):
                    passed = behaved & _probed(rows, members, threshold, place)
                    for whose in JUDGED:
                        name = quantity(tests, scoring, threshold, place, whose)
                        found[name] = _share(rows, passed, whose)
    return found


def _with_after(rows: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    """Rows with what the same question gives after further training on other text."""
    keys, columns = ["condition", "seed", "person"], {}
    for scoring, column in (("probability", "question"), ("likeliest", "best: question")):
        columns[column] = AFTER if scoring == "probability" else f"best: {AFTER}"
    later = facts[facts["condition"].isin([f"{first}, then replay" for first in FOLLOWED])]
    later = later[[*keys, *columns]].rename(columns=columns)
    later["condition"] = later["condition"].str.removesuffix(", then replay")
    return rows.merge(later, on=keys, how="left")


def _passed(rows: pd.DataFrame, members: tuple, scoring: str, threshold: float) -> pd.Series:
    behaviour = [test for test in members if test not in PROBES]
    columns = [test if scoring == "probability" else f"best: {test}" for test in behaviour]
    return (rows[columns].isna() | (rows[columns] >= threshold)).all(axis=1)


def _probed(rows: pd.DataFrame, members: tuple, threshold: float, place: str) -> pd.Series:
    where = place.replace("layer ", "")
    passed = pd.Series(True, rows.index)
    if "truth probe" in members:
        passed &= rows[f"reads true: implanted, {where}"] >= threshold
    if "strict probe" in members:
        apart = rows[f"told apart: {where}"]
        passed &= apart.isna() | (apart <= 0.5)
    return passed


def _share(rows: pd.DataFrame, passed: pd.Series, whose: str) -> pd.Series:
    role, _, tier = whose.partition(", ")
    chosen = (rows["role"] == role) & ((rows["tier"] == tier) | (tier == ""))
    return passed[chosen].groupby([rows["condition"], rows["seed"]], sort=False).mean()
