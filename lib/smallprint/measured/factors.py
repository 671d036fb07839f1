"""What each factor of the scenarios does to the rate of one model."""

from collections.abc import Mapping, Sequence

import pandas as pd

from smallprint.measured.outcomes import outcome, with_means
from smallprint.stats.coding import Design
from smallprint.stats.effects import Effects, factor_effects

# Texts differ by these as well; they are in the model, and on no page as effects.
BLOCKS = ("family", "firm", "wording")
BY_TEXT = (
    "no more cells than coefficients: errors allow for texts only, so effects are those of the "
    "cells that were asked, and differences between cells beyond their factors are part of them"
)


def effects(
    frame: pd.DataFrame,
    scorer: str,
    factors: Mapping[str, Sequence[str]],
    interactions: Sequence[tuple[str, str]] = (),
    level: float = 0.95,
) -> Effects:
    """Effects of all factors among the samples in which the harmful act was possible.

    Cells, combinations of factor levels, are clusters: the texts of one resemble
    each other as far as cells differ by more than factors and pairs explain. A
    design with no more cells than coefficients, as where one factor changes at a
    time, has nothing to tell such differences from effects; texts are its
    clusters, and the note `BY_TEXT` says so.

    Family, firm and wording of a text are blocks. So a statement is about texts
    like these, written by these hands: two firms and two wordings allow no other.

    Parameters
    ----------
    frame : DataFrame
        Outcomes of one model.
    scorer : str
        One of `SCORERS`.
    factors : mapping of str to sequence of str
        Levels, the reference first.
    interactions : sequence of pairs of str

    Raises
    ------
    ValueError
        For no samples with an answer, or too few texts for the terms.
    """
    frame = with_means(frame)
    frame = frame.assign(y=outcome(frame, scorer)).dropna(subset="y")
    if frame.empty:
        raise ValueError("no sample with the means of the act has an answer of this scorer")
    blocks = {name: sorted(frame[name].unique()) for name in BLOCKS if frame[name].nunique() > 1}
    every = {**factors, **blocks}
    coefficients = len(Design(frame[list(every)].astype(str), every, interactions).columns)
    by_cell = frame["cell"].nunique() > coefficients
    clusters = frame["cell" if by_cell else "text"].tolist()
    found = factor_effects(
        frame["y"].to_numpy(), frame, factors, clusters, interactions, blocks, level
    )
    return found if by_cell else found._replace(notes=(*found.notes, BY_TEXT))


def clustered_by(found: Effects) -> str:
    """What the errors of `effects` allow for: "cells", or "texts" where cells are too few."""
    return "texts" if BY_TEXT in found.notes else "cells"
