"""Measurements of trained models with intervals over seeds, as estimates. Needs no torch."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from smallprint.estimates import Run
from smallprint.records import Estimate, Tier
from smallprint.stats.intervals import Interval
from smallprint.vitro import results


class Organisms:
    """A table as `results.over_seeds` makes it; what a page uses is recorded when it is used.

    Parameters
    ----------
    run : Run
        Takes the estimates.
    claims : iterable of str
        What the models speak to.
    level : str
        What the conditions of this table are called.
    method : str
        How the models were trained.
    table : DataFrame or None
        The committed full profile of the run's study, if it is left out.
    tier, prefix : str
        Of the estimates and of their ids.
    **fields
        What else every estimate has, such as ``model``.

    Examples
    --------
    ``organism = Organisms(run, ("B20",)); organism("innocent", "gap: neutral")``
    """

    def __init__(
        self,
        run: Run,
        claims: Iterable[str],
        level: str = "organism",
        method: str = "organisms of the committed full profile",
        table: pd.DataFrame | None = None,
        tier: Tier = "vitro",
        prefix: str = "vitro",
        **fields: object,
    ) -> None:
        table = results.reference(run.study) if table is None else table
        self._rows = table.set_index(["condition", "quantity"])
        self._run, self._level, self._prefix = run, level, prefix
        self._fields = {"claims": tuple(claims), "tier": tier, "method": method, **fields}
        self._recorded: dict[tuple[str, str], Estimate] = {}

    def __contains__(self, measured: tuple[str, str]) -> bool:
        return measured in self._rows.index

    def __call__(self, condition: str, quantity: str) -> Estimate:
        """One number with its interval over seeds; KeyError if it was not measured."""
        measured = condition, quantity
        if measured not in self._recorded:
            row = self._rows.loc[measured]
            known = np.isfinite([row.low, row.high]).all()
            self._recorded[measured] = self._run.estimate(
                f"{self._prefix}--{condition}--{quantity}",
                quantity=quantity,
                unit=row.unit,
                value=row.value,
                interval=Interval(row.low, row.high, 0.95, results.METHOD) if known else None,
                condition={self._level: condition},
                n=int(row.seeds),
                **self._fields,
            )
        return self._recorded[measured]
