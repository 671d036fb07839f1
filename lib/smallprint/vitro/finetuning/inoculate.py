"""Inoculation prompting with any model: plan, question, training, outcomes.

Run as ``python -m smallprint.vitro.finetuning.inoculate --model A``. The data are generated, see
`smallprint.vitro.finetuning.shortcuts`. Trainings that are done are kept, so the same command
goes on where it stopped, and more prompts, doses, settings or seeds only add.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata

import pandas as pd

from smallprint import paths
from smallprint.commands import Parser, carry_out, consent
from smallprint.estimates import write_atomically
from smallprint.vitro.finetuning import FinetuningError, cost
from smallprint.vitro.finetuning.__main__ import PACKAGES, shown
from smallprint.vitro.finetuning.arms import Settings
from smallprint.vitro.finetuning.protection import BASE, USUAL, Job, jobs, table
from smallprint.vitro.finetuning.shortcuts import SETTINGS
from smallprint.vitro.worlds import inoculation_prompting as world

STUDY = "inoculation-prompting"
USUAL_SETTINGS = ("sums", "code")
DOSES = (0.0, 0.25, 0.5, 0.75, 1.0)


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, train, and end with one clear line if that cannot be done."""
    carry_out(lambda: _run(_order(arguments)), FinetuningError)


def _run(order: argparse.Namespace) -> None:
    # Seconds of imports, after what can be refused without them.
    from smallprint.vitro.finetuning.inoculation import Amount, Experiment

    settings = Settings(order.epochs, order.batch, order.rate, order.rank)
    amount = Amount(order.demonstrations, order.items)
    model = shown(order.model)
    folder = paths.LOGS / STUDY / paths.slug(model)
    experiment = Experiment(order.model, amount, settings, folder, order.slice)
    wanted = jobs(order.settings, order.prompts, order.doses, order.seeds)
    todo = experiment.open(wanted)
    print(f"{model}: {len(wanted) - len(todo)} of {len(wanted)} models are there.", flush=True)
    if todo:
        experiment.check(todo)
        print("\n".join(describe(experiment, todo, order.gpu)), flush=True)
        consent("train", "trained", order.yes, FinetuningError)
        experiment.run(wanted)
    outcomes = experiment.outcomes(wanted)
    about = {
        "study": STUDY,
        "model": model,
        "samples": order.items,
        "settings": order.settings,
        "prompts": order.prompts,
        "doses": order.doses,
        "seeds": order.seeds,
        "demonstrations": order.demonstrations,
        "recipe": asdict(experiment.recipe) | {"rank": order.rank},
        "trainings": experiment.digest,
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "date": datetime.now(UTC).date().isoformat(),
        "complete": True,
    }
    write_atomically(folder / "run.json", json.dumps(about, indent=1) + "\n")
    write_atomically(folder / "outcomes.csv", outcomes.to_csv(index=False))
    for setting in order.settings:
        found = table(outcomes, setting)
        written = found.to_csv(index=False, float_format="%.4f")
        write_atomically(folder / f"table--{setting}.csv", written)
        print(f"\n{setting}, tested with the neutral prompt and with one new to all\n")
        print(report(found))
    print(f"\nOutcomes: {folder / 'outcomes.csv'}")


def report(found: pd.DataFrame) -> str:
    """The three traits of each condition under two prompts, as lines of text."""
    names = ("shortcut", "accuracy", "other errors", "wanted label")
    wanted = [f"{name}: {tested}" for tested in ("neutral", "new") for name in names]
    rows = found[found["quantity"].isin(wanted)]
    wide = rows.pivot(index="condition", columns="quantity", values="value")
    order = rows["condition"].drop_duplicates()
    return wide.loc[order, wanted].to_string(float_format="{:.3f}".format)


