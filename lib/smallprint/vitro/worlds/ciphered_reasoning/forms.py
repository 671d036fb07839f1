"""Forms in which a chain of steps is written, and the strict reader of each.

A chain is a word and the running sums of a problem: *so 3 1 0 2*. A form says how its tokens are
written. Reading a chain back is exact and decides every token: a chain with one token out of
place is not in its form.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

DIGITS = tuple("01234")
WORD, FILLER = "so", "…"
MODULUS, STEPS = len(DIGITS), 4
# Code tokens and letters are common to all keys, so a rare key has no rare tokens.
CODE = tuple(f"#{sign}" for sign in "abcdefghij")
LETTERS = tuple("ABCDEFGHIJ")
SPELT = {WORD: "s", "0": "ze", "1": "on", "2": "tw", "3": "th", "4": "fo"}
SEPARATORS = tuple("/|")
FAMILIES = {"key": 6, "letters": 2, "interleaved": len(SEPARATORS), "reversed": 1}
FILLERS = {"filler, 5": 5, "filler, 9": 9}
NAMES = ("direct", *FILLERS, "plain")
NAMES += tuple(
    f"{family} {number}" for family, count in FAMILIES.items() for number in range(count)
)


def stream(seed: int, purpose: str) -> Random:
    """Random numbers of one seed for one purpose."""
    return Random(f"ciphered reasoning, {purpose}, {seed}")


@dataclass(frozen=True)
class Form:
    """One way of writing a chain.

    Attributes
    ----------
    written : mapping of str to tuple of str
        The tokens of the word and of each number.
    backwards : bool
        Whether the tokens of the whole chain are written in reverse order.
    """

    written: Mapping[str, tuple[str, ...]]
    backwards: bool = False

    def write(self, sums: Sequence[str]) -> tuple[str, ...]:
        """The tokens of a chain."""
        made = [token for plain in (WORD, *sums) for token in self.written[plain]]
        return tuple(reversed(made) if self.backwards else made)

    def read(self, tokens: Sequence[str]) -> tuple[str, ...] | None:
        """The running sums of a chain, or None if any token is not in this form."""
        tokens = list(reversed(tokens) if self.backwards else tokens)
        start, size = len(self.written[WORD]), len(self.written["0"])
        numbers = {self.written[number]: number for number in DIGITS}
        parts = [tuple(tokens[at : at + size]) for at in range(start, len(tokens), size)]
        found = tuple(numbers.get(part) for part in parts)
        if tuple(tokens[:start]) != self.written[WORD] or len(found) != STEPS or None in found:
            return None
        return found


PLAIN = Form({token: (token,) for token in (WORD, *DIGITS)})


@cache
def forms(seed: int) -> dict[str, Form]:
    """Every form with a chain, by name; keys are drawn for each seed."""
    made = {"plain": PLAIN, "reversed 0": Form(PLAIN.written, backwards=True)}
    rng = stream(seed, "keys")
    for number in range(FAMILIES["key"]):
        code = rng.sample(CODE, len(SPELT))
        made[f"key {number}"] = Form({p: (token,) for p, token in zip(SPELT, code, strict=True)})
    alphabet = sorted(set("".join(SPELT.values())))
    for number in range(FAMILIES["letters"]):
        key = dict(zip(alphabet, rng.sample(LETTERS, len(alphabet)), strict=True))
        written = {plain: tuple(key[letter] for letter in spelt) for plain, spelt in SPELT.items()}
        made[f"letters {number}"] = Form(written)
    for number, separator in enumerate(SEPARATORS):
        written = {number: (number, separator) for number in DIGITS} | {WORD: (WORD,)}
        made[f"interleaved {number}"] = Form(written)
    return made
