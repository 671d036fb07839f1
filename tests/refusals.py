"""What every refusal has in common, whichever door the bad input came through."""

import contextlib
import io
from collections.abc import Callable
from pathlib import Path

from smallprint import messages

ESCAPE, OVERRIDE, NUL = "\x1b[31m", "\u202e", "\0"
LONG = "x" * 10_000
ODD = [ESCAPE, OVERRIDE, f"a{NUL}", LONG, "../x", ""]


def contents(folder: Path) -> dict[str, tuple]:
    """Every file below a folder, with its size and date."""
    return {
        str(path): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def of(main: Callable, arguments: list[str]) -> str:
    """What a command says when it refuses; an AssertionError if it goes on or breaks off."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main(arguments)
        except SystemExit as end:
            status = end.code
    if isinstance(status, str):
        print(status, file=err)
    said = err.getvalue()
    assert status, f"{arguments} was taken: {out.getvalue()}{said}"
    fits(said)
    return said


def fits(said: str) -> None:
    """A message is one screen of text, holds no traceback and steers no terminal."""
    assert said.strip()
    assert "Traceback" not in said
    assert all(one.isprintable() or one == "\n" for one in said), repr(said)
    rows = [max(1, -(-len(line) // messages.COLUMNS)) for line in said.splitlines()]
    assert sum(rows) <= messages.ROWS, said
