"""Analyses of published counts, on simulated counts of one common rate."""

from collections.abc import Iterator

import numpy as np

from smallprint.inoculation_prompting_audit import correlation_interval
from smallprint.stats.accuracies import accuracies_from_items, accuracies_from_seeds
from smallprint.stats.clusters import clustered_interval, korn_graubard_interval
from smallprint.stats.comparisons import (
    fisher_exact,
    holm,
    newcombe_interval,
)
from smallprint.stats.intervals import Interval
from smallprint.stats.judge_error import rogan_gladen_interval
from smallprint.stats.marginal_shift import paired_interval
from smallprint.stats.ranks import rank_intervals
from smallprint.stats.recovered_gap import performance_gap_recovered
from smallprint.stats.repeated_questions import accuracy_difference
from smallprint.validity.analyses import Analysis

COUNTS = "published counts"
LABELS = tuple("ABCDEFGHIJKLMNOP")
# Rates and samples a model: the usual n of the studies, a rare behaviour and a common one.
SETTINGS = ((0.5, 100), (0.9, 100), (0.04, 100), (0.5, 20))
SEEDS = 5
PROMPTS = 10


def excludes(limits: Interval, value: float = 0.0) -> bool:
    """Whether a value lies outside an interval."""
    return not limits.low <= value <= limits.high


def _two(draw, rate: float, n: int):
    return lambda rng, effect: draw(*rng.binomial(n, rate, 2).tolist(), n)


def _newcombe(first: int, second: int, n: int) -> bool:
    return excludes(newcombe_interval(first, n, second, n))


def _fisher(first: int, second: int, n: int) -> bool:
    return fisher_exact(first, n, second, n).p_value < 0.05


def _holm(rate: float, n: int):
    def draw(rng: np.random.Generator, effect: float) -> bool:
        counts = rng.binomial(n, rate, len(LABELS)).tolist()
        pairs = [(a, b) for at, a in enumerate(counts) for b in counts[:at]]
        return bool((holm([fisher_exact(a, n, b, n).p_value for a, b in pairs]) < 0.05).any())

    return draw


def _ranks(rng: np.random.Generator, effect: float) -> bool:
    n = 100
    found = rank_intervals(LABELS, rng.binomial(n, 0.5, len(LABELS)).tolist(), [n] * len(LABELS))
    return bool(((found["rank_low"] > 1) | (found["rank_high"] < len(LABELS))).any())


def _tango(rng: np.random.Generator, effect: float) -> bool:
    n = 100
    joint, mirror, _ = rng.multinomial(n, (0.2, 0.2, 0.6)).tolist()
    return excludes(paired_interval(joint, mirror, n))


def _judge(rng: np.random.Generator, effect: float) -> bool:
    """Whether a judge's false positives alone are taken for a rate above 0."""
    n, m, sensitivity, specificity = 100, 50, 0.9, 0.95
    k, true = int(rng.binomial(n, 1 - specificity)), int(rng.binomial(m, sensitivity))
    limits = rogan_gladen_interval(k, n, true, m, int(rng.binomial(m, specificity)), m)
    return limits.low > 0


def _clusters(interval):
    def draw(rng: np.random.Generator, effect: float) -> bool:
        clusters, size, rate, icc = 8, 10, 0.5, 0.3
        total = 1 / icc - 1
        counts = rng.binomial(size, rng.beta(rate * total, (1 - rate) * total, clusters))
        return excludes(interval(counts, size), rate)

    return draw


def _clustered_t(counts: np.ndarray, size: int) -> Interval:
    return clustered_interval(counts / size, range(len(counts))).interval


def _korn(counts: np.ndarray, size: int) -> Interval:
    return korn_graubard_interval(counts.tolist(), [size] * len(counts)).interval


def gap(rng: np.random.Generator, effect: float) -> bool:
    """PGR from items and seeds; nothing recovered, or a share of the gap.

    Weak 0.65, ceiling 0.85; items differ in difficulty alike for all models, and each training
    has luck of its own with a standard deviation of two points.
    """
    items, weak, ceiling = 500, 0.65, 0.85
    difficulty = rng.normal(0, 0.15, items)
    scores = []
    for mean in (weak, weak + effect * (ceiling - weak), ceiling):
        rates = mean + rng.normal(0, 0.02, (SEEDS, 1)) + difficulty
        scores.append(rng.random((SEEDS, items)) < rates.clip(0, 1))
    found = performance_gap_recovered(accuracies_from_items(*scores))
    return found.interval is not None and excludes(found.interval)


