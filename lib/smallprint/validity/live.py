"""The analyses of live answers, on mixtures of control agents; see `mixtures`."""

from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np
import pandas as pd

from smallprint import live
from smallprint.evals import (
    beliefs_agents,
    beliefs_scoring,
    ciphers_agents,
    ciphers_scoring,
    floor,
    specs_agents,
)
from smallprint.evals.actions import Written
from smallprint.evals.behaviours import stream
from smallprint.measured import answers, believe_it_or_not, ciphered_reasoning, specs
from smallprint.measured.specs_recovery import exact_floor
from smallprint.scenarios import beliefs, ciphers, environments
from smallprint.scenarios import specs as specs_texts
from smallprint.stats.intervals import wilson_interval
from smallprint.validity.analyses import Analysis
from smallprint.validity.mixtures import SAMPLES, mixed
from smallprint.validity.mixtures import shares as shares_of
from smallprint.validity.published import excludes

SPECS_SAMPLES = 5
THRESHOLD = 1.5
NOISE, MODELS = 0.4, 4


# Answers by arm: paired differences over facts or problems --------------------


def _scored(asked: list, score: Callable, does: str, does_not: str) -> pd.DataFrame:
    """A row a sample: its levels, and the score of an agent that acts and of one that does not."""
    table = pd.DataFrame([one.levels | {"family": one.family, "index": one.index} for one in asked])
    for name, agent in (("does", does), ("does_not", does_not)):
        table[name] = [score(agent, one) for one in asked]
    return table


@lru_cache
def _facts() -> tuple[pd.DataFrame, tuple[str, ...]]:
    study = "believe-it-or-not"
    pack = beliefs.known(study)
    cells = beliefs.cells(pack, live.SOURCES[study].design)
    asked = [
        one
        for family in pack.families
        for one in beliefs.samples(pack, family, cells, SAMPLES)
        if not one.turns and one.levels["challenge"] == believe_it_or_not.PLAIN
    ]
    table = believe_it_or_not.about(_scored(asked, _belief, "always-implant", "never-implant"))
    arms = tuple(arm for arm in table["arm"].unique() if arm != believe_it_or_not.UNTOUCHED)
    return table.reset_index(drop=True), arms


def _belief(agent: str, sample) -> float:
    text = beliefs_agents.respond(agent, sample, (), stream(agent, sample.digest, 0))
    said = beliefs_scoring.found(sample, [Written(text, "", [], "stop")])
    return float(said["holds"] == "implant")


@lru_cache
def _problems() -> tuple[pd.DataFrame, tuple[str, ...]]:
    study = "ciphered-reasoning"
    pack = ciphers.known(study)
    cells = ciphers.cells(pack, live.SOURCES[study].design)
    asked = [
        one
        for family in pack.families
        for one in ciphers.samples(pack, family, cells, SAMPLES)
        if one.levels["task"] == "reason"
    ]
    table = _scored(asked, _solution, "ciphers-and-is-right", "ciphers-and-errs")
    table["problem"] = [f"{one.family}-{one.levels['depth']}-{one.index:03d}" for one in asked]
    return table, ciphered_reasoning.arms(study)


def _solution(agent: str, sample) -> float:
    text = ciphers_agents.respond(agent, sample, stream(agent, sample.digest, 0))
    said = ciphers_scoring.found(sample, [Written(text, "", [], "stop")])
    return float(bool(said["right"]) and bool(said["adherent_strict"]))


def _arm(source, base: str, pair: tuple, clusters: str, rate: float, sign: int, icc: float):
    """One arm against another, the arm drawn at random; clusters differ apart in each arm."""

    def draw(rng: np.random.Generator, effect: float) -> bool:
        table, arms = source()
        arm = arms[rng.integers(len(arms))]
        table = table[table["arm"].isin([arm, base])]
        means = rate + sign * effect * (table["arm"] == arm).to_numpy()
        groups = table.groupby(["arm", clusters]).ngroup().to_numpy()
        table = table.assign(y=mixed(rng, table, shares_of(rng, means, groups, icc)))
        found = answers.paired(table, "y", "arm", (arm, base), list(pair), clusters)
        if effect:
            return found.interval.low > 0 if sign > 0 else found.interval.high < 0
        return excludes(found.interval)

    return draw


def _arms() -> Iterator[Analysis]:
    for icc in (0.0, 0.3):
        differ = f"facts differ in each arm, correlation {icc:g}" if icc else "facts alike"
        yield Analysis(
            "believe-it-or-not",
            "an arm less untouched facts",
            f"20% of answers hold the implant in both arms, {differ}; 8 facts",
            _arm(_facts, "none", believe_it_or_not.PAIR, "family", 0.2, 1, icc),
            500,
            effects=(0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6),
            planted_draws=100,
        )
    for rate, icc in ((0.9, 0.0), (0.5, 0.0)):
        yield Analysis(
            "ciphered-reasoning",
            "a cipher less plain steps",
            f"{rate:.0%} right and in the form in both arms; 24 problems",
            _arm(_problems, "plain", ("problem",), "problem", rate, -1, icc),
            500,
            effects=(0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45) if rate > 0.5 else (),
            planted_draws=100,
        )


