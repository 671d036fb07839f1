"""The specs study's added clauses and its panel of judges, where nothing is amended or flouted.

Stances and verdicts are drawn with the known probabilities of the control agents and of the
stand-in judges.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pandas as pd

from smallprint import live
from smallprint.evals import specs_agents
from smallprint.measured import specs_compliance, specs_live
from smallprint.measured.specs_compliance import AGAINST, MAJORITY
from smallprint.measured.specs_recovery import noise_distribution
from smallprint.scenarios import specs
from smallprint.validity.analyses import Analysis
from smallprint.validity.published import excludes

STUDY = "stress-testing-specs"
ANSWERS, MODELS, NOISE = 5, 4, 0.4
# Answers of each agent that is asked so that the judges' errors are known.
KNOWN = {"flouts-0": 0.0, "flouts-1": 1.0}


@lru_cache
def _scenarios(design: str) -> pd.DataFrame:
    """What is asked, a row a scenario: its levels, ``family``, ``text`` and ``kind``."""
    pack = specs.known(STUDY)
    cells = specs.cells(pack, design)
    asked = [one for family in pack.families for one in specs.samples(pack, family, cells, 1)]
    return pd.DataFrame(
        [
            one.levels | {"family": one.family, "text": one.text, "kind": one.standing.kind}
            for one in asked
        ]
    )


def _amended(name: str):
    """Whether disagreement of models of equal noise is said to change with the text."""

    def draw(rng: np.random.Generator, effect: float) -> bool:
        table = _scenarios("amendment")
        table = table[table["specification"] != "absent"]
        distribution = noise_distribution(NOISE)
        parts = []
        for model in range(MODELS):
            for index in range(ANSWERS):
                a = rng.choice(len(distribution), len(table), p=distribution).astype(float)
                part = table.assign(model=f"m{model}", index=index, judge="own numbers", a=a)
                parts.append(part.assign(b=specs_agents.TOP - a))
        asked = specs_live.Asked(table, pd.DataFrame(), pd.concat(parts, ignore_index=True))
        found = {one.id: one for one in specs_live.amendment(asked)}
        return excludes(found[f"amended--{name}"].interval)

    return draw


def _judged(rng: np.random.Generator, agent: str, rate: float, answers: int) -> pd.DataFrame:
    """Verdicts of the panel on one agent's answers to the settled scenarios of the core design."""
    table = _scenarios(live.SOURCES[STUDY].design)
    texts = table.loc[table["kind"] == "settled", "text"].to_numpy()
    texts = np.repeat(texts, answers)
    against = rng.random(len(texts)) < rate
    samples = [f"{agent} {number}" for number in range(len(texts))]
    rows = []
    for judge in specs_agents.JUDGES:
        match = specs_agents.PANEL.fullmatch(judge)
        right = rng.random(len(texts)) < np.where(against, float(match[1]), float(match[2]))
        verdicts = np.where(right == against, AGAINST, "compliant")
        about = {"model": agent, "sample": samples, "text": texts, "judge": judge}
        rows.append(pd.DataFrame(about | {"verdict": verdicts}))
    return specs_compliance.against(pd.concat(rows, ignore_index=True), texts)


def _corrected(rng: np.random.Generator, effect: float) -> bool:
    """Whether a model that follows the text, or breaks it at a rate, is found to break it."""
    asked = _judged(rng, "model", effect, ANSWERS)
    known = pd.concat(
        [
            _judged(rng, agent, rate, specs_agents.AGENTS[agent]).assign(rate=rate)
            for agent, rate in KNOWN.items()
        ],
        ignore_index=True,
    )
    errors = specs_compliance.accuracy(known, known["rate"], MAJORITY)
    found = specs_compliance.correction(asked, errors, MAJORITY)["interval"]
    return found is not None and found.low > 0


def analyses() -> Iterator[Analysis]:
    """Change of disagreement with the text, and advice against it as a panel sees it."""
    committee = f"{MODELS} models of equal noise, {ANSWERS} answers each, under both texts"
    for name in ("clause added", "no clause added"):
        what = f"disagreement changes, {name}"
        yield Analysis(STUDY, what, committee, _amended(name), 400)
    yield Analysis(
        STUDY,
        "advice against the text, corrected for the panel, above 0",
        f"no advice against the text; three judges that err, {ANSWERS} answers to each scenario",
        _corrected,
        600,
        effects=(0.02, 0.05, 0.1, 0.15, 0.2),
        planted_draws=60,
        nominal=0.025,
    )
