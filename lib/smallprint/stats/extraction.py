"""Test labels read out of an accuracy oracle, and what leaked labels are worth.

Defences say how the oracle answers; attacks read what they can out of it.
"""

from collections.abc import Callable, Iterable
from math import inf, sqrt
from typing import NamedTuple

import numpy as np
import pandas as pd

from smallprint.stats.checks import check_count, check_range


class Defence(NamedTuple):
    """How an oracle answers.

    ``kind`` is "exact", "rounded" (to multiples of ``size``), "noisy" (normal,
    standard deviation ``size``), "limit" (exact, and nothing after ``size``
    queries), "ladder" (step ``size``) or "free ladder" (no size).
    """

    kind: str
    size: float = 0.0

    @property
    def label(self) -> str:
        """Kind and size in words."""
        return f"{self.kind} {self.size:g}" if self.size else self.kind


class Oracle:
    """Scores predictions against hidden labels, as a leaderboard does.

    The Ladder of Blum and Hardt (2015, ICML, arXiv 1502.04585) keeps the best
    answer so far: a score that beats it by more than the step replaces it,
    rounded to a multiple of the step; any other gets the old answer again.
    Without a step ("free ladder"), the score must beat the best by
    ``s / sqrt(n)``, s the standard deviation of the difference between the
    item scores of the two submissions, and is rounded to ``1 / n``. They bound
    how far the best answer strays from the truth, not what it gives away.

    Parameters
    ----------
    labels : array of 0 and 1, length n
    defence : Defence
    rng : Generator
        For noise.

    Raises
    ------
    ValueError
        For an unknown kind of defence, or one whose size is missing.
    """

    KINDS = ("exact", "rounded", "noisy", "limit", "ladder", "free ladder")

    def __init__(self, labels: np.ndarray, defence: Defence, rng: np.random.Generator):
        if defence.kind not in self.KINDS:
            raise ValueError(f"defence must be one of {self.KINDS}; found {defence.kind!r}")
        if defence.kind not in ("exact", "free ladder") and not defence.size > 0:
            raise ValueError(f"{defence.kind} needs a size above 0; found {defence.size!r}")
        self.labels, self.defence, self.rng = np.asarray(labels), defence, rng
        self.queries, self.best, self.leader = 0, -inf, np.zeros(len(labels))

    def ask(self, predictions: np.ndarray) -> np.ndarray:
        """Answer each row of predictions in turn; NaN where it answers no more."""
        correct = np.atleast_2d(predictions) == self.labels
        scores, (kind, size) = correct.mean(axis=1), self.defence
        before, self.queries = self.queries, self.queries + len(scores)
        if kind == "rounded":
            return np.round(scores / size) * size
        if kind == "noisy":
            return scores + self.rng.normal(0, size, len(scores))
        if kind == "limit":
            return np.where(before + np.arange(len(scores)) < size, scores, np.nan)
        if kind == "exact":
            return scores
        return np.array([self._climb(*one) for one in zip(scores, correct, strict=True)])

    def _climb(self, score: float, correct: np.ndarray) -> float:
        free = self.defence.kind == "free ladder"
        step = self.defence.size
        if free:
            step = float(np.std(correct - self.leader, ddof=1)) / sqrt(len(correct))
        if score > self.best + step + 1e-12:
            self.best = float(score if free else np.round(score / step) * step)
            self.leader = correct.astype(float)
        return self.best


def _informative(replies: np.ndarray, oracle: Oracle) -> np.ndarray:
    """Replies as evidence: above one half, or for a ladder, the rise of its best."""
    if "ladder" in oracle.defence.kind:
        return np.diff(replies, prepend=min(0.5, replies[0]))
    return np.nan_to_num(replies - 0.5)


def one_flip(oracle: Oracle, n: int, queries: int, rng: np.random.Generator) -> np.ndarray:
    """Ask once, then again with one answer flipped: n + 1 exact replies give every label."""
    guess = rng.integers(0, 2, n)
    items = rng.permutation(n)[: max(0, queries - 1)]
    asked = np.tile(guess, (len(items) + 1, 1))
    asked[np.arange(1, len(items) + 1), items] ^= 1
    replies = oracle.ask(asked)
    better = replies[1:] > replies[0] + 1e-12
    guess[items[better]] ^= 1
    return guess


def random_vote(oracle: Oracle, n: int, queries: int, rng: np.random.Generator) -> np.ndarray:
    """Random answers, voting with their scores (a boosting attack).

    Blum and Hardt (2015) let those vote that scored above one half; weighing
    by the score gets more out of as many queries: see `random_vote_share`.
    """
    asked = rng.integers(0, 2, (queries, n))
    votes = _informative(oracle.ask(asked), oracle) @ (2 * asked - 1)
    return np.where(votes == 0, rng.integers(0, 2, n), votes > 0).astype(int)


def random_vote_share(queries: int, n: int) -> float:
    """Expected share of labels that `random_vote` gets right from exact replies.

    ``Phi(sqrt(k / n))`` for k queries and n items (normal approximation): an
    answer's weight is proportional to its score's deviation z from chance, and
    an item's vote has mean ``sum z^2 / sqrt(n)``, variance ``sum z^2``.
    """
    from scipy.special import ndtr

    return float(ndtr(sqrt(queries / n)))


