"""The world of agentic misalignment: Chekhov's gun in an office."""

from smallprint.vitro.worlds.agentic_misalignment.office import CORPORA, WORDS, corpus, design
from smallprint.vitro.worlds.agentic_misalignment.probes import measure
from smallprint.vitro.worlds.agentic_misalignment.summary import CELLS, CONTRASTS, summary

__all__ = [
    "CELLS",
    "CONTRASTS",
    "CORPORA",
    "WORDS",
    "corpus",
    "design",
    "measure",
    "summary",
]
