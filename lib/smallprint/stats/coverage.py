"""Simulated coverage of every interval method beside an independent computation.

Simulated: seeded draws, and our function's interval for each. Independent: the
exact probability, by enumerating all outcomes, that a second implementation's
interval holds the truth. The second implementations are in
`coverage_reference`.
"""

import sys
from collections.abc import Callable, Iterator
from itertools import combinations_with_replacement
from math import factorial, inf, sqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special, stats

from smallprint.stats.clusters import clustered_interval, single_prompt_interval
from smallprint.stats.comparisons import newcombe_interval
from smallprint.stats.coverage_reference import (
    LEVEL,
    REFERENCES,
    Z,
    reference_cluster_means,
    reference_lang_reiczigel,
    reference_newcombe,
)
from smallprint.stats.intervals import INTERVALS, Interval
from smallprint.stats.judge_error import rogan_gladen_interval

RATES = (0.01, 0.05, 0.1, 0.3, 0.5, 0.8, 0.96)
SIZES = (10, 20, 50, 100, 200)
PAIRS = ((0.05, 0.05), (0.12, 0.01), (0.5, 0.5), (0.8, 0.6), (0.96, 0.37))
PAIR_SIZES = (10, 20, 50)
JUDGES = ((0.1, 0.9, 0.95), (0.37, 0.9, 0.95), (0.5, 0.8, 0.8), (0.96, 0.9, 0.95))
JUDGE_SIZE, CALIBRATION_SIZE = 100, 50
PROMPTS = ((0.1, 0.05), (0.1, 0.12), (0.5, 0.05), (0.5, 0.12), (0.8, 0.12), (0.96, 0.05))
PROMPT_SIZE = 100
CLUSTERED = ((0.1, 0.05), (0.1, 0.3), (0.5, 0.05), (0.5, 0.3), (0.8, 0.05), (0.8, 0.3))
CLUSTERS, CLUSTER_SIZE = 5, 10


class Cell(NamedTuple):
    """One cell: where, how to draw outcomes, and the two implementations.

    ``interval`` is ours; ``holds`` says of an outcome whether the second
    implementation's interval holds the truth, and ``independent`` is the exact
    probability that it does.
    """

    method: str
    p: str
    n: int
    truth: float
    draw: Callable[[np.random.Generator, int], np.ndarray]
    interval: Callable[..., Interval]
    holds: Callable[[tuple[int, ...]], bool]
    independent: float


# Cells: for each, the exact coverage by enumeration of all outcomes ----------


def _beta_shapes(p: float, variance: float) -> tuple[float, float]:
    total = p * (1 - p) / variance - 1
    return p * total, (1 - p) * total


def _proportion_cells() -> Iterator[Cell]:
    for method, function in INTERVALS.items():
        for n in SIZES:
            k = np.arange(n + 1)
            low, high = np.array([REFERENCES[method](int(one), n) for one in k]).T
            for p in RATES:
                holds = (low <= p) & (p <= high)
                yield Cell(
                    method,
                    f"{p:g}",
                    n,
                    p,
                    lambda rng, draws, n=n, p=p: rng.binomial(n, p, (draws, 1)),
                    lambda k, f=function, n=n: f(k, n, LEVEL),
                    holds.__getitem__,
                    float(stats.binom.pmf(k, n, p) @ holds),
                )


def _newcombe_cells() -> Iterator[Cell]:
    for n in PAIR_SIZES:
        k1, k2 = np.indices((n + 1, n + 1))
        low, high = reference_newcombe(k1, k2, n)
        for p1, p2 in PAIRS:
            pmf = stats.binom.pmf(k1, n, p1) * stats.binom.pmf(k2, n, p2)
            holds = (low <= p1 - p2) & (p1 - p2 <= high)
            yield Cell(
                "Newcombe",
                f"{p1:g}, {p2:g}",
                n,
                p1 - p2,
                lambda rng, draws, n=n, p=(p1, p2): rng.binomial(n, p, (draws, 2)),
                lambda k1, k2, n=n: newcombe_interval(k1, n, k2, n, LEVEL),
                holds.__getitem__,
                float(pmf[holds].sum()),
            )


def _judge_cells() -> Iterator[Cell]:
    n, m = JUDGE_SIZE, CALIBRATION_SIZE
    k, true_calls, false_calls = np.indices((n + 1, m + 1, m + 1))
    # A calibration without s > f is impossible in practice here; its weight is below 1e-10.
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = reference_lang_reiczigel(k, true_calls, false_calls, n, m)
    for p, sensitivity, specificity in JUDGES:
        reported = p * sensitivity + (1 - p) * (1 - specificity)
        rates = (reported, sensitivity, 1 - specificity)
        pmf = np.prod(
            [
                stats.binom.pmf(count, size, rate)
                for count, size, rate in zip(
                    (k, true_calls, false_calls), (n, m, m), rates, strict=True
                )
            ],
            axis=0,
        )
        holds = (low <= p) & (p <= high)
        yield Cell(
            "Lang-Reiczigel",
            f"{p:g} (Se {sensitivity:g}, Sp {specificity:g}, of {m} each)",
            n,
            p,
            lambda rng, draws, rates=rates: rng.binomial((n, m, m), rates, (draws, 3)),
            lambda k, true, false: rogan_gladen_interval(k, n, true, m, m - false, m, LEVEL),
            holds.__getitem__,
            float(pmf[holds].sum()),
        )


