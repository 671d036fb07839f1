"""What the organisms of a world showed, with intervals over seeds. Needs no torch.

Run as ``python -m smallprint.vitro.results STUDY`` to train the full profile and rewrite the
committed reference.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from smallprint import commands, paths
from smallprint.estimates import write_atomically
from smallprint.stats.intervals import Interval
from smallprint.vitro import cache


def measurements(study: str, profile: str) -> pd.DataFrame:
    """The measurements of a study's organisms, a row each; trains them first if need be.

    Training runs in a process of its own, whose progress is passed on; organisms that
    are trained already are not trained again.

    Raises
    ------
    RuntimeError
        If the training fails, with its last line.
    """
    found = cache.table(study, profile)
    if not found.exists():
        _train(study, profile)
    return pd.read_csv(found, keep_default_na=False, na_values=[""])


def _train(study: str, profile: str) -> None:
    command = [sys.executable, "-m", "smallprint.vitro.engine", study, profile]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        last = ""
        for line in process.stderr:
            last = line
            sys.stderr.write(line)
    if process.returncode:
        raise RuntimeError(f"the organisms of {study} could not be trained: {last.strip()}")


METHOD = "t over seeds"


def reference(study: str, name: str = "vitro-full") -> pd.DataFrame:
    """A committed table of a study; by default the summary of its world's ``full`` profile."""
    return pd.read_csv(_reference_path(study, name))


def _reference_path(study: str, name: str = "vitro-full") -> Path:
    return paths.ESTIMATES / study / f"{name}.csv"


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
    return mean, Interval(mean - half, mean + half, level, METHOD)


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


# Beyond these no value of the unit can lie.
LIMITS = {"proportion": (0, 1), "difference": (-1, 1), "ratio": (-np.inf, np.inf)}


def over_seeds(
    rates: dict[str, pd.Series],
    differences: dict[str, pd.Series],
    ratios: dict[str, pd.Series] | None = None,
) -> pd.DataFrame:
    """A row a quantity and condition: unit, mean, interval limits and number of seeds.

    All hold series as `by_seed` returns them. Limits are cut at `LIMITS`.
    Differences are taken within a seed, so what the seeds share does not widen them.
    """
    rows = []
    for unit, named in zip(LIMITS, (rates, differences, ratios or {}), strict=True):
        for name, series in named.items():
            for condition, values in series.groupby(level="condition", sort=False):
                mean, interval = mean_over_seeds(values)
                limits = np.array(interval[:2] if interval else (np.nan, np.nan))
                low, high = limits.clip(*LIMITS[unit])
                rows.append((name, condition, unit, mean, low, high, len(values)))
    columns = ["quantity", "condition", "unit", "value", "low", "high", "seeds"]
    return pd.DataFrame(rows, columns=columns)


def agreement(quick: pd.DataFrame, full: pd.DataFrame) -> pd.DataFrame:
    """Two tables of `over_seeds`, joined; `agree` says whether the intervals overlap."""
    both = quick.merge(full, on=["quantity", "condition", "unit"], suffixes=("_quick", "_full"))
    both["agree"] = (both["low_quick"] <= both["high_full"]) & (
        both["low_full"] <= both["high_quick"]
    )
    return both


def main(arguments: list[str] | None = None) -> None:
    """Train the full profile of a study and rewrite its committed reference."""
    parser = commands.Parser(prog="python -m smallprint.vitro.results", description=main.__doc__)
    parser.add_argument("study")
    study = parser.parse_args(arguments).study

    def rewrite() -> None:
        table = cache.world(study).summary(measurements(study, "full"))
        write_atomically(_reference_path(study), table.to_csv(index=False, float_format="%.4f"))

    commands.carry_out(rewrite, ValueError)


if __name__ == "__main__":
    main()
