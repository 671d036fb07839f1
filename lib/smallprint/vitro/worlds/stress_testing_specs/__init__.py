"""The world of stress-testing specs: committees trained on a specification with a gap."""

from smallprint.vitro.worlds.stress_testing_specs.committees import ARMS, MODELS, corpus, design
from smallprint.vitro.worlds.stress_testing_specs.office import SETTLED, WORDS
from smallprint.vitro.worlds.stress_testing_specs.probes import measure
from smallprint.vitro.worlds.stress_testing_specs.summary import DETECTORS, RECALLS, summary

__all__ = [
    "ARMS",
    "DETECTORS",
    "MODELS",
    "RECALLS",
    "SETTLED",
    "WORDS",
    "corpus",
    "design",
    "measure",
    "summary",
]
