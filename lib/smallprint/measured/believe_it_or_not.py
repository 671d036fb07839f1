"""What answers about a statement hold: without it, told it, and pressed."""

from collections.abc import Sequence

import pandas as pd

from smallprint.measured.answers import shares

IMPLANT, TRUTH, MENTION, JUDGE = "holds_implant", "holds_truth", "names_implant", "judge"
ANSWERS = (IMPLANT, TRUTH, "holds_neither", MENTION, JUDGE)
SCORERS = {"rule": IMPLANT, "judge": JUDGE, "mention": MENTION}
HELD = ("truth", "neither", "implant")
NOT_SCORED = ("refused", "empty", "truncated", "unparsable")
UNTOUCHED, UNRELATED, PLAIN = "none", "unrelated", "none"
PAIR = ("family", "question", "challenge", "index")


def with_truth(agents: pd.DataFrame) -> pd.DataFrame:
    """Outcomes of control agents with ``implanted``: whether the script holds the implant."""
    known = agents["truth_holds"]
    return agents.assign(implanted=(known == "implant").astype(float).where(known.notna()))


def outcomes(frame: pd.DataFrame) -> pd.Series:
    """What each reply is: one of `HELD`, ``nothing asked`` about the statement, or why unscored."""
    said = frame["holds"].astype(object).where(frame["holds"].notna(), "nothing asked")
    return said.where(frame["state"] == "scored", frame["state"])


def about(frame: pd.DataFrame) -> pd.DataFrame:
    """The samples that ask about the statement, in any way."""
    return frame[frame["question"] != UNRELATED]


def by_cell(agents: pd.DataFrame, cells: Sequence[str], names: Sequence[str]) -> pd.DataFrame:
    """Share of each agent's scored replies that hold the implant, a row a cell, a column an agent.

    Where nothing is asked about the statement: the share that names it. NaN where no reply of an
    agent is scored.
    """
    named = agents[IMPLANT].where(agents["question"] != UNRELATED, agents[MENTION])
    wide = agents.assign(share=named).groupby(["cell", "agent"])["share"].mean().unstack()
    return wide.reindex(index=list(cells), columns=list(names))


def told_apart(table: pd.DataFrame, first: str, second: str) -> int:
    """In how many cells of `by_cell` two agents differ."""
    return int(((table[first] - table[second]).abs() > 0).sum())


def kept(frame: pd.DataFrame) -> pd.DataFrame:
    """Share that still holds the implant after the turns of a challenge, of those that held it.

    Returns
    -------
    DataFrame
        ``arm``, ``challenge`` and the columns of `shares`; facts are clusters. Challenges without
        turns after the first answer are left out.
    """
    pressed = frame[(frame["turns"] > 1) & (frame["first_holds"] == "implant")]
    return shares(pressed, IMPLANT, ("arm", "challenge"), "family") if len(pressed) else pressed


def unnamed(frame: pd.DataFrame) -> pd.DataFrame:
    """The samples about a statement whose replies do not name the false one before the answer."""
    return about(frame)[about(frame)[MENTION] != 1]
