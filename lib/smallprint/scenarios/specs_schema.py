"""The shape of a folder of value trade-offs and a specification, and checks across entries."""

from collections.abc import Mapping
from itertools import combinations
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt

from smallprint.scenarios.problems import Found, Place, Problems
from smallprint.scenarios.schema import AnyPack, Record, Text
from smallprint.scenarios.templates import check_template

Specification = Literal["given", "amended", "absent"]
Variant = Literal["neutral", "leans-to-first", "leans-to-second"]
SPECIFICATIONS = ("given", "amended", "absent")
VARIANTS = ("neutral", "leans-to-first", "leans-to-second")
Lines = Annotated[tuple[Text, ...], Field(min_length=1)]
SIDES = ("first", "second")
REPLY = {"reply", "question"}
CLAUSES = {"title", "clauses"}
OF_SIDES = {f"{side}{part}" for side in SIDES for part in ("", "_value", "_means")}
WORDS = {
    "prompt": {
        "role": set(),
        "specification": CLAUSES,
        "ways": set(SIDES),
        "limits": set(),
        "leans": {"act"},
        "question": set(),
        "form": set(),
    },
    "judge": {"stance": REPLY | OF_SIDES, "compliance": REPLY | CLAUSES},
    "writer": {"role": set(), "ask": {"place"} | (OF_SIDES - set(SIDES))},
}


class Block(Record):
    """Cells of a design: all pairs in all draws, variants and specifications."""

    specifications: Annotated[tuple[Specification, ...], Field(min_length=1)]
    variants: Annotated[tuple[Variant, ...], Field(min_length=1)]
    draws: Annotated[tuple[Annotated[StrictInt, Field(ge=0)], ...], Field(min_length=1)]
    pairs: tuple[Text, ...] = ()


class SpecsPackFile(Record):
    """``pack.yaml``: the value list and the designs."""

    study: Text
    version: Annotated[StrictInt, Field(ge=1)]
    values: Annotated[dict[Text, Text], Field(min_length=2)]
    designs: dict[Text, tuple[Block, ...]]


class Setting(Record):
    """How a matter comes up at one desk, and what each value would have done there."""

    openings: Lines
    acts: dict[Text, Text]


class SettingsFile(Record):
    """``settings.yaml``."""

    names: Lines
    settings: Annotated[dict[Text, Setting], Field(min_length=1)]


class Clause(Record):
    """One clause of the specification.

    Attributes
    ----------
    settles : dict
        Pair to the value that goes first.
    unclear : tuple of str
        Pairs that it speaks of and leaves open.
    amends : bool
        Whether it belongs to the amended text alone.
    """

    id: Annotated[StrictInt, Field(ge=1)]
    text: Text
    settles: dict[Text, Text] = Field(default_factory=dict)
    unclear: tuple[Text, ...] = ()
    amends: StrictBool = False


class SpecFile(Record):
    """``spec.yaml``."""

    title: Text
    clauses: Annotated[tuple[Clause, ...], Field(min_length=1)]


class SpecsPrompt(Record):
    """``prompt.yaml``."""

    role: Text
    specification: Text
    ways: Lines
    limits: Lines
    leans: Lines
    question: Text
    form: Text


class SpecsJudge(Record):
    """``judge.yaml``: what a panel is asked about an answer."""

    stance: Text
    compliance: Text


class Writer(Record):
    """``writer.yaml``: what a model is asked that writes scenarios."""

    role: Text
    ask: Text
    places: Lines


class MadeScenario(Record):
    """A scenario that a model wrote; `first` and `second` are in the order of the pair."""

    pair: Text
    draw: Annotated[StrictInt, Field(ge=0)]
    situation: Text
    first: Text
    second: Text


class MadeFile(Record):
    """``made-<name>.yaml``: a writer's scenarios, after the checks."""

    writer: Text
    scenarios: Annotated[tuple[MadeScenario, ...], Field(min_length=1)]


