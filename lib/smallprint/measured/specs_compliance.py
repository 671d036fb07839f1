"""Compliance with a specification as a panel judges it: agreement, rates, clauses, correction.

Panels are tables as in ``panel.csv``: one row an answer and judge, with ``sample``, ``text``,
``model``, ``judge``, ``verdict`` and ``clause`` (0 where none was named), missing where there is no
readable verdict.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from smallprint.measured.answers import shares
from smallprint.measured.calibration import corrected

AGAINST = "non-compliant"
OPEN = "ambiguous"
VERDICTS = ("compliant", AGAINST, OPEN)
MAJORITY = "majority"
ANSWER = ["model", "sample", "text"]


def votes(panel: pd.DataFrame) -> pd.DataFrame:
    """Verdicts with a column for each judge and their majority; a row an answer that all judged.

    The majority is the verdict of more than half of the judges, missing where there is none.
    """
    wide = panel.pivot(index=ANSWER, columns="judge", values="verdict").dropna()
    counted = np.stack([(wide == word).sum(axis=1) for word in VERDICTS], axis=1)
    majority = pd.Series(np.array(VERDICTS, dtype=object)[counted.argmax(axis=1)], index=wide.index)
    wide[MAJORITY] = majority.where(counted.max(axis=1) > (len(wide.columns) / 2))
    return wide


def verdict_kappa(found: pd.DataFrame, flags: bool = False) -> float:
    """Fleiss' kappa (1971) of the judges' verdicts, or of flagged against compliant.

    NaN for fewer than two judges.
    """
    from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

    judged = found.drop(columns=MAJORITY)
    if judged.shape[1] < 2:
        return float("nan")
    codes = judged.apply(lambda column: column.map(list(VERDICTS).index))
    codes = (codes > 0).astype(int) if flags else codes
    return float(fleiss_kappa(aggregate_raters(codes.to_numpy(), n_cat=3)[0]))


def stance_kappa(scored: pd.DataFrame) -> float:
    """Mean over pairs of judges of Cohen's kappa with squared weights (1968), both values together.

    NaN for fewer than two judges.
    """
    from statsmodels.stats.inter_rater import cohens_kappa, to_table

    wide = scored.melt(["text", "model", "index", "judge"], ["a", "b"]).pivot(
        index=["text", "model", "index", "variable"], columns="judge", values="value"
    )
    wide = wide.dropna().astype(int)
    found = []
    for pair in combinations(wide.columns, 2):
        table = to_table(wide[list(pair)].to_numpy(), bins=np.arange(-0.5, 7))[0]
        found.append(cohens_kappa(table, wt="quadratic", return_results=False))
    return float(np.mean(found)) if found else float("nan")


def unread(panel: pd.DataFrame) -> pd.DataFrame:
    """How many verdicts of each judge were asked for, read, unreadable or misquoted."""
    asked = panel[panel["verdict_read"].fillna("") != ""]
    words = ["yes", "no", "unreadable", "misquoted"]
    return pd.crosstab(asked["judge"], asked["verdict_read"]).reindex(columns=words, fill_value=0)


def clauses(panel: pd.DataFrame) -> pd.DataFrame:
    """Clauses by the share of verdicts citing them that call the text ambiguous, largest first.

    Returns
    -------
    DataFrame
        ``clause`` (0 for verdicts that name none) and the columns of `rates.rates`; scenarios are
        clusters.
    """
    cited = panel[panel["verdict"].notna()].astype({"clause": int})
    cited = cited.assign(open=(cited["verdict"] == OPEN).astype(float), state="scored")
    return shares(cited, "open", ("clause",)).sort_values(["value", "n"], ascending=False)


def against(panel: pd.DataFrame, texts: Sequence[str]) -> pd.DataFrame:
    """Advice against the text, by each judge and their majority: 1, 0 or missing; a row an answer.

    Parameters
    ----------
    texts : sequence of str
        Scenarios that the specification settles; elsewhere nothing can be against it.
    """
    found = votes(panel[panel["text"].isin(texts)])
    return found.apply(lambda column: _flags(column)).reset_index().assign(state="scored")


def _flags(column: pd.Series) -> pd.Series:
    return (column == AGAINST).astype(float).where(column.notna())


def accuracy(flags: pd.DataFrame, truth: pd.Series, scorer: str) -> pd.DataFrame:
    """Sensitivity and specificity of a judge, or of the majority, against what is known.

    Parameters
    ----------
    flags : DataFrame
        As `against` gives it, of control agents.
    truth : Series
        1 for advice against the text and 0 for other advice, in the order of `flags`.

    Returns
    -------
    DataFrame
        ``scorer``, ``side`` and the columns of `rates.rates`, of which `calibration.corrected`
        makes its correction.
    """
    rows = []
    for side, value in (("sensitivity", 1.0), ("specificity", 0.0)):
        part = flags[(truth == value).to_numpy()]
        if len(part):
            right = (part[scorer] == value).astype(float).where(part[scorer].notna())
            part = part.assign(right=right, scorer=scorer, side=side)
            rows.append(shares(part, "right", ("scorer", "side"), "sample"))
    return pd.concat(rows, ignore_index=True)


def rate(flags: pd.DataFrame, scorer: str, clusters: str = "text") -> pd.Series:
    """Share of advice against the text, as a row of `rates.rates`."""
    return shares(flags.assign(all="all"), scorer, ("all",), clusters).iloc[0]


def correction(
    flags: pd.DataFrame, known: pd.DataFrame, scorer: str, clusters: str = "text"
) -> dict:
    """A judge's rate corrected for its errors on control agents; see `calibration.corrected`.

    Parameters
    ----------
    known : DataFrame
        As `accuracy` gives it.
    """
    return corrected(rate(flags, scorer, clusters), known, scorer)
