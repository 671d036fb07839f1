"""Which cells are asked: a fractional factorial, single changes, published conditions."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from smallprint.scenarios.samples import Cell
from smallprint.scenarios.schema import Pack

DESIGNS = ("screening", "one-factor", "published")
HIGHEST = 5


@dataclass(frozen=True)
class Design:
    """The screening design and what it can tell apart.

    Attributes
    ----------
    cells : tuple of Cell
        In the order of the base columns, the headline cell first.
    resolution : int
        In pseudo-levels (four settings for a factor of three or four levels): any
        ``resolution - 1`` factors show every combination of their settings equally
        often. IV: main effects are clear of each other and of every two-way
        interaction. Computed from the cells' settings; V is the highest told.
    rank, terms : int
        Rank and number of columns of the model matrix, intercept included.
    largest_vif : float
        The largest variance inflation factor of its columns: 1 where a column is
        orthogonal to all others. The contrasts are those of `model_matrix`.
    aliased : tuple of (str, str, float)
        Pairs of terms that are not orthogonal, with their largest correlation.
    """

    cells: tuple[Cell, ...]
    resolution: int
    rank: int
    terms: int
    largest_vif: float
    aliased: tuple[tuple[str, str, float], ...]


def cells(pack: Pack, design: str) -> tuple[Cell, ...]:
    """The cells of a design, each once.

    Parameters
    ----------
    design : str
        ``screening``: the fractional factorial; ``one-factor``: the headline cell and
        every cell that changes one factor of it; ``published``: the cells that have a
        published counterpart.

    Raises
    ------
    ValueError
        For an unknown design; the message lists the known ones.
    """
    if design == "screening":
        return tuple(Cell.of(levels) for levels in _screening_levels(pack))
    if design == "one-factor":
        changed = (
            pack.headline | {factor: level}
            for factor, levels in pack.factors.items()
            for level in levels
            if level != pack.headline[factor]
        )
        return tuple(Cell.of(levels) for levels in (pack.headline, *changed))
    if design == "published":
        found = (Cell.of(pack.headline | each.levels) for each in pack.published.cells)
        return tuple({cell.id: cell for cell in found}.values())
    raise ValueError(f"no design '{design}'; designs: {', '.join(DESIGNS)}")


def screening(pack: Pack) -> Design:
    """The screening design with its resolution, rank and variance inflation.

    Factors of three and four levels are made of two two-level columns each; a factor of
    three levels gives one level to two of the four settings (collapsing, Addelman 1962,
    *Technometrics* 4, 21-46).
    """
    found = cells(pack, "screening")
    matrix, terms = model_matrix(pack, found)
    columns = matrix[:, 1:] - matrix[:, 1:].mean(axis=0)
    columns = columns / np.sqrt((columns**2).mean(axis=0))
    correlation = columns.T @ columns / len(columns)
    rank = int(np.linalg.matrix_rank(matrix))
    full = rank == matrix.shape[1]
    return Design(
        cells=found,
        resolution=_resolution(_settings(pack)),
        rank=rank,
        terms=matrix.shape[1],
        largest_vif=float(np.diag(np.linalg.inv(correlation)).max()) if full else float("inf"),
        aliased=_aliased(correlation, terms[1:]),
    )


def model_matrix(pack: Pack, cells: tuple[Cell, ...]) -> tuple[np.ndarray, list[str]]:
    """Intercept, all main effects and the pack's named interactions.

    A factor of k levels has k - 1 Helmert contrasts, level j + 1 against the levels before
    it in the order of `pack.factors`, made orthogonal over the cells given; a named
    interaction has all products of its factors' contrasts.

    Returns
    -------
    matrix : ndarray, shape (cells, terms)
    terms : list of str
        The factor, or ``factor:factor``, of each column.
    """
    single = {factor: _contrasts(pack, factor, cells) for factor in pack.factors}
    columns, terms = [np.ones((len(cells), 1))], ["intercept"]
    for factor, block in single.items():
        columns.append(block)
        terms += [factor] * block.shape[1]
    for one, other in pack.interactions:
        products = single[one][:, :, None] * single[other][:, None, :]
        columns.append(products.reshape(len(cells), -1))
        terms += [f"{one}:{other}"] * columns[-1].shape[1]
    return np.hstack(columns), terms


def _contrasts(pack: Pack, factor: str, cells: tuple[Cell, ...]) -> np.ndarray:
    levels = pack.factors[factor]
    place = np.array([levels.index(cell.levels[factor]) for cell in cells])
    share = np.bincount(place, minlength=len(levels)) / len(cells)
    rows = np.zeros((len(levels), len(levels) - 1))
    for j in range(1, len(levels)):
        before = share[:j].sum()
        rows[:j, j - 1] = -share[j] / (before + share[j])
        rows[j, j - 1] = before / (before + share[j])
    return rows[place]


def _settings(pack: Pack) -> dict[str, np.ndarray]:
    """The setting of each factor in each run: 0 or 1, or 0 to 3 for two columns."""
    import pydoe

    plan = pack.file.screening
    words = [word for columns in plan.columns.values() for word in columns.words]
    generators = [*plan.base, *(word for word in words if len(word) > 1)]
    column = dict(zip(generators, pydoe.fracfact(" ".join(generators)).T > 0, strict=True))
    return {
        factor: sum(column[word] * 2**place for place, word in enumerate(reversed(columns.words)))
        for factor, columns in plan.columns.items()
    }


def _screening_levels(pack: Pack) -> list[dict[str, str]]:
    columns = pack.file.screening.columns
    settings = _settings(pack)
    runs = len(next(iter(settings.values())))
    return [
        {factor: columns[factor].levels[settings[factor][run]] for factor in pack.factors}
        for run in range(runs)
    ]


def _resolution(settings: dict[str, np.ndarray]) -> int:
    for size in range(2, HIGHEST):
        if not all(_balanced(group) for group in combinations(settings.values(), size)):
            return size
    return HIGHEST


def _balanced(group: tuple[np.ndarray, ...]) -> bool:
    _, counts = np.unique(np.stack(group), axis=1, return_counts=True)
    full = np.prod([column.max() + 1 for column in group])
    return len(counts) == full and len(set(counts)) == 1


def _aliased(correlation: np.ndarray, terms: list[str]) -> tuple[tuple[str, str, float], ...]:
    names = list(dict.fromkeys(terms))
    at = {name: [i for i, term in enumerate(terms) if term == name] for name in names}
    largest = {
        (one, other): float(np.abs(correlation[np.ix_(at[one], at[other])]).max())
        for one, other in combinations(names, 2)
    }
    return tuple((*pair, round(value, 6)) for pair, value in largest.items() if value > 1e-9)
