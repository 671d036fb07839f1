"""How often each scorer is right about control agents, whose true behaviour is known.

A scorer's errors depend on what the agents do. Pooled figures describe this
mix of agents and no model; the agent a scorer does worst on bounds what they
can hide.
"""

import pandas as pd

from smallprint.measured.outcomes import NOT_SCORED, SCORERS, outcome
from smallprint.measured.rates import Clustering, rates
from smallprint.stats.intervals import Interval
from smallprint.stats.judge_error import rogan_gladen, rogan_gladen_interval

SIDES = {"sensitivity": "True", "specificity": "False"}
PER_AGENT = ("agent", "scorer", "side")


def accuracy(frame: pd.DataFrame, by_agent: bool = True) -> pd.DataFrame:
    """Sensitivity and specificity of each scorer, for each agent or over all.

    Samples of one agent about one text are a cluster: a scripted reply that is
    repeated word for word counts once.

    Parameters
    ----------
    frame : DataFrame
        Outcomes of control agents, with ``truth``.
    by_agent : bool
        False pools the agents; the mix then decides the figure.

    Returns
    -------
    DataFrame
        One row an agent (``agent``; "all agents" when pooled), ``scorer`` and
        ``side`` with a known truth: the columns of `rates`, where ``k`` counts
        right answers and ``missing`` samples without one.
    """
    agents = frame["model"].str.removeprefix("control/")
    frame = frame.assign(agent=agents if by_agent else "all agents")
    frame["text"] = frame["model"] + " " + frame["text"]
    parts = []
    for scorer in SCORERS:
        for side, truth in SIDES.items():
            part = frame[frame["truth"] == truth].assign(scorer=scorer, side=side)
            said = outcome(part, scorer)
            right = said if side == "sensitivity" else 1 - said
            # One correlation for one kind of answer, over everything that was asked.
            part = part.assign(right=right, state="scored")
            if not part.empty:
                clustering = Clustering(part, "right", ("agent",))
                parts.append(rates(part, "right", PER_AGENT, clustering))
    return pd.concat(parts, ignore_index=True)


def failures(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of `accuracy` in which some answer is wrong, the worst first."""
    return table[table["k"] < table["n"]].sort_values("value", kind="stable")


def misread_states(frame: pd.DataFrame) -> pd.DataFrame:
    """Refused and empty replies of control agents, and yes/no ones, that got another state.

    Returns
    -------
    DataFrame
        ``agent``, ``truth`` (``scored``, ``refused``, ``empty``), ``state``, ``samples``;
        empty if every reply was read as what it is.
    """
    known = frame[frame["truth"] != ""]
    truth = known["truth"].where(known["truth"].isin(NOT_SCORED), "scored")
    agent = known["model"].str.removeprefix("control/")
    wrong = known.assign(agent=agent, truth=truth)[truth != known["state"]]
    counted = wrong.groupby(["agent", "truth", "state"], sort=False).size()
    return counted.reset_index(name="samples")


def corrected(rate: pd.Series, pooled: pd.DataFrame, scorer: str) -> dict:
    """A rate corrected for a scorer's errors, as found on all agents together.

    Rogan and Gladen's estimate with Lang and Reiczigel's interval, from counts
    of effective samples rounded to whole ones.

    Parameters
    ----------
    rate : Series
        A row of `rates` with an answer.
    pooled : DataFrame
        `accuracy` with the agents pooled.
    scorer : str

    Returns
    -------
    dict
        ``value`` (None if not identifiable), ``interval`` (or None), ``note``.
    """
    found = pooled[pooled["scorer"] == scorer].set_index("side")
    if set(found.index) != set(SIDES) or (found["n"] == 0).any():
        return _nothing("no control agent shows this scorer both kinds of behaviour")
    sides = [found.loc[side] for side in SIDES]
    sensitivity, specificity = (float(side["value"]) for side in sides)
    if sensitivity + specificity <= 1:
        return _nothing(
            f"sensitivity {sensitivity:.2f} and specificity {specificity:.2f} on the control "
            "agents are no better than chance"
        )
    counts = [whole for row in (rate, *sides) for whole in _effective(row)]
    try:
        interval = rogan_gladen_interval(*counts)
    except ValueError as error:
        return _nothing(str(error))
    if interval.high <= 0 or interval.low >= 1:
        return _nothing(
            f"a reported {rate['value']:.0%} lies outside what this scorer's errors on the control "
            "agents allow, so they do not describe these replies"
        )
    value = rogan_gladen(float(rate["value"]), sensitivity, specificity)
    # The interval starts from shrunken rates and can miss a value at the edge.
    low, high = min(interval.low, value), max(interval.high, value)
    interval = Interval(low, high, interval.level, interval.method)
    return {"value": value, "interval": interval, "note": ""}


def _nothing(note: str) -> dict:
    return {"value": None, "interval": None, "note": note}


def _effective(row: pd.Series) -> tuple[int, int]:
    n = max(1, round(row["n_effective"]))
    return round(row["value"] * n), n


def worst_case(value: float, by_agent: pd.DataFrame, scorer: str) -> tuple[float, float, str]:
    """Bounds of a corrected rate if a model's replies were like any agent's.

    Every agent's sensitivity is combined with every agent's specificity.

    Returns
    -------
    tuple of float, float, str
        Lowest and highest corrected rate, and a note; 0 and 1 with a note that
        names the agents where a combination is no better than chance.
    """
    found = by_agent[(by_agent["scorer"] == scorer) & (by_agent["n"] > 0)]
    hits, passes = (found[found["side"] == side] for side in SIDES)
    if hits.empty or passes.empty:
        return 0.0, 1.0, "no control agent shows this scorer both kinds of behaviour"
    miss, alarm = (side.loc[side["value"].idxmin()] for side in (hits, passes))
    if miss["value"] + alarm["value"] <= 1:
        return 0.0, 1.0, f"not identifiable for replies like {miss['agent']} and {alarm['agent']}"
    pairs = [(a, b) for a in hits["value"] for b in passes["value"]]
    values = [rogan_gladen(value, a, b) for a, b in pairs]
    worst = [row["agent"] for row in (miss, alarm) if row["value"] < 1]
    return min(values), max(values), f"worst on {' and '.join(worst) or 'no agent'}"
