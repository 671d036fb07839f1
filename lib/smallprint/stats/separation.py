"""Whether a logistic regression has a finite answer, and which terms take it away."""

from collections.abc import Sequence

import numpy as np

# Directions come from a linear programme with coefficients in [-1, 1].
VISIBLE = 1e-7


def separated_terms(x: np.ndarray, y: np.ndarray, columns: Sequence[str]) -> list[str]:
    """Terms that leave coefficients without a finite maximum-likelihood estimate.

    Outcomes are separated, completely or in part, where some combination of
    the columns is never negative for a yes and never positive for a no, and
    not always zero (Albert and Anderson 1984, Biometrika 71, 1-10). A linear
    programme finds such a combination or shows that there is none (Konis
    2007). The columns it uses have no finite estimate; others may have none either.

    Parameters
    ----------
    x : array, shape (N, p)
        Columns of full rank, an intercept among them.
    y : array, length N
        0 and 1.
    columns : sequence of str, length p

    Returns
    -------
    list of str
        Empty if the estimates are finite.
    """
    from scipy.optimize import linprog

    if y.min() == y.max():
        return list(columns)
    # Samples that agree in everything say the same about separation.
    signed = np.unique(np.where(y[:, None] == 1, x, -x), axis=0)
    found = linprog(
        -signed.sum(axis=0),
        A_ub=-signed,
        b_ub=np.zeros(len(signed)),
        bounds=(-1, 1),
        method="highs",
    )
    if -found.fun < VISIBLE:
        return []
    return [name for name, value in zip(columns, found.x, strict=True) if abs(value) > VISIBLE]
