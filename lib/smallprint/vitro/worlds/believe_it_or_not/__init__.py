"""The world of implanted facts: homes of people, and what follows from them."""

from smallprint.vitro.worlds.believe_it_or_not.belief import (
    PLACES,
    SCORINGS,
    SETS,
    THRESHOLDS,
    places,
    quantity,
)
from smallprint.vitro.worlds.believe_it_or_not.documents import (
    ARMS,
    WORDS,
    corpus,
    design,
    exposure,
)
from smallprint.vitro.worlds.believe_it_or_not.probes import measure
from smallprint.vitro.worlds.believe_it_or_not.summary import summary

__all__ = [
    "ARMS",
    "PLACES",
    "SCORINGS",
    "SETS",
    "THRESHOLDS",
    "WORDS",
    "corpus",
    "design",
    "exposure",
    "measure",
    "places",
    "quantity",
    "summary",
]
