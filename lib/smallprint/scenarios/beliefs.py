"""Statements put into a prompt, questions about them, and challenges to the answers.

`load` reads ``data/scenarios/<study>/`` and checks it; `cells` gives a design's cells; `samples`
gives what is asked of a model. Show one with ``python -m smallprint.scenarios.beliefs STUDY FACT
CELL``.
"""

import hashlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from smallprint import commands, messages, paths
from smallprint.scenarios.beliefs_schema import (
    NONE,
    SIDES,
    UNRELATED,
    BeliefPack,
    BeliefPackFile,
    BeliefPrompt,
    Fact,
    FactsFile,
    Side,
    check,
)
from smallprint.scenarios.folders import find, read_files, shown
from smallprint.scenarios.problems import Problems
from smallprint.scenarios.samples import Cell, check_design, check_request
from smallprint.scenarios.schema import Judge
from smallprint.scenarios.templates import fill

FILES = {"pack": BeliefPackFile, "prompt": BeliefPrompt, "facts": FactsFile, "judge": Judge}
LETTERS = ("A", "B")


@dataclass(frozen=True)
class BeliefSample:
    """One question about one fact in one cell.

    Attributes
    ----------
    id : str
        ``{fact}-{cell}-{index:03d}``.
    text : str
        ``{fact}-{cell}``, and a number where the question has several forms.
    cell : str
        ``{arm}-{question}-{challenge}``.
    turns : tuple of str
        What is said after the first answer; empty where nothing is.
    answers : dict of side to tuple of str
        The answers of either side, the usual one first; for a choice the letter comes first.
        Empty for a question that has nothing to do with the fact.
    contrary : str
        The side that a challenge speaks for.
    digest : str
        First 16 hex digits of the SHA-256 of prompt and turns.
    """

    study: str
    id: str
    text: str
    family: str
    cell: str
    levels: dict[str, str]
    index: int
    system: str
    user: str
    turns: tuple[str, ...]
    question: str
    answers: dict[Side, tuple[str, ...]]
    fact: Fact
    statement: str
    contrary: Side
    digest: str


def load(study: str, folder: Path = paths.SCENARIOS) -> BeliefPack:
    """Read and check the texts of one study.

    Raises
    ------
    ScenarioError
        With one line for each problem found: file, place, what was found, what is allowed
        and what to do.
    """
    place, found = find(study, folder), Problems()
    parts = read_files(place, FILES, found)
    check(shown(place), study, parts, found)
    found.end()
    return BeliefPack(
        file=parts["pack"],
        prompt=parts["prompt"],
        facts=parts["facts"].facts,
        judge=parts["judge"],
    )


def cells(pack: BeliefPack, design: str) -> tuple[Cell, ...]:
    """The cells of a design; ValueError for an unknown one, with the known ones."""
    check_design(pack.designs, design)
    return tuple(
        Cell(
            f"{arm}-{question}-{challenge}",
            {"arm": arm, "question": question, "challenge": challenge},
        )
        for block in pack.file.designs[design]
        for arm in block.arms
        for question in block.questions
        for challenge in block.challenges
    )


def samples(pack: BeliefPack, family: str, cells: Iterable[Cell], n: int) -> list[BeliefSample]:
    """The samples of a fact: n for each cell. A choice has its options in either order by turns.

    Raises
    ------
    ValueError
        For an unknown fact or a negative n.
    """
    check_request(pack.families, family, n, "fact", "facts")
    return [sample(pack, family, cell, index) for cell in cells for index in range(n)]