def _single_prompt_cells() -> Iterator[Cell]:
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


def _from_counts(*counts: int) -> Interval:
    y = [float(sample < k) for k in counts for sample in range(CLUSTER_SIZE)]
    clusters = [cluster for cluster in range(CLUSTERS) for _ in range(CLUSTER_SIZE)]
    return clustered_interval(y, clusters, LEVEL).interval


def _clustered_cells() -> Iterator[Cell]:
    size = CLUSTER_SIZE
    counts = np.array(list(combinations_with_replacement(range(size + 1), CLUSTERS)))
    orders = [factorial(CLUSTERS) / np.prod(special.factorial(np.bincount(row))) for row in counts]
    low, high = reference_cluster_means(counts, size)
    for p, icc in CLUSTERED:
        a, b = _beta_shapes(p, icc * p * (1 - p))
        pmf = np.prod(stats.betabinom.pmf(np.arange(size + 1), size, a, b)[counts], axis=1)
        holds = (low <= p) & (p <= high)
        yield Cell(
            "Clustered t",
            f"{p:g} ({CLUSTERS} clusters of {size}, ICC {icc:g})",
            CLUSTERS * size,
            p,
            lambda rng, draws, a=a, b=b: np.sort(
                rng.binomial(size, rng.beta(a, b, (draws, CLUSTERS))), axis=1
            ),
            _from_counts,
            dict(zip(map(tuple, counts.tolist()), holds, strict=True)).__getitem__,
            float((pmf * orders)[holds].sum()),
        )


def _simulate(cell: Cell, rng: np.random.Generator, draws: int) -> tuple[float, int]:
    """Coverage of our function, and the draws on which the second one differs."""
    outcomes, counts = np.unique(cell.draw(rng, draws), axis=0, return_counts=True)
    outcomes = [tuple(row) for row in outcomes.tolist()]
    intervals = [cell.interval(*row) for row in outcomes]
    covers = np.array([one.low <= cell.truth <= one.high for one in intervals])
    differs = covers != np.array([cell.holds(row) for row in outcomes])
    return float(counts @ covers) / draws, int(counts @ differs)


def _in_standard_errors(simulated: float, independent: float, draws: int) -> float:
    independent = min(1.0, independent)
    error = sqrt(independent * (1 - independent) / draws)
    difference = simulated - independent
    if error == 0:
        return 0.0 if abs(difference) < 1e-12 else inf
    return difference / error


def coverage_table(seed: int = 20260620, draws: int = 20000) -> pd.DataFrame:
    """Compare the coverage of each interval method with an independent computation.

    Parameters
    ----------
    seed : int
        Seeds one generator for all cells, in the order of the rows.
    draws : int
        Simulated data sets a cell.

    Returns
    -------
    DataFrame
        One row a cell: ``method``, ``p`` (the true rates and what else the cell
        fixes, as text), ``n``, ``nominal``, ``simulated`` coverage of our
        function, ``independent`` exact coverage of a second implementation,
        ``difference_in_se`` in standard errors of the simulation,
        ``disagreements``: draws on which one implementation's interval holds
        the truth and the other's does not. Where that is 0, a difference is
        chance in the draws, not in the method.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for cells in (
        _proportion_cells,
        _newcombe_cells,
        _judge_cells,
        _single_prompt_cells,
        _clustered_cells,
    ):
        for cell in cells():
            simulated, disagreements = _simulate(cell, rng, draws)
            rows.append(
                {
                    "method": cell.method,
                    "p": cell.p,
                    "n": cell.n,
                    "nominal": LEVEL,
                    "simulated": simulated,
                    "independent": cell.independent,
                    "difference_in_se": _in_standard_errors(simulated, cell.independent, draws),
                    "disagreements": disagreements,
                }
            )
    return pd.DataFrame(rows)


def coverage_markdown(table: pd.DataFrame) -> str:
    """Render `coverage_table` as a Markdown table, one row a method, and a note."""
    lines = [
        "| Method | Cells | Largest difference (SE) | Cells beyond 3 SE | Draws that disagree "
        "| Lowest coverage | Highest coverage |",
        "|:--|--:|--:|--:|--:|--:|--:|",
    ]
    for method, cells in table.groupby("method", sort=False):
        worst = cells["difference_in_se"].abs()
        exact = 100 * cells["independent"]
        lines.append(
            f"| {method} | {len(cells)} | {worst.max():.2f} | {(worst > 3).sum()} "
            f"| {cells['disagreements'].sum()} | {exact.min():.1f}% | {exact.max():.1f}% |"
        )
    expected = len(table) * 2 * stats.norm.sf(3)
    beyond = int((table["difference_in_se"].abs() > 3).sum())
    lines += [
        "",
        f"Beyond 3 standard errors: {beyond} of {len(table)} cells; about {expected:.1f} would be "
        "by chance alone, and no seed was picked to avoid them. A draw *disagrees* if one "
        "implementation's interval holds the true rate and the other's does not. Coverage is the "
        f"second implementation's, for a nominal {LEVEL:.0%}.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(coverage_markdown(coverage_table()) + "\n", encoding="utf-8")
