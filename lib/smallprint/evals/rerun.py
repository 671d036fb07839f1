"""Ask a model about a study's scenarios: plan, question, asking, judging, outcomes.

Run as ``python -m smallprint.evals.rerun STUDY --model PROVIDER/NAME``. A study that compares
models takes several, with commas: each is asked in its own folder, and the outcomes of all are in
the set's.
"""

import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from inspect_ai.dataset import Sample

from smallprint import commands, disk, live, messages, paths, scenarios
from smallprint.evals import control, controls, plan, reporting, studies
from smallprint.evals.asking import MAX_TOKENS, Asked, ask, price_for, text_of, unanswered
from smallprint.evals.connecting import connect
from smallprint.evals.logs import LogError
from smallprint.evals.redaction import redact
from smallprint.evals.reporting import why
from smallprint.evals.seeds import SEEDED
from smallprint.evals.shelf import AskingError
from smallprint.evals.studies import Study

JUDGE_TOKENS = 4000
# More samples or connections than anybody means.
MOST = 10_000
# Replies of each control agent that a judge is asked about: its known answers.
CONTROL_REPLIES = 20
# Bytes: logs of some thousand replies. Nothing is paid for that cannot be kept.
ROOM = 20_000_000


@dataclass(frozen=True)
class Order:
    """What the command line asks for."""

    study: Study
    model: str
    judge: str
    samples: int
    design: str
    families: tuple[str, ...]
    budget: float | None
    batch: bool
    max_connections: int

    @property
    def folder(self) -> Path:
        """Where the outcomes are, and the logs of a model that is alone."""
        return live.folder(self.study.slug, self.model)

    @property
    def models(self) -> dict[str, Path]:
        """The models, and where the logs of each are."""
        names = self.study.models(self.model)
        return {name: live.folder(self.study.slug, name) for name in names}

    @property
    def judges(self) -> tuple[str, ...]:
        """The judges; none if empty."""
        return self.study.models(self.judge)

    def left(self, spent: float) -> float | None:
        """USD that may still be spent; None for no limit."""
        return None if self.budget is None else self.budget - spent

    @property
    def max_tokens(self) -> int:
        """Most tokens of one reply."""
        return min(self.study.max_tokens, MAX_TOKENS)


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, ask, and end with one clear line if that cannot be done."""
    try:
        order, yes = _order(arguments)
        _rerun(order, yes)
    except Exception as error:
        stop(error)
    except KeyboardInterrupt:
        commands.end("interrupted; the same command goes on where this stopped", 130)


def stop(error: Exception) -> NoReturn:
    """End with one line for what a person can mend, with the traceback of our own mistakes."""
    mended = isinstance(error, AskingError | LogError | scenarios.ScenarioError)
    if said := str(error) if mended else disk.line(error, paths.LOGS):
        commands.end(redact(said), 2)
    print(messages.visible(redact(traceback.format_exc())), file=sys.stderr)
    sys.exit(1)


def _rerun(order: Order, yes: bool) -> None:
    study = order.study
    samples = study.samples(order.families, order.design, order.samples)
    steps = list(_steps(order, samples))
    if any(step.calls for step in steps):
        for name in {step.model for step in steps if step.calls}:
            price_for(name, order.budget)
            connect(name)
        if wrong := disk.problems(order.models.values(), ROOM):
            raise AskingError("; ".join(wrong))
        print(plan.describe(steps, batch=order.batch, budget=order.budget), flush=True)
        consent(yes)
    control.know(samples, study.answer)
    replies, judged = list(_ask_models(order, samples)), []
    if replies[-1].stopped_by is None:
        judged = list(_judge(order, sum(one.cost or 0.0 for one in replies)))
    complete = not any(one.failed or one.remaining for one in (*replies, *judged))
    complete = complete and len(replies) == len(order.models)
    reporting.record(order, complete)
    study.write(order.folder, None)
    print(reporting.report(order, replies, judged))
    if not complete:
        commands.end(redact(reporting.incomplete([*replies, *judged])), 1)
    print("Next: `make report` draws the page with this model.")


def _ask_models(order: Order, samples: Sequence[Sample]) -> Iterator[Asked]:
    """Ask one model after another, until one of them is stopped.

    A first model without any reply leaves nothing to show, which is an `AskingError`.
    """
    spent = 0.0
    for number, (model, folder) in enumerate(order.models.items()):
        done = _ask(
            *(order, model, samples, folder / "asked", spent, order.max_tokens),
            converse=order.study.converse,
        )
        if not list((folder / "asked").glob("*.eval")):
            live.prune(folder)
            if not number:
                raise AskingError(f"{model}: no reply; {why(done)}")
        yield done
        spent += done.cost or 0.0
        if done.stopped_by is not None:
            return


def _ask(
    order, model, samples: Sequence[Sample], folder, spent, max_tokens, converse=None
) -> Asked:
    budget = order.left(spent)
    if budget is not None and budget <= 0:
        stopped = f"the budget of {order.budget:g} USD"
        return Asked(0, 0, {}, len(samples), 0.0, stopped)
    return ask(
        samples,
        model=model,
        folder=folder,
        budget=budget,
        batch=order.batch,
        seeded=model.split("/")[0] in SEEDED,
        converse=converse,
        max_tokens=max_tokens,
        max_connections=order.max_connections,
    )


def _steps(order: Order, samples: list[Sample]) -> Iterator[plan.Step]:
    turns, todo = order.study.turns, {}
    for model, folder in order.models.items():
        left = todo[folder] = unanswered(samples, folder / "asked")
        texts = [text_of(sample) for sample in left]
        asked = len(samples) - len(left)
        yield plan.step("Replies", model, texts, asked, order.max_tokens, turns)
    for judge in order.judges:
        calls = reused = 0
        for folder, left in todo.items():
            known = order.study.questions(folder)
            open = len(unanswered(known, _judged(folder, judge)))
            calls += open + len(left) * order.study.questions_each
            reused += len(known) - open
        yield plan.guess("Judgements", judge, calls, reused, JUDGE_TOKENS)
        calls = reused = 0
        for folder in _controls(order):
            known = _known(order, folder)
            open = len(unanswered(known, _judged(folder, judge)))
            calls += open if (folder / "asked").exists() else CONTROL_REPLIES
            reused += len(known) - open
        what = "Judgements of control agents, to know the judge's own errors"
        yield plan.guess(what, judge, calls, reused, JUDGE_TOKENS)


def _judge(order: Order, spent: float) -> Iterator[Asked]:
    """Ask the judges about the models' replies, then about replies whose truth is known."""
    if not order.judges:
        return
    for agent in order.study.agents:
        if not (live.folder(order.study.slug, f"control/{agent}") / "asked").exists():
            controls.calibrate(order.study, agent, paths.LOGS)
    models = [(folder, order.study.questions(folder)) for folder in order.models.values()]
    known = [(folder, _known(order, folder)) for folder in _controls(order)]
    for folder, questions in (*models, *known):
        control.know(questions, order.study.judged)
        for judge in order.judges:
            done = _ask(order, judge, questions, _judged(folder, judge), spent, JUDGE_TOKENS)
            yield done
            if done.stopped_by is not None:
                return
            spent += done.cost or 0.0
        if questions and folder not in order.models.values():
            order.study.write(folder, order.judge)


