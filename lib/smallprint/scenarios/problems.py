"""Problems of a scenario folder, worded for the person who edits it."""

from collections.abc import Iterable, Mapping
from typing import Any

from smallprint import messages
from smallprint.claims.problems import shown

Place = tuple[str | int, ...]

FIXES = {
    "missing": ("nothing", "this field", "add it"),
    "extra_forbidden": (None, "only the known fields", "remove it or correct its name"),
    "string_too_short": ("an empty text", "text", "write it"),
    "too_short": ("an empty list", "at least one entry", "add one"),
    "too_long": (None, "fewer entries", "remove some"),
    "string_type": (None, "text", "put it in quotes"),
    "bool_type": (None, "true or false", "write one of the two"),
    "int_type": (None, "a whole number", "write one, without quotes"),
    "dict_type": (None, "a mapping", "write `name: value` lines below it"),
    "model_type": (None, "a mapping", "write `name: value` lines below it"),
    "tuple_type": (None, "a list", "put it in [brackets]"),
}
ADDRESS = "a lower-case name@something.example (the reserved domain)"
DOMAIN = "a lower-case something.example (the reserved domain)"


class ScenarioError(ValueError):
    """A scenario folder cannot be used; the message has one line for each problem."""


class Problems:
    """Collects problems, one line each, in the order they are found."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def end(self) -> None:
        """Raise `ScenarioError` with all that was found, if anything was."""
        if self.lines:
            first = self.lines[0].partition(": ")[0]
            more = f"{first}: and {{left}} more; fix: mend these first"
            raise ScenarioError(messages.screen(self.lines, more))

    def say(self, file: str, text: str) -> None:
        """Add a problem in words of its own."""
        self.lines.append(f"{file}: " + " ".join(text.split()))

    def add(self, file: str, place: Place, found: object, allowed: str, fix: str) -> None:
        """Add a problem: where, what was found, what is allowed, how to mend it."""
        what = found if isinstance(found, Found) else shown(found)
        where = f"{path(place)}: " if place else ""
        self.say(file, f"{where}found {what}; allowed: {allowed}; fix: {fix}")

    def names(
        self, file: str, place: Place, found: Iterable[str], wanted: Iterable[str], what: str
    ) -> None:
        """Add a problem for each name that is missing or not among those wanted."""
        found, wanted = list(found), list(wanted)
        for name in wanted:
            if name not in found:
                self.add(file, place, Found(f"no {what} '{name}'"), _list(wanted), f"add '{name}'")
        for name in found:
            if name not in wanted:
                self.choose(file, (*place, name), name, wanted, what)

    def choose(
        self, file: str, place: Place, found: object, wanted: Iterable[str], what: str
    ) -> None:
        """Add a problem where only certain words are allowed; suggests the nearest."""
        wanted = list(wanted)
        near = messages.nearest(found, wanted).strip(" ()")
        fix = near or "remove it or correct its name"
        self.add(file, place, Found(f"{what} {shown(found)}"), _list(wanted), fix)

    def add_invalid(self, file: str, detail: Mapping[str, Any]) -> None:
        """Add a problem from one entry of a pydantic error."""
        kind, place, context = detail["type"], tuple(detail["loc"]), detail.get("ctx", {})
        if kind == "literal_error" and place[-1:] != ("[key]",):
            self.add(file, place, detail["input"], context["expected"], "write one of them")
        elif place[-1:] == ("[key]",):
            allowed = context.get("expected", "a name that is text")
            fix = "correct the name, in quotes if it looks like something else"
            self.add(file, place[:-2], Found(f"the name {shown(place[-2])}"), allowed, fix)
        elif kind == "string_pattern_mismatch" and "example" in context["pattern"]:
            allowed = ADDRESS if "@" in context["pattern"] else DOMAIN
            self.add(file, place, detail["input"], allowed, "use an invented name under .example")
        else:
            found, allowed, fix = FIXES.get(kind, (None, detail["msg"], "correct it"))
            known = detail["input"] if found is None else Found(found)
            self.add(file, place, known, allowed, fix)


class Found(str):
    """Words that say what was found, shown without quotes."""


def path(place: Place) -> str:
    """A place in a file: ``wordings.a.threat.none``, ``unrelated[3].id``."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return "".join(parts).lstrip(".")


def _list(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
