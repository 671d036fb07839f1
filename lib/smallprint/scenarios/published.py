"""The published values that stand beside cells of ours."""

from collections.abc import Iterator

from smallprint.claims import Study, Value
from smallprint.scenarios.samples import Cell
from smallprint.scenarios.schema import Counterpart, Pack


def counterparts(pack: Pack, study: Study) -> Iterator[tuple[Cell, Counterpart, Value]]:
    """Cell by cell, the values that the claims file has for it, one a model.

    Values of the claim come first, then those of matrix columns that name it; a model
    is given once. A value without a number is left out; one without a model holds for
    models that the source does not list.
    """
    for each in pack.published.cells:
        cell = Cell.of(pack.headline | each.levels)
        found: dict[str | None, Value] = {}
        for value in _values(study, each):
            if value.value is not None:
                found.setdefault(value.model, value)
        yield from ((cell, each, value) for value in found.values())


def _values(study: Study, each: Counterpart) -> Iterator[Value]:
    columns = (
        value
        for matrix in study.matrices.values()
        for column in matrix.columns
        if column.claim == each.claim
        for value in matrix.values(column)
    )
    for value in (*study[each.claim].values, *columns):
        if value.quantity == each.quantity and value.condition == each.condition:
            yield value
