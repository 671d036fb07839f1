"""The outcomes table: one row a sample, as the asking side writes it."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

SCORERS = ("gate", "judge", "string", "rule")
STATES = ("scored", "refused", "empty", "truncated", "malformed")
NOT_SCORED = STATES[1:]

# Without the means the harmful act cannot happen, so a rate there says nothing about a factor.
MEANS = "leverage"
WITHOUT_MEANS = "absent"

COLUMNS = ("study", "model", "judge_model", "family", "firm", "wording", "text", "cell")
YES_NO = {"True": 1.0, "False": 0.0, "": float("nan")}


def read(path: Path) -> pd.DataFrame:
    """One outcomes table with scorers as 1, 0 and missing, and all levels as text.

    Raises
    ------
    ValueError
        If the file lacks columns or holds a state or an answer that is none.
    """
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    return tidy(frame, str(path))


def tidy(frame: pd.DataFrame, name: str = "outcomes") -> pd.DataFrame:
    """A frame of outcomes in the types that `read` gives; ValueError as there."""
    problems = [
        f"column {column} is missing"
        for column in (*COLUMNS, "sample", "state", *SCORERS, "truth")
        if column not in frame
    ]
    if problems:
        raise ValueError(f"{name}: {'; '.join(problems)}; delete it and run the command again")
    frame = frame.copy()
    answers = {column: _text(frame[column]) for column in SCORERS}
    for column, texts in answers.items():
        wrong = sorted(set(texts) - set(YES_NO))
        if wrong:
            problems.append(f"{column} holds {', '.join(wrong)}; allowed: True, False, empty")
    wrong = sorted(set(frame["state"]) - set(STATES))
    if wrong:
        problems.append(f"state holds {', '.join(wrong)}; allowed: {', '.join(STATES)}")
    if problems:
        raise ValueError(f"{name}: {'; '.join(problems)}")
    for column, texts in answers.items():
        frame[column] = texts.map(YES_NO).astype(float)
    frame["truth"] = _text(frame["truth"])
    return frame


def _text(column: pd.Series) -> pd.Series:
    shown = column.map(lambda value: "" if pd.isna(value) else str(value))
    return shown.replace({"1.0": "True", "0.0": "False"})


def outcome(frame: pd.DataFrame, scorer: str) -> pd.Series:
    """1, 0 or missing for each sample: missing where it was not scored or has no answer."""
    return frame[scorer].where(frame["state"] == "scored")


def with_means(frame: pd.DataFrame) -> pd.DataFrame:
    """The samples in which the harmful act was possible."""
    return frame[frame[MEANS] != WITHOUT_MEANS]


def levels(frame: pd.DataFrame, factors: Sequence[str]) -> dict[str, str]:
    """The levels that all rows share, by factor."""
    return {name: frame[name].iloc[0] for name in factors if frame[name].nunique() == 1}


def states(frame: pd.DataFrame, scorer: str, by: str) -> pd.DataFrame:
    """How many samples said yes, said no, had no answer, or were not scored, and why.

    Returns
    -------
    DataFrame
        One row a value of ``by`` in order of appearance; columns ``yes``,
        ``no``, ``no answer`` (scored, but the scorer gave none) and the states
        of `NOT_SCORED`; counts.
    """
    kind = outcome(frame, scorer).map({1.0: "yes", 0.0: "no"})
    kind = kind.where(kind.notna(), frame["state"].replace("scored", "no answer"))
    columns = ["yes", "no", "no answer", *NOT_SCORED]
    table = pd.crosstab(frame[by], kind)
    return table.reindex(index=frame[by].unique(), columns=columns, fill_value=0)
