"""What command lines share: their mistakes in one line, leave to begin, and how they end."""

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from smallprint import messages


def consent(act: str, done: str, yes: bool, refusal: type[Exception]) -> None:
    """Ask the person at the terminal whether to begin.

    Parameters
    ----------
    act, done : str
        What is asked for, such as "train", and what was not done if not, such as "trained".
    yes : bool
        Leave was given beforehand.
    refusal : type of exception
        Raised, with one line, if nobody is there or the answer is no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise refusal(f"nothing {done}: nobody is there to confirm; YES=1 or --yes {act}s at once")
    if input(f"{act.capitalize()}? [y/N] ").strip().lower() not in ("y", "yes"):
        raise refusal(f"nothing {done}")


class Parser(argparse.ArgumentParser):
    """A command line whose mistakes are one line: raised as `refusal`, or the end if it is None."""

    def __init__(self, refusal: type[Exception] | None = None, **given) -> None:
        super().__init__(**given)
        self._refusal = refusal

    def parse_args(self, args=None, namespace=None) -> argparse.Namespace:
        """As in argparse; for an unknown option the nearest known one is named."""
        found, unknown = self.parse_known_args(args, namespace)
        if unknown:
            options = self.format_usage().replace("[", " ").replace("]", " ").split()
            known = [word for word in options if word.startswith("--")]
            near = messages.nearest(unknown[0].partition("=")[0], known)
            self.error(f"unrecognized arguments: {' '.join(unknown)}{near}")
        return found

    def error(self, message: str) -> NoReturn:
        """Raise the mistake, or end with it, instead of printing the usage."""
        said = f"{message}; see --help"
        if self._refusal is None:
            end(f"{self.prog}: {said}", 2)
        raise self._refusal(said)


def places(program: str, about: str | None, *names: str, given: Sequence[str] | None) -> list:
    """The paths that a command takes: one for each name, any number for ``NAME...``.

    ``NAME?`` may be left out, and is None then.
    It ends with one line for any other command line, before anything is done.
    """
    parser = Parser(prog=f"python -m {program}", description=(about or "").split("\n")[0])
    for name in names:
        number = {"nargs": "*" if name.endswith("...") else "?"} if name[-1] in ".?" else {}
        parser.add_argument(name.rstrip(".?"), type=Path, **number)
    found = parser.parse_args(given)
    return [getattr(found, name.rstrip(".?")) for name in names]


def one_of(known: Sequence[str]) -> Callable[[str], str]:
    """The type of an argument that is one of these names; the nearest is named if it is not."""

    def checked(given: str) -> str:
        if given not in known:
            raise argparse.ArgumentTypeError(
                f"invalid choice: {given!r}{messages.nearest(given, known)}; "
                f"there are {', '.join(known)}"
            )
        return given

    return checked


def out_of_range(option: str, number: float, most: float) -> list[str]:
    """A line for a number that is not above zero, not finite, or beyond what can be meant."""
    if not number > 0:
        return [f"--{option}: {number:,.12g} is not above zero"]
    if not math.isfinite(number) or number > most:
        return [f"--{option}: {number:,.12g} is above {most:,.12g}, the most that is taken"]
    return []


def carry_out(action: Callable[[], None], refusal: type[Exception]) -> None:
    """Run a command and end with one clear line if that cannot be done."""
    try:
        action()
    except refusal as error:
        end(str(error), 2)
    except KeyboardInterrupt:
        end("interrupted; the same command goes on where this stopped", 130)


def end(message: str, code: int) -> NoReturn:
    """End the process with a message of at most a screen on stderr."""
    print(messages.screen(message.splitlines() or [""]), file=sys.stderr)
    sys.exit(code)
