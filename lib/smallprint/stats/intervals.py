"""Confidence intervals for one proportion."""

from typing import NamedTuple


class Interval(NamedTuple):
    """An interval estimate.

    ``low`` and ``high`` are in the unit of the estimated quantity; ``level``
    is the nominal coverage in (0, 1); ``method`` names how it was computed.
    """

    low: float
    high: float
    level: float
    method: str
