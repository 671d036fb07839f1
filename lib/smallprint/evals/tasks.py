"""What the Inspect tasks of several studies share: samples made from texts, and conversations."""

from collections.abc import Iterable

from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, GenerateConfig, get_model
from inspect_ai.solver import Generate, Solver, TaskState

from smallprint import live
from smallprint.evals.replying import Conversation
from smallprint.evals.seeds import SEEDED, request_seed


def inspect_samples(study: str, families: Iterable[str], design: str, n: int) -> list[Sample]:
    """What is asked of a model, as Inspect samples.

    Parameters
    ----------
    study : str
        Slug; its texts are those of `live.texts`.
    families : iterable of str
        What the study calls its families: tasks, facts, kinds of problems.
    design : str
        One of the pack's designs.
    n : int
        Samples for each cell and family.

    Raises
    ------
    ValueError
        For an unknown family or design, or a negative n.
    """
    texts = live.texts(study)
    pack = texts.known(study)
    chosen = texts.cells(pack, design)
    return [
        Sample(
            id=one.id,
            input=[ChatMessageSystem(content=one.system), ChatMessageUser(content=one.user)],
            metadata={
                **{"study": study, "instrument": "ours", "version": pack.version},
                **{"family": one.family, "cell": one.cell, "text": one.text},
                **one.levels,
                **{"index": one.index, "digest": one.digest},
            },
        )
        for family in families
        for one in texts.samples(pack, family, chosen, n)
    ]


def conversing(converse: Conversation) -> Solver:
    """A conversation whose requests Inspect itself makes."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        asked = 0

        async def reply(messages, tools, tool_choice):
            nonlocal asked
            seeded = state.model.api in SEEDED
            seed = request_seed(str(state.sample_id), asked) if seeded else None
            asked += 1
            return await get_model().generate(
                list(messages),
                tools=list(tools),
                tool_choice=tool_choice,
                config=GenerateConfig(seed=seed),
            )

        await converse(state, reply)
        return state

    return solve
