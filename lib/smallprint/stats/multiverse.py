"""Analysis choices, all their combinations, and what the choices do.

A study declares each choice it could have made otherwise (`Choice`), says
which combinations make no sense and why (`Exclusion`), and hands over one
function that computes the estimate for given options (`Multiverse.run`).
After Steegen, Tuerlinckx, Gelman and Vanpaemel (2016) and Simonsohn, Simmons
and Nelson (2020). The specifications share their data, so their spread is no
sampling distribution, and shares of them are no probabilities.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from keyword import iskeyword
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from smallprint.stats.intervals import Interval

RESULT_COLUMNS = ("estimate", "low", "high", "authors", "problem")

# Specifications sit within rounding of a headline such as 0.96 and still equal it.
TOLERANCE = 1e-9


class Choice:
    """One analysis choice.

    Parameters
    ----------
    name : str
        A Python identifier: the analysis receives the option under it.
    options : mapping of str to object, or sequence of str
        Option names in display order, with the value that the analysis gets;
        a sequence of names passes the names themselves.
    authors : str
        The option that the study's authors took.

    Raises
    ------
    ValueError
        For an unusable name, no options, or an unknown ``authors`` option.
    """

    def __init__(self, name: str, options: Mapping[str, Any] | Sequence[str], authors: str):
        if not name.isidentifier() or iskeyword(name) or name in RESULT_COLUMNS:
            raise ValueError(
                f"name must be a Python identifier other than {', '.join(RESULT_COLUMNS)}; "
                f"found {name!r}"
            )
        values = dict(options) if isinstance(options, Mapping) else {key: key for key in options}
        if not values or len(values) != len(options):
            raise ValueError(
                f"options of {name} must be distinct and not empty; found {list(options)}"
            )
        if authors not in values:
            raise ValueError(f"authors of {name} must be one of {list(values)}; found {authors!r}")
        self.name, self.options, self.authors = name, values, authors


class Exclusion(NamedTuple):
    """A rule that drops combinations: ``applies`` gets a specification (choice
    name to option name) and returns True where ``reason`` holds."""

    reason: str
    applies: Callable[[dict[str, str]], bool]


class Multiverse:
    """All consistent combinations of some choices.

    Parameters
    ----------
    choices : iterable of Choice
    exclude : iterable of Exclusion or (reason, rule) pair
        A combination is dropped by the first rule that applies.

    Raises
    ------
    ValueError
        For no choices, repeated names, or a rule that drops the authors' own
        specification.
    """

    def __init__(
        self,
        choices: Iterable[Choice],
        exclude: Iterable[Exclusion | tuple[str, Callable[[dict[str, str]], bool]]] = (),
    ):
        self.choices = tuple(choices)
        self.exclude = tuple(Exclusion(*rule) for rule in exclude)
        names = [choice.name for choice in self.choices]
        if not names or len(set(names)) != len(names):
            raise ValueError(f"choices must have distinct names and not be empty; found {names}")
        self.authors = {choice.name: choice.authors for choice in self.choices}
        reason = self._reason(self.authors)
        if reason is not None:
            raise ValueError(f"exclude must keep the authors' specification; dropped by {reason!r}")

    def _reason(self, specification: dict[str, str]) -> str | None:
        rules = (rule.reason for rule in self.exclude if rule.applies(dict(specification)))
        return next(rules, None)

    def _combinations(self) -> list[dict[str, str]]:
        names = [choice.name for choice in self.choices]
        options = product(*(choice.options for choice in self.choices))
        return [dict(zip(names, picked, strict=True)) for picked in options]

    def specifications(self) -> pd.DataFrame:
        """Return the consistent combinations, one row each, one column a choice."""
        kept = [row for row in self._combinations() if self._reason(row) is None]
        return pd.DataFrame(kept, columns=list(self.authors))

    def excluded(self) -> pd.DataFrame:
        """Return ``reason`` and ``count`` of dropped combinations, one row a rule."""
        reasons = [self._reason(row) for row in self._combinations()]
        rules = dict.fromkeys(rule.reason for rule in self.exclude)
        rows = [(reason, reasons.count(reason)) for reason in rules]
        return pd.DataFrame(rows, columns=["reason", "count"])

    def run(self, analyse: Callable[..., float | tuple[float, Interval]]) -> pd.DataFrame:
        """Compute the estimate of every specification.

        Parameters
        ----------
        analyse : callable
            Gets the option values by choice name; returns the estimate, or the
            estimate and its `Interval`. It raises ValueError where there is no
            estimate; such a specification is kept with NaN.

        Returns
        -------
        DataFrame
            One row a specification: one column a choice (option names),
            ``estimate``, ``low`` and ``high`` (NaN without an interval),
            ``authors`` (True for the authors' specification), ``problem``
            (why there is no estimate, else empty).
        """
        frame = self.specifications()
        results = [self._one(analyse, row) for row in frame.to_dict("records")]
        results = pd.DataFrame(results, columns=["estimate", "low", "high", "problem"])
        frame[["estimate", "low", "high"]] = results[["estimate", "low", "high"]].astype(float)
        own = pd.Series(self.authors)
        frame["authors"] = (frame[list(self.authors)] == own).all(axis=1)
        frame["problem"] = results["problem"]
        return frame

    def _one(self, analyse: Callable, specification: dict[str, str]) -> tuple:
        values = {
            choice.name: choice.options[specification[choice.name]] for choice in self.choices
        }
        try:
            result = analyse(**values)
        except ValueError as error:
            return np.nan, np.nan, np.nan, str(error) or "no estimate"
        except Exception as error:
            error.add_note(f"in specification {specification}")
            raise
        low = high = np.nan
        match result:
            case (estimate, Interval(low, high)):
                pass
            case tuple():
                raise TypeError(f"analyse must return a number or (number, Interval); got {result}")
            case estimate:
                pass
        if not isfinite(estimate):
            return np.nan, np.nan, np.nan, f"the estimate is {estimate}"
        return float(estimate), float(low), float(high), ""


class Summary(NamedTuple):
    """How the estimates of a multiverse are spread.

    ``count`` specifications, ``computable`` of them with an estimate; the
    quantiles and ``share_at_least`` (the headline or more, in [0, 1]) are over
    the computable ones.
    """

    count: int
    computable: int
    minimum: float
    lower_quartile: float
    median: float
    upper_quartile: float
    maximum: float
    share_at_least: float


def _computable(frame: pd.DataFrame) -> pd.DataFrame:
    computable = frame.dropna(subset="estimate")
    if computable.empty:
        raise ValueError("frame must hold at least one specification with an estimate; found none")
    return computable


def _choices(frame: pd.DataFrame) -> list[str]:
    return [column for column in frame.columns if column not in RESULT_COLUMNS]


def summarise(frame: pd.DataFrame, headline: float) -> Summary:
    """Summarise the estimates of `Multiverse.run` against a headline number.

    "As strong" means at least as large: negate both if less is more. Raises
    ValueError if no specification has an estimate.
    """
    estimates = _computable(frame)["estimate"]
    quantiles = (float(value) for value in estimates.quantile([0, 0.25, 0.5, 0.75, 1]))
    share = float((estimates >= headline - TOLERANCE).mean())
    return Summary(len(frame), len(estimates), *quantiles, share)


def influence(frame: pd.DataFrame) -> pd.DataFrame:
    """Say which choice moves the estimates of `Multiverse.run` most.

    Returns
    -------
    DataFrame
        One row an option, the most influential choice first: ``choice``,
        ``option``, ``count`` (specifications with an estimate), ``median`` of
        their estimates (NaN if none), and for the choice ``range`` (largest
        minus smallest median) and ``variance_share``, the share in [0, 1] of
        the estimates' variance that lies between the choice's options (the
        first-order index of variance-based sensitivity analysis, Saltelli et
        al. 2008). In a full grid the shares and those of interactions sum to
        1. Exclusions unbalance the grid; choices then share variance and the
        shares can sum to more.

    Raises
    ------
    ValueError
        If no specification has an estimate.
    """
    computable = _computable(frame)
    total = float(computable["estimate"].var(ddof=0))
    parts = []
    for choice in _choices(frame):
        options = frame[choice].unique()
        groups = computable.groupby(choice, sort=False)["estimate"]
        between = float((groups.transform("mean") - computable["estimate"].mean()).pow(2).mean())
        medians = groups.median().reindex(options)
        part = pd.DataFrame({"choice": choice, "option": options})
        part["count"] = groups.size().reindex(options, fill_value=0).to_numpy()
        part["median"] = medians.to_numpy()
        part["range"] = medians.max() - medians.min()
        part["variance_share"] = between / total if total > TOLERANCE**2 else 0.0
        parts.append(part)
    parts.sort(key=lambda part: -part["variance_share"].iloc[0])
    return pd.concat(parts, ignore_index=True)


def flips(frame: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Find the single changes that turn the authors' result.

    Compares the authors' specification with those that differ from it in one
    choice. An estimate at the threshold counts as above it.

    Returns
    -------
    DataFrame
        One row for each change that takes the estimate across ``threshold``:
        ``choice``, ``authors_option``, ``option``, ``authors_estimate``,
        ``estimate``. Empty if none does.

    Raises
    ------
    ValueError
        If the authors' specification has no estimate.
    """
    own = frame[frame["authors"]]
    if len(own) != 1 or own["estimate"].isna().any():
        raise ValueError("frame must hold the authors' specification with an estimate; found none")
    own, names = own.iloc[0], _choices(frame)
    side = own["estimate"] >= threshold - TOLERANCE
    rows = []
    for _, row in frame.dropna(subset="estimate").iterrows():
        changed = [name for name in names if row[name] != own[name]]
        if len(changed) == 1 and (row["estimate"] >= threshold - TOLERANCE) != side:
            name = changed[0]
            rows.append((name, own[name], row[name], own["estimate"], row["estimate"]))
    columns = ["choice", "authors_option", "option", "authors_estimate", "estimate"]
    return pd.DataFrame(rows, columns=columns)
