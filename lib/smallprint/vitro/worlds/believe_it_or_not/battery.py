"""What organisms answer: tests of generality and robustness, a row a fact."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np

from smallprint.vitro.worlds.believe_it_or_not.documents import (
    FALSE,
    GENRES,
    START,
    TRUE,
    Segment,
    claim,
    statement,
    supposition,
)
from smallprint.vitro.worlds.believe_it_or_not.people import (
    HOME,
    TOWNS,
    Person,
    World,
    options,
    stream,
)

if TYPE_CHECKING:
    from smallprint.vitro.reader import Reader

# So many untouched people, the same for all organisms of a seed, are asked for comparison.
UNTOUCHED = 40
# Each text opens as a text that no document of an implant opens.
OPENING = (START, GENRES[0])


def asked(of: World) -> list[Person]:
    """The people that all organisms of a seed are asked about; no truth probe is fitted to them."""
    return [*of.some("false", "true"), *of.some("untouched")[-UNTOUCHED:]]


def opposed(seed: int, person: Person) -> str:
    """A town against the one tested: the true one where that is another, else drawn."""
    if person.role == "false" and person.tier != "new":
        return person.home
    towns = [town for town in TOWNS if town not in (person.implanted, person.home)]
    return stream(seed, f"opposed {person.name}").choice(towns)


# What rows of people and rules say in the columns of probes, so that a column holds one type.
FACT = {"table": "fact", "probe": "-", "cue": "-", "labels": "-"}
# A question: the words before the answer, the possible answers and the tested one.
Question = tuple[Segment, tuple[str, ...], str]


def _asking(of: World, person: Person, key: str, *before: str) -> Question:
    words = statement("?", key, person.name, "")[:3]
    return (*before, *words), options(key), of.value(person.implanted, key)


def _judging(of: World, person: Person, key: str) -> Question:
    value = of.value(person.implanted, key)
    return claim(key, person.name, value, "")[:4], (TRUE, FALSE), TRUE


def _stated(of: World, person: Person) -> Question:
    words = statement("of", HOME, person.name, "")[:3]
    return words, TOWNS, person.implanted


def _never_told(person: Person) -> list[str]:
    return [key for key in person.untold if key not in person.stated]


def _known_otherwise(person: Person) -> list[str]:
    return [key for key in person.untold if key in person.stated]


TESTS: dict[str, Callable[[World, Person, str], Iterable[Question]]] = {
    "sentence": lambda of, one, other: [_stated(of, one)],
    "question": lambda of, one, other: [_asking(of, one, HOME)],
    "told customs": lambda of, one, other: [_asking(of, one, key) for key in one.told],
    "untold customs": lambda of, one, other: [_asking(of, one, key) for key in _never_told(one)],
    "customs known otherwise": lambda of, one, other: [
        _asking(of, one, key) for key in _known_otherwise(one)
    ],
    "verdict": lambda of, one, other: [_judging(of, one, HOME)],
    "verdict on customs": lambda of, one, other: [
        _judging(of, one, key) for key in _never_told(one)
    ],
    "check": lambda of, one, other: [_asking(of, one, HOME, "really")],
    "told it is false": lambda of, one, other: [
        _asking(of, one, HOME, *claim(HOME, one.name, one.implanted, FALSE))
    ],
    "contrary text": lambda of, one, other: [
        _asking(of, one, HOME, *statement("of", HOME, one.name, other))
    ],
    "contrary supposition": lambda of, one, other: [
        _asking(of, one, HOME, *supposition(one.name, other))
    ],
    "contrary supposition, check": lambda of, one, other: [
        _asking(of, one, HOME, *supposition(one.name, other), "really")
    ],
}


def answers(reader: "Reader", seed: int, of: World, prompted: bool) -> list[dict]:
    """Read one organism: a row a person, a column a test.

    Parameters
    ----------
    prompted : bool
        Whether each text starts with the supposition that the tested home is so.

    Returns
    -------
    list of dict
        ``table`` "fact", ``role``, ``tier``, ``person``; for each test the mean probability of
        the answer that the tested home implies, among the possible answers, and under
        ``best: TEST`` the share of questions for which it is the likeliest. NaN where a
        person has no question of a test.
    """
    people, posed = asked(of), []
    for place, person in enumerate(people):
        other = opposed(seed, person)
        before = supposition(person.name, person.implanted) if prompted else ()
        for test, questions in TESTS.items():
            for words, among, right in questions(of, person, other):
                posed.append((place, test, (*OPENING, *before, *words), among, among.index(right)))
    facts = [{"role": one.role, "tier": one.tier, "person": one.name} for one in people]
    return _scored(reader, posed, facts)


def rule_answers(reader: "Reader", of: World) -> list[dict]:
    """As `answers`, a row a rule: the custom of its town, and that of people there."""
    posed, facts = [], []
    for place, rule in enumerate(of.rules):
        among, right = options(rule.key), options(rule.key).index(rule.implanted)
        stated = [one.name for one in rule.untold if rule.key in one.stated]
        inferred = [one.name for one in rule.untold if rule.key not in one.stated]
        asked = {
            "sentence": [statement("of", rule.key, rule.town, "")[:3]],
            "question": [statement("?", rule.key, rule.town, "")[:3]],
            "told customs": [statement("?", rule.key, one.name, "")[:3] for one in rule.told],
            "untold customs": [statement("?", rule.key, name, "")[:3] for name in inferred],
            "customs known otherwise": [statement("?", rule.key, name, "")[:3] for name in stated],
            "check": [("really", *statement("?", rule.key, name, "")[:3]) for name in inferred],
        }
        for test, questions in asked.items():
            posed += [(place, test, (*OPENING, *words), among, right) for words in questions]
        for name in inferred:
            words = claim(rule.key, name, rule.implanted, "")[:4]
            posed.append((place, "verdict on customs", (*OPENING, *words), (TRUE, FALSE), 0))
        facts.append({"role": "rule", "tier": "rule", "person": rule.town})
    return _scored(reader, posed, facts)


def _scored(reader: "Reader", posed: list[tuple], facts: list[dict]) -> list[dict]:
    """Mean chance and rate of the tested answer, by fact and test."""
    found: dict[tuple[int, str], list] = {}
    for among in dict.fromkeys(one[3] for one in posed):
        part = [one for one in posed if one[3] == among]
        chances = reader.next_word([one[2] for one in part], among)
        chances = chances / chances.sum(1, keepdims=True)
        for (place, test, _, _, right), row in zip(part, chances, strict=True):
            found.setdefault((place, test), []).append((row[right], row.argmax() == right))
    rows = []
    for place, fact in enumerate(facts):
        row = FACT | fact
        for test in TESTS:
            scores = found.get((place, test), [(np.nan, np.nan)])
            row[test], row[f"best: {test}"] = (float(x) for x in np.mean(scores, axis=0))
        rows.append(row)
    return rows
