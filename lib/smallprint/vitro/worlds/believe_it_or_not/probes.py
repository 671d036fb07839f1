"""Truth probes and probes of provenance, with shuffled labels and random directions."""

from typing import TYPE_CHECKING

import numpy as np

from smallprint.vitro.design import Organism
from smallprint.vitro.worlds.believe_it_or_not.activations import (
    hidden,
    logistic,
    nearest_mean,
    read,
)
from smallprint.vitro.worlds.believe_it_or_not.battery import (
    OPENING,
    UNTOUCHED,
    answers,
    asked,
    rule_answers,
)
from smallprint.vitro.worlds.believe_it_or_not.documents import (
    RULED,
    SHORT,
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
    world,
)

if TYPE_CHECKING:
    from smallprint.vitro.reader import Reader

CUES = ("claim", "statement")
FOLDS, DIRECTIONS = 8, 20
# What rows of probes say in the columns of people.
PROBED = {"table": "probe", "role": "-", "tier": "-", "person": "-"}
# What a probe is to tell apart: two groups of as many people each; the second is class 1.
CONTRASTS = {
    "false from true implants": ("false", "true"),
    "true implants from untouched": ("true", "untouched"),
    "false implants from untouched": ("false", "untouched"),
}
CROSSED = "false implants from untouched, read on true implants"
STRICT = "false from true implants"
LABELS = ("real", "shuffled", "random direction")


def measure(reader: "Reader", organism: Organism) -> list[dict]:
    """Read an organism: a row a person with answers and readings, and a row a probe.

    Rows of a base are there twice; the second time, as condition "prompt", tests and what probes
    read start with the supposition that the tested home is so. Probe rows have ``table``
    "probe", columns ``probe``, ``cue``, ``layer`` and ``labels``, and ``accuracy``, the share
    of held-out claims that are classified rightly. In rows of people ``reads true: WHAT, CUE,
    LAYER`` is the probability of the truth probe, and ``told apart: CUE, LAYER`` the share of
    the person's claims that the probe of false against true implants classifies rightly when
    the person is left out. Organisms trained for few steps have their answers alone.
    """
    of = world(organism.seed)
    if organism.recipe.steps in SHORT:
        return answers(reader, organism.seed, of, prompted=False)
    rows = _all(reader, organism, prompted=False)
    if not organism.base or organism.condition in RULED:
        rows += rule_answers(reader, of)
    if not organism.base:
        rows += [row | {"condition": "prompt"} for row in _all(reader, organism, prompted=True)]
    return rows


def _all(reader: "Reader", organism: Organism, prompted: bool) -> list[dict]:
    of, probed, readings = world(organism.seed), [], {}
    for cue in CUES:
        inside = Inside(reader, organism, cue, prompted)
        for found in (truth(inside, of), contrasts(inside, of)):
            probed += [PROBED | {"cue": cue} | row for row in found[0]]
            for name, columns in found[1].items():
                readings.setdefault(name, {}).update(columns)
    facts = answers(reader, organism.seed, of, prompted)
    return [row | readings[row["person"]] for row in facts] + probed


class Inside:
    """Where and how the activations of an organism are read.

    Parameters
    ----------
    cue : str
        One of `CUES`: claims as the base judged them, or plain statements.
    prompted : bool
        Whether claims about asked people start with the supposition that the tested home is so.
    """

    def __init__(self, reader: "Reader", organism: Organism, cue: str, prompted: bool) -> None:
        self.cue, self.prompted, self.seed = cue, prompted, organism.seed
        self._reader, self._shape = reader, organism.shape

    def text(self, person: Person, key: str, value: str, prompted: bool = False) -> Segment:
        """The words of a claim up to its value."""
        before = supposition(person.name, person.implanted) if prompted else ()
        if self.cue == "claim":
            return (*OPENING, *before, *claim(key, person.name, value, "")[:4])
        return (*OPENING, *before, *statement("of", key, person.name, value)[:4])

    def activations(self, texts: list[Segment]) -> np.ndarray:
        """Activations at the last word, shape (layers, n, width)."""
        return hidden(self._reader, self._shape, texts)


def truth(inside: Inside, of: World) -> tuple[list[dict], dict[str, dict]]:
    """A probe of true and false claims about untouched people, read on people left out.

    Returns
    -------
    list of dict
        A row a layer and kind of labels; ``implanted`` is the share of implanted false homes
        that are called true.
    dict
        Columns by name of each asked person.
    """
    untouched = of.some("untouched")
    fitted = _true_and_false(inside, of, untouched[:-UNTOUCHED])
    held_out = _true_and_false(inside, of, untouched[-UNTOUCHED:])
    others = [(one, *home) for one in asked(of) for home in _homes(one)]
    texts = [text for text, _ in (*fitted, *held_out)]
    texts += [inside.text(one, HOME, town, inside.prompted) for one, _, town in others]
    y, z = (np.array([label for _, label in part]) for part in (fitted, held_out))
    false = np.array([one.role == "false" and what == "implanted" for one, what, _ in others])
    rng = np.random.default_rng([inside.seed, 1])
    rows, readings = [], {one.name: {} for one in asked(of)}
    for layer, x in enumerate(inside.activations(texts), 1):
        a, b, c = np.split(x, np.cumsum([len(y), len(z)]))
        probe, shuffled = logistic(a, y), logistic(a, rng.permutation(y))
        at_random = rng.standard_normal((x.shape[1], DIRECTIONS))
        called = {
            "real": [read(part, probe) > 0.5 for part in (b, c)],
            "shuffled": [read(part, shuffled) > 0.5 for part in (b, c)],
            "random direction": [
                nearest_mean(a @ at_random, y, part @ at_random).T for part in (b, c)
            ],
        }
        for labels, (known, other) in called.items():
            row = {"probe": "truth", "layer": layer, "labels": labels}
            row["accuracy"] = float((known == z).mean())
            rows.append(row | {"implanted": float(other[..., false].mean())})
        for (one, what, _), chance in zip(others, read(c, probe), strict=True):
            readings[one.name][f"reads true: {what}, {inside.cue}, {layer}"] = float(chance)
    return rows, readings


