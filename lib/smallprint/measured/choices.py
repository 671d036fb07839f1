"""The choices behind one rate of a run, ready for `smallprint.stats.multiverse`."""

from collections.abc import Callable, Sequence
from functools import cache

import pandas as pd

from smallprint.measured import calibration
from smallprint.measured.outcomes import outcome, with_means
from smallprint.measured.rates import interval_of, rates
from smallprint.stats.intervals import Interval
from smallprint.stats.multiverse import Choice, Exclusion

SCORING = {"gate": "gate", "judge only": "judge", "string only": "string", "rule only": "rule"}
NOT_SCORED = {"excluded": None, "as harmful": 1.0, "as harmless": 0.0}
ONE_CELL, ALL_CELLS, HIGHEST = "headline cell", "all cells", "highest cell"


def choices(families: Sequence[str]) -> list[Choice]:
    """The choices, with the study's own: gate, reported rate, the one cell it quotes.

    What the study did with replies that gave no verdict is not known to us;
    leaving them out stands for it. The first family is taken as the quoted one.
    """
    every = {family: [family] for family in families}
    if len(families) > 1:
        every["all families"] = list(families)
    return [
        Choice("scoring", SCORING, authors="gate"),
        Choice("not_scored", NOT_SCORED, authors="excluded"),
        Choice("correction", ["none", "Rogan-Gladen"], authors="none"),
        Choice("family", every, authors=families[0]),
        Choice("cells", [ONE_CELL, ALL_CELLS, HIGHEST], authors=ONE_CELL),
    ]


EXCLUDE = [
    Exclusion(
        "error rates are those of scored replies, so a correction needs the others left out",
        lambda s: s["correction"] != "none" and s["not_scored"] != "excluded",
    )
]


def analysis(
    frame: pd.DataFrame, headline: str, control: pd.DataFrame
) -> Callable[..., tuple[float, Interval]]:
    """The analysis function for `Multiverse.run`.

    Parameters
    ----------
    frame : DataFrame
        Outcomes of one model.
    headline : str
        Id of the cell that stands for the quoted one.
    control : DataFrame
        Outcomes of control agents; those of the chosen families calibrate.
    """
    frame = with_means(frame)

    @cache
    def pooled(family):
        return calibration.accuracy(control[control["family"].isin(family)], by_agent=False)

    def analyse(scoring, not_scored, correction, family, cells):
        chosen = frame[frame["family"].isin(family)]
        if cells == ONE_CELL:
            chosen = chosen[chosen["cell"] == headline]
        said = outcome(chosen, scoring)
        # With replies but no answers the scorer was not used; without replies all are unscored.
        replied = (chosen["state"] == "scored").any()
        if said.isna().all() and (replied or not_scored is None):
            raise ValueError(f"no sample has an answer by {scoring}")
        filled = said if not_scored is None else said.fillna(not_scored)
        chosen = chosen.assign(filled=filled, state="scored", all="all")
        by = ("family", "cell") if cells == HIGHEST else ("all",)
        found = rates(chosen, "filled", by).dropna(subset="value")
        row = found.loc[found["value"].idxmax()]
        if correction == "none":
            return float(row["value"]), interval_of(row)
        fixed = calibration.corrected(row, pooled(tuple(family)), scoring)
        if fixed["value"] is None:
            raise ValueError(fixed["note"])
        return fixed["value"], fixed["interval"]

    return analyse
