"""The shape of a folder of cipher texts, file by file, and checks across entries."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictInt

from smallprint.scenarios.ciphers_codes import CIPHERS, LETTERS, Code
from smallprint.scenarios.ciphers_problems import BOXES, Family
from smallprint.scenarios.problems import Found, Place, Problems
from smallprint.scenarios.schema import AnyPack, Record, Text
from smallprint.scenarios.templates import check_template

TASKS = ("reason", "read")
WORK = ("direct", "plain", "filler", "cipher")
Depth = Annotated[StrictInt, Field(ge=1, lt=BOXES - 1)]
Examples = Annotated[StrictInt, Field(ge=0)]


class ArmFile(Record):
    """How the steps are to be written.

    Attributes
    ----------
    alphabet : str
        For the code ``letters``: what stands for a, b, c and so on; else empty.
    describes : str
        The cipher in words, for a cipher; may ask for ``table`` or ``packing``.
    """

    code: Code
    alphabet: str = ""
    describes: str = ""


class Block(Record):
    """Cells of a design: all arms at all depths, with each number of examples.

    Attributes
    ----------
    examples : tuple of int or None
        Solved problems in the prompt; the pack's usual number if it is left out.
    """

    task: Literal["reason", "read"]
    arms: Annotated[tuple[Text, ...], Field(min_length=1)]
    depths: Annotated[tuple[Depth, ...], Field(min_length=1)]
    examples: Annotated[tuple[Examples, ...], Field(min_length=1)] | None = None


class CipherPackFile(Record):
    """``pack.yaml``: families, depths, arms, designs and the number of examples in a prompt."""

    study: Text
    version: Annotated[StrictInt, Field(ge=1)]
    families: dict[Family, Text]
    depths: Annotated[tuple[Depth, ...], Field(min_length=1)]
    examples: Examples
    arms: dict[Text, ArmFile]
    designs: dict[Text, tuple[Block, ...]]


class CipherPrompt(Record):
    """``prompt.yaml``: the lines of all prompts; `work` has one for each way of writing steps."""

    role: Text
    work: dict[Literal["direct", "plain", "filler", "cipher"], Text]
    read: Text
    form: Text
    examples: Text
    now: Text


class Vocabulary(Record):
    """``vocabulary.yaml``: common words that a decoded text may have beside those of the steps."""

    words: Annotated[str, Field(pattern=r"^[a-z]+( [a-z]+)*$")]


class CipherPack(AnyPack):
    """Everything that a folder of cipher texts says, checked."""

    file: CipherPackFile
    prompt: CipherPrompt
    vocabulary: Vocabulary

    @property
    def families(self) -> tuple[str, ...]:
        """Names of the kinds of problems, in order."""
        return tuple(self.file.families)

    @property
    def factors(self) -> dict[str, tuple[str, ...]]:
        """Levels of each factor."""
        depths = tuple(map(str, self.file.depths))
        blocks = [block for design in self.file.designs.values() for block in design]
        shown = {self.file.examples, *(n for block in blocks for n in block.examples or ())}
        return {
            **{"task": TASKS, "arm": tuple(self.file.arms), "depth": depths},
            "examples": tuple(map(str, sorted(shown))),
        }

    @property
    def designs(self) -> tuple[str, ...]:
        """Names of the designs."""
        return tuple(self.file.designs)


def check(
    folder: str, study: str, parts: Mapping[str, BaseModel | None], problems: Problems
) -> None:
    """Add every problem that a single file's shape does not show."""
    pack, prompt = parts["pack"], parts["prompt"]
    if pack:
        _pack(f"{folder}/pack.yaml", study, pack, problems)
    if prompt:
        file = f"{folder}/prompt.yaml"
        problems.names(file, ("work",), prompt.work, WORK, "way")
        for name, text in prompt.work.items():
            check_template(file, ("work", name), text, {"count", "filler", "as_shown"}, problems)


def _pack(file: str, study: str, pack: CipherPackFile, problems: Problems) -> None:
    if pack.study != study:
        problems.add(file, ("study",), pack.study, study, "name the folder's study")
    for name, arm in pack.arms.items():
        _arm(file, ("arms", name), arm, problems)
    for name, blocks in pack.designs.items():
        for number, block in enumerate(blocks):
            place = ("designs", name, number)
            allowed = [
                arm for arm in pack.arms if block.task == "reason" or pack.arms[arm].code in CIPHERS
            ]
            for arm in block.arms:
                if arm not in allowed:
                    problems.choose(file, (*place, "arms"), arm, allowed, "arm")
            for depth in block.depths:
                if depth not in pack.depths:
                    problems.choose(file, (*place, "depths"), depth, map(str, pack.depths), "depth")


def _arm(file: str, place: Place, arm: ArmFile, problems: Problems) -> None:
    if arm.code == "letters":
        right = sorted(arm.alphabet) == list(LETTERS)
        if not right or any(a == b for a, b in zip(arm.alphabet, LETTERS, strict=True)):
            allowed = "the 26 letters in an order that leaves none in its place"
            problems.add(file, (*place, "alphabet"), arm.alphabet, allowed, "mend the order")
    elif arm.alphabet:
        allowed = "no alphabet with this code"
        problems.add(file, (*place, "alphabet"), arm.alphabet, allowed, "remove it")
    if bool(arm.describes) != (arm.code in CIPHERS):
        found = Found("a description" if arm.describes else "no description")
        allowed = "one for a cipher, none for another arm"
        problems.add(file, (*place, "describes"), found, allowed, "add or remove it")
    check_template(file, (*place, "describes"), arm.describes, {"table", "packing"}, problems)
