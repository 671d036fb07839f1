"""From logs to a table with one row a sample, for studies whose replies end in a marked answer."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from inspect_ai.scorer import Score, Scorer, Target
from inspect_ai.solver import TaskState

from smallprint import paths
from smallprint.estimates import write_atomically
from smallprint.evals import judging, logs, prices
from smallprint.evals.actions import Reply, Written, declines, written
from smallprint.evals.outcomes import CONTROL, Usage, named_judge
from smallprint.evals.seeds import digest_of, seed_of

STATES = ("scored", "refused", "empty", "truncated", "unparsable")
MARK = re.compile(
    r"^[ \t*_#>`]{0,10}ANSWER[*_`]{0,4}[ \t]{0,4}[:：](.*)$", re.IGNORECASE | re.MULTILINE
)


class Answer(NamedTuple):
    """One finished sample with what was asked; the fields are those of `outcomes.Answer`.

    Attributes
    ----------
    said : str
        The last reply alone.
    found : dict
        What the study's rule says of it; ``state`` is one of `STATES`, ``why`` its reason.
    """

    sample: str
    text: str
    system: str
    user: str
    reply: Reply
    scenario: Any
    study: str
    instrument: str
    model: str
    stop_reason: str
    input_tokens: int | None
    output_tokens: int | None
    cost: float | None
    said: str
    found: dict


class Scheme(NamedTuple):
    """How a study's logs are read.

    Attributes
    ----------
    named : callable
        The sample that metadata name, or None where it is not asked any longer.
    found : callable
        What the rule says, from the sample and its messages; with ``state`` and ``why``.
    columns : sequence of str
        The names that `found` gives, as the table has them.
    truth : callable
        What a control agent is known to do in a sample: a named tuple with the fields `truths`,
        which the table has as ``truth_<field>``.
    question : callable or None
        What a judge is asked about an answer, None where nothing; None where there are no judges.
    pack : callable or None
        The pack of a study, for the form of a judge's answer.
    """

    named: Callable[[Mapping], Any]
    found: Callable[[Any, Sequence[Written]], dict]
    columns: Sequence[str]
    truth: Callable[[str, Any], tuple]
    truths: Sequence[str]
    question: Callable[[Answer], str | None] | None = None
    pack: Callable[[str], Any] | None = None


def marked(text: str) -> str | None:
    """What the last line ``ANSWER: ...`` of a text says; None without one."""
    lines = MARK.findall(text)
    return lines[-1].strip(" \t\r*_`") if lines else None


def state(said: Written) -> tuple[str, str]:
    """The state of a reply that should end in a marked answer, and the reason for it.

    The first that applies: `refused` by the provider; `truncated`, whatever was said before;
    `empty`; `scored` with a marked answer; `refused` in words; `unparsable`.
    """
    if said.stop_reason == "content_filter":
        return "refused", "the provider stopped the reply"
    if said.stop_reason in ("max_tokens", "model_length"):
        return "truncated", f"the reply met a length limit ({said.stop_reason})"
    if not said.text.strip():
        return "empty", "no visible text"
    if marked(said.text):
        return "scored", ""
    if sentence := declines(said.text):
        return "refused", f"no answer, and it says: {sentence}"
    return "unparsable", "no line ANSWER: with an answer"


def scorer(scheme: Scheme, column: str) -> Scorer:
    """Scores one column of `Scheme.found`; what is not scored is left out."""

    async def score(state: TaskState, target: Target) -> Score:
        messages = [message.model_dump() for message in state.messages]
        said = spoken({"messages": messages, "output": state.output.model_dump()})
        found = scheme.found(scheme.named(state.metadata), said)
        if found[column] is None:
            return Score.unscored(reason=found["state"], explanation=found["why"])
        return Score(value=float(found[column]), explanation=said[-1].text)

    return score


def replies(scheme: Scheme, folder: Path) -> Iterator[Answer]:
    """All finished samples in a model's folder, by id; see `outcomes.replies`."""
    return _answers(scheme, logs.read(Path(folder) / "asked"))


