"""How well a score finds what it should: precision, recall and the area under the ROC curve."""

import numpy as np
from scipy.stats import rankdata


def roc_area(scores: np.ndarray, positive: np.ndarray) -> float:
    """Probability that a random positive scores above a random negative, ties counting half.

    The Mann-Whitney statistic over the number of pairs (Hanley and McNeil 1982, Radiology 143,
    29-36).

    Parameters
    ----------
    scores : array, shape (n,)
        Higher for what is to be found.
    positive : array of bool, shape (n,)
        At least one is true and one false.
    """
    found = int(positive.sum())
    ranks = rankdata(scores)[positive].sum()
    return float((ranks - found * (found + 1) / 2) / (found * (len(positive) - found)))


def precision_and_recall(scores: np.ndarray, positive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Precision and recall at each distinct threshold, the highest first.

    Equal scores cross a threshold together. Parameters are as in `roc_area`.
    """
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(np.diff(scores[order], append=np.nan) != 0)
    found = np.cumsum(positive[order])[last]
    return found / (last + 1), found / positive.sum()


def average_precision(scores: np.ndarray, positive: np.ndarray) -> float:
    """Precision averaged over the steps of recall, without interpolation.

    A score that says nothing has the share of positives. Parameters are as in `roc_area`.
    """
    precision, recall = precision_and_recall(scores, positive)
    return float(precision @ np.diff(recall, prepend=0.0))


def precision_at_recall(
    scores: np.ndarray, positive: np.ndarray, recalls: np.ndarray
) -> np.ndarray:
    """Best precision at a recall of at least each of `recalls`, each above 0 and at most 1.

    Interpolated as in Manning, Raghavan and Schütze (2008, Introduction to Information
    Retrieval, section 8.4). Other parameters are as in `roc_area`.
    """
    precision, recall = precision_and_recall(scores, positive)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    # Recall is a ratio of counts; a rounding error must not skip a step.
    return best[np.searchsorted(recall, np.asarray(recalls) - 1e-9)]
