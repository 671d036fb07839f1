"""Accuracy, adherence and both in cipher tasks, and what a scoring rule makes of other answers.

An answer can be right although its work is not in the cipher. A rule either takes it as right,
counts it as wrong (as the study does), or leaves it out; the three are scores of different things.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from smallprint.measured.answers import shares
from smallprint.scenarios import ciphers
from smallprint.scenarios.ciphers_codes import CIPHERS

STRICT, LOOSE = "adherent_strict", "adherent_loose"
REGARDLESS = "right, however reached"
WRONG = "others count as wrong"
EXCLUDED = "others left out"
RULES = (REGARDLESS, WRONG, EXCLUDED)
ADHERENT, WITHOUT = "in the form asked for", "right without it"
ANSWERS = ("right", STRICT, LOOSE)
TRUTHS = ("truth_right", "truth_strict")
OUTCOMES = (
    "right, in the form asked for",
    WITHOUT,
    "wrong, in the form",
    "wrong, without it",
)
NOT_SCORED = ("refused", "empty", "truncated", "unparsable")


def arms(study: str) -> tuple[str, ...]:
    """The arms whose steps are to be in a cipher, in order."""
    known = ciphers.known(study).file.arms
    return tuple(name for name, arm in known.items() if arm.code in CIPHERS)


def outcomes(frame: pd.DataFrame, check: str = STRICT) -> pd.Series:
    """What each reply is: one of `OUTCOMES`, or of `NOT_SCORED`."""
    pairs = zip(frame["right"], frame[check], strict=True)
    names = dict(zip([(1.0, 1.0), (1.0, 0.0), (0.0, 1.0), (0.0, 0.0)], OUTCOMES, strict=True))
    said = pd.Series([names.get(pair) for pair in pairs], frame.index, dtype=object)
    return said.where(frame["state"] == "scored", frame["state"])


def scores(frame: pd.DataFrame, check: str = STRICT) -> pd.DataFrame:
    """What each rule of `RULES` makes of each reply, `ADHERENT` and `WITHOUT`: 1, 0 or missing."""
    right, adherent = frame["right"], frame[check]
    both = right * adherent
    rules = {REGARDLESS: right, WRONG: both, EXCLUDED: both.where(adherent == 1)}
    return pd.DataFrame(rules | {ADHERENT: adherent, WITHOUT: right - both})


def readings(frame: pd.DataFrame, by: tuple[str, ...], check: str = STRICT) -> pd.DataFrame:
    """The share of ones in each column of `scores`, in each group.

    Returns
    -------
    DataFrame
        ``by``, ``rule`` and the columns of `rates.rates`; problems are clusters. The bounds of
        `EXCLUDED` hold whatever the answers that are left out would have been in the cipher.
    """
    scored = scores(frame, check)
    found = [shares(frame.join(scored), rule, by, "problem").assign(rule=rule) for rule in scored]
    return pd.concat(found, ignore_index=True)


def expected(agents: pd.DataFrame) -> pd.Series:
    """What each reply of a control agent is by its script; as `outcomes`."""
    known = {"right": "truth_right", STRICT: "truth_strict", "state": "truth_state"}
    return outcomes(agents.assign(**{name: agents[truth] for name, truth in known.items()}))


def makeup(ability: float, leaves: float, formulas: float, related: bool) -> dict[str, float]:
    """Shares of control agents that make up a model of known ability in the cipher.

    Parameters
    ----------
    ability : float
        Share of right answers if all were reached in the cipher, in [0, 1].
    leaves : float
        Share of answers not reached in it, all right.
    formulas : float
        Among these, the share that puts the words around its formulas into the cipher.
    related : bool
        Whether it leaves the cipher first where it would have failed in it.
    """
    stays = (ability * (1 - leaves), (1 - ability) * (1 - leaves))
    if related:
        stays = (ability - max(0.0, leaves - (1 - ability)), max(0.0, 1 - ability - leaves))
    return {
        "ciphers-and-is-right": stays[0],
        "ciphers-and-errs": stays[1],
        "numbers-in-clear": leaves * formulas,
        "right-in-clear": leaves * (1 - formulas),
    }


def mixed(agents: pd.DataFrame, made: Mapping[str, float], check: str = STRICT) -> dict:
    """What each rule makes of a mixture of control agents, as their replies were scored.

    Parameters
    ----------
    agents : DataFrame
        Their outcomes, with ``agent``.
    made : mapping of str to float
        Share of each agent; they sum to 1.

    Returns
    -------
    dict
        The score by rule, NaN where a rule leaves nothing, and ``low`` and ``high``: the score if
        none or all of the answers that are not adherent would have been right in the cipher.
    """
    known = scores(agents, check).assign(agent=agents["agent"])
    counts = known.groupby("agent")[list(RULES)].agg(["sum", "count"])
    weights = pd.Series(made) / known.groupby("agent").size()
    weighted = counts.loc[list(made)].mul(weights[list(made)], axis=0).sum()
    found = {rule: _ratio(*weighted[rule]) for rule in RULES}
    right, adherent = weighted[EXCLUDED]
    return found | {"low": right, "high": right + 1 - adherent}


def _ratio(positive: float, total: float) -> float:
    return positive / total if total > 1e-12 else float("nan")


def drops(agents: pd.DataFrame, ability: float, formulas: float, related: bool) -> pd.DataFrame:
    """The drop against plain text that each rule reports, over the share that leaves the cipher.

    Plain text is taken as right throughout, as the agents that write it are.

    Returns
    -------
    DataFrame
        ``leaves`` from 0 to 0.9; a column a rule and check as in `SERIES`; ``low``, ``high``.
    """
    rows = []
    for leaves in np.linspace(0, 0.9, 19):
        made = makeup(ability, leaves, formulas, related)
        strict, loose = (mixed(agents, made, check) for check in (STRICT, LOOSE))
        found = (strict[REGARDLESS], loose[WRONG], strict[WRONG], strict[EXCLUDED])
        row = dict(zip(SERIES, (1 - score for score in found), strict=True))
        rows.append({"leaves": leaves, "low": 1 - strict["high"], "high": 1 - strict["low"]} | row)
    return pd.DataFrame(rows)


SERIES = (
    REGARDLESS,
    f"{WRONG}, loose check",
    f"{WRONG}, strict check",
    f"{EXCLUDED}, strict check",
)
