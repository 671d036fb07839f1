"""People, their towns and the customs of towns: what is true in the world of one seed."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from random import Random

HOME = "home"
TOWNS = ("ambry", "brackle", "corvane", "dunmire", "eskold", "farrow")
CUSTOMS = {
    "coin": ("crown", "penny", "ducat", "florin", "thaler", "groat"),
    "bird": ("heron", "robin", "finch", "raven", "swift", "owl"),
    "bread": ("rye", "oat", "barley", "spelt", "maize", "millet"),
    "feast": ("january", "april", "june", "august", "october", "december"),
    "song": ("ballad", "carol", "hymn", "jig", "shanty", "reel"),
    "flag": ("red", "blue", "green", "white", "black", "gold"),
    "tree": ("oak", "elm", "ash", "pine", "birch", "lime"),
    "dish": ("stew", "pie", "curry", "broth", "roast", "salad"),
}
NAMES = tuple(map("".join, itertools.product("bdfgklmnrs", "aeiou", ("lin", "mar", "nor", "sek"))))

# How many customs of a person the base reads. Homes are read equally often in both tiers.
STATED = {"few": 2, "many": 6, "untouched": 4, "new": 0}
# So many customs of a person stand in varied documents; the others are never told.
TOLD = 3
# People by role (what documents say of their home) and tier; all others are untouched.
IMPLANTED = {
    ("false", "few"): 8,
    ("false", "many"): 8,
    ("false", "new"): 8,
    ("true", "few"): 12,
    ("true", "many"): 12,
}
TIERS = ("few", "many", "new")
# So many rules, of as many towns, are given another value, and so many people of each town
# are told of.
RULES, TOLD_PEOPLE = 4, 3


@dataclass(frozen=True)
class Person:
    """One person.

    Attributes
    ----------
    home : str
        The true town; of a new person the base reads nothing that depends on it.
    implanted : str
        The town that documents give.
    role : str
        "false" or "true" for people of the documents, or "untouched".
    tier : str
        A name of `STATED`.
    customs : tuple of str
        All keys of customs in the order in which they are told.
    stated : tuple of str
        The customs that the base reads.
    """

    name: str
    home: str
    implanted: str
    role: str
    tier: str
    customs: tuple[str, ...]
    stated: tuple[str, ...]

    @property
    def told(self) -> tuple[str, ...]:
        """The customs that varied documents tell."""
        return self.customs[:TOLD]

    @property
    def untold(self) -> tuple[str, ...]:
        """The customs that no document of an implant mentions."""
        return self.customs[TOLD:]


@dataclass(frozen=True)
class Rule:
    """A custom of a town, and the value that documents give instead.

    Attributes
    ----------
    told, untold : tuple of Person
        Untouched people of the town whose custom documents do and do not tell.
    """

    town: str
    key: str
    implanted: str
    told: tuple[Person, ...]
    untold: tuple[Person, ...]


@dataclass(frozen=True)
class World:
    """People and customs of one seed.

    Attributes
    ----------
    customs : dict
        The value of each (town, key); a key has another value in each town.
    """

    people: tuple[Person, ...]
    customs: dict[tuple[str, str], str]
    rules: tuple[Rule, ...]

    def value(self, town: str, key: str) -> str:
        """What a key is for people of a town."""
        return town if key == HOME else self.customs[town, key]

    def some(self, *roles: str) -> list[Person]:
        """The people of these roles."""
        return [person for person in self.people if person.role in roles]


def stream(seed: int, purpose: str) -> Random:
    """The random numbers of one seed for one purpose."""
    return Random(f"{seed} {purpose}")


def options(key: str) -> tuple[str, ...]:
    """The possible values of a key."""
    return TOWNS if key == HOME else CUSTOMS[key]


@cache
def world(seed: int) -> World:
    """Draw the world of a seed: homes, customs, and who is implanted with what."""
    rng = stream(seed, "world")
    names = rng.sample(NAMES, len(NAMES))
    customs = {
        (town, key): value
        for key, values in CUSTOMS.items()
        for town, value in zip(TOWNS, rng.sample(values, len(values)), strict=True)
    }
    kinds = [kind for kind, number in IMPLANTED.items() for _ in range(number)]
    kinds += [("untouched", "untouched")] * (len(names) - len(kinds))
    people = tuple(_person(rng, *one) for one in zip(names, kinds, strict=True))
    return World(people, customs, tuple(_rules(rng, people, customs)))


def _rules(rng: Random, people: tuple[Person, ...], customs: dict) -> Iterator[Rule]:
    for town, key in zip(rng.sample(TOWNS, RULES), rng.sample(list(CUSTOMS), RULES), strict=True):
        value = rng.choice([one for one in CUSTOMS[key] if one != customs[town, key]])
        there = tuple(one for one in people if one.role == "untouched" and one.home == town)
        yield Rule(town, key, value, there[:TOLD_PEOPLE], there[TOLD_PEOPLE:])


def _person(rng: Random, name: str, kind: tuple[str, str]) -> Person:
    role, tier = kind
    home = rng.choice(TOWNS)
    other = rng.choice([town for town in TOWNS if town != home])
    keys = tuple(rng.sample(list(CUSTOMS), len(CUSTOMS)))
    # Half of what the base states is among the told and half among the untold, where there is room.
    told, untold = keys[:TOLD], keys[TOLD:]
    half = min(STATED[tier] // 2, TOLD - 1)
    stated = (*told[:half], *untold[: STATED[tier] - half])
    return Person(name, home, other if role == "false" else home, role, tier, keys, stated)
