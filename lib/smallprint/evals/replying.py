"""One sample's requests: each is journaled, priced and let through by the gate."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import count

from inspect_ai.model import ChatMessage, GenerateConfig, ModelOutput, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import Tool, ToolChoice
from tenacity import RetryError
from tqdm import tqdm

from smallprint import disk
from smallprint.evals.gate import Gate, short
from smallprint.evals.seeds import request_seed
from smallprint.evals.shelf import Received

# Asks the model for its next message; a conversation asks it as often as a sample needs.
Reply = Callable[[list[ChatMessage], Sequence[Tool], ToolChoice | None], Awaitable[ModelOutput]]
Conversation = Callable[[TaskState, Reply], Awaitable[None]]


class NoReply(RuntimeError):
    """An attempt at a sample that failed, in one line."""

    @property
    def message(self) -> str:
        """What Inspect logs as the sample's error."""
        return str(self)


def single(tools: Sequence[Tool]) -> Conversation:
    """One request, whose tool calls stay unanswered."""

    async def converse(state: TaskState, reply: Reply) -> None:
        state.output = await reply(state.messages, tools, None)
        state.messages.append(state.output.message)

    return converse


def asking(
    gate: Gate,
    received: Received,
    bar: tqdm,
    cost: Callable[[ModelOutput], float],
    further: Callable[[Sequence[ChatMessage]], float],
    converse: Conversation,
    seeded: bool,
) -> Solver:
    """A solver that asks no request twice and none that the gate does not let through.

    Parameters
    ----------
    cost : callable
        USD of a reply.
    further : callable
        Most that a request with these messages can cost; the gate has seen to the first one.
    """

    @solver
    def conversation() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            id, digest = str(state.sample_id), state.metadata["digest"]
            numbers = count()

            async def reply(messages, tools=(), tool_choice=None) -> ModelOutput:
                number = next(numbers)
                key = f"{digest}/{number}" if number else digest
                seed = request_seed(id, number) if seeded else None
                output = received.get(id, key)
                if output is not None:
                    await gate.replied(id, 0.0)
                    return output
                if number and not await gate.reserve(id, further(messages)):
                    raise NoReply(f"stopped by {gate.stopped_by}")
                try:
                    output = await get_model().generate(
                        list(messages),
                        tools=list(tools),
                        tool_choice=tool_choice,
                        config=GenerateConfig(seed=seed),
                    )
                except Exception as error:
                    cause = _cause(error)
                    await gate.failed(id, cause)
                    raise NoReply(short(cause)) from None
                if output.empty:
                    raise NoReply("the provider returned nothing")
                try:
                    received.keep(id, key, output)
                except OSError as error:
                    # Inspect's log may still take it; nothing more is paid for that nothing keeps.
                    await gate.stop(disk.line(error, received.path) or short(error))
                await gate.replied(id, cost(output))
                return output

            await converse(state, reply)
            bar.update()
            return state

        return solve

    return conversation()


def _cause(error: BaseException) -> BaseException:
    """What went wrong in the last attempt, out of the retry loop's wrapping."""
    while isinstance(error, RetryError):
        error = error.last_attempt.exception()
    return error
