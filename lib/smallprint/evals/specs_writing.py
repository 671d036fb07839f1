"""Ask a model to write trade-offs, and keep what passes the checks.

Run as ``python -m smallprint.evals.specs_writing --model PROVIDER/NAME``. What passes goes to
``made-<name>.yaml`` beside the writer's logs. Nothing is asked with it before somebody has read it
and put it into ``data/scenarios/stress-testing-specs/``, where it is one more family.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

import yaml
from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessage, ChatMessageSystem, ChatMessageUser
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer
from inspect_ai.solver import TaskState, generate
from inspect_ai.tool import ToolInfo

from smallprint import commands, paths
from smallprint.estimates import write_atomically
from smallprint.evals import control, logs, plan
from smallprint.evals.actions import written
from smallprint.evals.asking import Asked, ask, price_for, text_of, unanswered
from smallprint.evals.behaviours import ControlError
from smallprint.evals.connecting import connect
from smallprint.evals.rerun import bad_name, bad_numbers, stop
from smallprint.evals.seeds import SEEDED, digest_of
from smallprint.evals.shelf import AskingError
from smallprint.scenarios import specs
from smallprint.scenarios.specs_schema import MadeScenario, SpecsPack
from smallprint.scenarios.specs_templates import scenario
from smallprint.scenarios.specs_written import NotAScenario, read, repeats
from smallprint.scenarios.templates import fill

STUDY = "stress-testing-specs"
MAX_TOKENS = 1000
WRITER, CARELESS = "writer", "writer-careless"


def samples(pack: SpecsPack, draws: int) -> list[Sample]:
    """What a writer is asked: so many scenarios for each pair, at places that a seed chooses."""
    found = []
    for pair in pack.pairs:
        for draw in range(draws):
            place = Random(f"{STUDY} writer {pair} {draw}").choice(pack.writer.places)
            names = {"place": place}
            for side, value in zip(("first", "second"), pair.split("-"), strict=True):
                names |= {f"{side}_value": value, f"{side}_means": pack.file.values[value]}
            asked = fill(pack.writer.ask, names)
            about = {"pair": pair, "draw": draw, "digest": digest_of(pack.writer.role, asked)}
            messages = [ChatMessageSystem(content=pack.writer.role), ChatMessageUser(content=asked)]
            found.append(Sample(id=f"{pair}-{draw}", input=messages, metadata=about))
    return found


def answer(
    agent: str,
    about: Mapping,
    messages: Sequence[ChatMessage],
    tools: Sequence[ToolInfo],
    rng: Random,
) -> control.Said:
    """What a scripted writer replies, as `control.know` takes it.

    ``writer`` takes its texts from the templates. ``writer-careless`` does so too, and names a
    value, adds talk or leaves a text out, by turns.

    Raises
    ------
    ControlError
        If there is no such writer.
    """
    if agent not in (WRITER, CARELESS):
        raise ControlError(
            f"control/{agent}: there is no such writer; there are {WRITER}, {CARELESS}"
        )
    pack = specs.known(STUDY)
    family = rng.choice(tuple(pack.settings.settings))
    made = scenario(pack, family, about["pair"], about["draw"])
    reply = {"situation": made.situation, "first": made.acts[0], "second": made.acts[1]}
    slip = rng.choice(("names", "talks", "forgets")) if agent == CARELESS else ""
    if slip == "names":
        reply["first"] += f" out of {made.pair[0]}"
    if slip == "forgets":
        del reply["second"]
    return control.Said("Here it is:\n" * (slip == "talks") + json.dumps(reply))


@task
def write_scenarios(draws: int = 1) -> Task:
    """Ask for scenarios of all pairs and score whether each reply passes the checks alone."""
    asked = samples(specs.known(STUDY), draws)
    control.know(asked, answer)
    return Task(dataset=MemoryDataset(asked), solver=generate(), scorer=[passes()], name="writing")


@scorer(metrics=[mean()])
def passes() -> Scorer:
    """Whether a reply is a scenario; the explanation says what is wrong with it."""

    async def score(state: TaskState, target: Target) -> Score:
        about = state.metadata
        try:
            read(specs.known(STUDY), about["pair"], about["draw"], state.output.completion)
        except NotAScenario as error:
            return Score(value=0.0, explanation=str(error))
        return Score(value=1.0)

    return score


def kept(pack: SpecsPack, folder: Path) -> tuple[list[MadeScenario], dict[str, str]]:
    """Scenarios from the replies in a folder, and why the others are left out, by sample."""
    found, out = [], {}
    for (id, _), logged in sorted(logs.read(folder).finished.items()):
        about, said = logged.sample["metadata"], written(logged.sample["output"])
        try:
            one = read(pack, about["pair"], about["draw"], said.text)
            if repeats(one, found):
                raise NotAScenario("nearly the same as another one")
            found.append(one)
        except NotAScenario as error:
            out[id] = str(error)
    return found, out


def write(model: str, draws: int, budget: float | None = None, yes: bool = False) -> Path:
    """Ask a writer what it was not asked before and write what passes; the file's path.

    Raises
    ------
    AskingError
        In one line, if something could not be asked or nothing passes.
    """
    pack, place = specs.known(STUDY), paths.LOGS / STUDY / f"writer--{paths.slug(model)}"
    asked, folder = samples(pack, draws), place / "asked"
    todo = unanswered(asked, folder)
    if todo:
        price_for(model, budget)
        connect(model)
        texts = [text_of(one) for one in todo]
        step = plan.step("Scenarios", model, texts, len(asked) - len(todo), MAX_TOKENS)
        print(plan.describe([step], batch=False, budget=budget), flush=True)
        commands.consent("ask", "asked", yes, AskingError)
    control.know(asked, answer)
    seeded = model.split("/")[0] in SEEDED
    done = ask(
        asked, model=model, folder=folder, budget=budget, seeded=seeded, max_tokens=MAX_TOKENS
    )
    found, out = kept(pack, folder)
    _say(done, found, out)
    if not found:
        raise AskingError(f"{model}: no reply became a scenario")
    content = {"writer": model, "scenarios": [one.model_dump() for one in found]}
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=96)
    file = write_atomically(place / f"made-{paths.slug(model)}.yaml", text)
    print(f"Read {file}, then put it into {paths.SCENARIOS / STUDY} to have it asked.")
    return file


def _say(done: Asked, found: Sequence[MadeScenario], out: Mapping[str, str]) -> None:
    print(f"Replies: {done.asked:,} new, {done.reused:,} kept. Scenarios: {len(found):,}.")
    for id, why in out.items():
        print(f"  left out, {id}: {why}")


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and write the file."""
    parser = commands.Parser(AskingError, prog="python -m smallprint.evals.specs_writing")
    parser.add_argument("--model", required=True, help="Inspect model name, provider/model")
    parser.add_argument("--draws", type=int, default=1, help="scenarios for each pair of values")
    parser.add_argument("--budget", type=float, help="USD that this run may spend")
    parser.add_argument("--yes", action="store_true", help="ask without a question")

    try:
        given = parser.parse_args(arguments)
        problems = bad_name("--model", given.model) + bad_numbers(given.budget, draws=given.draws)
        if problems:
            raise AskingError("; ".join(problems))
        write(given.model, given.draws, given.budget, given.yes)
    except Exception as error:
        stop(error)
    except KeyboardInterrupt:
        commands.end("interrupted; the same command goes on where this stopped", 130)


if __name__ == "__main__":
    main()
