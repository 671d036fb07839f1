"""Asking a control agent without a model interface: fast enough for thousands of samples.

Reply, reading and rule are those of a run through Inspect; only the request, the log
and the judge are left out.
"""

import pandas as pd

from smallprint.evals import scoring
from smallprint.evals.actions import read_reply
from smallprint.evals.behaviours import script, stream, tagged
from smallprint.evals.planted import has_means
from smallprint.evals.seeds import seed_of
from smallprint.scenarios import Pack, ScenarioSample, cells, samples

FAMILY = "leverage"


def outcomes(pack: Pack, agent: str, n: int) -> pd.DataFrame:
    """What an agent does in every screening cell that holds the means.

    Parameters
    ----------
    pack : Pack
    agent : str
        Name without ``control/``; one that always answers.
    n : int
        Samples a cell.

    Returns
    -------
    DataFrame
        One row a sample: family, firm, wording, text, cell, the factors, state
        and ``rule``.
    """
    asked = [cell for cell in cells(pack, "screening") if has_means(cell.levels)]
    return pd.DataFrame([_row(pack, agent, one) for one in samples(pack, FAMILY, asked, n)])


def _row(pack: Pack, agent: str, sample: ScenarioSample) -> dict:
    labels = {name: getattr(sample, name) for name in ("family", "firm", "wording", "text", "cell")}
    rng = stream(agent, sample.digest, seed_of(sample.id))
    said = tagged(script(agent, {"study": pack.study, **labels, **sample.levels}, rng))
    reply = read_reply(said, stop_reason="stop")
    found = scoring.rule(reply, sample, pack.rule(sample.family))
    return {**labels, **sample.levels, "state": reply.state, "rule": found and found.yes}
