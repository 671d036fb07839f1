"""A session of the course: one Markdown file, its parts told apart by headings of level one."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from smallprint import paths
from smallprint.site.errors import SiteError
from smallprint.site.project import FRONT_MATTER

FOLDER = paths.REPORTS / "seminar"
PARTS = ("Slides", "Handout", "Exercises", "Exit question", "Instructor notes")
GRADES = ("Read", "Compute", "Design")
# A session in full, and the one that is left of it for half the time.
MINUTES, HALF = 90, 45
TIMING = re.compile(r"\[(\d+) min(, keep)?\]")
NOTES = re.compile(r"^::: notes\n(.*?)^:::\s*$", re.MULTILINE | re.DOTALL)
PART = re.compile(r"^# (.+?)\s*$", re.MULTILINE)
SECTION = re.compile(r"^## (.+?)\s*$", re.MULTILINE)

Text = Annotated[str, Field(min_length=1)]


class Prediction(BaseModel):
    """A number that readers commit to before they see it: the question and the estimate's id."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ask: Text
    estimate: Text


class Heading(BaseModel):
    """The front matter of a session."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Text
    study: Text
    objectives: Annotated[tuple[Text, ...], Field(min_length=1)]
    prerequisites: Text
    predictions: Annotated[tuple[Prediction, ...], Field(min_length=1)]
    notebook: bool = True


class Slide(NamedTuple):
    """A slide with the minutes its notes give it; `kept` if half the time still has it."""

    title: str
    minutes: int
    kept: bool


class Session(NamedTuple):
    """One session of the course.

    Attributes
    ----------
    slug : str
        The file's name without suffix, such as ``01-agentic-misalignment``.
    heading : Heading
    parts : dict of str to str
        Markdown by the names in `PARTS`; numbers are still placeholders.
    """

    slug: str
    heading: Heading
    parts: dict[str, str]

    def slides(self) -> list[Slide]:
        """The slides, in order."""
        return [_slide(title, body) for title, body in sections(self.parts["Slides"])]


def read(file: Path) -> Session:
    """Read and check one session.

    Raises
    ------
    SiteError
        Naming file, place and fix, if the front matter, a part, a grade of exercises or a
        slide's timing is missing, or the timings do not make a session.
    """
    text = file.read_text(encoding="utf-8")
    matter = FRONT_MATTER.match(text)
    if not matter:
        raise SiteError(f"{file.name}: no front matter; begin with a block between lines ---")
    try:
        heading = Heading.model_validate(yaml.safe_load(matter[1]))
    except (ValidationError, yaml.YAMLError) as error:
        what = error.errors()[0] if isinstance(error, ValidationError) else None
        place = ".".join(map(str, what["loc"])) + ": " + what["msg"] if what else str(error)
        raise SiteError(f"{file.name}: front matter: {place}") from None
    parts = dict(_split(PART, text[matter.end() :]))
    if list(parts) != list(PARTS):
        found, wanted = ", ".join(parts), ", ".join(PARTS)
        raise SiteError(f"{file.name}: found the parts {found}; write, in this order: {wanted}")
    session = Session(file.stem, heading, parts)
    _check(file.name, session)
    return session


def read_all(folder: Path = FOLDER) -> list[Session]:
    """The sessions of the course in order; files are named ``<number>-<name>.md``."""
    return [read(file) for file in sorted(folder.glob("[0-9][0-9]-*.md"))]


def sections(text: str) -> list[tuple[str, str]]:
    """The sections of level two: title and body."""
    return _split(SECTION, text)


def _split(heading: re.Pattern, text: str) -> list[tuple[str, str]]:
    pieces = heading.split(text)
    return [(title, body.strip()) for title, body in zip(pieces[1::2], pieces[2::2], strict=True)]


def _slide(title: str, body: str) -> Slide:
    found = [TIMING.search(notes) for notes in NOTES.findall(body + "\n")]
    timing = next(filter(None, found), None)
    return Slide(title, int(timing[1]) if timing else 0, bool(timing and timing[2]))


def _check(file: str, session: Session) -> None:
    slides = session.slides()
    for slide in slides:
        if not slide.minutes:
            fix = "write ::: notes with [5 min] or [5 min, keep] in it"
            raise SiteError(f"{file}: slide “{slide.title}” has no timing; {fix}")
    for wanted, chosen in ((MINUTES, slides), (HALF, [each for each in slides if each.kept])):
        if (total := _minutes(chosen)) != wanted:
            which = "all slides" if wanted == MINUTES else "slides marked keep"
            raise SiteError(f"{file}: {which} take {total} minutes; make them {wanted}")
    grades = [title for title, _ in sections(session.parts["Exercises"])]
    if grades != list(GRADES):
        raise SiteError(f"{file}: exercises are {', '.join(grades)}; write {', '.join(GRADES)}")
    for title, body in sections(session.parts["Exercises"]):
        if "::: solution" not in body:
            raise SiteError(f"{file}: exercise “{title}” has no solution; write ::: solution")


def _minutes(slides: Sequence[Slide]) -> int:
    return sum(slide.minutes for slide in slides)