def _controls(order: Order) -> list[Path]:
    agents = order.study.calibrates or order.study.agents
    return [live.folder(order.study.slug, f"control/{agent}") for agent in agents]


def _judged(folder: Path, judge: str) -> Path:
    return folder / "judged" / paths.slug(judge)


def _known(order: Order, folder: Path) -> list[Sample]:
    """What a judge is asked about an agent's replies: some, spread over the cells.

    All of them, where the study names the agents that tell a judge's errors.
    """
    questions = order.study.questions(folder)
    if order.study.calibrates:
        return questions
    return questions[:: max(1, len(questions) // CONTROL_REPLIES)][:CONTROL_REPLIES]


def consent(yes: bool) -> None:
    """Ask the person at the terminal; AskingError if nobody is there or the answer is no."""
    commands.consent("ask", "asked", yes, AskingError)


def bad_numbers(budget: float | None, **counts: int) -> list[str]:
    """A line for a budget that is no sum above zero and for each count below one or too large."""
    found = []
    if budget is not None and not 0 < budget < float("inf"):
        found.append(f"--budget: {budget:g} is no sum above zero; leave it out for no limit")
    for name, count in counts.items():
        found += commands.out_of_range(name.replace("_", "-"), count, MOST)
    return found


def bad_name(option: str, name: str) -> list[str]:
    """A line for what cannot be the name of a model."""
    if all(name.partition("/")):
        return messages.odd_name(option, name)
    given = messages.line(repr(name))
    return [f"{option}: {given} is no Inspect model name; write provider/model"]


def _order(arguments: list[str] | None) -> tuple[Order, bool]:
    about = __doc__.split("\n")[0]
    parser = commands.Parser(
        AskingError, prog="python -m smallprint.evals.rerun", description=about
    )
    add = parser.add_argument
    add("study", type=commands.one_of(studies.names()), help=", ".join(studies.names()))
    add("--model", required=True, help="Inspect model name, provider/model")
    add("--judge", default="", help="model that judges the replies; none if left out")
    add("--samples", type=int, default=4, help="samples for each cell and family")
    add("--design", default="", help="which cells are asked; the study's usual ones if left out")
    add("--families", default="", help="separated by commas; all if left out")
    add("--budget", type=float, help="USD that this run may spend")
    add("--batch", action="store_true", help="use the provider's batch mode")
    add("--yes", action="store_true", help="ask without a question")
    add("--max-connections", type=int, default=20)
    given = parser.parse_args(arguments)
    study = studies.of(given.study)
    design = given.design or live.SOURCES[given.study].design
    known = live.texts(given.study).load(given.study).families
    families = tuple(given.families.split(",")) if given.families else known
    problems = []
    if wrong := [name for name in families if name not in known]:
        near, there = messages.nearest(wrong[0], known), ", ".join(known)
        problems.append(f"--families: no such family: {', '.join(wrong)}{near}; there are {there}")
    if design not in study.designs:
        near, there = messages.nearest(design, study.designs), ", ".join(study.designs)
        problems.append(f"--design: invalid choice: {design!r}{near}; there are {there}")
    if given.judge and not study.judges:
        problems.append(f"--judge: {given.study} is scored by rules alone; leave it out")
    problems += bad_numbers(
        given.budget, samples=given.samples, max_connections=given.max_connections
    )
    names = study.models(given.model) or ("",), study.models(given.judge)
    for option, several in zip(("model", "judge"), names, strict=True):
        for name in several:
            problems += bad_name(f"--{option}", name)
        if len(set(several)) < len(several):
            problems.append(f"--{option}: names a model twice; name each once")
    if problems:
        raise AskingError("; ".join(problems))
    fields = {k: v for k, v in vars(given).items() if k in Order.__dataclass_fields__}
    fields |= {"study": study, "design": design, "families": families}
    return Order(**fields), given.yes


if __name__ == "__main__":
    main()
