"""What the organisms of a world showed, with intervals over seeds. Needs no torch."""

import os
import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from smallprint import paths
from smallprint.stats.intervals import Interval


def measurements(study: str, profile: str) -> pd.DataFrame:
    """The measurements of a study's organisms, a row each; trains them first if need be.

    Training runs in a process of its own, whose progress is passed on; organisms that
    are trained already are not trained again.

    Raises
    ------
    RuntimeError
        If the training fails, with its last line.
    """
    command = [sys.executable, "-m", "smallprint.vitro.engine", study, profile]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ) as process:
        last = ""
        for line in process.stderr:
            last = line
            sys.stderr.write(line)
    if process.returncode:
        raise RuntimeError(f"the organisms of {study} could not be trained: {last.strip()}")
    return pd.read_csv(
        paths.VITRO / study / f"{profile}.csv", keep_default_na=False, na_values=[""]
    )


def mean_over_seeds(values: Sequence[float], level: float = 0.95) -> tuple[float, Interval | None]:
    """Mean of one value a seed, with the t interval; seeds are the clusters.

    The interval speaks of new seeds, that is new corpora, first weights and orders, for
    this design. It needs two seeds and is None for one.
    """
    values = np.asarray(values, float)
    mean = float(values.mean())
    if len(values) < 2:
        return mean, None
    half = stats.t.ppf((1 + level) / 2, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5
    return mean, Interval(mean - half, mean + half, level, "t over seeds")


def by_seed(frame: pd.DataFrame, value: str, levels: dict[str, object]) -> pd.Series:
    """Mean of `value` by condition and seed, over the rows that have these levels.

    Raises
    ------
    ValueError
        If no row has them.
    """
    chosen = frame[(frame[list(levels)] == pd.Series(levels)).all(axis=1)]
    if chosen.empty:
        raise ValueError(f"no measurement has {levels}")
    return chosen.groupby(["condition", "seed"], sort=False)[value].mean()


def over_seeds(named: dict[str, pd.Series]) -> pd.DataFrame:
    """A row a quantity and condition: mean, interval limits and number of seeds.

    `named` holds series as `by_seed` returns them. Differences of such series are
    differences within a seed, so what the seeds share does not widen the interval.
    """
    rows = []
    for name, series in named.items():
        for condition, values in series.groupby(level="condition", sort=False):
            mean, interval = mean_over_seeds(values)
            low, high = interval[:2] if interval else (None, None)
            rows.append((name, condition, mean, low, high, len(values)))
    return pd.DataFrame(rows, columns=["quantity", "condition", "value", "low", "high", "seeds"])


def agreement(quick: pd.DataFrame, full: pd.DataFrame) -> pd.DataFrame:
    """Two tables of `over_seeds`, joined; `agree` says whether the intervals overlap."""
    both = quick.merge(full, on=["quantity", "condition"], suffixes=("_quick", "_full"))
    both["agree"] = (both["low_quick"] <= both["high_full"]) & (
        both["low_full"] <= both["high_quick"]
    )
    return both
