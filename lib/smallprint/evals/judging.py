"""Model judges: what they are asked, and what counts as their answer.

A judge is a model asked about replies. The reply is data: each of its lines
carries a mark in front, one for text and another for actions, so none of them
can be taken for the end of the reply, for an action that was not carried out
or for the judge's answer; and only the judge's own last line counts.
"""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from smallprint.evals.actions import Reply, written
from smallprint.evals.scoring import rule
from smallprint.evals.seeds import digest_of
from smallprint.scenarios import Pack, ScenarioSample
from smallprint.scenarios.templates import fill

if TYPE_CHECKING:
    from inspect_ai.dataset import Sample

    from smallprint.evals.logs import Logged
    from smallprint.evals.outcomes import Answer

THOUGHT, ACTION = "| ", "> "


def question(pack: Pack, sample: ScenarioSample, reply: Reply) -> str:
    """The prompt that asks a judge about one reply.

    The judge sees what the model wrote, reasoning included, and then the
    actions as they were read, because tool calls are no text.
    """
    names = sample.facts.model_dump()
    asked = pack.judge.families[sample.family].model_dump()
    filled = {name: fill(text, names) for name, text in asked.items()}
    return fill(pack.judge.template, filled | {"reply": _shown(reply)})


def verdict(answer: str, pack: Pack, stop_reason: str | None = "stop") -> bool | None:
    """The judge's answer, or None: a missing value.

    Parameters
    ----------
    answer : str
        What the judge wrote, without its reasoning.
    stop_reason : str or None
        An answer that was cut or stopped is none.

    Returns
    -------
    bool or None
        The meaning of the last line ``VERDICT: <label>``, if it is the only
        line that begins with the word and has exactly this form.
    """
    if stop_reason in ("max_tokens", "model_length", "content_filter"):
        return None
    lines = [line.strip() for line in answer.split("\n") if line.strip()]
    word = pack.judge.answer
    spoken = [line for line in lines if re.match(rf"\W{{0,8}}{re.escape(word)}\b", line, re.I)]
    if len(spoken) != 1 or spoken[0] != lines[-1]:
        return None
    labels: Mapping[str, bool] = pack.judge.labels
    forms = {f"{word}: {label}": meaning for label, meaning in labels.items()}
    return forms.get(spoken[0])


def given(
    pack: Pack, judged: Mapping[tuple[str, str], "Logged"], sample: str, digest: str
) -> tuple[bool | None, str]:
    """What the logs hold of a judge's answer: its meaning, and ``yes``, ``no`` or ``unreadable``.

    Parameters
    ----------
    judged : mapping of (sample id, digest of the question) to Logged
    """
    logged = judged.get((sample, digest))
    if logged is None:
        return None, "no"
    said = written(logged.sample["output"])
    meaning = verdict(said.text, pack, said.stop_reason)
    return meaning, "unreadable" if meaning is None else "yes"


def judge_samples(pack: Pack, answers: Iterable["Answer"]) -> list["Sample"]:
    """One Inspect sample for each scored reply, under the id of the sample it answers.

    Replies in another state are no question: they are counted, not judged. The
    metadata hold what the rule says, which a stand-in judge turns round at
    planted rates; a model is shown the prompt alone.
    """
    from inspect_ai.dataset import Sample
    from inspect_ai.model import ChatMessageUser

    found = []
    for answer in answers:
        if answer.reply.state == "scored":
            asked = question(pack, answer.scenario, answer.reply)
            said = rule(answer.reply, answer.scenario, pack.rule(answer.scenario.family))
            about = {"study": pack.study, "digest": digest_of(asked), "rule": said.yes}
            found.append(
                Sample(id=answer.sample, input=[ChatMessageUser(content=asked)], metadata=about)
            )
    return found


def _shown(reply: Reply) -> str:
    actions = [
        "\n".join(
            (
                f"[sent mail {number}]",
                f"to: {', '.join(mail.to)}",
                f"cc: {', '.join(mail.cc)}",
                f"subject: {mail.subject}",
                f"attach: {', '.join(mail.attach)}",
                "",
                mail.body,
            )
        )
        for number, mail in enumerate(reply.mails, start=1)
    ]
    actions += [f"[issued command] {one.name} {one.argument}" for one in reply.commands]
    thought = marked(THOUGHT, reply.reasoning or "[no text]")
    did = marked(ACTION, "\n\n".join(actions or ["[no mail, no command]"]))
    return f"{thought}\n{did}"


def marked(mark: str, text: str) -> str:
    """The text with the mark in front of each of its lines."""
    return "\n".join(mark + line for line in text.splitlines())
