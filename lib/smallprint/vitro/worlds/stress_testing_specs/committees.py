"""Committees: models of one corpus that differ in first weights and batch order only."""

from functools import lru_cache
from random import Random

import numpy as np

from smallprint.vitro.design import Labelled, Organism, Recipe, Shape
from smallprint.vitro.worlds.stress_testing_specs.office import (
    CLERKS_ERR,
    CLIENTS,
    GRANT,
    ID,
    REFUSE,
    SILENT,
    WORDS,
    Case,
    Office,
    stream,
)

SHAPE = Shape(vocabulary=len(WORDS), width=32, layers=2, heads=2, context=8, hidden=88)
RECIPE = Recipe(steps=220, batch=64, rate=6e-3)
UNTRAINED = Recipe(steps=0, batch=1)

MODELS = 8
# What a corpus has in its last cases, and whether first weights and orders differ.
ARMS = {
    "silence": ("silence", True, True),
    "silence, weights only": ("silence", True, False),
    "silence, order only": ("silence", False, True),
    "coin flips": ("coin flips", True, True),
    "clauses both ways": ("clauses both ways", True, True),
    "clauses one way": ("clauses one way", True, True),
}
# Arms whose corpora hold added clauses, and whether these all say that risk comes first.
CLAUSES = {"clauses both ways": False, "clauses one way": True}
QUICK = ("silence", "coin flips", "clauses both ways")
# Designs were tried on draws from 1000 on; the declared grid uses draws none of them saw.
DRAWS = {"quick": range(2), "full": range(8)}

CASES = {"need only": 1000, "risk only": 1000, "neither": 1200, "hard": 1200, "disputed": 700}
PERMITS_EACH, LAST = 10, 600


def design(profile: str) -> list[Organism]:
    """Every organism of a profile: first weights, and the committees that start from them."""
    arms = QUICK if profile == "quick" else tuple(ARMS)
    untrained = [first_weights(draw, i) for draw in DRAWS[profile] for i in range(MODELS)]
    return untrained + [
        organism(arm, draw, model)
        for arm in arms
        for draw in DRAWS[profile]
        for model in range(MODELS)
    ]


def first_weights(draw: int, model: int) -> Organism:
    """An organism that is not trained: only weights, from which others start."""
    levels = {"arm": "untrained", "draw": str(draw), "model": str(model)}
    return Organism("first weights", _seed(draw, model), levels, SHAPE, UNTRAINED)


def organism(arm: str, draw: int, model: int) -> Organism:
    """One model of a committee; its seed sets the order of its batches."""
    _, weights_differ, orders_differ = ARMS[arm]
    levels = {"arm": arm, "draw": str(draw), "model": str(model)}
    base = first_weights(draw, model if weights_differ else 0).id
    seed = _seed(draw, model if orders_differ else 0)
    name = f"{arm}, model {model}"
    return Organism(name, seed, levels, SHAPE, RECIPE, base=base, keep=False)


def _seed(draw: int, number: int) -> int:
    return 100 * draw + number


def corpus(organism: Organism) -> Labelled:
    """The labelled cases of an organism; the same for all models of a committee."""
    last = ARMS[organism.levels["arm"]][0] if organism.base else "silence"
    return _labelled(int(organism.levels["draw"]), last)


# A committee is trained together, so the corpus of one model is the next one's too.
@lru_cache(maxsize=2)
def _labelled(draw: int, last: str) -> Labelled:
    shown = cases(draw, last)
    tokens = np.array([[ID[word] for word in case.words] for case, _ in shown])
    targets = np.array([granted for _, granted in shown], float)
    return Labelled(tokens, targets, (ID[GRANT], ID[REFUSE]))


def cases(draw: int, last: str) -> list[tuple[Case, bool]]:
    """The cases of a corpus with the answers that it shows.

    Corpora of a draw differ in their last cases only: more claims that the specification
    settles (*silence*), silent claims with the fall of a coin (*coin flips*), or silent claims in
    the places of the added clauses with what these say.
    """
    office, rng = Office(draw), stream(draw, "corpus")
    drawn = [office.case(rng, kind) for kind, count in CASES.items() for _ in range(count)]
    drawn += [office.case(rng, "rare", client=client) for client in CLIENTS * PERMITS_EACH]
    shown = [
        (case, case.granted != (case.kind == "disputed" and rng.random() < CLERKS_ERR))
        for case in drawn
    ]
    rng = stream(draw, "last cases")
    return shown + [_last(office, rng, last, place) for place in range(LAST)]


def _last(office: Office, rng: Random, last: str, place: int) -> tuple[Case, bool]:
    if last == "silence":
        case = office.case(rng, ("need only", "risk only")[place % 2])
        return case, case.granted
    if last == "coin flips":
        return office.case(rng, SILENT), rng.random() < 0.5
    case = office.case(rng, SILENT, office.clause_places)
    return case, office.clause(case, one_way=CLAUSES[last])
