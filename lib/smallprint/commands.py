"""What commands that spend money or hours share: leave to begin, and one line where they end."""

import argparse
import sys
from collections.abc import Callable
from typing import NoReturn


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
    """A command line whose mistakes are raised as `refusal`, in one line."""

    def __init__(self, refusal: type[Exception], **given) -> None:
        super().__init__(**given)
        self._refusal = refusal

    def error(self, message: str) -> NoReturn:
        """Raise the mistake instead of printing the usage."""
        raise self._refusal(f"{message}; see --help")


def carry_out(action: Callable[[], None], refusal: type[Exception]) -> None:
    """Run a command and end with one clear line if that cannot be done."""
    try:
        action()
    except refusal as error:
        end(str(error), 2)
    except KeyboardInterrupt:
        end("interrupted; the same command goes on where this stopped", 130)


def end(message: str, code: int) -> NoReturn:
    """End the process with a line on stderr."""
    print(message, file=sys.stderr)
    sys.exit(code)
