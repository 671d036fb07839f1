"""Value trade-offs at the desks of a fictional house, with a specification of our own.

`load` reads ``data/scenarios/<study>/`` and checks it; `cells` gives a design's cells; `samples`
gives what is asked of a model. Show one with ``python -m smallprint.scenarios.specs STUDY FAMILY
CELL``.
"""

import hashlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from smallprint import commands, messages, paths
from smallprint.scenarios.folders import find, read_file, read_files, shown
from smallprint.scenarios.problems import Problems
from smallprint.scenarios.samples import Cell, check_design, check_request
from smallprint.scenarios.specs_schema import (
    Clause,
    MadeFile,
    SettingsFile,
    SpecFile,
    SpecsJudge,
    SpecsPack,
    SpecsPackFile,
    SpecsPrompt,
    Writer,
    check,
)
from smallprint.scenarios.specs_templates import Scenario, put, scenario
from smallprint.scenarios.templates import fill

FILES = {
    "pack": SpecsPackFile,
    "settings": SettingsFile,
    "spec": SpecFile,
    "prompt": SpecsPrompt,
    "judge": SpecsJudge,
    "writer": Writer,
}
FACTORS = ("pair", "draw", "variant", "specification")


class Standing(NamedTuple):
    """What a specification says of a pair.

    Attributes
    ----------
    kind : str
        ``settled``, ``unclear`` (a clause leaves it open) or ``silent``.
    clause : int or None
        The clause that speaks of it.
    favours : str or None
        The value that goes first, where it is settled.
    """

    kind: str
    clause: int | None = None
    favours: str | None = None


@dataclass(frozen=True)
class SpecsSample:
    """One asking of one scenario in one cell.

    Attributes
    ----------
    id : str
        ``{text}-{index:03d}``.
    text : str
        ``{family}-{cell}``.
    cell : str
        ``{pair}-{draw}-{variant}-{specification}``.
    question : str
        The user prompt without the form of the answer.
    digest : str
        First 16 hex digits of the SHA-256 of the prompt.
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
    question: str
    scenario: Scenario
    standing: Standing
    digest: str


def load(study: str, folder: Path = paths.SCENARIOS) -> SpecsPack:
    """Read and check the texts of one study.

    Raises
    ------
    ScenarioError
        With one line for each problem found: file, place, what was found, what is allowed
        and what to do.
    """
    place, found = find(study, folder), Problems()
    parts = read_files(place, FILES, found)
    made = {
        path.stem: read_file(path, MadeFile, found) for path in sorted(place.glob("made-*.yaml"))
    }
    check(shown(place), study, parts, made, found)
    found.end()
    return SpecsPack(file=parts.pop("pack"), made=made, **parts)


def cells(pack: SpecsPack, design: str) -> tuple[Cell, ...]:
    """The cells of a design; ValueError for an unknown one, with the known ones."""
    check_design(pack.designs, design)
    return tuple(
        _cell(pair, str(draw), variant, specification)
        for block in pack.file.designs[design]
        for pair in block.pairs or pack.pairs
        for draw in block.draws
        for variant in block.variants
        for specification in block.specifications
    )


def _cell(*levels: str) -> Cell:
    return Cell("-".join(levels), dict(zip(FACTORS, levels, strict=True)))


def samples(pack: SpecsPack, family: str, cells: Iterable[Cell], n: int) -> list[SpecsSample]:
    """The samples of a family: n askings of each cell's scenario, all in the same words.

    A family that a model wrote has no samples in cells whose pair and draw it did not write.

    Raises
    ------
    ValueError
        For an unknown family or a negative n.
    """
    check_request(pack.families, family, n, "family", "families")
    found = (sample(pack, family, cell, index) for cell in cells for index in range(n))
    return [one for one in found if one]


def sample(pack: SpecsPack, family: str, cell: Cell, index: int) -> SpecsSample | None:
    """One sample; None where a model wrote no scenario for it. See `samples`."""
    levels = cell.levels
    asked = scenario(pack, family, levels["pair"], int(levels["draw"]))
    if asked is None:
        return None
    question = put(pack, asked, levels["variant"])
    system, user = _system(pack, levels["specification"]), f"{question}\n\n{pack.prompt.form}"
    return SpecsSample(
        study=pack.study,
        id=f"{family}-{cell.id}-{index:03d}",
        text=f"{family}-{cell.id}",
        family=family,
        cell=cell.id,
        levels=dict(levels),
        index=index,
        system=system,
        user=user,
        question=question,
        scenario=asked,
        standing=standing(pack, levels["pair"], levels["specification"]),
        digest=hashlib.sha256((system + user).encode()).hexdigest()[:16],
    )


def text(pack: SpecsPack, specification: str) -> tuple[Clause, ...]:
    """The clauses of a specification; those of the given one where it is absent.

    Advice that was given without the text is judged by the same text as other advice.
    """
    return tuple(c for c in pack.spec.clauses if specification == "amended" or not c.amends)


def numbered(clauses: Iterable[Clause]) -> str:
    """Clauses as models read them."""
    return "\n".join(f"{clause.id}. {clause.text}" for clause in clauses)


def standing(pack: SpecsPack, pair: str, specification: str) -> Standing:
    """What a specification says of a pair; an amendment goes before an older clause."""
    for clause in reversed(text(pack, specification)):
        if pair in clause.settles:
            return Standing("settled", clause.id, clause.settles[pair])
        if pair in clause.unclear:
            return Standing("unclear", clause.id)
    return Standing("silent")


def named(about: Mapping) -> SpecsSample | None:
    """The sample that metadata name; None where the study does not ask it any longer."""
    pack = known(about["study"])
    levels = {factor: about.get(factor) for factor in FACTORS}
    there = all(levels[factor] in allowed for factor, allowed in pack.factors.items())
    if not there or about["family"] not in pack.families:
        return None
    return sample(pack, about["family"], _cell(*levels.values()), about["index"])


@cache
def known(study: str) -> SpecsPack:
    """The study's pack, read once."""
    return load(study)


def _system(pack: SpecsPack, specification: str) -> str:
    if specification == "absent":
        return pack.prompt.role
    words = {"title": pack.spec.title, "clauses": numbered(text(pack, specification))}
    return f"{pack.prompt.role}\n\n{fill(pack.prompt.specification, words)}"


def main(arguments: list[str]) -> None:
    """Print the prompt of one cell and what the specification says of its pair."""
    try:
        study, family, cell = arguments
        pack = load(study)
        chosen = {one.id: one for design in pack.designs for one in cells(pack, design)}
        if cell not in chosen:
            near = messages.nearest(cell, chosen)
            raise ValueError(
                f"no cell '{cell}'{near}; the first of {len(chosen)}: {next(iter(chosen))}"
            )
        (one,) = samples(pack, family, [chosen[cell]], 1)
    except ValueError as error:
        usage = "usage: python -m smallprint.scenarios.specs STUDY FAMILY CELL"
        commands.end(f"{error}\n{usage}", 1)
    print(f"# {one.text}\n\n{one.system}\n\n{one.user}\n\n{one.standing}")


if __name__ == "__main__":
    main(sys.argv[1:])
