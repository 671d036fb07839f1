"""The studies that ask models, and what the commands need to know of each."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pandas as pd
from inspect_ai.dataset import Sample

from smallprint import live
from smallprint.evals.control import Answer
from smallprint.evals.replying import Conversation


@dataclass(frozen=True)
class Study:
    """How one study is asked and scored.

    Attributes
    ----------
    slug : str
    designs : sequence of str
        What ``--design`` may name.
    samples : callable
        Inspect samples of families, a design and a number for each cell and family.
    questions : callable
        What a judge is asked about the replies in a model's folder.
    write : callable
        Writes ``outcomes.csv`` of a folder, for the judge that it names or for another one.
    shown : callable
        The outcomes and the replies of a folder as the transcripts page takes them.
    agents : mapping of str to int
        Control agents, and how often each is asked in a cell of a family.
    judges : sequence of str
        Stand-in judges; the first one's answers go to ``outcomes.csv``. None where code alone
        scores the study.
    families : sequence of str
        What the control agents are asked.
    design : str
        The design they are asked.
    answer : callable or None
        How control agents answer, see `control.know`; None for the usual single reply.
    converse : callable or None
        How a sample is asked, see `asking.ask`; None for a single reply.
    turns : (int, int)
        Usual and largest number of requests a sample.
    max_tokens : int
        Most tokens of one reply.
    extra : callable or None
        What else calibrates the study, written below the folder of its logs.
    judged : callable or None
        How stand-in judges answer, see `control.know`; None for yes or no.
    compares : bool
        Whether several models make one run and several judges a panel, by names with commas.
    calibrates : sequence of str
        Agents of whose replies a judge is asked everything, to know its own errors; if empty,
        it is asked something of all agents.
    questions_each : int
        Most questions that a judge is asked about a reply.
    """

    slug: str
    designs: Sequence[str]
    samples: Callable[[Iterable[str], str, int], list[Sample]]
    questions: Callable[[Path], list[Sample]]
    write: Callable[[Path, str | None], pd.DataFrame]
    shown: Callable[[Path], tuple[pd.DataFrame, Iterator]]
    agents: Mapping[str, int]
    judges: Sequence[str]
    families: Sequence[str]
    design: str
    answer: Answer | None = None
    converse: Conversation | None = None
    turns: tuple[int, int] = (1, 1)
    max_tokens: int = 8000
    extra: Callable[[Path], None] | None = None
    judged: Answer | None = None
    compares: bool = False
    calibrates: Sequence[str] = ()
    questions_each: int = 1

    def models(self, names: str) -> tuple[str, ...]:
        """The models, or the judges, that a text of the command line names."""
        return live.members(names) if self.compares else tuple(filter(None, [names]))


def names() -> tuple[str, ...]:
    """Slugs of the studies that ask models."""
    return tuple(live.SOURCES)


def of(slug: str) -> Study:
    """The study of that slug; ScenarioError for one that asks no models or is not there."""
    live.texts(slug).load(slug)
    return import_module(f"smallprint.evals.{slug.replace('-', '_')}").ASKED
