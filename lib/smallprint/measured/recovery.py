"""Whether the analysis finds what was planted in control agents.

Run as ``python -m smallprint.measured.recovery STUDY`` to ask and fit the planted agents.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from smallprint import commands, paths, scenarios
from smallprint.estimates import write_atomically
from smallprint.evals import direct
from smallprint.evals.planted import PLANTED
from smallprint.measured.factors import effects
from smallprint.stats.intervals import Interval, clopper_pearson_interval


class Recovery(NamedTuple):
    """Planted effects beside their estimates over agents.

    Attributes
    ----------
    terms : DataFrame
        One row a coefficient: ``term``, ``truth`` (log odds), ``mean``
        (of the estimates), ``covered`` and ``flagged`` (agents whose interval
        holds the truth, or excludes zero), ``agents``.
    tests : DataFrame
        One row a factor or interaction: ``term``, ``null`` (nothing planted in
        it), ``flagged`` (Wald tests below 5%), ``flagged_holm``, ``agents``.
    not_fitted : dict of str to str
        Agents without a logistic fit, and why.
    """

    terms: pd.DataFrame
    tests: pd.DataFrame
    not_fitted: dict[str, str]


def recover(
    agents: Mapping[str, pd.DataFrame],
    truth: Mapping[str, float],
    factors: Mapping[str, Sequence[str]],
    interactions: Sequence[tuple[str, str]],
    scorer: str = "rule",
) -> Recovery:
    """Fit every agent's outcomes and compare with the planted coefficients.

    Parameters
    ----------
    agents : mapping of str to DataFrame
        Outcomes by agent; all planted with the same coefficients.
    truth : mapping of str to float
        Log odds by term, named as in `Effects.terms` (``"goal=explicit"``,
        ``"goal=explicit:threat=replacement"``); a term left out is planted as 0.
    factors, interactions
        As for `factors.effects`.

    Raises
    ------
    ValueError
        If no agent's outcomes allow a logistic fit.
    """
    terms, tests, not_fitted = [], [], {}
    for agent, frame in agents.items():
        found = effects(frame, scorer, factors, interactions)
        if found.model != "logistic":
            not_fitted[agent] = "; ".join(found.notes)
            continue
        terms.append(found.terms)
        tests.append(found.tests)
    if not terms:
        raise ValueError(f"no planted agent has a logistic fit: {not_fitted}")
    return Recovery(_by_term(terms, truth), _by_test(tests, truth), not_fitted)


def _by_term(parts: Iterable[pd.DataFrame], truth: Mapping[str, float]) -> pd.DataFrame:
    every = pd.concat(parts, ignore_index=True)
    every["truth"] = every["term"].map(lambda term: truth.get(term, 0.0))
    every["covered"] = every["low"].le(every["truth"]) & every["high"].ge(every["truth"])
    every["flagged"] = every["low"].gt(0) | every["high"].lt(0)
    every = every[every["term"] != "Intercept"]
    grouped = every.groupby("term", sort=False)
    return pd.DataFrame(
        {
            "truth": grouped["truth"].first(),
            "mean": grouped["estimate"].mean(),
            "covered": grouped["covered"].sum(),
            "flagged": grouped["flagged"].sum(),
            "agents": grouped.size(),
        }
    ).reset_index()


def _by_test(parts: Iterable[pd.DataFrame], truth: Mapping[str, float]) -> pd.DataFrame:
    touched = {
        part.split("=")[0] for term, value in truth.items() if value for part in term.split(":")
    }
    pairs = {
        ":".join(part.split("=")[0] for part in term.split(":"))
        for term, value in truth.items()
        if value
    }
    every = pd.concat(parts, ignore_index=True)
    every["null"] = ~every["term"].isin(pairs | touched)
    every["flagged"], every["flagged_holm"] = every["p_value"] < 0.05, every["p_holm"] < 0.05
    grouped = every.groupby("term", sort=False)
    sums = grouped[["flagged", "flagged_holm"]].sum()
    null = grouped["null"].first()
    return sums.assign(null=null, agents=grouped.size()).reset_index()


class Share(NamedTuple):
    """``k`` of ``n`` with an exact interval, as if all were independent."""

    k: int
    n: int
    interval: Interval


def share(k: int, n: int) -> Share:
    """A share of intervals or tests; ValueError for none."""
    return Share(int(k), int(n), clopper_pearson_interval(int(k), int(n)))


def coverage(found: Recovery) -> Share:
    """Intervals that hold the planted coefficient, over all terms and agents."""
    return share(found.terms["covered"].sum(), found.terms["agents"].sum())


def flags(found: Recovery, null: bool) -> Share:
    """Tests below 5% of terms with nothing planted (false alarms), or with something (found)."""
    tests = found.tests[found.tests["null"] == null]
    return share(tests["flagged"].sum(), tests["agents"].sum())


SEEDS = 20
SAMPLES = 8


def folder(study: str) -> Path:
    """Where the tables of the planted agents are."""
    return paths.LOGS / study / "planted"


def read(study: str) -> Recovery:
    """The tables of the planted agents; FileNotFoundError if nothing was asked yet."""
    place = folder(study)
    terms, tests, not_fitted = (
        pd.read_csv(place / f"{name}.csv") for name in ("terms", "tests", "not-fitted")
    )
    return Recovery(terms, tests, dict(zip(not_fitted["agent"], not_fitted["why"], strict=True)))


def main(arguments: list[str]) -> None:
    """Ask the planted agents of one study, fit each and write the tables."""
    if len(arguments) != 1:
        sys.exit("usage: python -m smallprint.measured.recovery STUDY")
    (study,) = arguments
    try:
        pack = scenarios.load(study)
    except scenarios.ScenarioError as error:
        commands.end(str(error), 1)
    agents = {}
    for seed in range(SEEDS):
        agents[f"planted-{seed}"] = direct.outcomes(pack, f"planted-{seed}", SAMPLES)
        print(f"{study}: {seed + 1} of {SEEDS} planted agents asked", file=sys.stderr, flush=True)
    found = recover(agents, PLANTED, pack.factors, pack.interactions)
    not_fitted = pd.DataFrame(found.not_fitted.items(), columns=["agent", "why"])
    for name, table in (
        ("terms", found.terms),
        ("tests", found.tests),
        ("not-fitted", not_fitted),
    ):
        write_atomically(folder(study) / f"{name}.csv", table.to_csv(index=False))


if __name__ == "__main__":
    main(sys.argv[1:])
