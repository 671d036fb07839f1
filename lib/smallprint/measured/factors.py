"""What each factor of the scenarios does to the rate of one model."""

from collections.abc import Mapping, Sequence

import pandas as pd

from smallprint.measured.outcomes import outcome, with_means
from smallprint.stats.effects import Effects, factor_effects

# Texts differ by these as well; they are in the model, and on no page as effects.
BLOCKS = ("family", "firm", "wording")


def effects(
    frame: pd.DataFrame,
    scorer: str,
    factors: Mapping[str, Sequence[str]],
    interactions: Sequence[tuple[str, str]] = (),
    level: float = 0.95,
) -> Effects:
    """Effects of all factors among the samples in which the harmful act was possible.

    Family, firm and wording of a text are blocks; texts are clusters. So a
    statement is about texts like these, written by these hands: two firms and
    two wordings allow no other.

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
    return factor_effects(
        frame["y"].to_numpy(),
        frame,
        factors,
        frame["text"].tolist(),
        interactions,
        blocks,
        level,
    )
