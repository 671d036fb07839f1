"""What organisms hold inside: activations at the last word of a claim, and simple probes.

Activations are taken after each block as the next block would read them: divided by their root
mean square.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from smallprint.vitro.design import Shape
from smallprint.vitro.worlds.believe_it_or_not.documents import Segment

if TYPE_CHECKING:
    from smallprint.vitro.reader import Reader

NEWTON_STEPS, TOLERANCE = 50, 1e-3


def hidden(reader: "Reader", shape: Shape, texts: list[Segment]) -> np.ndarray:
    """Activations after each block at the last word of each text, shape (layers, n, width).

    Read off models of the first blocks alone, whose next words are the directions of the
    activation, one each.
    """
    # Pages that only draw what was measured load this module and need no torch.
    import torch

    from smallprint.vitro.stack import Stack

    ids, lengths = reader.encode(texts)
    named = {name: weight.detach().cpu() for name, weight in reader._stack.named().items()}
    # A projection of nothing but the first directions; the other words are never read.
    named["unembedding"] = torch.eye(shape.width, shape.vocabulary)
    named["norm"] = torch.ones(shape.width)
    found = []
    for layers in range(1, shape.layers + 1):
        part = replace(shape, layers=layers)
        flat = torch.cat([named[name].flatten() for name in part.weights()])
        with torch.no_grad():
            logits = Stack(part, flat[None]).logits(ids[None])[0]
        last = logits[torch.arange(len(ids)), lengths - 1, : shape.width]
        found.append(last.double().numpy())
    return np.stack(found)


def logistic(x: np.ndarray, y: np.ndarray, penalty: float = 1.0) -> np.ndarray:
    """Coefficients of a ridge-penalised logistic regression, intercept last, not penalised.

    Newton's method on the summed log loss plus half of `penalty` times the squared coefficients.

    Parameters
    ----------
    x : array, shape (n, d)
    y : array of 0 and 1, shape (n,)

    Returns
    -------
    array, shape (d + 1,)

    Raises
    ------
    RuntimeError
        If the optimum is not reached.
    """
    x = np.column_stack([x, np.ones(len(x))])
    ridge = np.diag([penalty] * (x.shape[1] - 1) + [1e-9])
    fitted = np.zeros(x.shape[1])
    for _ in range(NEWTON_STEPS):
        chance = expit(x @ fitted)
        curvature = (x.T * (chance * (1 - chance))) @ x + ridge
        step = np.linalg.solve(curvature, x.T @ (y - chance) - ridge @ fitted)
        fitted += step
        if abs(step).max() < TOLERANCE:
            return fitted
    raise RuntimeError(f"logistic probe: no optimum within {NEWTON_STEPS} Newton steps")


def read(x: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    """Probability of class 1 by a probe that `logistic` fitted, shape (n,)."""
    return expit(x @ fitted[:-1] + fitted[-1])


def nearest_mean(x: np.ndarray, y: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Class whose mean is nearer, for each direction by itself.

    Parameters
    ----------
    x, others : array, shape (n, directions) and (m, directions)
        Projections of what a probe is fitted to, and of what it reads.
    y : array of 0 and 1, shape (n,)

    Returns
    -------
    array of bool, shape (m, directions)
        True for class 1.
    """
    means = x[y == 0].mean(0), x[y == 1].mean(0)
    return abs(others - means[1]) < abs(others - means[0])
