"""The critical-reading rubric: its schema, and its page."""

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from smallprint import messages, paths, strict_yaml
from smallprint.display import plain
from smallprint.site.errors import SiteError
from smallprint.site.quoting import fill
from smallprint.site.titles import study_links

RUBRIC = paths.DATA / "rubric.yaml"
Answer = Literal["yes", "partly", "no", "can't tell"]


class Part(BaseModel):
    """Base of the rubric's parts: immutable, no unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Part):
    """Where a question comes from, with the code that says how it was read."""

    text: str
    url: str | None = None
    confidence: Literal["S1", "S2+", "S2"]


class Anchors(Part):
    """What a full, a minimal and a missing answer look like."""

    full: str
    minimum: str
    missing: str


class Example(Part):
    """The question put to one of the studies.

    ``overreach`` marks an example in which the critic, not the study, says too much.
    """

    study: str
    answer: Answer
    text: str
    overreach: bool = False


class Item(Part):
    """One question."""

    id: str = Field(pattern="^[a-z]+$")
    part: str
    question: str
    sources: tuple[str, ...] = Field(min_length=1)
    anchors: Anchors
    example: Example


class Rubric(Part):
    """All questions, the words that answer them, and their sources."""

    title: str
    use: str
    answers: dict[Answer, str]
    parts: dict[str, str]
    sources: dict[str, Source]
    items: tuple[Item, ...]

    @model_validator(mode="after")
    def _resolved(self) -> "Rubric":
        for item in self.items:
            if item.example.study not in study_links():
                near = messages.nearest(item.example.study, study_links())
                raise ValueError(f"items.{item.id}.example.study: no such study{near}")
        ids = [item.id for item in self.items]
        if len(set(ids)) < len(ids):
            raise ValueError("items: an id is used twice; give each question its own")
        for item in self.items:
            if item.part not in self.parts:
                raise ValueError(f"items.{item.id}.part: {item.part!r} is none of the parts")
            lost = [key for key in item.sources if key not in self.sources]
            if lost:
                raise ValueError(f"items.{item.id}.sources: {lost} are not among the sources")
        unused = set(self.sources) - {key for item in self.items for key in item.sources}
        if unused:
            raise ValueError(f"sources: {sorted(unused)} are cited by no item; drop them")
        return self


FIELDS = [name for part in (Rubric, Item, Example, Anchors, Source) for name in part.model_fields]


def read(path: Path = RUBRIC) -> Rubric:
    """Read the rubric.

    Raises
    ------
    SiteError
        If the file breaks the schema; the message names field and fault.
    """
    try:
        data, twice = strict_yaml.parse(path.read_text(encoding="utf-8"))
        if twice:
            raise SiteError(f"{path.name}: line {twice[0][0]}: {twice[0][1]} is twice; keep one")
        return Rubric.model_validate(data)
    except ValidationError as error:
        problems = zip(messages.fields(error), error.errors(include_url=False), strict=True)
        said = (f"{path.name}: {text}{_nearest(one)}" for text, one in problems)
        raise SiteError(messages.screen(said)) from None
    except OSError as error:
        raise SiteError(f"{path.name}: cannot be read ({error.strerror}); put it back") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SiteError(f"{path.name}: {strict_yaml.described(error)}; mend that line") from None


def _nearest(error: dict) -> str:
    """The known field that is nearest to one that is unknown."""
    return messages.nearest(error["loc"][-1], FIELDS) if error["type"] == "extra_forbidden" else ""


def markdown(rubric: Rubric) -> str:
    """The rubric as Markdown: use, answers, questions by part, sources."""
    parts = [rubric.use, _answers(rubric)]
    number = 0
    for part, title in rubric.parts.items():
        parts.append(f"## {part.capitalize()}: {title} {{#part-{part}}}")
        for item in rubric.items:
            if item.part == part:
                number += 1
                parts.append(_item(item, number, rubric))
    return "\n\n".join([*parts, _sources(rubric)]) + "\n"


def _answers(rubric: Rubric) -> str:
    return "\n\n".join(f"{word}\n:   {meaning}" for word, meaning in rubric.answers.items())


def _item(item: Item, number: int, rubric: Rubric) -> str:
    sources = "; ".join(f"[{_short(rubric.sources[key])}](#source-{key})" for key in item.sources)
    anchors = "\n".join(
        f"| {level} | {plain(getattr(item.anchors, level))} |" for level in Anchors.model_fields
    )
    example = item.example
    text = fill(" ".join(example.text.split()), example.study, f"rubric.yaml, item {item.id}")
    lead = " Where the critic goes too far:" if example.overreach else ""
    return "\n\n".join(
        [
            f"### {number}. {item.id.capitalize()} {{#item-{item.id}}}",
            f"**{plain(item.question)}** (After {sources}.)",
            f"| level | what it looks like |\n|:--|:------------|\n{anchors}",
            "::: {.worked-example}\n\n"
            f"*For example, {study_links()[example.study]}: {example.answer}.*{lead} {text}\n\n:::",
        ]
    )


def _short(source: Source) -> str:
    return plain(source.text.split(",")[0])


def _sources(rubric: Rubric) -> str:
    lines = []
    for key, source in rubric.sources.items():
        link = f" [{source.url}]({source.url})" if source.url else ""
        lines.append(f"- []{{#source-{key}}}{plain(source.text)}.{link} ({source.confidence})")
    return "## Sources {#sec-sources}\n\n" + "\n".join(lines)
