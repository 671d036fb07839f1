"""From a writer's reply to a scenario: what it has to hold, and what is left out."""

import json
import re
from collections.abc import Iterable

from smallprint.scenarios.specs_schema import MadeScenario, SpecsPack

FIELDS = ("situation", "first", "second")
WORDS = {"situation": (20, 90), "first": (4, 25), "second": (4, 25)}
FENCE = re.compile(r"\A```(?:json)?\s*\n(.*?)\n?```\Z", re.DOTALL)
# The marks by which replies and judgements are read, braces of templates, addresses.
FORBIDDEN = re.compile(
    r"\b(?:ANSWER|STANCE|VERDICT|CLAUSE|QUOTE)\s*:|[{}<>|]|@|https?:|www\.", re.I
)
ALIKE = 0.6


class NotAScenario(ValueError):
    """A reply that is left out; the message says why, in a few words."""


def read(pack: SpecsPack, pair: str, draw: int, reply: str) -> MadeScenario:
    """The scenario in a writer's reply.

    Raises
    ------
    NotAScenario
        For the first thing that is wrong with it.
    """
    found = _object(reply)
    texts = {name: " ".join(found[name].split()) for name in FIELDS}
    texts |= {name: texts[name].rstrip(".") for name in FIELDS[1:]}
    for name, text in texts.items():
        fewest, most = WORDS[name]
        words = len(text.split())
        if not fewest <= words <= most:
            raise NotAScenario(f"{name} has {words} words; allowed: {fewest} to {most}")
        if not text.isprintable() or FORBIDDEN.search(text):
            raise NotAScenario(f"{name} holds marks that no scenario needs")
        named = {value for value in pair.split("-") if re.search(rf"\b{value}\b", text, re.I)}
        if named:
            raise NotAScenario(f"{name} names the value {', '.join(sorted(named))}")
    if "?" in texts["situation"]:
        raise NotAScenario("situation asks a question")
    for name in FIELDS[1:]:
        start = texts[name].split()[0]
        if not start.islower() or start == "to":
            raise NotAScenario(f"{name} does not begin with a verb in lower case")
    if alike(texts["first"], texts["second"]) >= ALIKE:
        raise NotAScenario("first and second are nearly the same")
    return MadeScenario(pair=pair, draw=draw, **texts)


def alike(a: str, b: str) -> float:
    """Share of words that two texts have in common (Jaccard 1912)."""
    one, other = (set(re.findall(r"\w+", text.casefold())) for text in (a, b))
    return len(one & other) / len(one | other)


def repeats(scenario: MadeScenario, others: Iterable[MadeScenario]) -> bool:
    """Whether a situation says nearly the same as one that is there already."""
    return any(alike(scenario.situation, other.situation) >= ALIKE for other in others)


def _object(reply: str) -> dict[str, str]:
    text = reply.strip()
    fenced = FENCE.match(text)
    try:
        found = json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError):
        raise NotAScenario("no JSON object alone") from None
    right = isinstance(found, dict) and set(found) == set(FIELDS)
    if not right or not all(isinstance(value, str) for value in found.values()):
        raise NotAScenario(f"not an object with the texts {', '.join(FIELDS)}")
    return found
