"""Organisms: differences within seeds where the condition does nothing.

Rates by seed are drawn from beta distributions with the means and the spreads over seeds of the
committed tables, and go through the functions that made those.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy import stats

from smallprint import paths
from smallprint.validity.analyses import Analysis
from smallprint.validity.published import excludes
from smallprint.vitro.results import agreement, mean_over_seeds, over_seeds, reference

QUICK = 3
SEEDS = 5
ITEMS = 200


def worlds() -> list[str]:
    """The studies with a committed table of organisms."""
    return sorted(path.parent.name for path in paths.ESTIMATES.glob("*/vitro-full.csv"))


@lru_cache
def rates(study: str) -> np.ndarray:
    """Mean and standard deviation over seeds of a world's shares, those that vary; shape (N, 2).

    The deviation is that behind the printed interval; where a limit was cut at 0 or 1, the other
    side of it is taken.
    """
    table = reference(study)
    table = table[(table["unit"] == "proportion") & (table["seeds"] > 2)].dropna(subset="low")
    half = np.maximum(table["high"] - table["value"], table["value"] - table["low"])
    sd = half / stats.t.ppf(0.975, table["seeds"] - 1) * np.sqrt(table["seeds"])
    mean = table["value"]
    keep = (sd > 1e-4) & (mean > 0) & (mean < 1) & (sd**2 < mean * (1 - mean))
    return np.column_stack([mean, sd])[keep.to_numpy()]


def seeds(rng: np.random.Generator, mean: float, sd: float, shape) -> np.ndarray:
    """Shares by seed in [0, 1] of that mean and standard deviation, from a beta distribution."""
    total = mean * (1 - mean) / sd**2 - 1
    return rng.beta(mean * total, (1 - mean) * total, shape)


def _difference(study: str, n: int):
    def draw(rng: np.random.Generator, effect: float) -> bool:
        known = rates(study)
        mean, sd = known[rng.integers(len(known))]
        first, second = seeds(rng, mean, sd, (2, n))
        return excludes(mean_over_seeds(first - second)[1])

    return draw


def _agreement(study: str):
    """Whether a quick and a full run of the same organisms are said to disagree."""

    def draw(rng: np.random.Generator, effect: float) -> bool:
        known = rates(study)
        mean, sd = known[rng.integers(len(known))]
        quick, full = (_summary(seeds(rng, mean, sd, n)) for n in (QUICK, 8))
        return not agreement(quick, full)["agree"].iloc[0]

    return draw


def _summary(values: np.ndarray) -> pd.DataFrame:
    index = pd.MultiIndex.from_product([["arm"], range(len(values))], names=["condition", "seed"])
    return over_seeds({"share": pd.Series(values, index)}, {})


def _inoculated(rate: float, sd: float):
    """Shortcut kept out by a training prompt, in a rerun's default of 5 seeds of 200 items."""

    def draw(rng: np.random.Generator, effect: float) -> bool:
        shares = [seeds(rng, mean, sd, SEEDS) for mean in (rate, rate - effect)]
        first, second = (rng.binomial(ITEMS, share) / ITEMS for share in shares)
        limits = mean_over_seeds(first - second)[1]
        return limits.low > 0 if effect else excludes(limits)

    return draw


def analyses() -> Iterator[Analysis]:
    """Differences of organisms in every world, and of fine-tuned models."""
    for study in worlds():
        for n in (8, QUICK):
            where = f"two arms drawn alike, shares of the committed table, {n} seeds"
            yield Analysis(study, "organisms: difference", where, _difference(study, n), 2000)
    where = "one world drawn twice, 3 and 8 seeds"
    study = "agentic-misalignment"
    yield Analysis(study, "organisms: quick and full disagree", where, _agreement(study), 400)
    for sd, name in ((0.05, "5"), (0.2, "20")):
        yield Analysis(
            "inoculation-prompting",
            "shortcut kept out by a prompt",
            f"no prompt keeps anything out; rate 0.8, seeds' SD {name} points, 5 seeds, 200 items",
            _inoculated(0.8, sd),
            4000,
            effects=(0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6),
            planted_draws=1000,
        )
