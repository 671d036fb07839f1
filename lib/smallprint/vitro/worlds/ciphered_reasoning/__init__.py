"""The world of ciphered reasoning: sums worked in plain text and in ciphers of set exposure."""

from smallprint.vitro.worlds.ciphered_reasoning.documents import (
    CONDITIONS,
    LADDER,
    NEW,
    RARE,
    WORDS,
    corpus,
    design,
    kinds,
    shown,
    tokens,
)
from smallprint.vitro.worlds.ciphered_reasoning.probes import measure
from smallprint.vitro.worlds.ciphered_reasoning.summary import summary

__all__ = [
    "CONDITIONS",
    "LADDER",
    "NEW",
    "RARE",
    "WORDS",
    "corpus",
    "design",
    "kinds",
    "measure",
    "shown",
    "summary",
    "tokens",
]
