"""What many tries on one test set do to the best score.

The winner's expected optimism and corrections for it, search against
independent tries, labels read out of an accuracy oracle, what leaked labels
are worth, and what a transfer test of a given size can find or rule out.
"""

from collections.abc import Callable, Iterable, Sequence
from math import inf, nan, sqrt
from typing import NamedTuple

import numpy as np
import pandas as pd

from smallprint.stats.checks import check_count, check_level, check_range
from smallprint.stats.intervals import Interval, normal_quantile

# The best of many -------------------------------------------------------------


def expected_maximum(m: int) -> float:
    """Expected largest of ``m`` independent standard normal values.

    ``integral of x m phi(x) Phi(x)^(m - 1) dx``: 0 for one, 0.56 for two, 1.16
    for five, 2.51 for a hundred. ValueError for m below 1.
    """
    from scipy.integrate import quad
    from scipy.special import log_ndtr

    m = check_count(m, "m", minimum=1)

    def weighted(x: float) -> float:
        return x * np.exp(np.log(m) - x * x / 2 + (m - 1) * log_ndtr(x)) / sqrt(2 * np.pi)

    return float(quad(weighted, -12, 12, points=(0, 2, 4, 6), limit=200)[0])


def expected_optimism(
    m: int, n: int, accuracy: float, true_sd: float = 0.0, correlation: float = 0.0
) -> float:
    """By how much the best of m scores exceeds the winner's true accuracy.

    Normal approximation: true accuracies with standard deviation s around
    ``accuracy``, scores with noise variance ``v = p (1 - p) (1 - correlation) / n``.
    A score regresses by ``v / (v + s^2)``, so the best of m is
    ``expected_maximum(m) v / sqrt(v + s^2)`` too good. What all methods share
    (``correlation`` of item outcomes) cannot select a winner; it moves all
    scores alike and is not in the number.

    Parameters
    ----------
    m, n : int
        Methods tried and test items.
    accuracy, true_sd, correlation : float
        In [0, 1].

    Raises
    ------
    ValueError
        For values out of range.
    """
    check_range(true_sd, "true_sd")
    check_range(correlation, "correlation")
    p = check_range(accuracy, "accuracy")
    noise = p * (1 - p) * (1 - correlation) / check_count(n, "n", minimum=1)
    total = noise + true_sd**2
    return expected_maximum(m) * noise / sqrt(total) if total > 0 else 0.0


def simulate_best_of(
    tries: Iterable[int],
    n: int,
    accuracy: float = 0.6,
    true_sd: float = 0.0,
    correlation: float = 0.0,
    draws: int = 500,
    seed: int = 20260620,
) -> pd.DataFrame:
    """Simulate choosing the best of m methods on one test set.

    Every item is, with probability ``correlation``, one on which all methods
    share their luck (the weaker is right only where the stronger is), else
    they err independently; equal methods then have that correlation.

    Returns
    -------
    DataFrame
        One row a number of tries: ``tries``, ``n``; means over ``draws`` of the
        winner's ``score``, its ``truth``, ``optimism`` (score minus truth) with
        ``standard_error``, the truth of the ``best`` method there was; and
        ``expected``, the optimism of `expected_optimism`.
    """
    rng, rows = np.random.default_rng(seed), []
    for m in tries:
        score, truth, best = np.empty((3, draws))
        for draw in range(draws):
            p = np.clip(rng.normal(accuracy, true_sd, m), 0, 1)
            shared = rng.binomial(n, correlation)
            luck = np.sort(rng.random(shared))
            scores = (np.searchsorted(luck, p) + rng.binomial(n - shared, p)) / n
            won = rng.choice(np.flatnonzero(scores == scores.max()))
            score[draw], truth[draw], best[draw] = scores[won], p[won], p.max()
        optimism = score - truth
        rows.append(
            {
                "tries": m,
                "n": n,
                "score": score.mean(),
                "truth": truth.mean(),
                "optimism": optimism.mean(),
                "standard_error": optimism.std(ddof=1) / sqrt(draws),
                "best": best.mean(),
                "expected": expected_optimism(m, n, accuracy, true_sd, correlation),
            }
        )
    return pd.DataFrame(rows)


class Selected(NamedTuple):
    """The best of several methods.

    ``winner`` is its row, ``score`` what it got on the reused test set,
    ``adjusted`` an estimate of its worth that allows for the choice, with an
    ``interval`` where the method gives one.
    """

    winner: int
    score: float
    adjusted: float
    interval: Interval | None


