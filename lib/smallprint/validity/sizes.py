"""What a rerun with default counts could find, as estimates of a study's run."""

import numpy as np

from smallprint.estimates import Run
from smallprint.measured.record import share as record_share
from smallprint.measured.recovery import share
from smallprint.records import Estimate
from smallprint.validity import planted
from smallprint.validity.analyses import READ

# By the end of an estimate's id: how the contrast begins, and what the setting holds.
ROWS = {
    "factor": ("effect of a factor", "alike in all cells"),
    "verdict": ("verdict", "alike in all cells"),
    "arm": ("an arm less untouched facts", "facts alike"),
    "arm-facts-differ": ("an arm less untouched facts", "facts differ"),
    "cipher": ("a cipher less plain steps", "90%"),
    "nudge": ("intervals of nudge and no nudge", ""),
    "variance": ("variance of models", ""),
    "flags": ("models flag more", ""),
    "kept-out": ("shortcut kept out", "SD 5 points"),
    "kept-out-seeds-differ": ("shortcut kept out", "SD 20 points"),
    "pgr": ("PGR of a pair", ""),
}
UNITS = {"points": "difference", "share of answers": "proportion", "share of the gap": "ratio"}


def _rows(run: Run, row: str):
    contrast, setting = ROWS[row]
    found = planted.read()
    found = found[(found["study"] == run.study) & found["contrast"].str.startswith(contrast)]
    as_now = ~found["setting"].str.contains(READ, regex=False)
    return found[as_now & found["setting"].str.contains(setting, regex=False)]


def smallest_effect(run: Run, row: str) -> Estimate:
    """Record the smallest effect that an analysis finds in 80% of draws.

    Parameters
    ----------
    row : str
        One of `ROWS`; the estimate is ``validity--<row>``.

    Raises
    ------
    ValueError
        If the committed draws hold no such row of this study, or no planted effect is found
        so often.
    """
    found = planted.smallest(_rows(run, row))
    if len(found) != 1 or np.isnan(found["smallest"].iloc[0]):
        raise ValueError(
            f"{planted.FILE.name}: {len(found)} rows of {run.study} for {row!r} and no size found "
            f"in {planted.POWER:.0%}; draw with python -m smallprint.validity --draw {run.study}"
        )
    size = found.iloc[0]
    return run.estimate(
        f"validity--{row}",
        claims=(),
        tier="control",
        quantity=f"smallest effect found in {planted.POWER:.0%} of draws: {size['contrast']}",
        unit=UNITS[size["unit"]],
        # A few hundred draws tell no more than whole points.
        value=round(float(size["smallest"]), 2),
        n=int(size["draws"]),
        method=f"planted in simulated runs, interpolated between sizes; {size['setting']}",
    )


def found_at_largest(run: Run, row: str) -> tuple[Estimate, Estimate]:
    """Record how often an analysis finds the largest planted effect, and how large that is.

    For analyses that find no planted effect in 80% of draws. Parameters as in `smallest_effect`.
    """
    found = _rows(run, row)
    largest = found.loc[found["effect"].idxmax()]
    how = f"planted in simulated runs; {largest['setting']}"
    return record_share(
        run,
        f"validity--{row}",
        f"draws in which the largest planted effect is found: {largest['contrast']}",
        share(largest["found"], largest["draws"]),
        how,
    ), run.estimate(
        f"validity--{row}--largest",
        claims=(),
        tier="control",
        quantity=f"largest planted effect: {largest['contrast']}",
        unit=UNITS[largest["unit"]],
        value=float(largest["effect"]),
        method=how,
    )
