"""What an analysis under test is, and counts of how often it finds something."""

from collections.abc import Callable, Iterable
from typing import NamedTuple
from zlib import crc32

import numpy as np
import pandas as pd

from smallprint.measured.recovery import share

Draw = Callable[[np.random.Generator, float], bool]
ABOUT = ["study", "contrast", "setting"]
SEED = 20261121
# What a setting says of the reading alone stands after this.
READ = "; read with "


class Analysis(NamedTuple):
    """An analysis that ends in a contrast, a test or a flagged result, on data made up here.

    Attributes
    ----------
    study : str
        Slug, or "published counts".
    contrast : str
        What counts as found.
    setting : str
        How the data are made up where there is nothing to find.
    draw : callable
        ``draw(rng, effect)`` makes one data set with a planted effect and says whether it is found;
        0 plants nothing.
    draws : int
        Data sets in the committed null study.
    effects : tuple of float
        Sizes to plant, in ``unit``; none if the analysis has no planted study.
    unit : str
    planted_draws : int
        Data sets a size in the committed planted study.
    nominal : float
        Largest share of findings that the method allows where there is nothing.
    """

    study: str
    contrast: str
    setting: str
    draw: Draw
    draws: int
    effects: tuple[float, ...] = ()
    unit: str = "points"
    planted_draws: int = 200
    nominal: float = 0.05

    @property
    def name(self) -> str:
        """Study, contrast and setting in one line."""
        return f"{self.study}: {self.contrast}; {self.setting}"


def count(one: Analysis, effect: float, draws: int, seed: int) -> int:
    """How many data sets of one analysis show a finding.

    Each data set has random numbers of its own, by setting, effect and number: a new analysis
    changes no other, and those of one setting, up to `READ`, read the same data.
    """
    made_as = crc32(f"{one.study} {one.setting.split(READ)[0]} {effect:g}".encode())
    return sum(
        bool(one.draw(np.random.default_rng([seed, made_as, number]), effect))
        for number in range(draws)
    )


def reading(found: int, draws: int, nominal: float) -> str:
    """Whether the share found is "above" the nominal one, "at" it or "below", by its interval."""
    limits = share(found, draws).interval
    if limits.low > nominal:
        return "above"
    return "below" if limits.high < nominal else "at"


def table(
    analyses: Iterable[Analysis],
    draws: float,
    seed: int,
    effects: bool,
    kept: pd.DataFrame | None = None,
    changed: str = "",
) -> pd.DataFrame:
    """Findings of each analysis, a row a size planted; one row, of nothing, in a null study.

    Parameters
    ----------
    draws : float
        Share of the committed numbers of data sets, above 0 and at most 1; at least 1 is drawn.
    effects : bool
        Whether sizes are planted; analyses without any are then left out.
    kept : DataFrame, optional
        An earlier table. Rows of as many draws are taken from it, save those of analyses
        whose name holds ``changed``.

    Returns
    -------
    DataFrame
        ``study``, ``contrast``, ``setting``, ``unit``, ``effect``, ``found``, ``draws``,
        ``nominal``.
    """
    known = {} if kept is None else kept.set_index([*ABOUT, "effect", "draws"])["found"].to_dict()
    rows = []
    for one in analyses:
        of, sizes = (one.planted_draws, one.effects) if effects else (one.draws, (0.0,))
        n, about = max(1, round(draws * of)), [getattr(one, name) for name in ABOUT]
        for size in sizes:
            found = None if changed in one.name else known.get((*about, size, n))
            if found is None:
                found = count(one, size, n, seed)
            rows.append([*about, one.unit, size, found, n, one.nominal])
    columns = [*ABOUT, "unit", "effect", "found", "draws", "nominal"]
    return pd.DataFrame(rows, columns=columns)
