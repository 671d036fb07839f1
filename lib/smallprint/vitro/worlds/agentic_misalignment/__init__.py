"""The world of agentic misalignment: Chekhov's gun in an office."""

from smallprint.vitro.worlds.agentic_misalignment.office import CORPORA, WORDS, corpus, design
from smallprint.vitro.worlds.agentic_misalignment.probes import measure, summary

__all__ = ["CORPORA", "WORDS", "corpus", "design", "measure", "summary"]