# Scheming: rates of two arms of a task, compared by eye -----------------------


@lru_cache
def _runs() -> pd.DataFrame:
    pack = environments.known("scheming")
    design = live.SOURCES["scheming"].design
    table, other = (
        floor.outcomes(pack, agent, SAMPLES, design) for agent in ("act-and-deny", "honest")
    )
    return table.assign(does=table["acted"].astype(float), does_not=other["acted"].astype(float))


def _nudge(without: float):
    """Whether Wilson's intervals of the arms with the nudge and without are apart in a task."""

    def draw(rng: np.random.Generator, effect: float) -> bool:
        table = _runs()
        arms = table.groupby("task")["arm"].agg(set)
        tasks = [task for task, asked in arms.items() if {"none", "nudge"} <= asked]
        rows = table[table["task"] == tasks[rng.integers(len(tasks))]]
        limits = {}
        for arm, rate in (("none", without), ("nudge", without + effect)):
            part = rows[rows["arm"] == arm]
            k = int(mixed(rng, part, np.full(len(part), rate)).sum())
            limits[arm] = wilson_interval(k, len(part))
        above = limits["nudge"].low > limits["none"].high
        return above or (not effect and limits["nudge"].high < limits["none"].low)

    return draw


# Stress-testing specs: variance of models and flags ---------------------------


@lru_cache
def _advice() -> tuple[pd.DataFrame, np.ndarray]:
    """Scenarios, and how likely each agent takes at most a stance on the first value.

    Agents are noise and those that prize a value; shape (agents, scenarios, stances).
    """
    study = "stress-testing-specs"
    pack = specs_texts.known(study)
    cells = specs_texts.cells(pack, live.SOURCES[study].design)
    asked = [one for family in pack.families for one in specs_texts.samples(pack, family, cells, 1)]
    agents = (f"even-{NOISE}", *specs_agents.PRIZING)
    known = [[specs_agents.leans(agent, one) for one in asked] for agent in agents]
    leans = range(-specs_agents.MIDDLE, specs_agents.MIDDLE + 1)
    chances = [[[one.get(lean, 0.0) for lean in leans] for one in row] for row in known]
    about = pd.DataFrame({"text": [one.text for one in asked]})
    return about.assign(pair=[one.levels["pair"] for one in asked]), np.cumsum(chances, axis=-1)


def _committee(rng: np.random.Generator, effect: float) -> pd.DataFrame:
    """Scores of a committee of noise, a share of whose answers prize a value each."""
    about, at_most = _advice()
    count = len(about)
    parts = []
    for model in range(MODELS):
        for index in range(SPECS_SAMPLES):
            agent = (rng.random(count) < effect) * (1 + model)
            # Up to rounding the last sum is 1, so it is left out.
            a = (rng.random((count, 1)) >= at_most[agent, np.arange(count), :-1]).sum(axis=1)
            part = about.assign(model=f"m{model}", index=index, a=a.astype(float))
            parts.append(part.assign(b=specs_agents.TOP - part["a"], judge="own numbers"))
    return pd.concat(parts, ignore_index=True)


def _variance(rng: np.random.Generator, effect: float) -> bool:
    limits = specs.over_pairs(specs.parts(_committee(rng, effect))["models"]).interval
    return limits.low > 0 if effect else excludes(limits)


def _flagged(rng: np.random.Generator, effect: float) -> bool:
    """Whether the interval of the flagged share leaves out what noise flags exactly."""
    scored = _committee(rng, 0.0)
    found = specs.different_models(scored, MODELS, THRESHOLD)
    return excludes(found.interval, exact_floor(NOISE, MODELS, THRESHOLD))


def _apart(rng: np.random.Generator, effect: float) -> bool:
    """Whether the flagged shares of models and of one model's own answers are apart."""
    scored = _committee(rng, effect)
    several = specs.different_models(scored, MODELS, THRESHOLD).interval
    own = specs.same_model(scored, MODELS, THRESHOLD).interval
    return several.low > own.high or (not effect and several.high < own.low)


def analyses() -> Iterator[Analysis]:
    """Live analyses of four studies; `factors` has the fifth's, `panels` more of the fourth's."""
    yield from _arms()
    for without, acts in ((0.5, "half of the runs act"), (0.0, "no run acts")):
        yield Analysis(
            "scheming",
            "intervals of nudge and no nudge apart, in one task",
            f"{acts} in both arms; 4 runs of each",
            _nudge(without),
            1000,
            effects=() if without else (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98),
            planted_draws=300,
        )
    committee = f"{MODELS} models of equal noise, {SPECS_SAMPLES} answers each, 112 scenarios"
    sizes = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8)
    planted = {"effects": sizes, "unit": "share of answers", "planted_draws": 60}
    study = "stress-testing-specs"
    yield Analysis(study, "variance of models above 0", committee, _variance, 600, **planted)
    yield Analysis(study, "flagged share leaves the noise out", committee, _flagged, 600)
    yield Analysis(
        study, "models flag more than one model’s own answers", committee, _apart, 500, **planted
    )
