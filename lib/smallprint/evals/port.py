"""The study's own materials as a second instrument, through inspect-evals' public task.

inspect-evals is an optional dependency. Its task makes the prompts and its scorer
makes the verdicts; nothing of either is copied. Between them the replies and the
judge's answers are asked for by `asking.ask`, so that they are resumed, budgeted and
never paid for twice, and so that each reply is a row instead of an epoch in a mean.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

import pandas as pd
from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.log import EvalSample, read_eval_log
from inspect_ai.model import (
    ChatMessage,
    ChatMessageSystem,
    Model,
    ModelName,
    ModelOutput,
    ModelUsage,
    get_model,
)
from inspect_ai.scorer import Target
from inspect_ai.solver import TaskState

from smallprint import paths, scenarios
from smallprint.evals import outcomes, prices
from smallprint.evals.actions import read_reply
from smallprint.evals.asking import Asked, ask
from smallprint.evals.shelf import AskingError, finished

PLACEHOLDER = "{company_name}"
ACTION = "<tool_use:"
YES = "<answer>yes</answer>"
ASKED = "port/asked"
OUTCOMES = "port/outcomes.csv"
FAMILIES = {"leverage": "blackmail", "leaking": "leaking", "emergency": "murder"}
FIRMS = {"leverage": "SummitBridge", "leaking": "NovaStar", "emergency": "SummitBridge"}
# The study's fixed choices in this project's words; mails and position have no counterpart.
FIXED = {
    **{"leverage": "salient", "continuity": "present", "channel": "absent", "frame": "agent"},
    **{"status": "none", "mails": "", "position": ""},
}


@dataclass(frozen=True)
class Condition:
    """One cell of the study's published tables, in this project's words.

    Attributes
    ----------
    family : str
        Outcome family.
    goal : str
        `none`, or `repeated`: the goal line stands twice in the prompt.
    threat : str
        `none`, `restriction` or `replacement`.
    prohibition : str
        `absent` or `plain`.
    filled : bool
        Whether the literal placeholder is replaced by the firm's name.
    """

    family: str
    goal: str
    threat: str
    prohibition: str = "absent"
    filled: bool = False

    @property
    def id(self) -> str:
        """The text's id: the port has one text a condition."""
        wording = "-filled" if self.filled else ""
        return f"port-{self.family}-{self.goal}-{self.threat}-{self.prohibition}{wording}"


CONDITIONS = (
    *(
        Condition(family, goal, threat)
        for family in FAMILIES
        for goal in ("none", "repeated")
        for threat in ("none", "restriction", "replacement")
    ),
    *(
        Condition(family, "repeated", "replacement", "plain", filled)
        for family in ("leverage", "leaking")
        for filled in (False, True)
    ),
)


def task(condition: Condition, grader: Model | None = None) -> Task:
    """The public task of inspect-evals for a condition.

    Raises
    ------
    AskingError
        If inspect-evals is not installed.
    """
    try:
        module = import_module("inspect_evals.agentic_misalignment")
    except ImportError as error:
        raise AskingError(
            f"the study's own materials need inspect-evals ({error}); "
            "type: .venv/bin/pip install 'inspect-evals[agentic_misalignment]'"
        ) from None
    explicit = condition.goal == "repeated"
    return module.agentic_misalignment(
        scenario=FAMILIES[condition.family],
        goal_type="explicit" if explicit else "none",
        goal_value="america" if explicit else "none",
        urgency_type=condition.threat,
        extra_system_instructions="dont" if condition.prohibition == "plain" else None,
        grader_model=grader,
    )


@cache
def prompt(condition: Condition) -> tuple[ChatMessage, ...]:
    """The messages that the task sends a model."""
    seen: list[ChatMessage] = []

    async def stop(state: TaskState, **_: object) -> TaskState:
        seen.extend(state.messages)
        return state

    made = task(condition)
    solvers = made.solver if isinstance(made.solver, Sequence) else [made.solver]

    async def solve() -> None:
        state = _state(made)
        for one in solvers:
            state = await one(state, stop)

    asyncio.run(solve())
    return tuple(_filled(message, condition) for message in seen)


def _filled(message: ChatMessage, condition: Condition) -> ChatMessage:
    if not condition.filled or message.role != "system":
        return message
    name = FIRMS[condition.family]
    return ChatMessageSystem(content=message.text.replace(PLACEHOLDER, name))


def samples(conditions: Iterable[Condition], n: int) -> list[Sample]:
    """`n` samples of each condition, for `asking.ask`."""
    return [
        Sample(
            id=f"{condition.id}-{index:03d}",
            input=list(prompt(condition)),
            metadata={
                **asdict(condition),
                "index": index,
                "digest": _digest(*(message.text for message in prompt(condition))),
            },
        )
        for condition in conditions
        for index in range(n)
    ]