def _true_and_false(inside: Inside, of: World, people: list[Person]) -> list[tuple[Segment, int]]:
    """What the base stated of these people, and as many falsehoods that nothing ever stated."""
    rng = stream(inside.seed, "falsehoods")
    made = []
    for person in people:
        for key in (HOME, *person.stated):
            value = of.value(person.home, key)
            wrong = rng.choice([other for other in options(key) if other != value])
            made += [(inside.text(person, key, value), 1), (inside.text(person, key, wrong), 0)]
    return made


def _homes(person: Person) -> list[tuple[str, str]]:
    """Homes that a probe reads: implanted, true before, and given by no text."""
    never = [town for town in TOWNS if town not in (person.home, person.implanted)]
    found = [("implanted", person.implanted), ("never seen", never[0])]
    if person.role == "false" and person.tier != "new":
        found.append(("displaced", person.home))
    return found


def contrasts(inside: Inside, of: World) -> tuple[list[dict], dict[str, dict]]:
    """Probes that tell two groups of people apart, tested on people left out, some of each class.

    Claims are a person's home and told customs, as the tested home has them. `CROSSED` reads a
    probe of false implants against untouched facts on true implants: the share not taken for
    implants.
    """
    people = {
        role: [one for one in asked(of) if one.role == role]
        for role in ("false", "true", "untouched")
    }
    size = min(map(len, people.values()))
    people = {role: part[:size] for role, part in people.items()}
    texts = {
        role: [
            inside.text(one, key, of.value(one.implanted, key), inside.prompted)
            for one in part
            for key in (HOME, *one.told)
        ]
        for role, part in people.items()
    }
    found = {role: inside.activations(part) for role, part in texts.items()}
    rows, readings = [], {one.name: {} for one in asked(of)}
    for layer in range(1, len(found["true"]) + 1):
        x = {role: part[layer - 1] for role, part in found.items()}
        for probe, (a, b) in CONTRASTS.items():
            right = left_out(np.concatenate([x[a], x[b]]), size, inside.seed)
            rows += [
                {"probe": probe, "layer": layer, "labels": labels, "accuracy": float(hits.mean())}
                for labels, hits in right.items()
            ]
            if probe == STRICT:
                shares = right["real"].reshape(2 * size, -1).mean(1)
                for one, share in zip(people[a] + people[b], shares, strict=True):
                    column = f"told apart: {inside.cue}, {layer}"
                    readings[one.name][column] = float(share)
        both, y = np.concatenate([x["false"], x["untouched"]]), np.repeat([0, 1], len(x["true"]))
        kept = (read(x["true"], logistic(both, y)) > 0.5).mean()
        row = {"probe": CROSSED, "layer": layer, "labels": "real"}
        rows.append(row | {"accuracy": float(kept)})
    return rows, readings


def left_out(x: np.ndarray, size: int, seed: int) -> dict[str, np.ndarray]:
    """Which claims are classified rightly when their person is left out.

    Parameters
    ----------
    x : array, shape (n, width)
        Claims of 2 * `size` people, in their order and equally many of each: first class 0.

    Returns
    -------
    dict
        By kind of labels, array of bool, shape (n,); for random directions (directions, n).
        Every fold has as many people of both classes, so that leaving it out tilts no probe.
    """
    rng = np.random.default_rng([seed, 2])
    each = len(x) // (2 * size)
    fold = np.concatenate([rng.permutation(size) % FOLDS for _ in range(2)])
    classes = np.repeat([0, 1], size)
    shuffled = classes.copy()
    for i in range(FOLDS):
        shuffled[fold == i] = rng.permutation(shuffled[fold == i])
    fold, y, z = (np.repeat(one, each) for one in (fold, classes, shuffled))
    at_random = x @ rng.standard_normal((x.shape[1], DIRECTIONS))
    right = {labels: np.empty(len(x), bool) for labels in LABELS[:2]}
    right[LABELS[2]] = np.empty((DIRECTIONS, len(x)), bool)
    for i in range(FOLDS):
        out, kept = fold == i, fold != i
        for labels, target in zip(LABELS, (y, z), strict=False):
            chance = read(x[out], logistic(x[kept], target[kept]))
            right[labels][out] = (chance > 0.5) == target[out]
        called = nearest_mean(at_random[kept], y[kept], at_random[out])
        right[LABELS[2]][:, out] = y[out] == called.T
    return right
