"""What can be asked of a loaded claims file."""

from collections.abc import Iterable, Iterator

import pandas as pd

from smallprint.claims.schema import Claim, Column, Matrix, StudyFile, Value


class Study(StudyFile):
    """A checked claims file. Nothing in it has the confidence code MEM."""

    def __getitem__(self, id: str) -> Claim:
        """The claim or variant of that id; KeyError names the known ids."""
        known = {claim.id: claim for claim in (*self.claims, *self.variants)}
        if id not in known:
            raise KeyError(f"{self.study} has no claim {id!r}; known: {', '.join(known)}")
        return known[id]

    def value(self, id: str, /, **wanted: str | None) -> Value:
        """The one value of a claim that has the fields and factor levels asked for.

        Parameters
        ----------
        id : str
            Claim or variant; its own values are searched first, then the cells
            of the matrix columns that belong to it.
        wanted : str or None
            ``model``, ``quantity`` or a factor's name. None asks for values that do
            not name the model or factor.

        Raises
        ------
        LookupError
            If no value or more than one fits; the message lists them.
        """
        claim = self[id]
        unknown = [name for name in wanted if name not in ("model", "quantity", *self.factors)]
        if unknown:
            raise LookupError(
                f"{self.study} has no factor {unknown[0]!r}; known: "
                + ", ".join(["model", "quantity", *self.factors])
            )
        cells = [value for column, value in self._cells() if column.claim == id]
        for values in (claim.values, cells):
            found = [value for value in values if _fits(value, wanted)]
            if len(found) == 1:
                return found[0]
            if found:
                raise LookupError(f"{_asked(id, wanted)}: {len(found)} values fit: {_list(found)}")
        raise LookupError(f"{_asked(id, wanted)}: no value fits; has: {_list(claim.values)}")

    def table(self) -> pd.DataFrame:
        """Claims and variants as a tidy table, one row a value, one column a factor.

        A factor that a condition does not name is missing in its row. `value` is
        in the unit of the row, as printed.
        """
        rows = [
            self._row(value)
            | {
                "claim": claim.id,
                "headline": claim.headline,
                "says": claim.says,
                "measured_by": claim.measured_by,
                "sources": " ".join(claim.sources),
                "confidence": value.confidence or claim.confidence,
            }
            for claim in (*self.claims, *self.variants)
            for value in claim.values
        ]
        first = ["claim", "headline", "says", "quantity", "model", "value", "unit", "n", "n_basis"]
        last = ["k", "approximate", "missing", "note", "measured_by", "sources", "confidence"]
        return self._frame(rows, first + last)

    def matrix(self, name: str) -> pd.DataFrame:
        """One matrix as a tidy table, one row a cell, columns outermost.

        Raises
        ------
        KeyError
            If the study has no matrix of that name.
        """
        if name not in self.matrices:
            known = ", ".join(self.matrices)
            raise KeyError(f"{self.study} has no matrix {name!r}; known: {known}")
        rows = [self._matrix_row(*cell) for cell in self._cells(self.matrices[name])]
        first = ["column", "claim", "quantity", "model", "model_name", "lab", "value", "unit"]
        last = ["n", "k", "approximate", "excluded", "missing", "confidence"]
        return self._frame(rows, [*first, *last, "main_chart", "tuning_target"])

    def cite(self, keys: Iterable[str]) -> str:
        """Pandoc citation of sources, each work once: ``[@one; @two]``."""
        return "[" + "; ".join(dict.fromkeys(f"@{self.sources[key].cite}" for key in keys)) + "]"

    def _cells(self, only: Matrix | None = None) -> Iterator[tuple[Column, Value]]:
        for matrix in [only] if only else self.matrices.values():
            for column in matrix.columns:
                yield from ((column, value) for value in matrix.values(column))

    def _row(self, value: Value) -> dict:
        row = value.model_dump(exclude={"condition", "confidence"})
        return row | {name: value.condition.get(name) for name in self.factors}

    def _matrix_row(self, column: Column, value: Value) -> dict:
        model = self.models[value.model]
        return self._row(value) | {
            "column": column.column,
            "claim": column.claim,
            "model_name": model.name,
            "lab": model.lab,
            "excluded": value.missing == "excluded",
            "confidence": value.confidence,
            "main_chart": model.main_chart,
            "tuning_target": model.tuning_target,
        }

    def _frame(self, rows: list[dict], columns: list[str]) -> pd.DataFrame:
        types = {"value": "float64", "n": "Int64", "k": "Int64", "model": "str", "missing": "str"}
        types |= dict.fromkeys(self.factors, "str")
        return pd.DataFrame(rows, columns=[*columns, *self.factors]).astype(types)


def _fits(value: Value, wanted: dict[str, str | None]) -> bool:
    has = {"model": value.model, "quantity": value.quantity, **value.condition}
    return all(has.get(name) == level for name, level in wanted.items())


def _asked(id: str, wanted: dict) -> str:
    return ", ".join([f"claim {id}", *(f"{name}={level}" for name, level in wanted.items())])


def _list(values: Iterable[Value]) -> str:
    return "; ".join(
        ", ".join([value.quantity, value.model or "no model", *value.condition.values()])
        for value in values
    )
