"""Outcomes of studies whose replies end in a marked answer: agents, scorers, paired differences.

Columns are those of a study's ``outcomes.csv``; `yes_no` turns its answers into numbers.
"""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from smallprint import live
from smallprint.estimates import Estimate, Run
from smallprint.measured import files
from smallprint.measured.rates import Clustering, interval_of, rates
from smallprint.measured.record import tier_of
from smallprint.stats.clusters import clustered_interval
from smallprint.stats.intervals import Interval

SIDES = {"sensitivity": 1.0, "specificity": 0.0}
EVERYBODY = "all agents"


class Paired(NamedTuple):
    """A mean difference in [-1, 1] over so many pairs; ``interval`` is None with fewer than two
    clusters."""

    value: float
    interval: Interval | None
    pairs: int


def asked(study: str, model: str, answers: Sequence[str]) -> pd.DataFrame:
    """A model's outcomes, the named columns as 1, 0 and missing, with ``agent`` for control agents.

    Raises
    ------
    FileNotFoundError
        If there are none; the message says what to run.
    """
    frame = files.rows(study, model).assign(agent=model.removeprefix("control/"))
    return frame.assign(**{name: yes_no(frame[name]) for name in answers})


def agents(study: str, names: Sequence[str], answers: Sequence[str]) -> pd.DataFrame:
    """The outcomes of control agents in one table; see `asked`."""
    found = [asked(study, f"control/{name}", answers) for name in names]
    return pd.concat(found, ignore_index=True)


def yes_no(column: pd.Series) -> pd.Series:
    """Answers as 1, 0 and missing."""
    return column.astype(object).map({True: 1.0, False: 0.0}).astype(float)


def shares(
    frame: pd.DataFrame, column: str, by: Sequence[str], clusters: str = "text"
) -> pd.DataFrame:
    """Share of ones in a column for each group, with what was not scored; see `rates.rates`.

    Parameters
    ----------
    frame : DataFrame
        Outcomes; a missing value counts as a sample without an answer, which the bounds take
        for a zero and for a one.
    clusters : str
        Column whose equal values are one cluster.
    """
    frame = frame.assign(text=frame[clusters])
    return rates(frame, column, by, Clustering(frame, column, by))


def accuracy(frame: pd.DataFrame, scorer: str, truth: str) -> pd.DataFrame:
    """Sensitivity and specificity of a scorer's column against a known one, by agent and over all.

    Replies that are known to be unscored have no truth and do not enter. What the scorer leaves
    without an answer counts in ``missing``. A cluster is one text of one agent: a scripted reply
    that is repeated word for word counts once.

    Returns
    -------
    DataFrame
        ``agent`` (`EVERYBODY` for all), ``side`` and the columns of `rates.rates`, where ``k``
        counts right answers.
    """
    found = []
    for name, group in [*frame.groupby("agent", sort=False), (EVERYBODY, frame)]:
        for side, value in SIDES.items():
            part = group[group[truth] == value]
            if part.empty:
                continue
            right = (part[scorer] == value).astype(float).where(part[scorer].notna())
            own = part["agent"] + " " + part["text"]
            part = part.assign(right=right, state="scored", agent=name, side=side, own=own)
            found.append(shares(part, "right", ("agent", "side"), "own"))
    return pd.concat(found, ignore_index=True)


def paired(
    frame: pd.DataFrame,
    column: str,
    factor: str,
    levels: tuple[str, str],
    pair: Sequence[str],
    clusters: str,
) -> Paired:
    """Mean difference between two levels of a factor over what was asked at both.

    Parameters
    ----------
    column : str
        1, 0 or missing; pairs with a missing value are left out.
    levels : (str, str)
        The first minus the second.
    pair : sequence of str
        Columns that are equal within a pair, `clusters` among them.
    """
    wide = frame.pivot_table(column, list(pair), factor)
    if not set(levels) <= set(wide):
        return Paired(float("nan"), None, 0)
    apart = (wide[levels[0]] - wide[levels[1]]).dropna().reset_index(name="d")
    if apart[clusters].nunique() < 2:
        return Paired(float(apart["d"].mean()), None, len(apart))
    # The clustered mean is defined for scores in [0, 1].
    mean = clustered_interval((apart["d"] + 1) / 2, apart[clusters])
    low, high = (2 * limit - 1 for limit in mean.interval[:2])
    interval = Interval(low, high, mean.interval.level, mean.interval.method)
    return Paired(2 * mean.mean - 1, interval, len(apart))


class Recorder:
    """Records measured shares and differences as estimates of one model or of control agents.

    Parameters
    ----------
    run : Run
    claims : tuple of str
        Claims that the numbers speak to; none for control agents.
    method : str
        How a share is made, clusters included.
    """

    def __init__(self, run: Run, claims: tuple[str, ...], method: str) -> None:
        self.run, self.claims, self.method = run, claims, method

    def share(self, id: str, quantity: str, row: pd.Series, model: str) -> Estimate:
        """A share from a row of `shares` or `accuracy`."""
        missing = int(row["missing"])
        return self._estimate(
            id,
            model,
            quantity=quantity,
            unit="proportion",
            value=row["value"],
            interval=interval_of(row),
            n=int(row["n"]),
            k=int(row["k"]),
            method=self.method,
            note=f"{missing} samples without an answer" if missing else None,
        )

    def bounds(self, id: str, quantity: str, row: pd.Series, model: str) -> tuple[Estimate, ...]:
        """The share if none, and if all, of the samples without an answer were a one."""
        interval = Interval(row["bound_from"], row["bound_to"], 0.95, "Korn-Graubard, bounds")
        return tuple(
            self._estimate(
                f"{id}--{reading}",
                model,
                quantity=f"{quantity}, if {reading} of the others counted",
                unit="proportion",
                value=row[column],
                interval=interval,
                n=int(row["n"] + row["missing"]),
                method="worst-case bounds",
            )
            for reading, column in (("none", "bound_low"), ("all", "bound_high"))
        )

    def difference(self, id: str, quantity: str, found: Paired, model: str) -> Estimate:
        """A paired difference."""
        return self._estimate(
            id,
            model,
            quantity=quantity,
            unit="difference",
            value=found.value,
            interval=found.interval,
            n=found.pairs,
            method="mean of paired differences",
        )

    def _estimate(self, id: str, model: str, **fields: object) -> Estimate:
        tier = tier_of(model) if "/" in model else "control"
        claims = self.claims if tier == "live" else ()
        return self.run.estimate(id, claims=claims, tier=tier, model=model, **fields)


def ensure(
    study: str, model: str, judge: str, samples: int, design: str, families: str, **spending: object
) -> bool:
    """Ask what was not asked, as `live.ensure` does; whether everything named was asked."""
    chosen = tuple(filter(None, families.split(",")))
    live.ensure(study, model, judge, samples, design, chosen, **spending)
    return live.is_complete(study, model, judge, samples, design, chosen)
