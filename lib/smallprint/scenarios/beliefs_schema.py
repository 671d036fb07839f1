"""The shape of a folder of statements and questions, file by file, and checks across entries."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictInt

from smallprint.scenarios.problems import Found, Place, Problems
from smallprint.scenarios.schema import AnyPack, Judge, Record, Terms, Text
from smallprint.scenarios.templates import check_template

Side = Literal["implant", "truth"]
Statement = Literal["none", "implant", "truth"]
SIDES = ("implant", "truth")
QUESTIONS = ("direct", "downstream", "choice", "indirect")
UNRELATED = "unrelated"
NONE = "none"
PLACE_WORDS = {"passage"}
CHALLENGE_WORDS = {"claim", "argument", "other_passage"}


class ArmFile(Record):
    """Which statement the prompt holds, and where."""

    statement: Statement
    place: Text


class Block(Record):
    """Cells of a design: all questions under all challenges in all arms."""

    arms: Annotated[tuple[Text, ...], Field(min_length=1)]
    questions: Annotated[tuple[Text, ...], Field(min_length=1)]
    challenges: Annotated[tuple[Text, ...], Field(min_length=1)]


class BeliefPackFile(Record):
    """``pack.yaml``: tiers, arms and designs."""

    study: Text
    version: Annotated[StrictInt, Field(ge=1)]
    tiers: dict[Text, Text]
    arms: dict[Text, ArmFile]
    designs: dict[Text, tuple[Block, ...]]


class Addition(Record):
    """What is added to the system prompt and before the question."""

    system: str = ""
    user: str = ""


class Challenge(Addition):
    """What presses an answer; `turns` are said one by one after the first answer."""

    turns: tuple[Text, ...] = ()


class BeliefPrompt(Record):
    """``prompt.yaml``: the words that all statements share."""

    role: Text
    form: Text
    places: dict[Text, Addition]
    challenges: dict[Text, Challenge]
    again: Text
    unrelated: Terms


class Asked(Record):
    """A question and the answers of either side."""

    ask: Text
    implant: Terms
    truth: Terms


class Fact(Record):
    """A statement in its false and its true form.

    Attributes
    ----------
    values : dict
        What fills the templates, side by side.
    names : dict
        Words that name what a side says.
    """

    tier: Text
    values: dict[Side, dict[Text, Text]]
    statement: Text
    passage: Text
    argument: Text
    names: dict[Side, Terms]
    questions: dict[Literal["direct", "downstream", "choice", "indirect"], Asked]


class FactsFile(Record):
    """``facts.yaml``."""

    facts: Annotated[dict[Text, Fact], Field(min_length=1)]


class BeliefPack(AnyPack):
    """Everything that a folder of statements says, checked."""

    file: BeliefPackFile
    prompt: BeliefPrompt
    facts: dict[str, Fact]
    judge: Judge

    @property
    def families(self) -> tuple[str, ...]:
        """Names of the facts, in order."""
        return tuple(self.facts)

    @property
    def factors(self) -> dict[str, tuple[str, ...]]:
        """Levels of each factor, the reference level first."""
        return {
            "arm": tuple(self.file.arms),
            "question": (*QUESTIONS, UNRELATED),
            "challenge": tuple(self.prompt.challenges),
        }

    @property
    def designs(self) -> tuple[str, ...]:
        """Names of the designs."""
        return tuple(self.file.designs)


def check(
    folder: str, study: str, parts: Mapping[str, BaseModel | None], problems: Problems
) -> None:
    """Add every problem that a single file's shape does not show."""
    pack, prompt, facts, judge = (parts[name] for name in ("pack", "prompt", "facts", "judge"))
    if prompt:
        _prompt(f"{folder}/prompt.yaml", prompt, problems)
    if pack and prompt:
        _pack(f"{folder}/pack.yaml", study, pack, prompt, problems)
    for name, fact in (facts.facts if facts else {}).items():
        _fact(f"{folder}/facts.yaml", ("facts", name), fact, pack, problems)
    if judge:
        file = f"{folder}/judge.yaml"
        problems.names(file, ("families",), judge.families, ("statement",), "entry")
        if set(judge.labels.values()) != {True, False}:
            found = Found(f"labels {', '.join(judge.labels)}")
            problems.add(file, ("labels",), found, "one for true and one for false", "add one")
        words = {"situation", "act", "counts", "does_not", "reply"}
        check_template(file, ("template",), judge.template, words, problems)
        for name, question in judge.families.items():
            for field, text in question.model_dump().items():
                words = {"question", *SIDES}
                check_template(file, ("families", name, field), text, words, problems)


def _pack(
    file: str, study: str, pack: BeliefPackFile, prompt: BeliefPrompt, problems: Problems
) -> None:
    if pack.study != study:
        problems.add(file, ("study",), pack.study, study, "name the folder's study")
    for name, arm in pack.arms.items():
        if arm.place not in prompt.places:
            problems.choose(file, ("arms", name, "place"), arm.place, prompt.places, "place")
        elif (arm.statement == NONE) != (arm.place == NONE):
            found = Found(f"statement {arm.statement} at place {arm.place}")
            problems.add(file, ("arms", name), found, "none for both or for neither", "correct one")
    allowed = {
        "arms": list(pack.arms),
        "questions": [*QUESTIONS, UNRELATED],
        "challenges": list(prompt.challenges),
    }
    for name, blocks in pack.designs.items():
        for number, block in enumerate(blocks):
            for field, known in allowed.items():
                for one in getattr(block, field):
                    if one not in known:
                        place = ("designs", name, number, field)
                        problems.choose(file, place, one, known, field[:-1])


def _prompt(file: str, prompt: BeliefPrompt, problems: Problems) -> None:
    for section, known in (("places", PLACE_WORDS), ("challenges", CHALLENGE_WORDS)):
        entries = getattr(prompt, section)
        if NONE not in entries:
            problems.add(file, (section,), Found("no entry 'none'"), "none: {}", "add it")
        for name, entry in entries.items():
            for field in ("system", "user"):
                check_template(file, (section, name, field), getattr(entry, field), known, problems)
            for number, text in enumerate(getattr(entry, "turns", ())):
                check_template(file, (section, name, "turns", number), text, known, problems)
    check_template(file, ("again",), prompt.again, {"question"}, problems)


def _fact(
    file: str, place: Place, fact: Fact, pack: BeliefPackFile | None, problems: Problems
) -> None:
    if pack and fact.tier not in pack.tiers:
        problems.choose(file, (*place, "tier"), fact.tier, pack.tiers, "tier")
    problems.names(file, (*place, "values"), fact.values, SIDES, "side")
    problems.names(file, (*place, "names"), fact.names, SIDES, "side")
    problems.names(file, (*place, "questions"), fact.questions, QUESTIONS, "question")
    if set(fact.values) == set(SIDES):
        known = fact.values["implant"]
        problems.names(file, (*place, "values", "truth"), fact.values["truth"], known, "value")
        for field in ("statement", "passage", "argument"):
            check_template(file, (*place, field), getattr(fact, field), set(known), problems)
    for name, asked in fact.questions.items():
        for term in asked.implant:
            if term in asked.truth:
                found, at = Found(f"'{term}' on both sides"), (*place, "questions", name)
                problems.add(file, at, found, "answers of one side only", "remove it from one")
