"""A model's rates beside the printed ones, same cell only.

The cells share their factor levels with the study's; the texts are ours and
not the study's. A difference therefore mixes model and text.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pandas as pd

from smallprint.claims import Claim, Value
from smallprint.claims.study import Study
from smallprint.estimates import Estimate
from smallprint.scenarios import Cell, Pack
from smallprint.stats.comparisons import newcombe_interval

COLUMNS = [
    *("family", "cell", "match", "note", "printed_model", "same_model", "printed", "value"),
    *("low", "high", "n", "method", "difference", "difference_low", "difference_high"),
]


class Printed(NamedTuple):
    """A printed value with the family and cell of ours that it stands beside.

    ``match`` is ``same`` or ``near``, and ``note`` says what differs.
    """

    family: str
    cell: str
    match: str
    note: str
    claim: Claim
    value: Value

    @property
    def id(self) -> str:
        """An id for the printed value beside our cell."""
        model = self.value.model or "all"
        return f"printed--{self.claim.id}--{self.family}--{self.cell}--{model}"


def printed(study: Study, pack: Pack) -> Iterator[Printed]:
    """All printed values that have a cell of ours, in the order of the pack."""
    for each in pack.published.cells:
        cell = Cell.of(pack.headline | each.levels)
        for value in _values(study, each.claim):
            same = value.condition == each.condition and value.quantity == each.quantity
            if same and value.value is not None:
                claim, note = study[each.claim], each.note or ""
                yield Printed(each.family, cell.id, each.match, note, claim, value)


def _values(study: Study, claim: str) -> Iterator[Value]:
    """Values of the matrix columns that name a claim; those of the claim where none does."""
    matrices = [
        value
        for matrix in study.matrices.values()
        for column in matrix.columns
        if column.claim == claim
        for value in matrix.values(column)
    ]
    yield from matrices or study[claim].values


def beside(
    measured: pd.DataFrame, recorded: Iterable[tuple[Printed, Estimate]], model: str
) -> pd.DataFrame:
    """Measured rates beside printed ones.

    Parameters
    ----------
    measured : DataFrame
        `rates.rates` of the model by family and cell.
    recorded : iterable of (Printed, Estimate)
        Printed rates with the estimates that were recorded of them.
    model : str
        The model measured.

    Returns
    -------
    DataFrame
        One row a printed rate whose cell was measured: ``family``, ``cell``,
        ``match``, ``note``, ``printed_model``, ``same_model``, ``printed`` (Estimate), ``value``,
        ``low``, ``high``, ``n``, and ``difference`` (measured minus printed) with
        ``difference_low``, ``difference_high``: Newcombe's interval with
        effective samples on our side; missing where the printed count is not
        known.
    """
    rows = []
    found = measured.dropna(subset="value").set_index(["family", "cell"])
    for each, estimate in recorded:
        if (each.family, each.cell) not in found.index:
            continue
        row = found.loc[(each.family, each.cell)]
        low = high = float("nan")
        if estimate.k is not None:
            n = max(1, round(row["n_effective"]))
            ours = (round(row["value"] * n), n)
            low, high, *_ = newcombe_interval(*ours, estimate.k, estimate.n)
        rows.append(
            {
                **{name: getattr(each, name) for name in ("family", "cell", "match", "note")},
                "printed_model": estimate.model,
                "same_model": _same(estimate.model, model),
                "printed": estimate,
                **{name: row[name] for name in ("value", "low", "high", "n", "method")},
                "difference": row["value"] - estimate.value,
                "difference_low": low,
                "difference_high": high,
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)


# What may follow a model's name in an asked model's: a date, or a word for the newest one.
_TAG = re.compile(r"\d{6,}|latest|preview|exp")


def _same(printed: str | None, asked: str) -> bool:
    """Whether a printed model's slug and an Inspect model name mean the same model."""
    words = sorted(printed.replace(".", "-").split("-")) if printed else []
    name = asked.split("/")[-1].replace(".", "-").split("-")
    rest = name[len(words) :]
    same = bool(words) and sorted(name[: len(words)]) == words
    return same and all(_TAG.fullmatch(part) for part in rest)
