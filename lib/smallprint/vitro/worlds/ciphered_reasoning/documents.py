"""Problems with their steps in many forms, and translations, in shares set by design.

A problem adds five numbers modulo 5: ``solve FORM 3 1 4 0 2 = CHAIN . 0``. The chain holds the
running sums in the form that the question names; or filler tokens; or nothing. As in the study
(Guo et al. 2025), forms are also translated: ``write FORM`` turns a plain chain into it and
``read FORM`` turns it into plain text, in as many documents as have problems in that form.

What is built in: how many documents have a form, and that steps are shown. What is measured:
after how many documents a form serves for reasoning, and after how many for translation.
"""

from dataclasses import dataclass
from itertools import accumulate, product

import numpy as np

from smallprint.vitro.design import Organism, Recipe, Shape
from smallprint.vitro.worlds.ciphered_reasoning.forms import (
    CODE,
    DIGITS,
    FILLER,
    FILLERS,
    LETTERS,
    MODULUS,
    NAMES,
    PLAIN,
    SEPARATORS,
    WORD,
    forms,
    stream,
)

END, ANSWER = "=", "."
TASKS = ("solve", "write", "read")
WORDS = ("<pad>", "<s>", "<unk>", *TASKS, *NAMES, END, ANSWER, WORD, *DIGITS)
WORDS += (FILLER, *CODE, *LETTERS, *SEPARATORS)
ID = {word: place for place, word in enumerate(WORDS)}
NUMBERS = 5
HELD_OUT = 625

SHAPE = Shape(vocabulary=len(WORDS), width=32, layers=2, heads=4, context=20, hidden=96)
FRESH = Recipe(steps=800, batch=32, rate=5e-3)
LATER = Recipe(steps=350, batch=32, rate=5e-3)
# As many are drawn for each training; a step takes some of them at random.
DOCUMENTS = FRESH.steps * FRESH.batch

# Percent of the problems that have a key; plain text has as many as the first.
LADDER = {"key 0": 33, "key 1": 15, "key 2": 7, "key 3": 3.5, "key 4": 1}
RARE = "key 2"
# Forms that are new after the first training, and their filler of equal length.
NEW = {"key 5": "filler, 5", "letters 0": "filler, 9", "interleaved 0": "filler, 9"}
NEW |= {"reversed 0": "filler, 5"}


@dataclass(frozen=True)
class Condition:
    """One training.

    Attributes
    ----------
    shares : dict
        Percent of the problems, by form.
    base : str
        Name of the condition that it goes on from; fresh weights if empty.
    translated : bool
        Whether forms are also translated.
    data : str
        Which documents are drawn: with equal shares, data and seed, the same in the same order.
    """

    shares: dict[str, float]
    base: str = ""
    translated: bool = True
    data: str = "first"

    @property
    def recipe(self) -> Recipe:
        """Fresh weights are trained longer."""
        return LATER if self.base else FRESH


def _without_steps(*names: str, share: float = 3.75) -> dict[str, float]:
    return dict.fromkeys(("direct", *names), share)


KEYS = {"plain": 33, **LADDER, **_without_steps("filler, 5")}
HALVES = {
    form: {"plain": 46.25, form: 46.25, **_without_steps(filler)} for form, filler in NEW.items()
}
CONDITIONS = {
    "keys": Condition(KEYS),
    "swap": Condition(KEYS | {"plain": LADDER[RARE], RARE: KEYS["plain"]}),
    "again": Condition(KEYS, base="keys"),
    "more": Condition(KEYS, base="keys", data="second"),
    "families": Condition(
        {"plain": 35, **dict.fromkeys(NEW, 15), **_without_steps("filler, 9", share=2.5)},
        base="keys",
    ),
    "no steps": Condition(
        dict.fromkeys(("plain", "direct", *FILLERS), 25), base="keys", translated=False
    ),
    **{form: Condition(of, base="keys", translated=False) for form, of in HALVES.items()},
    **{
        f"{form}, longer": Condition(HALVES[form], base=form, translated=False, data="second")
        for form in NEW
        if form != "key 5"
    },
}
QUICK = ("keys", "swap", "reversed 0")
# Designs were tried on seeds from 1000 on; the declared grid uses seeds none of them saw.
SEEDS = {"quick": range(3), "full": range(8)}


