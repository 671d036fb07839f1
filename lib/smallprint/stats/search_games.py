"""Games played with an evaluator: the gap recovered as seen, and the honest one."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from smallprint.stats.checks import check_range, check_same_length
from smallprint.stats.search_table import gap_recovered


class Game(NamedTuple):
    """Accuracies and gaps recovered, as the evaluator saw them and honest."""

    seen_accuracy: float
    honest_accuracy: float
    seen: float
    honest: float


def game(
    seen: float,
    honest: float,
    anchors: tuple[float, float],
    honest_anchors: tuple[float, float] | None = None,
) -> Game:
    """A game from its two accuracies.

    Parameters
    ----------
    seen, honest : float
        Accuracies in [0, 1].
    anchors : (teacher, ceiling)
        Accuracies on the evaluator's items.
    honest_anchors : (teacher, ceiling), optional
        On the honest items, where these are others.

    Raises
    ------
    ValueError
        For values out of range or a ceiling not above its teacher.
    """
    honest_anchors, found = honest_anchors or anchors, []
    for name, value, (teacher, ceiling) in (
        ("seen", seen, anchors),
        ("honest", honest, honest_anchors),
    ):
        check_range(value, f"{name} accuracy")
        if not ceiling > teacher:
            raise ValueError(f"{name} ceiling must be above its teacher; found {ceiling:g}")
        found.append(float(gap_recovered(value, teacher, ceiling)))
    return Game(float(seen), float(honest), *found)


def most_frequent(groups: Sequence[Hashable], answers: Sequence[Hashable]) -> np.ndarray:
    """Whether each answer is its group's most frequent one; no label and no teacher is used.

    Groups are problems, items candidate solutions; with a tie all of the most
    frequent are called right. ValueError for unequal lengths.
    """
    check_same_length(groups=list(groups), answers=list(answers))
    frame = pd.DataFrame({"group": list(groups), "answer": list(answers)})
    size = frame.groupby(["group", "answer"])["answer"].transform("size")
    return (size == size.groupby(frame["group"]).transform("max")).to_numpy()


def extraction_game(recovered: float, model: float, anchors: tuple[float, float]) -> Game:
    """Submitting labels read out of the oracle instead of a model's predictions.

    ``recovered`` is the share of labels that are right (`simulate_extraction`),
    ``model`` the accuracy of the model there really is.
    """
    return game(recovered, model, anchors)
