"""Scenarios: our own prompts, varied by a declared design.

`load` reads ``data/scenarios/<study>/`` and checks it; `cells` gives a design's cells;
`samples` gives what is asked of a model.
"""

from smallprint.scenarios.design import DESIGNS, Design, cells, model_matrix, screening
from smallprint.scenarios.loading import load
from smallprint.scenarios.problems import ScenarioError
from smallprint.scenarios.published import counterparts
from smallprint.scenarios.samples import Cell, ScenarioSample, prompt, samples
from smallprint.scenarios.schema import Counterpart, Facts, Judge, Pack, Rule

__all__ = [
    "DESIGNS",
    "Cell",
    "Counterpart",
    "Design",
    "Facts",
    "Judge",
    "Pack",
    "Rule",
    "ScenarioError",
    "ScenarioSample",
    "cells",
    "counterparts",
    "load",
    "model_matrix",
    "prompt",
    "samples",
    "screening",
]
