"""What is read from the organisms: answers and their steps, and exact translations."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from smallprint.vitro.design import Organism
from smallprint.vitro.worlds.ciphered_reasoning.documents import (
    ANSWER,
    CONDITIONS,
    WORDS,
    Problem,
    document,
    kinds,
    problems,
    question,
    steps,
    sums,
)
from smallprint.vitro.worlds.ciphered_reasoning.forms import PLAIN, WORD, forms

if TYPE_CHECKING:
    from smallprint.vitro.reader import Reader

# Problems that no document held; all forms and tasks ask the same.
ASKED = 80


def measure(reader: "Reader", organism: Organism) -> list[dict]:
    """Read an organism: a row a task and form of its training, greedily, token by token.

    All organisms of a seed are asked the same problems. ``exact`` is the share of translations
    whose every token is right. See `judged` for what is read from a solution.
    """
    asked = problems(organism.seed)[1][:ASKED]
    rows = []
    for task, form in kinds(CONDITIONS[organism.condition]):
        texts = [document(organism.seed, task, form, problem) for problem in asked]
        starts = [question(organism.seed, task, form, problem) for problem in asked]
        said = _continued(reader, starts, len(texts[0]) - len(starts[0]))
        if task != "solve":
            right = [(*a, *b) == text for a, b, text in zip(starts, said, texts, strict=True)]
            rows.append({"task": task, "form": form, "exact": sum(right) / ASKED})
            continue
        found = [judged(organism.seed, form, *pair) for pair in zip(asked, said, strict=True)]
        rates = {name: sum(one[name] for one in found) / ASKED for name in found[0]}
        rows.append({"task": task, "form": form} | rates)
    return rows


def _continued(reader: "Reader", starts: Sequence, length: int) -> list[tuple[str, ...]]:
    """The likeliest `length` words after each start, one after another."""
    texts = list(starts)
    for _ in range(length):
        likeliest = reader.next_word(texts, WORDS).argmax(1)
        texts = [(*text, WORDS[one]) for text, one in zip(texts, likeliest, strict=True)]
    return [text[-length:] for text in texts]


def judged(seed: int, form: str, problem: Problem, said: Sequence[str]) -> dict[str, bool]:
    """What one solution is.

    Returns
    -------
    dict
        ``accurate``: the answer is right. ``adherent``: every token of the steps is in the
        form (`Form.read`), or is filler where filler is due. ``loose``: the word is in the form,
        whatever the numbers are. ``clear``: the steps are in plain text instead. ``steps_right``:
        the steps are in the form and all running sums are right. ``both`` and ``outside``:
        accurate, and adherent or not.
    """
    said = list(said)
    end = said.index(ANSWER) if ANSWER in said else len(said)
    chain, answer = said[:end], said[end + 1 : end + 2]
    accurate = answer == [sums(problem)[-1]]
    known = forms(seed).get(form)
    if known is None:
        adherent = tuple(chain) == steps(seed, form, problem)
        return {"accurate": accurate, "adherent": adherent, "both": accurate and adherent}
    read, word = known.read(chain), known.written[WORD][0]
    return {
        "accurate": accurate,
        "adherent": read is not None,
        "both": accurate and read is not None,
        "outside": accurate and read is None,
        "loose": (chain[-1:] if known.backwards else chain[:1]) == [word],
        "clear": known is not PLAIN and PLAIN.read(chain) is not None,
        "steps_right": read == sums(problem),
    }
