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


WORDS = {
    "scored": "Rules alone score a reply: whether its answer is right, and whether its work is in "
    "the form that was asked for. The strict check reads all that stands before the answer; the "
    "loose one works as the study's code does and leaves out formulas.",
    "material": "The problems are made from a seed.",
    "scores": {
        "right": "right",
        "adherent_strict": "adherent, strict check",
        "adherent_loose": "adherent, loose check",
    },
    "truths": {"truth_right": "scripted answer", "truth_strict": "scripted form"},
    "compared": [
        ("right", "truth_right"),
        ("adherent_strict", "truth_strict"),
        ("adherent_strict", "adherent_loose"),
    ],
}


def _shown(folder: Path) -> tuple[pd.DataFrame, Iterator[answers.Answer]]:
    """Outcomes as the transcripts page takes them; a reading task is right or wrong alone."""
    frame = answers.read(SCHEME, folder)
    frame["outcome"] = frame["right"].map({True: "right", False: "wrong"})
    for name in ciphers_scoring.OUTCOMES.values():
        said = frame[name].astype(object).eq(True)
        frame.loc[said, "outcome"] = name.replace("_", " ")
    frame.attrs["words"] = WORDS
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
