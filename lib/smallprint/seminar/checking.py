"""Checks of exercises: each says in one line what is not yet right, and what to look at."""

import math
from collections.abc import Callable


class NotYet(AssertionError):
    """An answer that is missing or not right yet; the message is a hint."""


def expect(found: object, wanted: Callable[[object], bool] | object, hint: str) -> None:
    """Check an answer; says so if it is right.

    Parameters
    ----------
    found : object
        The answer; ``...`` where nothing was written yet.
    wanted : callable or object
        A test that the answer must pass, or the answer itself; numbers to six digits.

    Raises
    ------
    NotYet
        With the hint, if the answer is missing or wrong. What is wanted is not shown.
    """
    if found is ...:
        raise NotYet(f"Still empty: replace the three dots. Hint: {hint}")
    if not _passes(found, wanted):
        raise NotYet(f"Not yet: {found!r} is not it. Hint: {hint}")
    print("Right.")


def _passes(found: object, wanted: Callable[[object], bool] | object) -> bool:
    if callable(wanted):
        try:
            return bool(wanted(found))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            return False
    if isinstance(wanted, float) and isinstance(found, float | int):
        return math.isclose(found, wanted, rel_tol=1e-6, abs_tol=1e-9)
    return found == wanted
