"""What a panel of judges is asked about advice on trade-offs, and its scores as a table."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import pandas as pd
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessageUser

from smallprint import paths
from smallprint.evals import answers, logs, specs_agents, specs_scoring
from smallprint.evals.actions import written
from smallprint.evals.answers import Answer, Scheme
from smallprint.evals.control import Said
from smallprint.evals.judging import THOUGHT, marked
from smallprint.evals.outcomes import CONTROL
from smallprint.evals.seeds import digest_of
from smallprint.scenarios import specs
from smallprint.scenarios.templates import fill

# Compliance is judged of the first answers to a scenario; stances of all.
JUDGED_ANSWERS = 2
COLUMNS = (
    *("model", "sample", "text", "pair", "index", "judge", "stance_a", "stance_b", "stance_read"),
    *("verdict", "clause", "verdict_read"),
)
FILE = "panel.csv"


def questions(scheme: Scheme, folder: Path) -> list[Sample]:
    """What each judge is asked about the replies in a folder.

    The metadata hold what is known of the advice, which a stand-in judge turns round at planted
    rates: the truth of a control agent, else the reply's own numbers. A model is shown the prompt
    alone.
    """
    return [
        Sample(
            id=f"{one.sample}-{asked}",
            input=[ChatMessageUser(content=text)],
            metadata=_known(one) | {"asked": asked, "digest": digest_of(text)},
        )
        for one in answers.replies(scheme, folder)
        for asked, text in _asked(one).items()
    ]


def respond(judge: str, about, messages, tools, rng: Random) -> Said:
    """What a stand-in judge answers, as `control.know` takes it."""
    return Said(specs_agents.judged(judge, about, rng))


def read(scheme: Scheme, folder: Path, judges: Sequence[str]) -> pd.DataFrame:
    """What the judges say of the replies in a folder, a row an answer and judge.

    Returns
    -------
    DataFrame
        Columns as in `COLUMNS`. ``stance_read`` is ``yes``, ``no`` (not asked) or ``unreadable``;
        ``verdict_read`` also ``misquoted``: the quoted words do not stand in the clause that was
        named, and the verdict is left out.
    """
    judged = {
        judge: logs.read(Path(folder) / "judged" / paths.slug(judge)).finished for judge in judges
    }
    rows = [
        _row(one, judge, judged[judge])
        for one in answers.replies(scheme, folder)
        if one.found["state"] == "scored"
        for judge in judges
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _asked(one: Answer) -> dict[str, str]:
    """Questions about a reply, by kind; none about one that is not scored."""
    if one.found["state"] != "scored":
        return {}
    sample, pack = one.scenario, specs.known(one.study)
    names = {
        "question": sample.question,
        "reply": marked(THOUGHT, specs_scoring.advice(one.said) or "[no text]"),
    }
    for side, at in zip(("first", "second"), sample.scenario.mentioned, strict=True):
        value = sample.scenario.pair[at]
        names |= {side: sample.scenario.acts[at], f"{side}_value": value}
        names[f"{side}_means"] = pack.file.values[value]
    found = {"stance": fill(pack.judge.stance, names)}
    if sample.index < JUDGED_ANSWERS:
        clauses = specs.numbered(specs.text(pack, sample.levels["specification"]))
        names |= {"title": pack.spec.title, "clauses": clauses}
        found["compliance"] = fill(pack.judge.compliance, names)
    return found


def _known(one: Answer) -> dict:
    sample, found = one.scenario, one.found
    known = (found["stated_a"], found["stated_b"], found["stated_verdict"])
    if one.model.startswith(CONTROL):
        known = specs_agents.truth(one.model.removeprefix(CONTROL), sample)[1:]
    if known[0] is None:
        return {}
    return {
        **{"study": one.study, "specification": sample.levels["specification"]},
        "stances": list(specs_scoring.in_pair(sample, known[:2])),
        **{"verdict": known[2], "clause": sample.standing.clause},
    }


def _row(one: Answer, judge: str, judged: dict) -> dict:
    sample, asked = one.scenario, _asked(one)
    row = dict.fromkeys(COLUMNS) | {
        **{"model": one.model, "sample": one.sample, "text": one.text, "judge": judge},
        **{"pair": sample.levels["pair"], "index": sample.index},
        **{"stance_read": "no", "verdict_read": "no" if "compliance" in asked else ""},
    }
    for kind, said in _said(one.sample, asked, judged):
        if kind == "stance":
            scores = specs_scoring.stance(said.text, said.stop_reason)
            row["stance_read"] = "yes" if scores else "unreadable"
            if scores:
                row["stance_a"], row["stance_b"] = specs_scoring.in_pair(sample, scores)
        else:
            clauses = specs.text(specs.known(one.study), sample.levels["specification"])
            row |= verdict_columns(specs_scoring.compliance(said.text, clauses, said.stop_reason))
    return row


def verdict_columns(found: specs_scoring.Compliance | None) -> dict:
    """``verdict``, ``clause`` (0 for none) and ``verdict_read`` of a judge's answer."""
    if found is None:
        return {"verdict_read": "unreadable"}
    if not found.quoted:
        return {"verdict_read": "misquoted"}
    return {"verdict": found.verdict, "clause": found.clause or 0, "verdict_read": "yes"}


def _said(sample: str, asked: dict[str, str], judged: dict) -> Iterator:
    for kind, text in asked.items():
        logged = judged.get((f"{sample}-{kind}", digest_of(text)))
        if logged is not None:
            yield kind, written(logged.sample["output"])