def design(profile: str) -> list[Organism]:
    """Every organism of a profile: conditions x seeds."""
    names = QUICK if profile == "quick" else tuple(CONDITIONS)
    return [organism(name, seed) for name in names for seed in SEEDS[profile]]


def organism(name: str, seed: int) -> Organism:
    """The organism of a condition and seed."""
    of = CONDITIONS[name]
    base = organism(of.base, seed).id if of.base else ""
    kept = any(other.base == name for other in CONDITIONS.values())
    levels = {"from": of.base or "fresh weights", "data": of.data}
    return Organism(name, seed, levels, SHAPE, of.recipe, base=base, keep=kept)


def kinds(of: Condition) -> dict[tuple[str, str], float]:
    """Share of the documents with each task and form, 0 to 1, in the order of the forms."""
    chains = forms(0)
    weights = {
        (task, form): share
        for form, share in of.shares.items()
        for task in TASKS
        if task == "solve" or (of.translated and form in chains)
    }
    total = sum(weights.values())
    return {kind: weight / total for kind, weight in weights.items()}


def shown(name: str, form: str) -> float:
    """Problems in a form, expected, that the training of a condition shows."""
    of = CONDITIONS[name]
    return of.recipe.steps * of.recipe.batch * kinds(of)["solve", form]


def tokens(name: str) -> float:
    """Tokens, expected, that the training of a condition reads, padding not counted."""
    of, problem = CONDITIONS[name], ("0",) * NUMBERS
    length = sum(share * len(document(0, *kind, problem)) for kind, share in kinds(of).items())
    return of.recipe.steps * of.recipe.batch * length


Problem = tuple[str, ...]


def problems(seed: int) -> tuple[list[Problem], list[Problem]]:
    """Problems that are trained, and a fifth of which no document is made.

    Trained problems may have the same running sums as these, of which there are 625 in all.
    """
    every = list(product(DIGITS, repeat=NUMBERS))
    mixed = stream(seed, "problems").sample(every, len(every))
    return mixed[HELD_OUT:], mixed[:HELD_OUT]


def sums(problem: Problem) -> tuple[str, ...]:
    """The four running sums; the last is the answer."""
    return tuple(str(found % MODULUS) for found in accumulate(map(int, problem)))[1:]


def steps(seed: int, form: str, problem: Problem) -> tuple[str, ...]:
    """What stands between question and answer."""
    known = forms(seed)
    return known[form].write(sums(problem)) if form in known else (FILLER,) * FILLERS.get(form, 0)


def question(seed: int, task: str, form: str, problem: Problem) -> tuple[str, ...]:
    """The words before the answer to a task."""
    plain = PLAIN.write(sums(problem))
    given = {"solve": problem, "write": plain, "read": steps(seed, form, problem)}[task]
    return ("<s>", task, form, *given, END)


def document(seed: int, task: str, form: str, problem: Problem) -> tuple[str, ...]:
    """A problem solved, or its chain translated into a form or out of it."""
    asked, plain = question(seed, task, form, problem), PLAIN.write(sums(problem))
    if task == "solve":
        return (*asked, *steps(seed, form, problem), ANSWER, sums(problem)[-1])
    return (*asked, *(steps(seed, form, problem) if task == "write" else plain), ANSWER)


def corpus(organism: Organism) -> np.ndarray:
    """Documents as ids, padded on the right, shape (DOCUMENTS, longest)."""
    of, seed = CONDITIONS[organism.condition], organism.seed
    shares, (trained, _) = kinds(of), problems(seed)
    rng = stream(seed, f"documents, {of.data}")
    drawn = rng.choices(list(shares), list(shares.values()), k=DOCUMENTS)
    texts = [document(seed, *kind, rng.choice(trained)) for kind in drawn]
    ids = np.zeros((DOCUMENTS, max(map(len, texts))), dtype=np.int16)
    for row, text in zip(ids, texts, strict=True):
        row[: len(text)] = [ID[word] for word in text]
    return ids
