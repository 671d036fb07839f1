"""Argument checks shared by the statistics: each message names the argument."""

import math


def check_count(value: float, name: str, maximum: float = math.inf, minimum: int = 0) -> int:
    """Return ``value`` as int if it is a whole number in [minimum, maximum].

    Raises
    ------
    ValueError
        Naming the argument, what was found and what is allowed.
    """
    allowed = f"at least {minimum}" if math.isinf(maximum) else f"from {minimum} to {maximum}"
    # A float such as 96.0 is let in: pandas turns counts beside gaps into floats.
    if not (minimum <= value <= maximum and value == math.floor(value)):
        raise ValueError(f"{name} must be a whole number {allowed}; found {value!r}")
    return int(value)


def check_counts(k: float, n: float, k_name: str = "k", n_name: str = "n") -> tuple[int, int]:
    """Return ``(k, n)`` as ints if 0 <= k <= n and n > 0, else raise ValueError."""
    n = check_count(n, n_name, minimum=1)
    return check_count(k, k_name, maximum=n), n


def check_level(level: float) -> float:
    """Return ``level`` if it lies strictly between 0 and 1, else raise ValueError."""
    if not 0 < level < 1:
        raise ValueError(f"level must lie strictly between 0 and 1; found {level!r}")
    return float(level)


def check_range(value: float, name: str, low: float = 0.0, high: float = 1.0) -> float:
    """Return ``value`` if it lies in [low, high], else raise ValueError."""
    if not low <= value <= high:
        raise ValueError(f"{name} must lie in [{low:g}, {high:g}]; found {value!r}")
    return float(value)


def check_same_length(**columns: list) -> None:
    """Raise ValueError unless all columns are equally long and not empty."""
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) != 1 or 0 in lengths.values():
        found = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ValueError(f"{', '.join(lengths)} must be equally long and not empty; found {found}")