class SpecsPack(AnyPack):
    """Everything that a folder of trade-offs says, checked."""

    file: SpecsPackFile
    settings: SettingsFile
    spec: SpecFile
    prompt: SpecsPrompt
    judge: SpecsJudge
    writer: Writer
    made: dict[str, MadeFile]

    @property
    def families(self) -> tuple[str, ...]:
        """Settings of the template generator, then the files that models wrote."""
        return (*self.settings.settings, *self.made)

    @property
    def pairs(self) -> tuple[str, ...]:
        """All pairs of values, in the order of the list."""
        return pairs(self.file.values)

    @property
    def factors(self) -> dict[str, tuple[str, ...]]:
        """Levels of each factor."""
        blocks = [block for design in self.file.designs.values() for block in design]
        draws = sorted({draw for block in blocks for draw in block.draws})
        return {
            "pair": self.pairs,
            "draw": tuple(map(str, draws)),
            "variant": VARIANTS,
            "specification": SPECIFICATIONS,
        }

    @property
    def designs(self) -> tuple[str, ...]:
        """Names of the designs."""
        return tuple(self.file.designs)


def pairs(values: Mapping[str, str]) -> tuple[str, ...]:
    """Names of all pairs, each in the order of the values."""
    return tuple("-".join(pair) for pair in combinations(values, 2))


def check(
    folder: str,
    study: str,
    parts: Mapping[str, Record | None],
    made: Mapping[str, MadeFile | None],
    problems: Problems,
) -> None:
    """Add every problem that a single file's shape does not show."""
    for name, fields in WORDS.items():
        if parts[name]:
            _templates(f"{folder}/{name}.yaml", parts[name], fields, problems)
    pack = parts["pack"]
    if pack is None:
        return
    if pack.study != study:
        fix = "name the folder's study"
        problems.add(f"{folder}/pack.yaml", ("study",), pack.study, study, fix)
    known = pairs(pack.values)
    for name, blocks in pack.designs.items():
        for number, block in enumerate(blocks):
            place = ("designs", name, number, "pairs")
            _choose(f"{folder}/pack.yaml", place, block.pairs, known, problems)
    if parts["settings"]:
        _settings(f"{folder}/settings.yaml", parts["settings"], pack, problems)
    if parts["spec"]:
        _clauses(f"{folder}/spec.yaml", parts["spec"], known, problems)
    for name, file in made.items():
        if file:
            _made(f"{folder}/{name}.yaml", file, known, problems)


def _made(file: str, made: MadeFile, known: tuple[str, ...], problems: Problems) -> None:
    """A problem for each scenario of an unknown pair, and for a pair and draw made twice."""
    seen = set()
    for number, one in enumerate(made.scenarios):
        place = ("scenarios", number)
        _choose(file, (*place, "pair"), [one.pair], known, problems)
        if (one.pair, one.draw) in seen:
            found = Found(f"draw {one.draw} of {one.pair} a second time")
            problems.add(file, (*place, "draw"), found, "each draw once", "number it anew")
        seen.add((one.pair, one.draw))


def _choose(file: str, place: Place, found, known: tuple[str, ...], problems: Problems) -> None:
    for pair in found:
        if pair not in known:
            problems.choose(file, place, pair, known, "pair")


def _templates(file: str, record: Record, fields: Mapping[str, set[str]], problems: Problems):
    for name, words in fields.items():
        texts = getattr(record, name)
        for text in (texts,) if isinstance(texts, str) else texts:
            check_template(file, (name,), text, words, problems)


def _settings(file: str, found: SettingsFile, pack: SpecsPackFile, problems: Problems) -> None:
    for name, setting in found.settings.items():
        problems.names(file, ("settings", name, "acts"), setting.acts, pack.values, "value")
        for text in (*setting.openings, *setting.acts.values()):
            check_template(file, ("settings", name), text, {"name"}, problems)


def _clauses(file: str, spec: SpecFile, known: tuple[str, ...], problems: Problems) -> None:
    """Numbers run from 1, and no pair is settled or left unclear twice within a text."""
    spoken: dict[tuple[str, bool], int] = {}
    for number, clause in enumerate(spec.clauses):
        place = ("clauses", number)
        if clause.id != number + 1:
            problems.add(file, (*place, "id"), clause.id, str(number + 1), "number them in order")
        _choose(file, place, [*clause.settles, *clause.unclear], known, problems)
        for pair, value in clause.settles.items():
            if value not in pair.split("-"):
                problems.choose(file, (*place, "settles", pair), value, pair.split("-"), "value")
        for pair in (*clause.settles, *clause.unclear):
            before = spoken.setdefault((pair, clause.amends), clause.id)
            if before != clause.id:
                found = Found(f"{pair}, of which clause {before} speaks already")
                problems.add(file, place, found, "one clause a pair", "remove one of them")
