"""What the command lines of fine-tunings share: options, their checks, and what a run records."""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import pandas as pd

from smallprint import commands, messages
from smallprint.estimates import write_atomically
from smallprint.vitro.finetuning import FinetuningError, cost
from smallprint.vitro.finetuning.__main__ import GPU_HELP, MOST, PACKAGES, shown

TRAINING = ("epochs", "batch", "rate", "rank", "slice")


def add_training(add: Callable, what: str, epochs: float) -> None:
    """Add the options of every fine-tuning on `what`, such as "demonstrations"."""
    add("--epochs", type=float, default=epochs, help=f"passes over the {what}")
    add("--batch", type=int, default=32, help=f"{what} a step")
    add("--rate", type=float, default=2e-4, help="peak learning rate")
    add("--rank", type=int, default=16, help="rank of the LoRA update")
    add("--slice", type=int, default=8, help=f"{what} on the device at once; memory only")
    add("--gpu", type=commands.one_of(tuple(cost.GPUS)), default="A100", help=GPU_HELP)
    add("--yes", action="store_true", help="train without a question")


def out_of_range(order: argparse.Namespace, *names: str) -> list[str]:
    """A line for each number of an order that no training can have, those of `TRAINING` too."""
    return [
        problem
        for name in (*names, *TRAINING)
        for problem in commands.out_of_range(name, getattr(order, name), MOST)
    ]


def chosen(option: str, given: str, known: tuple[str, ...], problems: list[str]) -> list[str]:
    """The known names that are among those given, in their order; a line for unknown ones.

    Commas part names; as a name may have one itself, a known name is taken as far as it goes.
    """
    named, rest = [], [name.strip() for name in given.split(",")]
    while rest:
        sizes = [n for n in range(len(rest), 0, -1) if ", ".join(rest[:n]) in known] or [1]
        named.append(", ".join(rest[: sizes[0]]))
        rest = rest[sizes[0] :]
    if wrong := [name for name in named if name not in known]:
        found = ", ".join(wrong) + messages.nearest(wrong[0], known)
        problems.append(f"--{option}: no such {option}: {found}; there are {', '.join(known)}")
    return [name for name in known if name in named]


def outcomes(
    experiment, wanted: Sequence, name: str, plan: Callable[[Sequence], Iterator[str]], yes: bool
) -> pd.DataFrame:
    """What is found of the wanted jobs; those that are missing are trained, after a question.

    Parameters
    ----------
    plan : callable
        The lines that say what the missing jobs cost.
    yes : bool
        Agreed to beforehand.
    """
    todo = experiment.open(wanted)
    print(f"{name}: {len(wanted) - len(todo)} of {len(wanted)} models are there.", flush=True)
    if todo:
        experiment.check(todo)
        print("\n".join(plan(todo)), flush=True)
        commands.consent("train", "trained", yes, FinetuningError)
        experiment.run(wanted)
    return experiment.outcomes(wanted)


def describe(
    experiment, todo: Sequence, gpu: str, flops: float, learned: int, writing: float = 0.0
) -> Iterator[str]:
    """The plan in plain lines: trainings, arithmetic, memory and hours; all are estimates.

    Parameters
    ----------
    flops : float
        Of testing; those of training are added.
    learned : int
        Most tokens of a text that are learned.
    writing : float
        Hours of writing replies, if any are written.
    """
    size, card, recipe = cost.size_of(experiment.config), cost.GPUS[gpu], experiment.recipe
    trained = [job for job in todo if job.trains]
    lengths = [[len(one.tokens) for one in experiment.examples(job)] for job in todo]
    for job, some in zip(todo, lengths, strict=True):
        if job.trains:
            read = recipe.steps * recipe.batch * sum(some) / len(some)
            flops += cost.training_flops(size, read)
    longest, rank = max(map(max, lengths)), experiment.settings.rank
    needed = sum(cost.memory(size, rank, experiment.slice, longest, learned).values())
    fits = "" if needed <= card.memory else f"; does not fit {gpu}, lower --slice"
    yield (
        f"{len(trained)} trainings of {shown(experiment.name)}, {size.parameters:,} parameters: "
        f"{recipe.steps} steps of {recipe.batch} each, texts up to {longest:,} tokens; "
        f"{flops:.2g} FLOP, {needed / cost.GIB:.1f} GiB{fits}"
    )
    hours = cost.hours(flops, card) + writing
    said = f", {writing:.2g} of them writing replies" if writing else ""
    assumed = f", and {cost.WRITING_SECONDS:g} s a step of writing beside its memory's time"
    yield (
        f"Together about {hours:.2g} hours on one {gpu}{said}. Estimates, not measurements: "
        f"{cost.UTILISATION:.0%} of the GPU's peak is assumed{assumed if writing else ''}."
    )


def record(
    folder: Path, about: dict, experiment, outcomes: pd.DataFrame, tables: dict[str, pd.DataFrame]
) -> None:
    """Write ``run.json``, ``outcomes.csv`` and a table for each setting.

    Parameters
    ----------
    about : dict
        ``study``, ``model``, ``samples`` and what else was ordered.
    """
    about |= {
        "recipe": asdict(experiment.recipe) | {"rank": experiment.settings.rank},
        "trainings": experiment.digest,
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "date": datetime.now(UTC).date().isoformat(),
        "complete": True,
    }
    write_atomically(folder / "run.json", json.dumps(about, indent=1) + "\n")
    write_atomically(folder / "outcomes.csv", outcomes.to_csv(index=False))
    for setting, found in tables.items():
        written = found.to_csv(index=False, float_format="%.4f")
        write_atomically(folder / f"table--{setting}.csv", written)
