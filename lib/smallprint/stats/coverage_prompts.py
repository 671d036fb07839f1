"""Cells of the coverage table where samples share prompts, transcripts or other clusters."""

from collections.abc import Iterator
from itertools import combinations_with_replacement
from math import factorial

import numpy as np
from scipy import special, stats

from smallprint.stats.clusters import (
    clustered_interval,
    intervals_by_icc,
    korn_graubard_interval,
    single_prompt_interval,
)
from smallprint.stats.coverage_cells import Cell
from smallprint.stats.coverage_reference import (
    LEVEL,
    Z,
    reference_cluster_means,
    reference_korn_graubard,
)
from smallprint.stats.intervals import Interval

PROMPTS = ((0.1, 0.05), (0.1, 0.12), (0.5, 0.05), (0.5, 0.12), (0.8, 0.12), (0.96, 0.05))
PROMPT_SIZE = 100
CLUSTERED = ((0.1, 0.05), (0.1, 0.3), (0.5, 0.05), (0.5, 0.3), (0.8, 0.05), (0.8, 0.3))
CLUSTERS, CLUSTER_SIZE = 5, 10
ASSUMED_CLUSTERS = 12


def _beta_shapes(p: float, variance: float) -> tuple[float, float]:
    total = p * (1 - p) / variance - 1
    return p * total, (1 - p) * total


def single_prompt_cells() -> Iterator[Cell]:
    """One prompt, with an assumed spread between prompts."""
    n, k = PROMPT_SIZE, np.arange(PROMPT_SIZE + 1)
    for p, sd in PROMPTS:
        a, b = _beta_shapes(p, sd**2)
        # The test itself, not its inversion: no quadratic is solved here.
        holds = np.abs(k / n - p) <= Z * np.sqrt((p * (1 - p) + (n - 1) * sd**2) / n)
        yield Cell(
            "Single prompt",
            f"{p:g} (SD between prompts {sd:g})",
            n,
            p,
            lambda rng, draws, a=a, b=b: rng.binomial(n, rng.beta(a, b, (draws, 1))),
            lambda k, sd=sd: single_prompt_interval(k, n, sd, LEVEL),
            holds.__getitem__,
            float(stats.betabinom.pmf(k, n, a, b) @ holds),
        )


def _clustered(*counts: int) -> Interval:
    y = [float(sample < k) for k in counts for sample in range(CLUSTER_SIZE)]
    clusters = [cluster for cluster in range(CLUSTERS) for _ in range(CLUSTER_SIZE)]
    return clustered_interval(y, clusters, LEVEL).interval


def _korn_graubard(*counts: int) -> Interval:
    return korn_graubard_interval(counts, [CLUSTER_SIZE] * CLUSTERS, LEVEL).interval


def clustered_cells() -> Iterator[Cell]:
    """Few clusters: the t-interval of their means, and Korn and Graubard's interval."""
    size = CLUSTER_SIZE
    counts = np.array(list(combinations_with_replacement(range(size + 1), CLUSTERS)))
    orders = [factorial(CLUSTERS) / np.prod(special.factorial(np.bincount(row))) for row in counts]
    for method, ours, second in (
        ("Clustered t", _clustered, reference_cluster_means),
        ("Korn-Graubard", _korn_graubard, reference_korn_graubard),
    ):
        low, high = second(counts, size)
        for p, icc in CLUSTERED:
            a, b = _beta_shapes(p, icc * p * (1 - p))
            pmf = np.prod(stats.betabinom.pmf(np.arange(size + 1), size, a, b)[counts], axis=1)
            holds = (low <= p) & (p <= high)
            yield Cell(
                method,
                f"{p:g} ({CLUSTERS} clusters of {size}, ICC {icc:g})",
                CLUSTERS * size,
                p,
                lambda rng, draws, a=a, b=b: np.sort(
                    rng.binomial(size, rng.beta(a, b, (draws, CLUSTERS))), axis=1
                ),
                ours,
                dict(zip(map(tuple, counts.tolist()), holds, strict=True)).__getitem__,
                float((pmf * orders)[holds].sum()),
            )


def assumed_correlation_cells() -> Iterator[Cell]:
    """A printed total of clusters that are not published, at the right assumed correlation."""
    size, clusters = CLUSTER_SIZE, ASSUMED_CLUSTERS
    n, k = size * clusters, np.arange(size * clusters + 1)
    for p, icc in CLUSTERED:
        a, b = _beta_shapes(p, icc * p * (1 - p))
        one, total = stats.betabinom.pmf(np.arange(size + 1), size, a, b), np.ones(1)
        for _ in range(clusters):
            total = np.convolve(total, one)
        effective = n / (1 + (size - 1) * icc)
        hits = k / n * effective
        # The limits are not worked out: p lies below one where its tail is too light.
        below = special.betainc(hits.clip(1e-300), effective - hits + 1, p)
        above = special.betaincc(hits + 1, (effective - hits).clip(1e-300), p)
        holds = ((k == 0) | (below >= (1 - LEVEL) / 2)) & ((k == n) | (above >= (1 - LEVEL) / 2))
        yield Cell(
            "Korn-Graubard, assumed correlation",
            f"{p:g} ({clusters} clusters of {size}, ICC {icc:g})",
            n,
            p,
            lambda rng, draws, a=a, b=b: rng.binomial(size, rng.beta(a, b, (draws, clusters))).sum(
                axis=1, keepdims=True
            ),
            lambda k, icc=icc: Interval(
                *intervals_by_icc(k, n, clusters, [icc], LEVEL).iloc[0][["low", "high"]], LEVEL, ""
            ),
            holds.__getitem__,
            float(total @ holds),
        )
