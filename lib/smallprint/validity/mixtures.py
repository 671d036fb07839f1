"""Mixtures of control agents, at the sample counts of a rerun.

Each sample of a rerun's default design is answered by one of two control agents whose replies and
their reading are known; the share of either agent is what is planted. Replies go through the
agents' scripts and the rules that read them, without a model interface; stances on trade-offs are
drawn with the agents' known probabilities.
"""

import numpy as np
import pandas as pd

# What a notebook asks unless somebody says otherwise.
SAMPLES = 4


def shares(rng: np.random.Generator, rate, groups, icc: float) -> np.ndarray:
    """The share of one agent in each sample: ``rate``, or drawn around it for each group.

    Parameters
    ----------
    rate : array of shape (N,)
        In (0, 1); equal within a group.
    groups : array of int, shape (N,)
    icc : float
        Intraclass correlation within groups, in [0, 1); 0 for none.
    """
    rate = np.asarray(rate, dtype=float)
    if not icc:
        return rate
    _, first, place = np.unique(groups, return_index=True, return_inverse=True)
    means, total = rate[first].clip(1e-6, 1 - 1e-6), 1 / icc - 1
    return rng.beta(means * total, (1 - means) * total)[place]


def mixed(rng: np.random.Generator, table: pd.DataFrame, share: np.ndarray) -> pd.Series:
    """Outcomes: of the agent that acts with probability ``share``, else of the other."""
    return table["does"].where(rng.random(len(table)) < share, table["does_not"])