def _check_scores(scores: Sequence[Sequence[float]]) -> np.ndarray:
    scores = np.asarray(scores, dtype=float)
    if scores.ndim != 2 or scores.shape[1] < 2:
        raise ValueError(f"scores must be methods by at least 2 items; found {scores.shape}")
    return scores


def split_adjusted(
    scores: Sequence[Sequence[float]], splits: int = 200, seed: int = 20260620
) -> Selected:
    """Choose on one half of the items, score on the other; mean over random halves.

    Each half-split is unbiased for the method it chose, from half the items:
    the mean estimates what choosing on n / 2 items is worth, a little less
    than choosing on n. The splits share items, so their spread is no error.

    Parameters
    ----------
    scores : array, methods by items
    splits : int
        Random splits into halves.
    seed : int
    """
    scores, rng = _check_scores(scores), np.random.default_rng(seed)
    n = scores.shape[1]
    held = np.empty(splits)
    for split in range(splits):
        chosen = np.zeros(n, dtype=bool)
        chosen[rng.permutation(n)[: n // 2]] = True
        held[split] = scores[scores[:, chosen].mean(axis=1).argmax()][~chosen].mean()
    means = scores.mean(axis=1)
    return Selected(int(means.argmax()), float(means.max()), float(held.mean()), None)


def bootstrap_adjusted(
    scores: Sequence[Sequence[float]],
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 20260620,
) -> Selected:
    """Choose on resampled items, score on those left out.

    The bootstrap bias correction of Tsamardinos, Greasidou and Borboudakis
    (2018, Machine Learning 107, 1895-1922), on one test set: the mean of the
    left-out scores, and their percentiles as interval. The left-out items are
    about 0.37 n, so the interval is wide.

    Parameters
    ----------
    scores : array, methods by items
    level : float
        Nominal coverage in (0, 1).
    draws, seed : int
        Resamples and what seeds them.
    """
    scores, rng = _check_scores(scores), np.random.default_rng(seed)
    check_level(level)
    n = scores.shape[1]
    counts = rng.multinomial(n, np.full(n, 1 / n), size=draws)
    winners = (counts @ scores.T).argmax(axis=1)
    out = (counts == 0).astype(float)
    left = (out @ scores.T)[np.arange(draws), winners] / np.maximum(out.sum(axis=1), 1)
    left = left[out.any(axis=1)]
    low, high = np.quantile(left, [(1 - level) / 2, (1 + level) / 2])
    means = scores.mean(axis=1)
    interval = Interval(float(low), float(high), level, "bootstrap bias correction")
    return Selected(int(means.argmax()), float(means.max()), float(left.mean()), interval)


def winner_adjusted(
    scores: Sequence[float], covariance: Sequence[Sequence[float]], level: float = 0.95
) -> Selected:
    """Median-unbiased estimate and interval for the winner, given that it won.

    Given the part of the other scores that is independent of the winner's,
    winning means that its score lies between two limits, and its distribution
    is a normal cut at them (Andrews, Kitagawa and McCloskey 2023, Quarterly
    Journal of Economics 139, 305-358). The estimate is the mean under which
    the score seen is the median, the limits those under which it is in either
    tail. With a close second the interval becomes very long downwards; after a
    tie the score says nothing about the winner's worth: ``adjusted`` is NaN and
    the interval the whole line.

    Parameters
    ----------
    scores : sequence of float, length m
        Means, approximately normal.
    covariance : m x m array
        Of the means; for shared items the covariance of the item scores / n.
    level : float
        Nominal coverage in (0, 1), given who won.

    Raises
    ------
    ValueError
        For a covariance of another shape, or a winner without variance.
    """
    x, covariance = np.asarray(scores, dtype=float), np.asarray(covariance, dtype=float)
    if covariance.shape != (len(x), len(x)):
        raise ValueError(f"covariance must be {len(x)} x {len(x)}; found {covariance.shape}")
    check_level(level)
    won = int(x.argmax())
    variance = float(covariance[won, won])
    if variance <= 0:
        raise ValueError("covariance must give the winner a variance above 0; found 0")
    slopes = np.delete(covariance[won], won) / variance
    rests = np.delete(x, won) - slopes * x[won]
    # Winning is x[won] (1 - slope) >= rest for every other method.
    with np.errstate(divide="ignore", invalid="ignore"):
        cuts = rests / (1 - slopes)
    lower = float(np.max(cuts[slopes < 1 - 1e-12], initial=-inf))
    upper = float(np.min(cuts[slopes > 1 + 1e-12], initial=inf))
    if not lower < x[won] < upper:
        tied = Interval(-inf, inf, level, "conditional on winning (a tie)")
        return Selected(won, float(x[won]), nan, tied)
    tail = (1 - level) / 2
    found = [
        _mean_with_tail(x[won], sqrt(variance), lower, upper, q) for q in (tail, 0.5, 1 - tail)
    ]
    interval = Interval(found[0], found[2], level, "conditional on winning")
    return Selected(won, float(x[won]), found[1], interval)


def _mean_with_tail(x: float, sd: float, lower: float, upper: float, tail: float) -> float:
    """Mean of the cut normal under which a value above ``x`` has probability ``tail``."""
    from scipy.optimize import brentq
    from scipy.stats import truncnorm

    def excess(mean: float) -> float:
        return truncnorm.sf(x, (lower - mean) / sd, (upper - mean) / sd, mean, sd) - tail

    reach = sd
    for _ in range(12):
        low, high = x - reach, x + reach
        if excess(low) < 0 < excess(high):
            return float(brentq(excess, low, high, xtol=1e-10))
        reach *= 2
    return -inf if excess(x) > 0 else inf


# Independent tries and search --------------------------------------------------


def simulate_search(
    tries: Sequence[int],
    n: int,
    accuracy: float = 0.6,
    redraw: float = 0.02,
    draws: int = 100,
    seed: int = 20260620,
) -> pd.DataFrame:
    """The best score of independent tries and of a search, where nothing is learned.

    An independent try is right on each item with probability ``accuracy``. The
    search redraws a share ``redraw`` of its current answers in the same way
    and keeps the change if the score rises. On fresh items each has
    ``accuracy``: all progress is optimism.

    Returns
    -------
    DataFrame
        One row a policy ("independent" or "adaptive") and number in ``tries``:
        ``policy``, ``tries``, ``score`` (mean over ``draws`` of the best so
        far), ``standard_error``, ``truth``, ``expected`` (for independent
        tries, ``accuracy + expected_maximum(m) sqrt(p (1 - p) / n)``; NaN for
        the search).
    """
    rng, rows = np.random.default_rng(seed), []
    tries = sorted(check_count(m, "tries", minimum=1) for m in tries)
    independent = np.maximum.accumulate(rng.binomial(n, accuracy, (draws, tries[-1])), axis=1)
    current = rng.random((draws, n)) < accuracy
    adaptive = np.empty((draws, tries[-1]))
    adaptive[:, 0] = current.sum(axis=1)
    for step in range(1, tries[-1]):
        fresh = rng.random((draws, n)) < accuracy
        proposal = np.where(rng.random((draws, n)) < redraw, fresh, current)
        better = proposal.sum(axis=1) > adaptive[:, step - 1]
        current[better] = proposal[better]
        adaptive[:, step] = current.sum(axis=1)
    deviation = sqrt(accuracy * (1 - accuracy) / n)
    for policy, best in (("independent", independent), ("adaptive", adaptive)):
        for m in tries:
            scores = best[:, m - 1] / n
            error = scores.std(ddof=1) / sqrt(draws)
            expected = accuracy + expected_maximum(m) * deviation
            expected = expected if policy == "independent" else np.nan
            rows.append((policy, m, scores.mean(), error, accuracy, expected))
    columns = ["policy", "tries", "score", "standard_error", "truth", "expected"]
    return pd.DataFrame(rows, columns=columns)


# Labels out of an accuracy oracle ----------------------------------------------


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


# What a transfer test can find or rule out -------------------------------------


def difference_sd(p: float, q: float, correlation: float = 0.0) -> float:
    """Standard deviation, per item, of the difference of two outcomes.

    ``sqrt(p (1 - p) + q (1 - q) - 2 correlation sqrt(p (1 - p) q (1 - q)))``:
    over sqrt(n) it is the standard error of a difference in accuracy. For one
    in PGR, take `ratios.performance_gap_recovered`'s standard error times sqrt(n).
    """
    first, second = (check_range(one, "p and q") * (1 - one) for one in (p, q))
    shared = 2 * check_range(correlation, "correlation", low=-1) * sqrt(first * second)
    return sqrt(max(0.0, first + second - shared))


class Equivalence(NamedTuple):
    """Two one-sided tests: ``p_value`` (the larger), ``equivalent`` (whether
    both reject), ``interval`` at ``2 level - 1``, which lies within the margins
    exactly when they do."""

    p_value: float
    equivalent: bool
    interval: Interval


def equivalence_test(
    estimate: float, standard_error: float, margin: float, df: float = inf, level: float = 0.95
) -> Equivalence:
    """Is the effect smaller than the margin? Two one-sided tests (Schuirmann 1987).

    Parameters
    ----------
    estimate, standard_error : float
        Of the effect, standard error above 0.
    margin : float
        Smallest effect of interest, above 0 and named beforehand.
    df : float
        Degrees of freedom; infinite for a normal test.
    level : float
        One minus the level of each test, in (0.5, 1).

    Raises
    ------
    ValueError
        For a standard error or margin not above 0, or a level out of range.
    """
    from scipy import stats

    check_range(level, "level", low=0.5)
    for name, value in (("standard_error", standard_error), ("margin", margin)):
        if not value > 0:
            raise ValueError(f"{name} must be above 0; found {value!r}")
    reference = stats.norm if df == inf else stats.t(df)
    p = float(reference.sf((margin - abs(estimate)) / standard_error))
    half = float(reference.isf(1 - level)) * standard_error
    interval = Interval(estimate - half, estimate + half, 2 * level - 1, "two one-sided tests")
    return Equivalence(p, p < 1 - level, interval)


def power_by_size(
    sizes: Iterable[int],
    sd: float,
    effect: float,
    margin: float,
    level: float = 0.95,
    power: float = 0.8,
) -> pd.DataFrame:
    """What a test on so many items finds, and what it can rule out.

    Parameters
    ----------
    sizes : iterable of int
        Test items.
    sd : float
        Per item, as from `difference_sd`; effects in the same unit.
    effect : float
        True effect to be found.
    margin : float
        Smallest effect of interest.
    level, power : float
        In (0, 1).

    Returns
    -------
    DataFrame
        One row a size: ``n``, ``standard_error``, ``power`` of the two-sided
        test at ``effect``, ``detectable`` (effect found with probability
        ``power``), ``equivalence_power`` (probability of showing equivalence
        within the margin when the true effect is 0), ``smallest_margin``
        (margin for which that probability is ``power``).
    """
    from scipy.special import ndtr, ndtri
    from statsmodels.stats.power import normal_power

    alpha, rows = 1 - check_level(level), []
    check_level(power)
    for n in sizes:
        error = sd / sqrt(check_count(n, "n", minimum=1))
        found = float(normal_power(effect, n, alpha, sigma=sd))
        detectable = float(ndtri(1 - alpha / 2) + ndtri(power)) * error
        ruled_out = max(0.0, 2 * float(ndtr(margin / error - ndtri(level))) - 1)
        smallest = float(ndtri(level) + ndtri((1 + power) / 2)) * error
        rows.append((n, error, found, detectable, ruled_out, smallest))
    columns = ["n", "standard_error", "power", "detectable", "equivalence_power"]
    return pd.DataFrame(rows, columns=[*columns, "smallest_margin"])


def readings_by_size(
    estimate: float, sizes: Iterable[int], sd: float, margin: float, level: float = 0.95
) -> pd.DataFrame:
    """What an effect reported without n would mean at each size.

    Returns
    -------
    DataFrame
        One row a size: ``n``, ``low``, ``high`` (two-sided interval), and
        ``reading``: "different" (0 excluded), "equivalent" (smaller than the
        margin by two one-sided tests), "different, but small" (both) or
        "inconclusive" (neither).
    """
    z, rows = normal_quantile(level), []
    for n in sizes:
        error = sd / sqrt(check_count(n, "n", minimum=1))
        different = abs(estimate) > z * error
        small = equivalence_test(estimate, error, margin, level=level).equivalent
        reading = {
            (True, False): "different",
            (False, True): "equivalent",
            (True, True): "different, but small",
            (False, False): "inconclusive",
        }[different, small]
        rows.append((n, estimate - z * error, estimate + z * error, reading))
    return pd.DataFrame(rows, columns=["n", "low", "high", "reading"])