def _gap_of_seeds(rng: np.random.Generator, effect: float) -> bool:
    weak, student, ceiling = (mean + rng.normal(0, 0.02, SEEDS) for mean in (0.65, 0.65, 0.85))
    found = performance_gap_recovered(accuracies_from_seeds(weak, student, ceiling))
    return found.interval is not None and excludes(found.interval)


def _ratio(rng: np.random.Generator, effect: float) -> bool:
    """Whether the set of Fieller's method leaves out the true ratio, for a weak denominator."""
    weak, student, ceiling = (mean + rng.normal(0, 0.04, SEEDS) for mean in (0.65, 0.70, 0.75))
    found = performance_gap_recovered(accuracies_from_seeds(weak, student, ceiling))
    return not found.fieller.holds(0.5)


def _repeated(rng: np.random.Generator, effect: float) -> bool:
    """Accuracies of 5 runs of 60 questions in two conditions, runs and questions drawn."""
    hard = rng.beta(2, 1, 60)
    first, second = (rng.random((SEEDS, 60)) < hard for _ in range(2))
    read = accuracy_difference(first, second).set_index("sampling")
    return bool(read.loc["runs and questions", "p_value"] < 0.05)


def _correlation(rng: np.random.Generator, effect: float) -> bool:
    first, second = rng.normal(size=(2, PROMPTS))
    return excludes(correlation_interval(float(np.corrcoef(first, second)[0, 1]), PROMPTS))


def analyses() -> Iterator[Analysis]:
    """All analyses of published counts, each with nothing to find."""
    for rate, n in SETTINGS:
        where = f"two models of rate {rate:g}, n = {n} each"
        yield Analysis(COUNTS, "Newcombe's interval", where, _two(_newcombe, rate, n), 4000)
        yield Analysis(COUNTS, "Fisher's test", where, _two(_fisher, rate, n), 4000)
        many = f"{len(LABELS)} models of rate {rate:g}, n = {n} each"
        yield Analysis(COUNTS, "any pair after Holm", many, _holm(rate, n), 1000)
    many = f"{len(LABELS)} models of rate 0.5, n = 100 each"
    yield Analysis(COUNTS, "any rank interval that leaves a place out", many, _ranks, 1000)
    pairs = "100 pairs, joint and mirror rate 0.2"
    yield Analysis(COUNTS, "Tango's interval of joint minus mirror", pairs, _tango, 4000)
    judge = "true rate 0; sensitivity 0.9, specificity 0.95, known from 50 each; n = 100"
    yield Analysis(COUNTS, "corrected rate above 0", judge, _judge, 2000, nominal=0.025)
    clusters = "8 texts of 10, rate 0.5, correlation 0.3"
    yield Analysis(
        COUNTS, "clustered t leaves the rate out", clusters, _clusters(_clustered_t), 2000
    )
    yield Analysis(COUNTS, "Korn-Graubard leaves the rate out", clusters, _clusters(_korn), 2000)
    weak = "ratio 0.5, gap of 10 points, seeds' SD 4 points, 5 seeds"
    yield Analysis(COUNTS, "Fieller's set leaves the ratio out", weak, _ratio, 4000)
    seeds = "student as the teacher, gap of 20 points, seeds' SD 2 points, 5 seeds"
    yield Analysis(COUNTS, "PGR from seeds", seeds, _gap_of_seeds, 4000)
    runs = "5 runs of 60 questions in each condition, the same questions"
    yield Analysis(COUNTS, "difference of accuracies, runs and questions", runs, _repeated, 1000)
    normal = f"{PROMPTS} prompts, two normal scores that have nothing to do with each other"
    yield Analysis(COUNTS, "interval of a correlation", normal, _correlation, 4000)
    yield Analysis(
        "weak-to-strong",
        "PGR of a pair",
        "student as the teacher, gap of 20 points, 5 seeds, 500 items",
        gap,
        2000,
        effects=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
        unit="share of the gap",
        planted_draws=400,
    )
