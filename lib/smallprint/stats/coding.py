"""Columns of a regression on factors, with the reference level of each named."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import numpy as np
import pandas as pd


class Design:
    """Treatment-coded columns of some factors and products of factors.

    Parameters
    ----------
    data : DataFrame
        One column a factor; values are levels.
    factors : mapping of str to sequence of str
        Levels of each factor, the reference first. Levels that ``data`` lacks
        are left out; a factor with one level left is no term.
    interactions : iterable of (str, str)
        Pairs of factors.

    Attributes
    ----------
    columns : list of str
        ``"Intercept"``, ``"goal=explicit"``, ``"goal=explicit:threat=none"``.
    members : dict of str to list of int
        Column numbers of each term that could be estimated.
    dropped : list of str
        Terms left out because the data cannot tell them from the others.
    """

    def __init__(
        self,
        data: pd.DataFrame,
        factors: Mapping[str, Sequence[str]],
        interactions: Iterable[tuple[str, str]] = (),
    ) -> None:
        unknown = {
            name: sorted(set(map(str, data[name])) - set(levels))
            for name, levels in factors.items()
        }
        if any(unknown.values()):
            found = "; ".join(
                f"{name}: {', '.join(more)}" for name, more in unknown.items() if more
            )
            raise ValueError(f"factors must list every level in the data; not listed: {found}")
        present = {name: set(data[name]) for name in factors}
        self.levels = {
            name: [level for level in levels if level in present[name]]
            for name, levels in factors.items()
        }
        self.columns, self.members, self.dropped = ["Intercept"], {}, []
        self._parts: list[tuple[tuple[str, int], ...]] = [()]
        terms = [(name,) for name in factors] + [tuple(pair) for pair in interactions]
        rank, cells = 1, self.codes(data[list(factors)].drop_duplicates())
        for term in terms:
            parts = [*self._parts, *self._products(term)]
            gained = np.linalg.matrix_rank(_columns(cells, parts)) - rank
            # A term that is estimable only in part would change its meaning silently.
            if gained == len(parts) - len(self._parts) > 0:
                self.members[":".join(term)] = list(range(len(self._parts), len(parts)))
                self._parts, rank = parts, rank + gained
            else:
                self.dropped.append(":".join(term))
        self.columns += [
            ":".join(f"{factor}={self.levels[factor][code]}" for factor, code in part)
            for part in self._parts[1:]
        ]

    def _products(self, term: tuple[str, ...]) -> list[tuple[tuple[str, int], ...]]:
        codes = [range(1, len(self.levels[factor])) for factor in term]
        return [tuple(zip(term, code, strict=True)) for code in product(*codes)]

    def codes(self, data: pd.DataFrame) -> dict[str, np.ndarray]:
        """Number of each value among the levels of its factor, by factor."""
        return {
            name: pd.Categorical(data[name], categories=levels).codes
            for name, levels in self.levels.items()
        }

    def matrix(self, codes: dict[str, np.ndarray], **fixed: str) -> np.ndarray:
        """The columns for coded data, with some factors set to one level throughout."""
        size = len(next(iter(codes.values())))
        changed = {
            name: np.full(size, self.levels[name].index(level)) for name, level in fixed.items()
        }
        return _columns({**codes, **changed}, self._parts)


def _columns(codes: dict[str, np.ndarray], parts: list) -> np.ndarray:
    size = len(next(iter(codes.values())))
    matrix = np.ones((size, len(parts)))
    for column, part in enumerate(parts):
        for factor, code in part:
            matrix[:, column] *= codes[factor] == code
    return matrix
