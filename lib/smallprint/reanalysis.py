"""What printed counts allow: differences, odds ratios, means, each recorded as an estimate.

Every function takes the run that records the result and the id it gets, and
returns the estimate. Inputs are estimates, so claims, sources and the weakest
confidence carry over.
"""

from collections.abc import Mapping, Sequence
from math import sqrt

import pandas as pd

from smallprint.estimates import Estimate, Run
from smallprint.stats.comparisons import fisher_exact, newcombe_interval
from smallprint.stats.intervals import Interval


def difference(run: Run, id: str, first: Estimate, second: Estimate, quantity: str) -> Estimate:
    """First minus second rate, with Newcombe's interval where both counts are known."""
    known = first.k is not None and second.k is not None
    return run.derived(
        id,
        of=[first, second],
        quantity=quantity,
        unit="difference",
        value=first.value - second.value,
        interval=newcombe_interval(first.k, first.n, second.k, second.n) if known else None,
        model=_shared_model(first, second),
        method="difference of printed rates",
    )


def odds_ratio(run: Run, id: str, first: Estimate, second: Estimate, quantity: str) -> Estimate:
    """Sample odds ratio of first against second."""
    return run.derived(
        id,
        of=[first, second],
        quantity=f"odds ratio, {quantity}",
        unit="ratio",
        value=fisher_exact(first.k, first.n, second.k, second.n).odds_ratio,
        model=_shared_model(first, second),
        method="sample odds ratio",
    )


def fisher_p_value(run: Run, id: str, first: Estimate, second: Estimate, quantity: str) -> Estimate:
    """Two-sided p-value of Fisher's exact test that both rates are equal."""
    return run.derived(
        id,
        of=[first, second],
        quantity=f"Fisher p-value, {quantity}",
        unit="p-value",
        value=fisher_exact(first.k, first.n, second.k, second.n).p_value,
        model=_shared_model(first, second),
        method="Fisher's exact test, two-sided",
    )


def mean_rate(run: Run, id: str, members: Sequence[Estimate], quantity: str) -> Estimate:
    """Unweighted mean of independent rates.

    The normal interval covers sampling noise of these members only: they are
    taken as fixed, not as draws from a population of models.
    """
    mean = sum(member.value for member in members) / len(members)
    variance = sum(member.value * (1 - member.value) / member.n for member in members)
    half = 1.959964 * sqrt(variance) / len(members)
    return run.derived(
        id,
        of=members,
        quantity=quantity,
        unit="proportion",
        value=mean,
        interval=Interval(max(0.0, mean - half), min(1.0, mean + half), 0.95, "normal"),
        n=sum(member.n for member in members),
        condition=members[0].condition,
        method=f"mean of {len(members)} printed rates, members fixed",
    )


def count(run: Run, id: str, of: Sequence[Estimate], quantity: str, value: int, n: int) -> Estimate:
    """A count of rates with some property, out of `n`."""
    return run.derived(
        id,
        of=of,
        quantity=quantity,
        unit="count",
        value=int(value),
        n=n,
        method="counted among printed rates",
    )


def frame(labelled: Mapping[str, Estimate | None]) -> pd.DataFrame:
    """Labelled estimates as a frame to draw: ``label``, ``value``, ``low``, ``high``.

    A label without an estimate keeps an empty row.
    """
    rows = []
    for label, estimate in labelled.items():
        interval = estimate.interval if estimate else None
        rows.append(
            {
                "label": label,
                "value": estimate.value if estimate else None,
                "low": interval.low if interval else None,
                "high": interval.high if interval else None,
            }
        )
    return pd.DataFrame(rows).astype({"value": float, "low": float, "high": float})


def _shared_model(first: Estimate, second: Estimate) -> str | None:
    return first.model if first.model == second.model else None