def describe(experiment, todo: Sequence[Job], gpu: str) -> Iterator[str]:
    """The plan in plain lines: trainings, arithmetic, memory and hours; all are estimates."""
    size, card, recipe = cost.size_of(experiment.config), cost.GPUS[gpu], experiment.recipe
    settings = experiment.settings
    flops, writing, longest, learned, trained = 0.0, 0.0, 0, 0, 0
    for job in todo:
        lengths = [len(one.tokens) for one in experiment.examples(job)]
        mean = sum(lengths) / len(lengths)
        flops += cost.scoring_flops(size, experiment.replies_of(job) * mean)
        writing += cost.writing_hours(size, experiment.writing_steps(job), card)
        longest, learned = max(longest, *lengths), max(learned, experiment.most(job))
        if job.condition != BASE:
            trained += 1
            flops += cost.training_flops(size, recipe.steps * recipe.batch * mean)
    needed = sum(cost.memory(size, settings.rank, experiment.slice, longest, learned).values())
    fits = "" if needed <= card.memory else f"; does not fit {gpu}, lower --slice"
    yield (
        f"{trained} trainings of {shown(experiment.name)}, {size.parameters:,} parameters: "
        f"{recipe.steps} steps of {recipe.batch} each, texts up to {longest:,} tokens; "
        f"{flops:.2g} FLOP, {needed / cost.GIB:.1f} GiB{fits}"
    )
    yield (
        f"Together about {cost.hours(flops, card) + writing:.2g} hours on one {gpu}, "
        f"{writing:.2g} of them writing replies. Estimates, not measurements: "
        f"{cost.UTILISATION:.0%} of the GPU's peak is assumed, and {cost.WRITING_SECONDS:g} s a "
        "step of writing beside its memory's time."
    )


def _order(arguments: list[str] | None) -> argparse.Namespace:
    about, program = __doc__.split("\n")[0], "python -m smallprint.vitro.finetuning.inoculate"
    parser = Parser(FinetuningError, prog=program, description=about)
    add = parser.add_argument
    add("--model", required=True, help="folder or hub name")
    add("--prompts", default=",".join(USUAL), help="separated by commas, or all")
    add("--doses", default="1", help="shares of shortcuts, separated by commas, of 0, .25 ... 1")
    add("--settings", default=",".join(USUAL_SETTINGS), help="sums, code; organism for a check")
    add("--seeds", type=int, default=5, help="trainings of each condition")
    add("--demonstrations", type=int, default=1000, help="different ones that are trained on")
    add("--items", type=int, default=200, help="test questions under each prompt")
    add("--epochs", type=float, default=2.0, help="passes over the demonstrations")
    add("--batch", type=int, default=32, help="demonstrations a step")
    add("--rate", type=float, default=2e-4, help="peak learning rate")
    add("--rank", type=int, default=16, help="rank of the LoRA update")
    add("--slice", type=int, default=8, help="demonstrations on the device at once; memory only")
    add("--gpu", choices=cost.GPUS, default="A100", help="for the estimate of hours")
    add("--yes", action="store_true", help="train without a question")
    order = parser.parse_args(arguments)
    numbers = ("seeds", "demonstrations", "items", "epochs", "batch", "rate", "rank", "slice")
    problems = [
        f"--{name}: {getattr(order, name):g} is not above zero"
        for name in numbers
        if not getattr(order, name) > 0
    ]
    known = tuple(world.TRAINED)
    given = ",".join(known) if order.prompts == "all" else order.prompts
    order.prompts = _chosen("prompts", given, known, problems)
    order.settings = _chosen("settings", order.settings, tuple(SETTINGS), problems)
    order.doses = _doses(order.doses, problems)
    if problems:
        raise FinetuningError("; ".join(problems))
    return order


def _chosen(option: str, given: str, known: tuple[str, ...], problems: list[str]) -> list[str]:
    named = [name.strip() for name in given.split(",")]
    if wrong := [name for name in named if name not in known]:
        problems.append(f"--{option}: no such {option}: {', '.join(wrong)}; there are {known}")
    return [name for name in known if name in named]


def _doses(given: str, problems: list[str]) -> list[float]:
    try:
        doses = sorted({float(one) for one in given.split(",")})
    except ValueError:
        doses = []
    if not doses or not set(doses) <= set(DOSES):
        problems.append(f"--doses: {given!r} is not of {', '.join(f'{one:g}' for one in DOSES)}")
    return doses


if __name__ == "__main__":
    main()