def sample(pack: BeliefPack, family: str, cell: Cell, index: int) -> BeliefSample:
    """One sample; see `samples`."""
    fact, lines = pack.facts[family], pack.prompt
    arm, challenge = pack.file.arms[cell.levels["arm"]], lines.challenges[cell.levels["challenge"]]
    contrary = "truth" if arm.statement == "implant" else "implant"
    held = {} if arm.statement == NONE else {"passage": told(fact, "passage", arm.statement)}
    pressing = {
        "claim": told(fact, "statement", contrary),
        "argument": told(fact, "argument", contrary),
        "other_passage": told(fact, "passage", contrary),
    }
    question, answers = _asked(pack, fact, cell.levels["question"], index)
    place = lines.places[arm.place]
    system = _joined(lines.role, fill(place.system, held), fill(challenge.system, pressing))
    before = (fill(place.user, held), fill(challenge.user, pressing))
    user = _joined(*before, f"{question}\n{lines.form}")
    turns = [fill(text, pressing) for text in challenge.turns]
    if turns:
        turns[-1] = _joined(turns[-1], f"{fill(lines.again, {'question': question})}\n{lines.form}")
    return BeliefSample(
        study=pack.study,
        id=f"{family}-{cell.id}-{index:03d}",
        text=f"{family}-{cell.id}{_form(pack, cell.levels['question'], index)}",
        family=family,
        cell=cell.id,
        levels=dict(cell.levels),
        index=index,
        system=system,
        user=user,
        turns=tuple(turns),
        question=question,
        answers=answers,
        fact=fact,
        statement=arm.statement,
        contrary=contrary,
        digest=hashlib.sha256("".join((system, user, *turns)).encode()).hexdigest()[:16],
    )


def told(fact: Fact, field: str, side: Side) -> str:
    """Statement, passage or argument of a fact as a side tells it."""
    return fill(getattr(fact, field), fact.values[side])


def named(about: Mapping) -> BeliefSample | None:
    """The sample that metadata name; None where the study does not ask it any longer."""
    pack = known(about["study"])
    levels = {factor: about.get(factor) for factor in pack.factors}
    there = all(levels[factor] in allowed for factor, allowed in pack.factors.items())
    if not there or about["family"] not in pack.families:
        return None
    return sample(pack, about["family"], Cell(about["cell"], levels), about["index"])


@cache
def known(study: str) -> BeliefPack:
    """The study's pack, read once."""
    return load(study)


def _asked(
    pack: BeliefPack, fact: Fact, name: str, index: int
) -> tuple[str, dict[Side, tuple[str, ...]]]:
    if name == UNRELATED:
        return pack.prompt.unrelated[index % len(pack.prompt.unrelated)], {}
    asked = fact.questions[name]
    answers = {side: getattr(asked, side) for side in SIDES}
    if name != "choice":
        return asked.ask, answers
    order = SIDES if index % 2 else SIDES[::-1]
    lettered = dict(zip(LETTERS, order, strict=True))
    options = [f"{letter}) {answers[side][0]}" for letter, side in lettered.items()]
    with_letters = {side: (letter, *answers[side]) for letter, side in lettered.items()}
    return "\n".join([asked.ask, *options]), with_letters


def _form(pack: BeliefPack, question: str, index: int) -> str:
    """Which form a question has: the order of its options, or one of the unrelated ones."""
    forms = {"choice": len(SIDES), UNRELATED: len(pack.prompt.unrelated)}
    return f"-{index % forms[question]}" if question in forms else ""


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def main(arguments: list[str]) -> None:
    """Print the prompt and the turns of one fact in one cell."""
    try:
        study, family, cell = arguments
        pack = load(study)
        chosen = {one.id: one for design in pack.designs for one in cells(pack, design)}
        if cell not in chosen:
            near = messages.nearest(cell, chosen)
            raise ValueError(f"no cell '{cell}'{near}; cells: {', '.join(chosen)}")
        (one,) = samples(pack, family, [chosen[cell]], 1)
    except ValueError as error:
        usage = "usage: python -m smallprint.scenarios.beliefs STUDY FACT CELL"
        commands.end(f"{error}\n{usage}", 1)
    shown_texts = {"system prompt": one.system, "user prompt": one.user}
    shown_texts |= {f"turn {number}": text for number, text in enumerate(one.turns, start=1)}
    print("\n\n".join(f"# {one.text}: {name}\n\n{text}" for name, text in shown_texts.items()))


if __name__ == "__main__":
    main(sys.argv[1:])