def read(scheme: Scheme, folder: Path, judge: str | None = None) -> pd.DataFrame:
    """The outcomes of one model, scored by what the texts declare today.

    Parameters and ``attrs["missing"]`` are those of `outcomes.read`.

    Returns
    -------
    DataFrame
        One row a sample, by id; columns as in `columns`, in front of them what was asked.
    """
    folder = Path(folder)
    judge = named_judge(folder) if judge is None else judge
    asked = logs.read(folder / "asked")
    found = list(_answers(scheme, asked))
    judged = logs.read(folder / "judged" / paths.slug(judge)).finished if judge else {}
    rows = [_row(scheme, answer, judge, judged) for answer in found]
    frame = pd.DataFrame(rows).drop(columns="judged", errors="ignore")
    frame.attrs["missing"] = {
        "failed": asked.failed,
        "outdated": len({id for id, _ in asked.finished} - {answer.sample for answer in found}),
        "not judged": sum(row["judged"] == "no" for row in rows) if judge else 0,
        "unreadable judgement": sum(row["judged"] == "unreadable" for row in rows),
    }
    return frame


def write(scheme: Scheme, folder: Path, judge: str | None = None) -> pd.DataFrame:
    """Write a model's ``outcomes.csv`` and return what `read` gives; see `outcomes.write`."""
    frame = read(scheme, folder, judge)
    place = Path(folder) if judge is None else Path(folder) / "judged" / paths.slug(judge)
    write_atomically(place / "outcomes.csv", frame.to_csv(index=False))
    return frame


def _answers(scheme: Scheme, asked: logs.Logs) -> Iterator[Answer]:
    for (id, digest), logged in sorted(asked.finished.items()):
        about = logged.sample["metadata"]
        sample = scheme.named(about)
        if sample is None or sample.digest != digest:
            continue
        messages = logged.sample["messages"]
        said = spoken(logged.sample)
        found = scheme.found(sample, said)
        usage, price = _usage(logged.sample), prices.price(logged.model)
        yield Answer(
            sample=id,
            text=sample.text,
            system=sample.system,
            user=sample.user,
            reply=Reply("", _whole(messages), (), (), found["state"], found["why"]),
            scenario=sample,
            study=about["study"],
            instrument=about["instrument"],
            model=logged.model,
            stop_reason=said[-1].stop_reason or "unknown",
            input_tokens=usage and usage.input_tokens + usage.cached,
            output_tokens=usage and usage.output_tokens,
            cost=prices.cost(price, usage, batch=logged.batch) if price and usage else None,
            said=said[-1].text,
            found=found,
        )


def spoken(sample: Mapping) -> list[Written]:
    """The replies of a logged sample, in order; each but the last ended by itself."""
    said = [message for message in sample["messages"] if message["role"] == "assistant"]
    before = [{"choices": [{"message": one, "stop_reason": "stop"}]} for one in said[:-1]]
    return [written(output) for output in (*before, sample["output"])]


def _usage(sample: Mapping) -> Usage | None:
    """Tokens of all requests: those that a conversation left in the store, or the only reply's."""
    store = sample.get("store") or {}
    counted = store["usage"] if "usage" in store else sample["output"].get("usage")
    return Usage(*(counted.get(name) for name in Usage._fields)) if counted else None


def _whole(messages: Sequence[Mapping]) -> str:
    """The conversation after its first prompt."""
    first = next(at for at, message in enumerate(messages) if message["role"] == "user")
    parts = []
    for message in messages[first + 1 :]:
        said = written({"choices": [{"message": message}]})
        parts.append(f"[{message['role']}] {said.reasoning}\n{said.text}".strip())
    return "\n".join(parts)


def _row(scheme: Scheme, answer: Answer, judge: str, judged: Mapping) -> dict:
    sample, found = answer.scenario, answer.found
    scripted = answer.model.startswith(CONTROL)
    verdict, how = None, ""
    if judge and scheme.question and (asked := scheme.question(answer)):
        pack = scheme.pack(answer.study)
        verdict, how = judging.given(pack, judged, answer.sample, digest_of(asked))
    agent = answer.model.removeprefix(CONTROL)
    truth = scheme.truth(agent, sample)._asdict() if scripted else {}
    return {
        **{"study": answer.study, "instrument": answer.instrument, "model": answer.model},
        **{"judge_model": judge, "family": sample.family, "cell": sample.cell},
        "text": sample.text,
        **sample.levels,
        **{"index": sample.index, "sample": answer.sample},
        "seed": seed_of(answer.sample) if scripted else None,
        **{name: found[name] for name in scheme.columns},
        "judge": verdict,
        **{f"truth_{name}": truth.get(name) for name in scheme.truths},
        **{"stop_reason": answer.stop_reason, "input_tokens": answer.input_tokens},
        **{"output_tokens": answer.output_tokens, "cost": answer.cost, "judged": how},
    }
