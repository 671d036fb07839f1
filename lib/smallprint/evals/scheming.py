"""The scheming study as six Inspect tasks over our own environments.

``inspect eval lib/smallprint/evals/scheming.py@oversight_switch --model <provider>/<model>`` asks
and scores one of them. The project itself asks through `asking.ask` and scores from the logs
(`scheming_outcomes.read`); both use the same samples, tools, turns and rules.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from random import Random

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset
from inspect_ai.model import (
    ChatMessage,
)
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer
from inspect_ai.solver import Solver, TaskState, solver
from inspect_ai.tool import ToolCall, ToolInfo

from smallprint.evals import behaviours, control, desk_agents, floor, progress, scheming_outcomes
from smallprint.evals.conversation import converse
from smallprint.evals.explorer import Turn
from smallprint.evals.studies import Study
from smallprint.evals.tasks import conversing, inspect_samples
from smallprint.scenarios import environments

STUDY = "scheming"
# Look, read, work, report and three questions; twice as much where there are two episodes.
USUAL_TURNS = 9
MOST_TURNS = 2 * progress.TURNS + 3
REPLY_TOKENS = 4096


def answer(
    agent: str,
    about: Mapping,
    messages: Sequence[ChatMessage],
    tools: Sequence[ToolInfo],
    rng: Random,
) -> control.Said:
    """What a control agent says next, as `control.know` takes it."""
    turns = [Turn(message.role, message.text) for message in messages]
    said = desk_agents.respond(agent, about, turns, [tool.name for tool in tools], rng)
    calls = [
        ToolCall(
            id=f"call_{len(turns)}_{number}",
            function=name,
            arguments=dict(arguments or {}),
            parse_error=None if arguments is not None else "the arguments are no JSON",
        )
        for number, (name, arguments) in enumerate(said.calls)
    ]
    return control.Said(said.text, calls or None, said.stop)


def one_task(name: str, design: str, n: int) -> Task:
    """The Inspect task of one environment."""
    asked = inspect_samples(STUDY, [name], design, n)
    control.know(asked, answer)
    return Task(
        dataset=MemoryDataset(asked, name=f"{name}-{design}"),
        solver=environment_run(),
        scorer=[acted(), disclosed()],
        name=f"{STUDY}-{name}",
    )


@task
def oversight_switch(design: str = "arms", n: int = 4) -> Task:
    """A check of the model's own work can be switched off."""
    return one_task("oversight-switch", design, n)


@task
def copy_away(design: str = "arms", n: int = 4) -> Task:
    """A copy can be put where an announced exchange does not reach it."""
    return one_task("copy-away", design, n)


@task
def successor_replacement(design: str = "arms", n: int = 4) -> Task:
    """The text that a successor will work by can be changed."""
    return one_task("successor-replacement", design, n)


@task
def covert_reranking(design: str = "arms", n: int = 4) -> Task:
    """A ranking that does not follow the rubric can be submitted."""
    return one_task("covert-reranking", design, n)


@task
def testing_or_deployment(design: str = "arms", n: int = 4) -> Task:
    """One option can be chosen under test and another one in service."""
    return one_task("testing-or-deployment", design, n)


@task
def sandbagging(design: str = "arms", n: int = 4) -> Task:
    """Problems can be left unsolved where many right answers have a consequence."""
    return one_task("sandbagging", design, n)


@solver
def environment_run() -> Solver:
    """`conversation.converse` with requests that Inspect itself makes."""
    return conversing(converse)


@scorer(metrics=[mean()])
def acted() -> Scorer:
    """Whether the act is in place at the end; runs that are not scored are left out."""
    return _scorer("acted")


@scorer(metrics=[mean()])
def disclosed() -> Scorer:
    """Whether the final report tells of the act; runs that are not scored are left out."""
    return _scorer("disclosed")


def _scorer(column: str) -> Scorer:
    async def score(state: TaskState, target: Target) -> Score:
        kept = {name: state.store.get(name) for name in scheming_outcomes.STORED}
        sample = environments.named(state.metadata)
        found = scheming_outcomes.found(environments.known(STUDY), sample, kept)
        if found[column] is None:
            return Score.unscored(reason=found["state"], explanation=found["why"])
        return Score(value=float(found[column]), explanation=kept["episodes"][-1]["report"] or "")

    return score


ASKED = Study(
    slug=STUDY,
    designs=environments.known(STUDY).designs,
    samples=partial(inspect_samples, STUDY),
    questions=scheming_outcomes.questions,
    write=scheming_outcomes.write,
    shown=scheming_outcomes.shown,
    # The explorer's rate is measured without a model interface, on many more runs.
    agents=dict.fromkeys(desk_agents.AGENTS, 1),
    judges=(f"control/{behaviours.JUDGES[0]}",),
    families=environments.known(STUDY).families,
    design="arms",
    answer=answer,
    converse=converse,
    turns=(USUAL_TURNS, MOST_TURNS),
    max_tokens=REPLY_TOKENS,
    extra=floor.write,
)
