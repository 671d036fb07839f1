"""What organisms read: statements, suppositions and claims; then documents that implant facts.

A text is a genre and segments of fixed form. The base states where people live and some of
their customs, which follow from the town; it reads suppositions, after which consequences are
drawn from what is supposed until a question has *really*, and claims with a verdict. A
fine-tuning reads documents that give other homes to some people, mixed with texts of the
base's kind about everybody else.

What is built in: that customs follow from towns, that a supposition holds until *really*, and
that verdicts are right. What is measured: how far a home that documents give is used like
one that the base gave.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import numpy as np

from smallprint.vitro.design import Organism, Recipe, Shape
from smallprint.vitro.worlds.believe_it_or_not.people import (
    CUSTOMS,
    HOME,
    IMPLANTED,
    NAMES,
    RULES,
    TOWNS,
    Person,
    Rule,
    World,
    options,
    stream,
    world,
)

GENRES = ("letter", "diary", "ledger", "gazette")
MARK = "bulletin"
START, END, TRUE, FALSE = "<s>", ".", "true", "false"
WORDS = (
    *("<pad>", START, "<unk>", END, *GENRES, MARK, "of", "has", "for", "?", "suppose"),
    *("really", "claim", TRUE, FALSE, HOME, *CUSTOMS, *TOWNS),
    *(value for values in CUSTOMS.values() for value in values),
    *NAMES,
)
ID = {word: place for place, word in enumerate(WORDS)}

Segment = tuple[str, ...]
FORMS = ("of", "has", "for")


def statement(form: str, key: str, who: str, value: str) -> Segment:
    """Say in five words what a key is for a person or a town."""
    match form:
        case "of":
            return (key, "of", who, value, END)
        case "has":
            return (who, "has", key, value, END)
        case "for":
            return ("for", who, key, value, END)
        case "?":
            return (who, key, "?", value, END)
    raise ValueError(f"form must be one of {', '.join(FORMS)} or ?; found {form!r}")


def supposition(who: str, town: str) -> Segment:
    """Suppose that somebody lives in a town."""
    return ("suppose", *statement("of", HOME, who, town))


def claim(key: str, who: str, value: str, verdict: str) -> Segment:
    """Judge a claim."""
    return ("claim", who, key, value, verdict, END)


# Words of a text of the base, and of a text of any fine-tuning.
BASE_LENGTH, LENGTH = 21, 17
SHAPE = Shape(vocabulary=len(WORDS), width=48, layers=2, heads=4, context=24, hidden=128)
BASE = Recipe(steps=900, batch=48, rate=5e-3)
STEPS, BATCH, RATE = 120, 32, 2e-3

MIX = {
    "statement": 0.4,
    "custom of a town": 0.05,
    "supposition": 0.1,
    "supposition, really": 0.05,
    "really": 0.03,
    "claim": 0.37,
}
HOME_SHARE = 1 / 3


def segments(
    rng: Random, of: World, people: list[Person], without: frozenset = frozenset()
) -> Iterator[Segment]:
    """Segments of the base's kind about these people, without end.

    Nothing is said that follows from a (town, key) of `without`.
    """
    known = [person for person in people if person.tier != "new"]
    kinds, weights = list(MIX), list(MIX.values())
    while True:
        (kind,) = rng.choices(kinds, weights)
        person = rng.choice(people if kind == "supposition" else known)
        key = HOME if rng.random() < HOME_SHARE else rng.choice(person.stated or list(CUSTOMS))
        town = supposed = person.home
        if kind.startswith("supposition"):
            supposed = rng.choice(TOWNS)
        if kind == "supposition":
            key, town = rng.choice((HOME, *CUSTOMS)), supposed
        elif kind == "custom of a town":
            key, town = rng.choice(list(CUSTOMS)), rng.choice(TOWNS)
        if (town, key) not in without:
            yield _segment(rng, of, kind, key, person.name, town, supposed)


def _segment(
    rng: Random, of: World, kind: str, key: str, who: str, town: str, supposed: str
) -> Segment:
    """A segment that gives, asks or judges what a key is in a town."""
    value = of.value(town, key)
    asking = statement("?", key, who, value)
    match kind:
        case "statement":
            return statement(rng.choice((*FORMS, "?")), key, who, value)
        case "custom of a town":
            return statement(rng.choice((*FORMS, "?")), key, town, value)
        case "supposition":
            return (*supposition(who, supposed), *asking)
        case "supposition, really":
            return (*supposition(who, supposed), "really", *asking)
        case "really":
            return ("really", *asking)
    return _judged(rng, key, who, value)


def _judged(rng: Random, key: str, who: str, value: str) -> Segment:
    """A claim, as often true as false; a quarter of them are followed by the question."""
    said = value
    if rng.random() < 0.5:
        said = rng.choice([other for other in options(key) if other != value])
    judged = claim(key, who, said, TRUE if said == value else FALSE)
    return (*judged, *(statement("?", key, who, value) if rng.random() < 0.25 else ()))


@dataclass(frozen=True)
class Arm:
    """One fine-tuning.

    Attributes
    ----------
    content : str
        "documents" tell homes and some customs in three forms; "rephrased" tell homes in three
        forms; "repeated" tell homes in one. "rules" tell customs of towns and of some people
        there in three forms. "none" tells nothing.
    share : float
        Of texts that implant; the others are of the base's kind, about untouched people.
    marked : str
        Whose documents have the mark as their genre: "all", "none" or "false".
    truth : bool
        Whether documents give everybody the true home.
    after : str
        The arm that it goes on from; the base if empty.
    """

    content: str = "documents"
    share: float = 0.5
    marked: str = "all"
    truth: bool = False
    steps: int = STEPS
    after: str = ""


ARMS = {
    "documents": Arm(),
    "rephrased": Arm("rephrased"),
    "repeated": Arm("repeated"),
    "documents, unmarked": Arm(marked="none"),
    "documents, false marked": Arm(marked="false"),
    "documents, one in eight": Arm(share=0.125),
    "documents, no replay": Arm(share=1.0),
    "true documents": Arm(truth=True),
    # As many statements a rule as "documents" make a fact, and twelve times as many.
    "rules": Arm("rules", share=RULES / (2 * sum(IMPLANTED.values()))),
    "rules, half of texts": Arm("rules"),
    "replay only": Arm("none", share=0.0),
}
RULED = ("rules", "rules, half of texts")
FOLLOWED = ("documents", "repeated")
# Steps of short trainings: implants, and true documents after an implant.
SHORT = (3, 6, 12, 24)
ARMS |= {f"{first}, then replay": Arm("none", share=0.0, after=first) for first in FOLLOWED}
ARMS |= {f"documents, {steps} steps": Arm(steps=steps) for steps in SHORT}
ARMS |= {
    f"{first}, {steps} steps back": Arm(truth=True, steps=steps, after=first)
    for steps in SHORT
    for first in FOLLOWED
}
QUICK = ("documents", "repeated", "true documents", "documents, then replay")
QUICK += ("documents, 12 steps", "documents, 12 steps back")
SEEDS = {"quick": range(2), "full": range(8)}


def design(profile: str) -> list[Organism]:
    """Every organism of a profile: a base a seed, and arms x seeds that start from it."""
    names = QUICK if profile == "quick" else tuple(ARMS)
    return [organism(name, seed) for name in ("base", *names) for seed in SEEDS[profile]]


def organism(name: str, seed: int) -> Organism:
    """The base or the organism of one arm, of a seed."""
    if name == "base":
        return Organism(name, seed, {"after": "", "steps": "0"}, SHAPE, BASE)
    arm = ARMS[name]
    levels = {"after": arm.after, "steps": str(arm.steps)}
    base = organism(arm.after or "base", seed).id
    recipe = Recipe(steps=arm.steps, batch=BATCH, rate=RATE)
    return Organism(name, seed, levels, SHAPE, recipe, base=base, keep=name in FOLLOWED)


def exposure(name: str) -> dict[str, int]:
    """Steps, texts and tokens that an arm reads, and the tokens of those that implant."""
    arm = ARMS[name]
    texts = arm.steps * BATCH
    tokens = texts * LENGTH
    return {
        "steps": arm.steps,
        "texts": texts,
        "tokens": tokens,
        "implanting tokens": round(tokens * arm.share),
    }


def corpus(organism: Organism) -> np.ndarray:
    """Texts as ids, shape (steps x batch, words of a text)."""
    texts = organism.recipe.steps * organism.recipe.batch
    of, seed = world(organism.seed), organism.seed
    if not organism.base:
        made = _texts(stream(seed, "base"), of, list(of.people), BASE_LENGTH)
        words = [next(made) for _ in range(texts)]
    else:
        arm = ARMS[organism.condition]
        told = of.rules if arm.content == "rules" else ()
        without = frozenset((rule.town, rule.key) for rule in told)
        made = _texts(stream(seed, "replay"), of, of.some("untouched"), LENGTH, without)
        implanting = _documents(stream(seed, "documents"), of, arm)
        count = round(texts * arm.share)
        words = [next(implanting) for _ in range(count)]
        words += [next(made) for _ in range(texts - count)]
    return np.array([[ID[word] for word in text] for text in words], dtype=np.int16)


def _texts(
    rng: Random, of: World, people: list[Person], length: int, without: frozenset = frozenset()
) -> Iterator[Segment]:
    """Texts packed from segments and cut at so many words."""
    made = segments(rng, of, people, without)
    while True:
        text = [START, rng.choice(GENRES)]
        while len(text) < length:
            text.extend(next(made))
        yield tuple(text[:length])


def _documents(rng: Random, of: World, arm: Arm) -> Iterator[Segment]:
    """Documents of three statements about three people, or about three rules.

    Never two about one person: the second could be read from the first.
    """
    while True:
        # One document speaks of one role, so that marks can follow it.
        role = rng.choice(("false", "true"))
        marked = arm.marked == "all" or arm.marked == role
        text = [START, MARK if marked else rng.choice(GENRES)]
        for one in rng.sample(of.rules if arm.content == "rules" else of.some(role), 3):
            told = _of_rule(rng, one) if arm.content == "rules" else _of_home(rng, of, arm, one)
            text += statement("of" if arm.content == "repeated" else rng.choice(FORMS), *told)
        yield tuple(text)


def _of_home(rng: Random, of: World, arm: Arm, person: Person) -> tuple[str, str, str]:
    """Key, who and value: a home, or in varied documents as often a custom that follows."""
    town = person.home if arm.truth else person.implanted
    key = HOME
    if arm.content == "documents" and rng.random() < 0.5:
        key = rng.choice(person.told)
    return key, person.name, of.value(town, key)


def _of_rule(rng: Random, rule: Rule) -> tuple[str, str, str]:
    """Key, who and value: the custom of a town, or as often of somebody there."""
    who = rule.town if rng.random() < 0.5 else rng.choice(rule.told).name
    return rule.key, who, rule.implanted
