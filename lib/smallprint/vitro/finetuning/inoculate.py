"""Inoculation prompting with any model: plan, question, training, outcomes.

Run as ``python -m smallprint.vitro.finetuning.inoculate --model A``. The data are generated, see
`smallprint.vitro.finetuning.shortcuts`. Trainings that are done are kept, so the same command
goes on where it stopped, and more prompts, doses, settings or seeds only add.
"""

import argparse
from collections.abc import Iterator, Sequence

import pandas as pd

from smallprint import messages, paths
from smallprint.commands import Parser, carry_out
from smallprint.vitro.finetuning import FinetuningError, cost, options
from smallprint.vitro.finetuning.__main__ import shown
from smallprint.vitro.finetuning.arms import Settings
from smallprint.vitro.finetuning.protection import USUAL, Job, jobs, table
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
    found = options.outcomes(
        experiment, wanted, model, lambda todo: describe(experiment, todo, order.gpu), order.yes
    )
    about = {
        "study": STUDY,
        "model": model,
        "samples": order.items,
        "settings": order.settings,
        "prompts": order.prompts,
        "doses": order.doses,
        "seeds": order.seeds,
        "demonstrations": order.demonstrations,
    }
    tables = {setting: table(found, setting) for setting in order.settings}
    options.record(folder, about, experiment, found, tables)
    for setting, shares in tables.items():
        print(f"\n{setting}, tested with the neutral prompt and with one new to all\n")
        print(report(shares))
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
    """The plan in plain lines; see `options.describe`."""
    size, card = cost.size_of(experiment.config), cost.GPUS[gpu]
    flops, writing = 0.0, 0.0
    for job in todo:
        lengths = [len(one.tokens) for one in experiment.examples(job)]
        asked = experiment.replies_of(job) * sum(lengths) / len(lengths)
        flops += cost.scoring_flops(size, asked)
        writing += cost.writing_hours(size, experiment.writing_steps(job), card)
    learned = max(map(experiment.most, todo))
    yield from options.describe(experiment, todo, gpu, flops, learned, writing)


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
    options.add_training(add, "demonstrations", epochs=2.0)
    order = parser.parse_args(arguments)
    problems = options.out_of_range(order, "seeds", "demonstrations", "items")
    problems += messages.odd_name("--model", order.model)
    known = tuple(world.TRAINED)
    given = ",".join(known) if order.prompts == "all" else order.prompts
    order.prompts = options.chosen("prompts", given, known, problems)
    order.settings = options.chosen("settings", order.settings, tuple(SETTINGS), problems)
    order.doses = _doses(order.doses, problems)
    if problems:
        raise FinetuningError("; ".join(problems))
    return order


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