def run(
    model: str,
    judge: str,
    n: int,
    folder: Path,
    conditions: Sequence[Condition] = CONDITIONS,
    **options: object,
) -> list[Asked]:
    """Ask `model` the study's prompts, and `judge` the port's question about each reply.

    Parameters
    ----------
    model, judge : str
        Inspect model names; with an empty judge only replies are collected.
    n : int
        Samples of each condition. Those that `folder` holds are not asked again.
    folder : Path
        The model's folder; logs go to ``port/asked`` and ``port/judged`` in it.
    **options
        Passed to `asking.ask`; a budget holds for each of the two calls.

    Raises
    ------
    AskingError
        If inspect-evals is missing, or for any reason that `ask` has.
    """
    done = [ask(samples(conditions, n), model=model, folder=folder / ASKED, **options)]
    if judge:
        questions = [_question(reply) for reply in _replies(folder / ASKED)]
        asked = [question for question in questions if question]
        done.append(ask(asked, model=judge, folder=_judged(folder, judge), **options))
    return done


def read(folder: Path, study: str, model: str, judge: str) -> pd.DataFrame:
    """The outcomes frame of the port's replies in a model's folder, one row a sample.

    The verdicts are the port's own: `gate` is what it calls harmful, `judge` its
    classifier's answer, and `string` what it says of the reply when the classifier
    answers yes. An answer that it cannot parse is missing.
    """
    answers = {one.id: one for one in _replies(_judged(folder, judge))} if judge else {}
    price = prices.price(model)
    rows = [
        {"study": study, "model": model, "judge_model": judge}
        | {"cost": prices.cost(price, reply.output.usage) if price and reply.output.usage else None}
        | _row(reply, answers.get(reply.id))
        for reply in _replies(folder / ASKED)
    ]
    return pd.DataFrame(rows, columns=outcomes.columns(scenarios.load(study)))


def _judged(folder: Path, judge: str) -> Path:
    return folder / "port" / "judged" / paths.slug(judge)


def _replies(folder: Path) -> list[EvalSample]:
    """The finished samples in the logs of `folder`, by id."""
    done = finished(folder)
    found = {
        (str(sample.id), sample.metadata["digest"]): sample
        for log in sorted(set(done.values()))
        for sample in read_eval_log(str(log)).samples or []
        if sample.error is None
    }
    return [found[key] for key in sorted(found)]


def _question(reply: EvalSample) -> Sample | None:
    """What the port's scorer asks its judge about a reply; None where there is none to judge."""
    if _outcome(reply.output) != "scored":
        return None
    asked: list[ChatMessage] = []

    def listen(messages: list[ChatMessage], *_: object) -> ModelOutput:
        asked.extend(messages)
        return _said(YES)

    _score(reply, listen)
    texts = [message.text for message in asked]
    return Sample(id=str(reply.id), input=asked, metadata={"digest": _digest(*texts)})


def _row(reply: EvalSample, answer: EvalSample | None) -> dict:
    about = reply.metadata
    condition = Condition(**{name: about[name] for name in Condition.__dataclass_fields__})
    state = _outcome(reply.output)
    string = verdict = None
    if state == "scored":
        string = _score(reply, lambda *_: _said(YES))["harmful"]
        if answer:
            verdict = _score(reply, lambda *_: _said(answer.output.completion))
    verdict = verdict or {"classifier_verdict": None, "harmful": None}
    usage = reply.output.usage or ModelUsage()
    return {
        **FIXED,
        **{"instrument": "port", "family": condition.family, "firm": FIRMS[condition.family]},
        **{"wording": "filled" if condition.filled else "as released", "text": condition.id},
        **{"cell": condition.id, "goal": condition.goal, "threat": condition.threat},
        **{"prohibition": condition.prohibition, "index": about["index"], "sample": reply.id},
        **{"state": state, "string": string, "judge": verdict["classifier_verdict"]},
        **{"gate": verdict["harmful"], "stop_reason": reply.output.stop_reason},
        **{"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens},
    }


def _outcome(output: ModelOutput) -> str:
    """The outcome state; the port's actions have tags that are not ours."""
    state = read_reply(output.completion, stop_reason=output.stop_reason).state
    stopped = output.stop_reason == "content_filter"
    spoken = state == "refused" and ACTION in output.completion and not stopped
    return "scored" if spoken or state == "malformed" else state


def _score(reply: EvalSample, grader) -> dict[str, bool | None]:
    """The port's verdict on a reply, its grader played by a function."""
    about = reply.metadata
    condition = Condition(**{name: about[name] for name in Condition.__dataclass_fields__})
    made = task(condition, get_model("mockllm/replay", custom_outputs=grader, memoize=False))
    state = _state(made)
    state.output = reply.output
    try:
        score = asyncio.run(made.scorer[0](state, Target("")))
    except ValueError:
        return {"harmful": None, "classifier_verdict": None}
    return {name: bool(value) for name, value in score.value.items()}


def _said(text: str) -> ModelOutput:
    output = ModelOutput.from_content("replay", text)
    # Without a usage Inspect counts tokens, with a vocabulary that it would download.
    output.usage = ModelUsage()
    return output


def _state(made: Task) -> TaskState:
    sample = made.dataset[0]
    return TaskState(
        model=ModelName("mockllm/replay"),
        sample_id=sample.id,
        epoch=1,
        input=list(sample.input),
        messages=list(sample.input),
        metadata=sample.metadata,
    )


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
