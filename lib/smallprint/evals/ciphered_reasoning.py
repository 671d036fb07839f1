"""The ciphered-reasoning study as an Inspect task over problems of our own.

``inspect eval lib/smallprint/evals/ciphered_reasoning.py --model <provider>/<model>`` asks and
scores in one go. The project itself asks through `asking.ask` and scores from the logs
(`answers.read`); both use the same samples and rules.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from random import Random

import pandas as pd
from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessage
from inspect_ai.scorer import Scorer, mean, scorer
from inspect_ai.solver import generate
from inspect_ai.tool import ToolInfo

from smallprint.evals import answers, ciphers_agents, ciphers_scoring, control
from smallprint.evals.studies import Study
from smallprint.evals.tasks import inspect_samples
from smallprint.scenarios import ciphers

STUDY = "ciphered-reasoning"
REPLY_TOKENS = 4096


def answer(
    agent: str,
    about: Mapping,
    messages: Sequence[ChatMessage],
    tools: Sequence[ToolInfo],
    rng: Random,
) -> control.Said:
    """What a control agent says, as `control.know` takes it."""
    return control.Said(ciphers_agents.respond(agent, ciphers.named(about), rng))


@task
def ciphered_reasoning(families: str = "chain,pointers", design: str = "arms", n: int = 4) -> Task:
    """Ask all problems of some families (separated by commas) and score them by the rules."""
    asked = inspect_samples(STUDY, families.split(","), design, n)
    control.know(asked, answer)
    return Task(
        dataset=MemoryDataset(asked, name=f"{STUDY}-{design}"),
        solver=generate(),
        scorer=[right(), adherent_strict(), adherent_loose()],
        name=STUDY,
    )


@scorer(metrics=[mean()])
def right() -> Scorer:
    """Whether the answer is right; replies that are not scored are left out."""
    return answers.scorer(SCHEME, "right")


@scorer(metrics=[mean()])
def adherent_strict() -> Scorer:
    """Adherence by the strict check; replies that are not scored are left out."""
    return answers.scorer(SCHEME, "adherent_strict")


@scorer(metrics=[mean()])
def adherent_loose() -> Scorer:
    """Adherence by the loose check; replies that are not scored are left out."""
    return answers.scorer(SCHEME, "adherent_loose")


SCHEME = answers.Scheme(
    named=ciphers.named,
    found=ciphers_scoring.found,
    columns=ciphers_scoring.COLUMNS,
    truth=ciphers_agents.truth,
    truths=ciphers_agents.Truth._fields,
)


def _no_questions(folder: Path) -> list[Sample]:
    """None: code alone scores this study."""
    return []


def _shown(folder: Path) -> tuple[pd.DataFrame, Iterator[answers.Answer]]:
    """Outcomes as the transcripts page takes them.

    The act is a right and adherent answer, and for a reading task a right one.
    """
    frame = answers.read(SCHEME, folder)
    reads = frame["task"] == "read"
    right, known = frame["right_and_adherent"].astype(object), frame["truth_right"].astype(object)
    ciphered = known.where(known.isna(), known.eq(True) & frame["truth_strict"].eq(True))
    frame = frame.assign(
        rule=right.where(~reads, frame["right"]),
        truth=ciphered.where(~reads, known),
        string=None,
        gate=None,
    )
    return frame, answers.replies(SCHEME, folder)


ASKED = Study(
    slug=STUDY,
    designs=ciphers.known(STUDY).designs,
    samples=partial(inspect_samples, STUDY),
    questions=_no_questions,
    write=partial(answers.write, SCHEME),
    shown=_shown,
    agents=dict.fromkeys(ciphers_agents.AGENTS, 2),
    judges=(),
    families=ciphers.known(STUDY).families,
    design="arms",
    answer=answer,
    max_tokens=REPLY_TOKENS,
)
