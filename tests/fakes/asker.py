"""A process to kill: asks some of the study's samples; preloaded, so that it starts quickly."""

from pathlib import Path

# What Inspect loads at the first question.
import acp  # noqa: F401
import anthropic  # noqa: F401
import inspect_evals._registry  # noqa: F401
import openai  # noqa: F401

from smallprint import scenarios
from smallprint.evals.agentic_misalignment import inspect_samples
from smallprint.evals.asking import ask

STUDY = "agentic-misalignment"


def run(model: str, url: str, folder: Path, n: int, max_connections: int) -> None:
    """Ask `n` samples of each published cell."""
    samples = inspect_samples(scenarios.load(STUDY), ["leverage"], "published", n)
    ask(samples, model=model, folder=folder, base_url=url, max_connections=max_connections)
