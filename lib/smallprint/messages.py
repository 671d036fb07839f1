"""What is said to a person at a terminal: it steers nothing, and it fits a screen."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError

COLUMNS, ROWS = 100, 15
# Of one line: its beginning names the place, its end the fix.
HEAD, TAIL = 350, 150
# Of a name or one part of a path, and of all parts: what file systems take.
LONGEST_NAME, LONGEST_PATH = 200, 1000


def visible(text: str) -> str:
    r"""`text` with what a terminal obeys or does not print written out; lines stay lines.

    >>> visible("red \x1b[31m, backwards \u202e, torn \udc80")
    'red \\x1b[31m, backwards \\u202e, torn \\udc80'
    """
    return "".join(
        one if one.isprintable() or one == "\n" else one.encode("unicode_escape").decode()
        for one in text
    )


def line(text: str) -> str:
    """`text` as one visible line; the middle of a very long one is left out."""
    whole = visible(" ".join(text.split()))
    return whole if len(whole) <= HEAD + TAIL else f"{whole[:HEAD]} … {whole[-TAIL:]}"


def screen(lines: Iterable[str], more: str = "and {left} more") -> str:
    """As many lines as fit a screen of `ROWS` rows, then how many are left out.

    Parameters
    ----------
    more : str
        The words for the lines that are left out.

    >>> screen(["a", "b"])
    'a\\nb'
    >>> screen(map(str, range(100))).splitlines()[-1]
    'and 86 more'
    """
    shown = [line(one) for one in lines]

    def rest(left: int) -> list[str]:
        return [line(more.replace("{left}", str(left)))] if left else []

    fitting = len(shown)
    while fitting > 1 and _rows([*shown[:fitting], *rest(len(shown) - fitting)]) > ROWS:
        fitting = min(fitting - 1, ROWS)
    return "\n".join([*shown[:fitting], *rest(len(shown) - fitting)])


def _rows(lines: Iterable[str]) -> int:
    """Rows that lines take where none is wider than `COLUMNS`."""
    return sum(max(1, -(-len(one) // COLUMNS)) for one in lines)


def nearest(name: object, known: Iterable[str]) -> str:
    """The question whether a known name is meant, or nothing.

    >>> nearest("qick", ["quick", "full"])
    " (did you mean 'quick'?)"
    """
    near = get_close_matches(str(name)[:LONGEST_NAME], list(known), n=1)
    return f" (did you mean '{near[0]}'?)" if near else ""


def fields(error: "ValidationError") -> list[str]:
    """A line for each field that pydantic refuses: its place, and what is wrong."""
    return [
        f"{'.'.join(map(str, one['loc'])) or 'the file'}: {one['msg']}"
        for one in error.errors(include_url=False, include_input=False)
    ]


def odd_name(option: str, name: str) -> list[str]:
    """A line for a name or path that is empty, does not print, or is longer than files' names."""
    if not name:
        return [f"{option}: found nothing; write a name"]
    if not name.isprintable():
        return [f"{option}: {name!r} holds a character that does not print; type the name anew"]
    if len(name) > LONGEST_PATH or max(map(len, name.split("/"))) > LONGEST_NAME:
        return [f"{option}: {len(name):,} characters; a name has {LONGEST_NAME} at most"]
    return []
