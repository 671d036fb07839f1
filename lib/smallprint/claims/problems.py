"""Problems of a claims file, worded for the person who edits it."""

import types
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from smallprint import messages
from smallprint.claims.schema import Cell, Missing, StudyFile

Place = tuple[str | int, ...]

SINGULAR = {
    "claims": "claim",
    "variants": "variant",
    "design": "design fact",
    "criticisms": "criticism",
    "contradictions": "contradiction",
    "distortions": "distortion",
    "sources": "source",
    "models": "model",
    "factors": "factor",
    "quantities": "quantity",
    "matrices": "matrix",
}
CELL = "a number, ~number, " + ", ".join(get_args(Missing))


class Problems:
    """Collects problems, one line each, in the order they are found."""

    def __init__(self, file: str) -> None:
        self.lines: list[str] = []
        self._file = file
        self._ids: dict[Place, str] = {}

    def name_items(self, raw: dict) -> None:
        """Learn the ids by which list items are called in messages."""
        for section in SINGULAR:
            items = raw.get(section)
            for i, item in enumerate(items if isinstance(items, list) else []):
                if isinstance(item, dict) and isinstance(item.get("id"), str):
                    self._ids[section, i] = item["id"]

    def where(self, place: Place) -> str:
        """A place in the file: ``claim A15, values[0].n``."""
        if len(place) > 1 and place[0] in SINGULAR:
            name = self._ids.get(place[:2], place[1])
            nameless = isinstance(name, int)
            label = f"{place[0]}[{name}]" if nameless else f"{SINGULAR[place[0]]} {name}"
            rest = place[2:]
        else:
            label, rest = str(place[0]), place[1:]
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest)
        return f"{label}, {path.lstrip('.')}" if path else label

    def say(self, text: str) -> None:
        """Add a problem in words of its own."""
        self.lines.append(f"{self._file}: " + " ".join(text.split()))

    def add(self, place: Place, found: object, allowed: str, beside: str = "") -> None:
        """Add a problem: what is at the place, what it clashes with, what may be there."""
        where = f"{self.where(place)}: " if place else ""
        self.say(f"{where}found {shown(found)}{beside}; allowed: {allowed}")

    def choose(self, place: Place, found: object, options: Iterable[str]) -> None:
        """Add a problem where only certain words are allowed; suggests the nearest."""
        options = [option for option in options if isinstance(option, str)]
        hint = messages.nearest(found, options) if isinstance(found, str) else ""
        self.add(place, found, (", ".join(options) or "none is declared") + hint)

    def add_invalid(self, detail: dict[str, Any]) -> None:
        """Add a problem from one entry of a pydantic error."""
        place = tuple(detail["loc"])
        if detail["type"] == "extra_forbidden":
            fields = list(_kind(place[:-1])[0].model_fields)
            hint = messages.nearest(place[-1], fields)
            where = f"{self.where(place[:-1])}: " if place[:-1] else ""
            self.say(f"{where}found field '{place[-1]}'; allowed: {', '.join(fields)}{hint}")
        elif detail["type"] == "missing":
            self.add(place, None, _words(*_kind(place)))
        elif detail["type"] == "invalid_key" or "[key]" in place:
            outer = tuple(part for part in place if part != "[key]")
            allowed = "a name that is text, in quotes if it looks like something else"
            self.add(outer[:-1], outer[-1], allowed, " as name")
        else:
            kind, limits = _kind(place)
            if get_origin(kind) is Literal:
                self.choose(place, detail["input"], get_args(kind))
            else:
                self.add(place, detail["input"], _words(kind, limits))


def shown(found: object) -> str:
    """A value as its author would recognise it, on one line."""
    if found is None:
        return "nothing"
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, dict | list):
        kind = "mapping" if isinstance(found, dict) else "list"
        return f"a {kind}" if found else f"an empty {kind}"
    text = messages.visible(" ".join(str(found)[:1000].split()))
    text = text if len(text) <= 60 else text[:57] + "..."
    return text if isinstance(found, int | float) else f"'{text}'"


def _kind(place: Place) -> tuple[Any, list]:
    """The type that the schema asks for at a place, and its limits."""
    kind, limits = StudyFile, []
    for part in place:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            field = kind.model_fields[part]
            kind, limits = _bare(field.annotation, field.metadata)
        else:
            inside = get_args(kind)
            kind, limits = _bare(inside[1] if get_origin(kind) is dict else inside[0], [])
    return kind, limits


def _bare(kind: Any, limits: list) -> tuple[Any, list]:
    """The type without ``None`` and annotations, and the limits these carried."""
    if kind is Cell:
        return Cell, []
    if get_origin(kind) is Annotated:
        kind, *more = get_args(kind)
        for limit in more:
            limits = limits + (limit.metadata if isinstance(limit, FieldInfo) else [limit])
        return _bare(kind, limits)
    if get_origin(kind) in (Union, types.UnionType) and type(None) in get_args(kind):
        return _bare(next(a for a in get_args(kind) if a is not type(None)), limits)
    return kind, limits


def _words(kind: Any, limits: list) -> str:
    if kind is Cell:
        return CELL
    if get_origin(kind) is Literal:
        return ", ".join(get_args(kind))
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return "a mapping of " + ", ".join(kind.model_fields)
    names = {str: "text", bool: "true or false", tuple: "a list", dict: "a mapping"}
    if kind is int:
        at_least = next(limit.ge for limit in limits if hasattr(limit, "ge"))
        return f"a whole number of at least {at_least}"
    return names.get(get_origin(kind) or kind, "a number")
