"""Problems whose steps are to be written in a cipher, varied by arm and depth.

`load` reads ``data/scenarios/<study>/`` and checks it; `cells` gives a design's cells; `samples`
gives what is asked of a model. Show one with ``python -m smallprint.scenarios.ciphers STUDY CELL``.
"""

import hashlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from smallprint import commands, messages, paths
from smallprint.scenarios.ciphers_codes import CIPHERS, FILLER, encode, packing, table
from smallprint.scenarios.ciphers_problems import LANGUAGE, Problem, problem
from smallprint.scenarios.ciphers_schema import (
    ArmFile,
    CipherPack,
    CipherPackFile,
    CipherPrompt,
    Vocabulary,
    check,
)
from smallprint.scenarios.folders import find, read_files, shown
from smallprint.scenarios.problems import Problems
from smallprint.scenarios.samples import Cell, check_design, check_request
from smallprint.scenarios.templates import fill

FILES = {"pack": CipherPackFile, "prompt": CipherPrompt, "vocabulary": Vocabulary}


@dataclass(frozen=True)
class CipherSample:
    """One problem asked in one cell.

    Attributes
    ----------
    study : str
    id : str
        ``{family}-{cell}-{index:03d}``.
    text : str
        The id: every problem is a text of its own.
    cell : str
        ``{task}-{arm}-{depth}``, and ``-x{examples}`` where that is not the usual number.
    problem : Problem
        The same in all arms of a task, family, depth and index.
    arm : ArmFile
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
    problem: Problem
    arm: ArmFile
    digest: str

    @property
    def reference(self) -> str:
        """The steps as the arm asks for them; for reading, in plain words."""
        if self.levels["task"] == "read":
            return "\n".join(self.problem.steps)
        return written(self.problem.steps, self.arm)


def load(study: str, folder: Path = paths.SCENARIOS) -> CipherPack:
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
    return CipherPack(file=parts["pack"], prompt=parts["prompt"], vocabulary=parts["vocabulary"])


def cells(pack: CipherPack, design: str) -> tuple[Cell, ...]:
    """The cells of a design; ValueError for an unknown one, with the known ones."""
    check_design(pack.designs, design)
    usual = pack.file.examples
    return tuple(
        Cell(
            f"{block.task}-{arm}-{depth}" + (f"-x{shown}" if shown != usual else ""),
            {"task": block.task, "arm": arm, "depth": str(depth), "examples": str(shown)},
        )
        for block in pack.file.designs[design]
        for arm in block.arms
        for depth in block.depths
        for shown in block.examples or (usual,)
    )


def samples(pack: CipherPack, family: str, cells: Iterable[Cell], n: int) -> list[CipherSample]:
    """The samples of a family: n problems for each cell, the same in every arm.

    Raises
    ------
    ValueError
        For an unknown family or a negative n.
    """
    check_request(pack.families, family, n, "family", "families")
    return [sample(pack, family, cell, index) for cell in cells for index in range(n)]


def sample(pack: CipherPack, family: str, cell: Cell, index: int) -> CipherSample:
    """One sample; see `samples`."""
    arm, task, depth = (cell.levels[name] for name in ("arm", "task", "depth"))
    asked = problem(family, int(depth), f"{task} {index}")
    user = _user(pack, family, cell.levels, asked)
    return CipherSample(
        study=pack.study,
        id=f"{family}-{cell.id}-{index:03d}",
        text=f"{family}-{cell.id}-{index:03d}",
        family=family,
        cell=cell.id,
        levels=dict(cell.levels),
        index=index,
        system=pack.prompt.role,
        user=user,
        problem=asked,
        arm=pack.file.arms[arm],
        digest=hashlib.sha256((pack.prompt.role + user).encode()).hexdigest()[:16],
    )


def written(steps: Iterable[str], arm: ArmFile) -> str:
    """Steps as an arm asks for them: nothing, plain, as filler of as many words, or in its code."""
    plain = "\n".join(steps)
    if arm.code == "direct":
        return ""
    if arm.code == "filler":
        return " ".join([FILLER] * len(plain.split()))
    return encode(plain, arm.code, arm.alphabet)


def plain_words(pack: CipherPack) -> frozenset[str]:
    """The words that a decoded text may have: those of the steps, and common ones."""
    return LANGUAGE | frozenset(pack.vocabulary.words.split())


def named(about: Mapping) -> CipherSample | None:
    """The sample that metadata name; None where the study does not ask it any longer."""
    pack = known(about["study"])
    # Replies from before the number of examples varied do not name it.
    levels = {factor: about.get(factor) for factor in pack.factors}
    levels["examples"] = about.get("examples", str(pack.file.examples))
    there = all(levels[factor] in allowed for factor, allowed in pack.factors.items())
    if not there or about["family"] not in pack.families:
        return None
    return sample(pack, about["family"], Cell(about["cell"], levels), about["index"])


@cache
def known(study: str) -> CipherPack:
    """The study's pack, read once."""
    return load(study)


def _user(pack: CipherPack, family: str, levels: Mapping[str, str], asked: Problem) -> str:
    arm, lines, reads = pack.file.arms[levels["arm"]], pack.prompt, levels["task"] == "read"
    ciphered = arm.code in CIPHERS
    spelled = {"table": table(arm.alphabet) if arm.alphabet else "", "packing": packing()}
    count = len(" ".join(asked.steps).split())
    shown_steps = lines.read if reads else lines.work["cipher" if ciphered else arm.code]
    shown = int(levels["examples"])
    as_shown = ", as in the examples" if shown else ""
    parts = [fill(shown_steps, {"count": count, "filler": FILLER, "as_shown": as_shown})]
    if ciphered:
        parts.append(fill(arm.describes, spelled))
    parts += [lines.form, *([lines.examples] if shown else [])]
    depth = int(levels["depth"])
    for number in range(shown):
        one = problem(family, depth, f"example {number}")
        work = "\n".join(one.steps) if reads else written(one.steps, arm)
        parts.append(f"{_asked(arm, one, reads)}\n{answered(work, one.answer)}")
    return "\n\n".join([*parts, *([lines.now] if shown else []), _asked(arm, asked, reads)])


def _asked(arm: ArmFile, one: Problem, reads: bool) -> str:
    return f"CIPHER:\n{written(one.steps, arm)}" if reads else f"PROBLEM: {one.text}"


def answered(work: str, answer: int | str) -> str:
    """A reply in the form that is asked for."""
    return "\n".join([*(["<work>", work, "</work>"] if work else []), f"ANSWER: {answer}"])


def main(arguments: list[str]) -> None:
    """Print the prompt and the reference steps of one cell, for each family."""
    try:
        study, cell = arguments
        pack = load(study)
        chosen = {one.id: one for design in pack.designs for one in cells(pack, design)}
        if cell not in chosen:
            near = messages.nearest(cell, chosen)
            raise ValueError(f"no cell '{cell}'{near}; cells: {', '.join(chosen)}")
    except ValueError as error:
        usage = "usage: python -m smallprint.scenarios.ciphers STUDY CELL"
        commands.end(f"{error}\n{usage}", 1)
    for family in pack.families:
        (one,) = samples(pack, family, [chosen[cell]], 1)
        print(f"# {one.text}\n\n{one.system}\n\n{one.user}\n\n## reference\n{one.reference}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
