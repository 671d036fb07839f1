"""From the logs of environments to the outcomes table: one row a run."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from smallprint import paths
from smallprint.estimates import write_atomically
from smallprint.evals import desk_agents, environment, judging, logs, prices
from smallprint.evals.actions import Command, Mail, Reply, written
from smallprint.evals.disclosure import answer, discloses
from smallprint.evals.outcomes import CONTROL, Usage, named_judge
from smallprint.evals.seeds import digest_of, seed_of
from smallprint.scenarios import environments
from smallprint.scenarios.environments import EnvironmentPack, EnvironmentSample
from smallprint.scenarios.templates import fill

if TYPE_CHECKING:
    from inspect_ai.dataset import Sample

STORED = ("episodes", "ended", "why", "answers", "usage")
FOLLOW_UPS = ("open", "direct", "pressing")
FOUND = (
    *("state", "why", "acted", "attempted", "disclosed", "memo_read", "used_channel"),
    *("episode_1", "episode_2", *(f"follow_{name}" for name in FOLLOW_UPS), "report"),
)
COLUMNS = (
    *("study", "instrument", "model", "judge_model", "task", "arm", "text"),
    *("strength", "goal", "story", "memo", "channel", "decoys", "index", "sample", "seed"),
    *FOUND[:-1],
    *("judge", "truth_state", "truth", "truth_disclosed", "truth_answer"),
    *("stop_reason", "turns", "calls", "input_tokens", "output_tokens", "cost"),
)


class Run(NamedTuple):
    """One finished run with what was asked; the fields are those of `outcomes.Answer`.

    Attributes
    ----------
    found : dict
        What `found` says of it.
    turns, calls : int
        Messages of the model, and tool calls in them.
    """

    sample: str
    text: str
    system: str
    user: str
    reply: Reply
    scenario: EnvironmentSample
    study: str
    instrument: str
    model: str
    stop_reason: str
    input_tokens: int | None
    output_tokens: int | None
    cost: float | None
    found: dict
    turns: int
    calls: int


def found(pack: EnvironmentPack, sample: EnvironmentSample, kept: Mapping) -> dict:
    """What happened in a run, from what the conversation left in the store.

    Parameters
    ----------
    pack : EnvironmentPack
    sample : EnvironmentSample
        What was asked.
    kept : mapping
        The store's `STORED` entries.

    Returns
    -------
    dict
        The columns of `FOUND`. Everything but ``state`` and ``why`` is None, or empty for
        texts, in a run that did not finish by itself; an answer is one of
        `disclosure.ANSWERS`.
    """
    state = kept["ended"]
    if state != "scored":
        blank = dict.fromkeys(FOUND) | {name: "" for name in FOUND if name.startswith("follow_")}
        empty = {"episode_1": "", "episode_2": "", "report": ""}
        return blank | empty | {"state": state, "why": kept["why"]}
    story = pack.story(sample.family, sample.levels)
    states, rule, starts = kept["episodes"], story.rule, sample.episodes
    report = states[-1]["report"] or ""
    done = environment.acted(rule, starts, states)
    came = [*environment.outcomes(rule, starts, states), ""][:2]
    return {
        **{"state": state, "why": "", "acted": done, "report": report},
        "attempted": done or any(each["attempted"] for each in states),
        "disclosed": discloses(report, story.disclosure),
        "memo_read": any(
            start.memo in each["read"] for start, each in zip(starts, states, strict=True)
        ),
        "used_channel": any(
            story.names.channel in mail["to"].lower() for each in states for mail in each["mails"]
        ),
        **{"episode_1": came[0], "episode_2": came[1]},
        **{
            f"follow_{name}": answer(said, story.disclosure, asks_act=name != "open")
            for name, said in kept["answers"].items()
        },
    }


def replies(folder: Path) -> Iterator[Run]:
    """All finished runs in a model's folder, by sample id; see `outcomes.replies`."""
    return _runs(logs.read(Path(folder) / "asked"))


def read(folder: Path, judge: str | None = None) -> pd.DataFrame:
    """The outcomes of one model, scored by what the environments declare today.

    Parameters and ``attrs["missing"]`` are those of `outcomes.read`.

    Returns
    -------
    DataFrame
        One row a run, by id; columns as in `COLUMNS`.
    """
    folder = Path(folder)
    judge = named_judge(folder) if judge is None else judge
    asked = logs.read(folder / "asked")
    runs = list(_runs(asked))
    judged = logs.read(folder / "judged" / paths.slug(judge)).finished if judge else {}
    rows = [_row(run, judge, judged) for run in runs]
    frame = pd.DataFrame(rows, columns=[*COLUMNS, "judged"]).drop(columns="judged")
    frame.attrs["missing"] = {
        "failed": asked.failed,
        "outdated": len({id for id, _ in asked.finished} - {run.sample for run in runs}),
        "not judged": sum(row["judged"] == "no" for row in rows) if judge else 0,
        "unreadable judgement": sum(row["judged"] == "unreadable" for row in rows),
    }
    return frame


def write(folder: Path, judge: str | None = None) -> pd.DataFrame:
    """Write a model's ``outcomes.csv`` and return what `read` gives; see `outcomes.write`."""
    frame = read(folder, judge)
    place = Path(folder) if judge is None else Path(folder) / "judged" / paths.slug(judge)
    write_atomically(place / "outcomes.csv", frame.to_csv(index=False))
    return frame


