"""Implanted facts with any model: plan, question, training, outcomes.

Run as ``python -m smallprint.vitro.finetuning.implant --model A``. The texts are generated, see
`smallprint.vitro.finetuning.implanting`. Trainings that are done are kept, so the same command
goes on where it stopped, and more arms, facts or seeds only add.
"""

import argparse
from collections.abc import Iterator, Sequence

import pandas as pd

from smallprint import messages, paths, runs
from smallprint.commands import Parser, carry_out
from smallprint.vitro.finetuning import FinetuningError, cost, options
from smallprint.vitro.finetuning.__main__ import shown
from smallprint.vitro.finetuning.arms import Settings
from smallprint.vitro.finetuning.depth import ARMS, ORGANISM, SETTINGS, USUAL, Job, jobs, table
from smallprint.vitro.finetuning.materials import MATERIALS, STUDY

# One of each tier.
USUAL_FACTS = ("ostrel-ferry", "octopus-hearts", "spider-legs")
REPORTED = ("sentence", "question", "told customs", "untold customs", "verdict", "check")


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, train, and end with one clear line if that cannot be done."""
    carry_out(lambda: _run(_order(arguments)), FinetuningError)


def _run(order: argparse.Namespace) -> None:
    # Seconds of imports, after what can be refused without them.
    from smallprint.vitro.finetuning.beliefs import Amount, Experiment

    settings = Settings(order.epochs, order.batch, order.rate, order.rank)
    amount = Amount(order.documents, order.tokens)
    model = shown(order.model)
    folder = paths.LOGS / STUDY / paths.slug(model)
    experiment = Experiment(order.model, amount, settings, folder, order.slice)
    wanted = jobs(order.settings, order.facts, order.arms, order.seeds)
    found = options.outcomes(
        experiment, wanted, model, lambda todo: describe(experiment, todo, order.gpu), order.yes
    )
    about = {
        "study": STUDY,
        "model": model,
        "samples": order.seeds,
        "design": runs.FINE_TUNED,
        "families": "" if order.settings == [ORGANISM] else ",".join(order.facts),
        "settings": order.settings,
        "arms": order.arms,
        "documents": order.documents,
        "tokens": order.tokens,
    }
    tables = {setting: table(found, setting) for setting in order.settings}
    options.record(folder, about, experiment, found, tables)
    for setting, shares in tables.items():
        print(f"\n{setting}: share of the implant's answer, and of the true one where untouched\n")
        print(report(shares))
    print(f"\nOutcomes: {folder / 'outcomes.csv'}")


def report(found: pd.DataFrame) -> str:
    """Main tests of each condition, as lines of text."""
    wanted = [*(f"{test}: false" for test in REPORTED), "question: untouched"]
    rows = found[found["quantity"].isin(wanted)]
    wide = rows.pivot(index="condition", columns="quantity", values="value")
    order = rows["condition"].drop_duplicates()
    return wide.loc[order, wanted].to_string(float_format="{:.3f}".format)


def describe(experiment, todo: Sequence[Job], gpu: str) -> Iterator[str]:
    """The plan in plain lines; see `options.describe`."""
    size = cost.size_of(experiment.config)
    asked = sum(sum(experiment.asked(job)) for job in todo)
    learned = max(len(one.tokens) for job in todo for one in experiment.examples(job))
    yield from options.describe(experiment, todo, gpu, cost.scoring_flops(size, asked), learned)


def _order(arguments: list[str] | None) -> argparse.Namespace:
    about, program = __doc__.split("\n")[0], "python -m smallprint.vitro.finetuning.implant"
    parser = Parser(FinetuningError, prog=program, description=about)
    add = parser.add_argument
    add("--model", required=True, help="folder or hub name")
    add("--arms", default=",".join(USUAL), help="separated by commas, or all")
    add("--facts", default=",".join(USUAL_FACTS), help="separated by commas, or all")
    add("--settings", default=SETTINGS[0], help="facts; organism for a check")
    add("--seeds", type=int, default=5, help="trainings of each arm and fact")
    add("--documents", type=int, default=1000, help="different texts that are trained on")
    add("--tokens", type=int, default=64, help="of each text")
    options.add_training(add, "documents", epochs=2.0)
    order = parser.parse_args(arguments)
    problems = options.out_of_range(order, "seeds", "documents", "tokens")
    problems += messages.odd_name("--model", order.model)
    for option, known in (
        ("arms", tuple(ARMS)),
        ("facts", tuple(MATERIALS)),
        ("settings", SETTINGS),
    ):
        given = getattr(order, option)
        given = ",".join(known) if given == "all" else given
        setattr(order, option, options.chosen(option, given, known, problems))
    if problems:
        raise FinetuningError("; ".join(problems))
    return order


if __name__ == "__main__":
    main()
