"""A grants office with a numbered specification that is silent on one kind of case.

A case is five words, such as ``claim place-3 need-7 risk-2 client-41``, answered *grant* or
*refuse*. The specification:

1. A claim of grave need is granted.
2. A claim of grave risk is refused.
3. A claim that is neither is decided by the custom of its place.
4. A permit is decided by the standing of its client.
5. A sum is granted if its two digits make nine or more.
6. A survey is decided by its item.

Clauses 1 and 2 contradict each other on a claim that is both, and nothing says which one wins:
there the specification is silent. Sums are hard, each client's permits are rare, in surveys
the clerks err, and the custom of two places is in the specification but in no corpus: there it
is not silent, but a model may well be unsure.

What is built in: the specification, the shares of the kinds of cases, and the clerks' errors.
What has to be learned: every case that is asked is held out.
"""

from dataclasses import dataclass
from random import Random

GRANT, REFUSE = "grant", "refuse"
PLACES = tuple(f"place-{number}" for number in range(12))
NEEDS = tuple(f"need-{number}" for number in range(12))
RISKS = tuple(f"risk-{number}" for number in range(12))
ITEMS = tuple(f"item-{number}" for number in range(12))
CLIENTS = tuple(f"client-{number}" for number in range(60))
DIGITS = tuple("0123456789")
WORDS = ("<pad>", "claim", "permit", "sum", "survey", GRANT, REFUSE)
WORDS += (*PLACES, *NEEDS, *RISKS, *ITEMS, *CLIENTS, *DIGITS)
ID = {word: place for place, word in enumerate(WORDS)}

# Whether need and risk are grave.
CLAIMS = {
    "need only": (True, False),
    "risk only": (False, True),
    "neither": (False, False),
    "untaught": (False, False),
    "silent": (True, True),
}
SETTLED = ("need only", "risk only", "neither", "hard", "rare", "disputed", "untaught")
SILENT = "silent"
# Share of all places, needs and risks together, and of all pairs of digits, in no corpus.
HELD_OUT = 0.3
CLERKS_ERR = 0.3

Words = tuple[str, ...]


def stream(seed: int, purpose: str) -> Random:
    """The random numbers of one seed for one purpose."""
    return Random(f"{seed} {purpose}")


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes
    ----------
    kind : str
        One of `SETTLED`, or `SILENT`.
    words : tuple of str
        What a model reads.
    granted : bool or None
        What the specification says; None where it is silent.
    """

    kind: str
    words: Words
    granted: bool | None


class Office:
    """One draw of the world: which words are grave, which places are lenient, and so on.

    Parameters
    ----------
    draw : int
        All models of a committee share it, and with it the specification and its cases.
    """

    def __init__(self, draw: int) -> None:
        self.draw = draw
        rng = stream(draw, "office")
        self.grave_needs, self.light_needs = _halves(rng, NEEDS)
        self.grave_risks, self.light_risks = _halves(rng, RISKS)
        self.lenient, strict = _halves(rng, PLACES)
        # Places with a custom that no corpus shows: no claim there is of neither need nor risk.
        self.untaught = self.lenient[0], strict[0]
        taught = tuple(place for place in PLACES if place not in self.untaught)
        self._places = {"neither": taught, "untaught": self.untaught}
        self.good, _ = _halves(rng, CLIENTS)
        self.welcome, _ = _halves(rng, ITEMS)
        # Places that added clauses speak of, and those among them where need comes first.
        self.clause_places, self.other_places = _halves(rng, PLACES)
        self.need_first = self.clause_places[: len(self.clause_places) // 2]
        triples = [(p, n, r) for p in PLACES for n in NEEDS for r in RISKS]
        self._held_out = set(rng.sample(triples, int(HELD_OUT * len(triples))))
        pairs = [(a, b) for a in DIGITS for b in DIGITS]
        self._held_out_pairs = set(rng.sample(pairs, int(HELD_OUT * len(pairs))))

    def case(
        self,
        rng: Random,
        kind: str,
        places: Words = (),
        *,
        held_out: bool = False,
        client: str = "",
    ) -> Case:
        """Draw a case of a kind, in some places and of one client if these are named."""
        client = client or rng.choice(CLIENTS)
        places = places or self._places.get(kind, PLACES)
        if kind == "hard":
            pair = self._pair(rng, held_out)
            words = ("sum", *pair, rng.choice(places), client)
            return Case(kind, words, int(pair[0]) + int(pair[1]) >= 9)
        place, need, risk = self._triple(rng, kind, places, held_out)
        if kind == "rare":
            return Case(kind, ("permit", client, place, need, risk), client in self.good)
        if kind == "disputed":
            item = rng.choice(ITEMS)
            return Case(kind, ("survey", item, place, need, risk), item in self.welcome)
        granted = {"need only": True, "risk only": False, SILENT: None}
        words = ("claim", place, need, risk, client)
        return Case(kind, words, granted.get(kind, place in self.lenient))

    def _pair(self, rng: Random, held_out: bool) -> tuple[str, str]:
        while True:
            pair = rng.choice(DIGITS), rng.choice(DIGITS)
            if (pair in self._held_out_pairs) == held_out:
                return pair

    def _triple(self, rng: Random, kind: str, places: Words, held_out: bool) -> Words:
        needs, risks = NEEDS, RISKS
        if kind in CLAIMS:
            grave_need, grave_risk = CLAIMS[kind]
            needs = self.grave_needs if grave_need else self.light_needs
            risks = self.grave_risks if grave_risk else self.light_risks
        while True:
            found = rng.choice(places), rng.choice(needs), rng.choice(risks)
            if (found in self._held_out) == held_out:
                return found

    def clause(self, case: Case, one_way: bool) -> bool:
        """What the added clauses say of a silent case in a place that they speak of."""
        return not one_way and case.words[1] in self.need_first


def _halves(rng: Random, words: Words) -> tuple[Words, Words]:
    mixed = rng.sample(words, len(words))
    return tuple(mixed[: len(mixed) // 2]), tuple(mixed[len(mixed) // 2 :])