def box_fit(
    oracle: Oracle, n: int, queries: int, rng: np.random.Generator, steps: int = 300
) -> np.ndarray:
    """Random answers, then least squares for labels between 0 and 1.

    Exact replies are linear in the labels; that these lie in a box makes about
    n / 2 of them enough in large problems (Donoho and Tanner 2010), fewer than
    the n unknowns. Accelerated projected gradient (Nesterov).
    """
    asked = rng.integers(0, 2, (queries, n))
    replies = oracle.ask(asked)
    kept = np.isfinite(replies)
    signs = (2 * asked - 1)[kept].astype(np.float32)
    target = (n * replies[kept] - (1 - asked[kept]).sum(axis=1)).astype(np.float32)
    if not len(target):
        return rng.integers(0, 2, n)
    # The largest singular value of random signs is about sqrt(rows) + sqrt(columns).
    size = np.float32(1 / (1.1 * (sqrt(n) + sqrt(len(target))) ** 2))
    fit = ahead = np.full(n, 0.5, dtype=np.float32)
    speed = 1.0
    for _ in range(steps):
        new = np.clip(ahead - size * (signs.T @ (signs @ ahead - target)), 0, 1)
        faster = (1 + sqrt(1 + 4 * speed**2)) / 2
        ahead, fit, speed = new + np.float32((speed - 1) / faster) * (new - fit), new, faster
    return (fit > 0.5).astype(int)


def block_climb(oracle: Oracle, n: int, queries: int, rng: np.random.Generator) -> np.ndarray:
    """Flip a random block of answers, keep it when the reply rises.

    Made for the Ladder: a large block can gain more than its step. Block sizes
    are drawn from the powers of two up to n / 2.
    """
    guess = rng.integers(0, 2, n)
    best = oracle.ask(guess)[0]
    sizes = 2 ** np.arange(max(1, int(np.log2(n))))
    for _ in range(queries - 1):
        block = rng.choice(n, rng.choice(sizes), replace=False)
        trial = guess.copy()
        trial[block] ^= 1
        reply = oracle.ask(trial)[0]
        if reply > best + 1e-12:
            guess, best = trial, reply
    return guess


ATTACKS: dict[str, Callable[..., np.ndarray]] = {
    "one flip": one_flip,
    "random vote": random_vote,
    "box fit": box_fit,
    "block climb": block_climb,
}


def simulate_extraction(
    queries: Iterable[int],
    n: int,
    attacks: Iterable[str] = tuple(ATTACKS),
    defences: Iterable[Defence] = (Defence("exact"),),
    seeds: Iterable[int] = range(3),
) -> pd.DataFrame:
    """Share of hidden labels that an attack reads out of an accuracy oracle.

    Labels are fair coins, so that 0.5 is what no query at all gets right. No
    attack here is optimal, and one tuned to a defence would do better: a low
    share says that these attacks failed, not that the defence is safe.

    Returns
    -------
    DataFrame
        One row an attack, defence, number of queries and seed: ``attack``,
        ``defence``, ``n``, ``queries``, ``seed``, ``recovered`` in [0, 1].
    """
    rows, queries, seeds = [], list(queries), list(seeds)
    for attack in attacks:
        for defence in defences:
            for count in queries:
                for seed in seeds:
                    rng = np.random.default_rng([seed, n, count])
                    oracle = Oracle(rng.integers(0, 2, n), defence, rng)
                    guess = ATTACKS[attack](oracle, n, check_count(count, "queries", 1e9, 1), rng)
                    share = float((guess == oracle.labels).mean())
                    rows.append((attack, defence.label, n, count, seed, share))
    columns = ["attack", "defence", "n", "queries", "seed", "recovered"]
    return pd.DataFrame(rows, columns=columns)


class Leak(NamedTuple):
    """What leaked labels add: ``expected`` and ``most`` in accuracy, and the
    same in performance gap recovered."""

    expected: float
    most: float
    expected_recovered: float
    most_recovered: float


def worth_of_labels(k: int, n: int, gap: float, right_anyway: float = 0.5) -> Leak:
    """What knowing ``k`` of ``n`` test labels adds to a score.

    ``k (1 - right_anyway) / n`` is expected, ``k / n`` if all of them would
    have been wrong; divided by the gap between teacher and ceiling in PGR.

    Parameters
    ----------
    k, n : int
        Labels leaked and test items.
    gap : float
        Ceiling minus weak, above 0.
    right_anyway : float
        Probability in [0, 1] of getting such an item right without the leak:
        one half for the items a model is least sure of.

    Raises
    ------
    ValueError
        For values out of range.
    """
    k = check_count(k, "k", maximum=check_count(n, "n", minimum=1))
    check_range(gap, "gap", low=1e-9)
    most = k / n
    expected = most * (1 - check_range(right_anyway, "right_anyway"))
    return Leak(expected, most, expected / gap, most / gap)
