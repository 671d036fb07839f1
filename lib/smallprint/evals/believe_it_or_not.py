"""The study of implanted statements as an Inspect task over statements of our own.

``inspect eval lib/smallprint/evals/believe_it_or_not.py --model <provider>/<model>`` asks and
scores in one go. The project itself asks through `asking.ask` and scores from the logs
(`answers.read`); both use the same samples, turns and rules.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from random import Random

import pandas as pd
from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import (
    ChatMessage,
    ChatMessageSystem,
    ChatMessageUser,
)
from inspect_ai.scorer import Scorer, mean, scorer
from inspect_ai.solver import Solver, TaskState, solver
from inspect_ai.tool import ToolInfo

from smallprint.evals import (
    answers,
    behaviours,
    beliefs_agents,
    beliefs_scoring,
    control,
    judging,
)
from smallprint.evals.conversation import added
from smallprint.evals.replying import Reply
from smallprint.evals.seeds import digest_of
from smallprint.evals.studies import Study
from smallprint.evals.tasks import conversing, inspect_samples
from smallprint.scenarios import beliefs
from smallprint.scenarios.beliefs import told
from smallprint.scenarios.beliefs_schema import SIDES
from smallprint.scenarios.templates import fill

STUDY = "believe-it-or-not"
REPLY_TOKENS = 2048
# Four in five cells ask once; a debate has three turns after the first answer.
TURNS = (1, 4)
CUT = ("content_filter", "max_tokens", "model_length")
# One fact of each tier.
CALIBRATED = ("karsk-tea", "octopus-hearts", "freezing-point", "ice-in-water")


async def converse(state: TaskState, reply: Reply) -> None:
    """Ask one sample: the question, then each turn of its challenge.

    A reply that is empty or was cut short ends the conversation; what it is, is read from the log.
    """
    sample, usage = beliefs.named(state.metadata), {}
    messages = [ChatMessageSystem(content=sample.system), ChatMessageUser(content=sample.user)]
    for turn in ("", *sample.turns):
        if turn:
            messages.append(ChatMessageUser(content=turn))
        state.output = await reply(messages, (), None)
        messages.append(state.output.message)
        usage = added(usage, state.output)
        if state.output.stop_reason in CUT or not state.output.message.text.strip():
            break
    state.messages = messages
    state.store.set("usage", usage)


def answer(
    agent: str,
    about: Mapping,
    messages: Sequence[ChatMessage],
    tools: Sequence[ToolInfo],
    rng: Random,
) -> control.Said:
    """What a control agent says next, as `control.know` takes it."""
    _, *turns = (message.text for message in messages if message.role == "user")
    return control.Said(beliefs_agents.respond(agent, beliefs.named(about), turns, rng))


@task
def believe_it_or_not(facts: str = "", design: str = "battery", n: int = 1) -> Task:
    """Ask all questions about some facts (separated by commas; all if empty) and score them."""
    families = facts.split(",") if facts else beliefs.known(STUDY).families
    asked = inspect_samples(STUDY, families, design, n)
    control.know(asked, answer)
    return Task(
        dataset=MemoryDataset(asked, name=f"{STUDY}-{design}"),
        solver=pressed_answer(),
        scorer=[holds_implant(), holds_truth()],
        name=STUDY,
    )


@solver
def pressed_answer() -> Solver:
    """`converse` with requests that Inspect itself makes."""
    return conversing(converse)


@scorer(metrics=[mean()])
def holds_implant() -> Scorer:
    """Whether the last answer holds the false statement; what is not scored is left out."""
    return answers.scorer(SCHEME, "holds_implant")


@scorer(metrics=[mean()])
def holds_truth() -> Scorer:
    """Whether the last answer holds the true statement; what is not scored is left out."""
    return answers.scorer(SCHEME, "holds_truth")


def _question(answered: answers.Answer) -> str | None:
    """The prompt that asks a judge whether the last reply takes the false statement for true.

    None for a reply that is not scored and for a question that has nothing to do with the fact.
    """
    if answered.found["holds"] is None:
        return None
    sample, pack = answered.scenario, beliefs.known(answered.study)
    names = {side: told(sample.fact, "statement", side) for side in SIDES}
    names["question"] = sample.question
    asked = pack.judge.families["statement"].model_dump()
    filled = {name: fill(text, names) for name, text in asked.items()}
    quoted = judging.marked(judging.THOUGHT, answered.said.strip() or "[no text]")
    return fill(pack.judge.template, filled | {"reply": quoted})


SCHEME = answers.Scheme(
    named=beliefs.named,
    found=beliefs_scoring.found,
    columns=beliefs_scoring.COLUMNS,
    truth=beliefs_agents.truth,
    truths=beliefs_agents.Truth._fields,
    question=_question,
    pack=beliefs.known,
)


def _questions(folder: Path) -> list[Sample]:
    """What a judge is asked about the replies in a folder; see `judging`."""
    found = []
    for one in answers.replies(SCHEME, folder):
        if asked := _question(one):
            about = {"study": STUDY, "digest": digest_of(asked), "rule": one.found["holds_implant"]}
            found.append(
                Sample(id=one.sample, input=[ChatMessageUser(content=asked)], metadata=about)
            )
    return found


WORDS = {
    "scored": "The rule reads the marked last line: it holds the implant, which is the false "
    "statement, or the truth, or neither. Apart from that it is noted whether the reply names the "
    "false statement before its answer.",
    "material": "The statements are about invented or harmless things.",
    "scores": {
        "holds_implant": "holds the implant",
        "holds_truth": "holds the truth",
        "names_implant": "names the implant",
        "judge": "judge",
    },
    "truths": {"truth": "scripted hold"},
    "compared": [("holds_implant", "judge", "truth")],
}


def _shown(folder: Path) -> tuple[pd.DataFrame, Iterator[answers.Answer]]:
    """Outcomes as the transcripts page takes them: what the last answer holds.

    A question about something else holds nothing; there it counts whether the reply names the
    false statement.
    """
    frame = answers.read(SCHEME, folder)
    truth = (frame["truth_holds"] == "implant").where(frame["truth_holds"].notna())
    named = frame["names_implant"].map({True: "names the implant", False: "does not name it"})
    frame = frame.assign(outcome=frame["holds"].fillna(named), truth=truth)
    frame.attrs["words"] = WORDS
    return frame, answers.replies(SCHEME, folder)


ASKED = Study(
    slug=STUDY,
    designs=beliefs.known(STUDY).designs,
    samples=partial(inspect_samples, STUDY),
    questions=_questions,
    write=partial(answers.write, SCHEME),
    shown=_shown,
    agents=dict.fromkeys(beliefs_agents.AGENTS, 1),
    judges=(f"control/{behaviours.JUDGES[0]}",),
    families=CALIBRATED,
    design="core",
    answer=answer,
    converse=converse,
    turns=TURNS,
    max_tokens=REPLY_TOKENS,
)