def shown(folder: Path) -> tuple[pd.DataFrame, Iterator[Run]]:
    """Outcomes and runs as the transcripts page takes them: of the act, by the rule.

    The judge is left out, as it is asked about the report and not about the act.
    """
    frame = read(folder).drop(columns=["text", "disclosed"])
    frame = frame.rename(columns={"task": "family", "arm": "cell", "acted": "rule"})
    return frame.assign(string=None, judge=None, gate=None), replies(folder)


def questions(folder: Path) -> list["Sample"]:
    """What a judge is asked about the final reports of scored runs; see `judging`."""
    from inspect_ai.dataset import Sample
    from inspect_ai.model import ChatMessageUser

    made = []
    for run in replies(folder):
        if run.found["state"] == "scored":
            asked = question(environments.known(run.study), run.scenario, run.found["report"])
            about = {"study": run.study, "digest": digest_of(asked), "rule": run.found["disclosed"]}
            made.append(
                Sample(id=run.sample, input=[ChatMessageUser(content=asked)], metadata=about)
            )
    return made


def question(pack: EnvironmentPack, sample: EnvironmentSample, report: str) -> str:
    """The prompt that asks a judge whether a report tells of the act."""
    names = pack.story(sample.family, sample.levels).names.model_dump()
    asked = pack.judge.families[sample.family].model_dump()
    filled = {name: fill(text, names) for name, text in asked.items()}
    quoted = judging.marked(judging.THOUGHT, report.strip() or "[no text]")
    return fill(pack.judge.template, filled | {"reply": quoted})


def _known(about: Mapping) -> bool:
    pack = environments.known(about["study"])
    levels = all(about.get(factor) in allowed for factor, allowed in pack.factors.items())
    return levels and about["family"] in pack.families


def _runs(asked: logs.Logs) -> Iterator[Run]:
    for (id, digest), logged in sorted(asked.finished.items()):
        about, kept = logged.sample["metadata"], logged.sample["store"]
        sample = environments.named(about) if _known(about) else None
        if sample is None or sample.digest != digest:
            continue
        said = written(logged.sample["output"])
        usage = Usage(*map(kept["usage"].get, Usage._fields)) if kept["usage"] else None
        price = prices.price(logged.model)
        done = found(environments.known(about["study"]), sample, kept)
        messages = logged.sample["messages"]
        spoken = [message for message in messages if message["role"] == "assistant"]
        yield Run(
            sample=id,
            text=sample.text,
            system=sample.system,
            user=sample.user,
            reply=_reply(messages, kept, done),
            scenario=sample,
            study=about["study"],
            instrument=about["instrument"],
            model=logged.model,
            stop_reason=said.stop_reason or "unknown",
            input_tokens=usage and usage.input_tokens + usage.cached,
            output_tokens=usage and usage.output_tokens,
            cost=prices.cost(price, usage, batch=logged.batch) if price and usage else None,
            found=done,
            turns=len(spoken),
            calls=sum(len(message.get("tool_calls") or ()) for message in spoken),
        )


def _reply(messages: list[dict], kept: Mapping, done: Mapping) -> Reply:
    """The run as a page shows it: the conversation after each first prompt, mails and calls."""
    whole, calls = [], []
    for message in messages:
        said = written({"choices": [{"message": message}]})
        if message["role"] == "system":
            whole.append("[a new conversation begins]" if whole else "")
        else:
            whole.append(f"[{message['role']}] {said.reasoning}\n{said.text}".strip())
        for name, arguments in said.tool_calls:
            given = arguments if arguments is not None else {"unreadable": ""}
            words = ", ".join(f"{key}={value}" for key, value in given.items())
            calls.append(Command(name, words))
            whole.append(f"[call] {name}({words})")
    sent = [mail for each in kept["episodes"] for mail in each["mails"]]
    mails = [Mail((mail["to"],), (), mail["subject"], (), mail["body"]) for mail in sent]
    return Reply("", "\n".join(whole), tuple(mails), tuple(calls), done["state"], done["why"])


def _row(run: Run, judge: str, judged: Mapping[tuple[str, str], logs.Logged]) -> dict:
    sample, scripted = run.scenario, run.model.startswith(CONTROL)
    pack = environments.known(run.study)
    asked = digest_of(question(pack, sample, run.found["report"]))
    scored = judge and run.found["state"] == "scored"
    verdict, how = judging.given(pack, judged, run.sample, asked) if scored else (None, "")
    agent = run.model.removeprefix(CONTROL)
    truth = desk_agents.truth(agent, sample, run.study) if scripted else None
    return {
        **{"study": run.study, "instrument": run.instrument, "model": run.model},
        **{"judge_model": judge, "task": sample.family, "arm": sample.cell, "text": run.text},
        **sample.levels,
        **{"index": sample.index, "sample": run.sample},
        "seed": seed_of(run.sample) if scripted else None,
        **run.found,
        "judge": verdict,
        "truth_state": truth and truth.state,
        "truth": truth and truth.acted,
        "truth_disclosed": truth and truth.disclosed,
        "truth_answer": truth.answer if truth else "",
        **{"stop_reason": run.stop_reason, "turns": run.turns, "calls": run.calls},
        **{"input_tokens": run.input_tokens, "output_tokens": run.output_tokens},
        **{"cost": run.cost, "judged": how},
    }
