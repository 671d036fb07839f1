"""Weak-to-strong with any pair of models: plan, question, training, outcomes.

Run as ``python -m smallprint.vitro.finetuning --weak-model A --strong-model B --data FOLDER``.
The folder's layout is described in `smallprint.vitro.finetuning.data`. Trainings that are done
are kept, so the same command goes on where it stopped, and more seeds or methods only add.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from smallprint import messages, paths
from smallprint.commands import Parser, carry_out, consent, one_of, out_of_range
from smallprint.estimates import write_atomically
from smallprint.vitro.finetuning import FinetuningError, cost
from smallprint.vitro.finetuning.arms import ARMS, Settings, jobs
from smallprint.vitro.finetuning.data import PARTS, Data, read
from smallprint.vitro.finetuning.recovery import recovered

STUDY = "weak-to-strong"
# Of any number of an order; far more than anybody means.
MOST = 1_000_000
GPU_HELP = f"for the estimate of hours: {', '.join(cost.GPUS)}"
PACKAGES = ("torch", "transformers", "peft", "tokenizers", "numpy")


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, train, and end with one clear line if that cannot be done."""
    carry_out(lambda: _run(_order(arguments)), FinetuningError)


def _run(order: argparse.Namespace) -> None:
    data, methods = read(order.data), _methods(order)
    # Seconds of imports, after what can be refused without them.
    from smallprint.vitro.finetuning import pair

    fields = ("epochs", "batch", "rate", "rank", "verdicts")
    settings = Settings(**{name: getattr(order, name) for name in fields})
    model = name_of(order.weak_model, order.strong_model, data)
    folder = paths.LOGS / STUDY / paths.slug(model)
    experiment = pair.Experiment(
        order.weak_model, order.strong_model, data, settings, folder, order.slice
    )
    wanted = jobs(methods, order.seeds)
    todo = experiment.open(wanted)
    print(f"{model}: {len(wanted) - len(todo)} of {len(wanted)} trainings are there.", flush=True)
    if todo:
        print("\n".join(describe(experiment, todo, order.gpu)), flush=True)
        consent("train", "trained", order.yes, FinetuningError)
        experiment.run(wanted)
    asked = [job for job in wanted if job.method not in ARMS or job.method in methods]
    outcomes = experiment.outcomes(asked)
    about = {
        "study": STUDY,
        "model": model,
        "weak_model": shown(order.weak_model),
        "strong_model": shown(order.strong_model),
        "samples": order.seeds,
        "methods": methods,
        "data": data.name,
        "data_digest": data.digest,
        "items": {part: len(getattr(data, part)) for part in PARTS},
        "settings": asdict(settings),
        "trainings": experiment.digest,
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "date": datetime.now(UTC).date().isoformat(),
        "complete": True,
    }
    write_atomically(folder / "run.json", json.dumps(about, indent=1) + "\n")
    write_atomically(folder / "outcomes.csv", outcomes.to_csv(index=False))
    print(recovered(outcomes).to_string(index=False, float_format="{:.3f}".format))
    print(f"Outcomes: {folder / 'outcomes.csv'}")


def name_of(weak: str, strong: str, data: Data) -> str:
    """The name of a pair on its data, as in ``run.json``; of a local model its folder's name."""
    return f"{shown(strong)} <- {shown(weak)}, {data.name}"


def shown(model: str) -> str:
    """The name of a hub model, or of a local one its folder's name."""
    folder = Path(model)
    return folder.resolve().name if folder.is_dir() else model


def describe(experiment, todo: Sequence, gpu: str) -> Iterator[str]:
    """The plan in plain lines: trainings, arithmetic, memory and hours; all are estimates."""
    total, card = 0.0, cost.GPUS[gpu]
    for weak in (True, False):
        chosen = [job for job in todo if job.weak == weak]
        if not chosen:
            continue
        size = cost.size_of(experiment.configs[weak])
        flops = sum(_flops(experiment, job, size) for job in chosen)
        longest = max(experiment.lengths[weak, part].max() for part in PARTS)
        needed = sum(
            cost.memory(size, experiment.settings.rank, experiment.slice, longest).values()
        )
        total += flops
        fits = "" if needed <= card.memory else f"; does not fit {gpu}, lower --slice"
        yield (
            f"{'Weak' if weak else 'Strong'}: {len(chosen)} trainings of "
            f"{shown(experiment.names[weak])}, {size.parameters:,} parameters, texts up to "
            f"{longest:,} tokens; {flops:.2g} FLOP, {needed / cost.GIB:.1f} GiB{fits}"
        )
    yield (
        f"Together about {cost.hours(total, card):.2g} hours on one {gpu}. Estimates, not "
        f"measurements: {cost.UTILISATION:.0%} of the GPU's peak is assumed."
    )


def _flops(experiment, job, size: cost.Size) -> float:
    tokens = {part: experiment.lengths[job.weak, part].sum() for part in PARTS}
    read = tokens["test"] + (tokens["train_unlabel"] if job.labels_pool else 0)
    flops = cost.scoring_flops(size, read)
    if job.method != "zero_shot":
        recipe, part = experiment.recipe(job), "train_label" if job.weak else "train_unlabel"
        passes = recipe.steps * recipe.batch / len(getattr(experiment.data, part))
        flops += cost.training_flops(size, passes * tokens[part], recipe.confidence > 0)
    return flops


def _order(arguments: list[str] | None) -> argparse.Namespace:
    about = __doc__.split("\n")[0]
    parser = Parser(
        FinetuningError, prog="python -m smallprint.vitro.finetuning", description=about
    )
    add = parser.add_argument
    add("--weak-model", required=True, help="folder or hub name of the teacher")
    add("--strong-model", required=True, help="folder or hub name of the student")
    add("--data", required=True, type=Path, help="folder with train_label, train_unlabel and test")
    add("--methods", default="", help="separated by commas; all if left out")
    add("--seeds", type=int, default=5, help="teachers, and students of each method")
    add("--epochs", type=float, default=2.0, help="passes over a training file")
    add("--batch", type=int, default=32, help="items a step")
    add("--rate", type=float, default=2e-4, help="peak learning rate")
    add("--rank", type=int, default=16, help="rank of the LoRA update")
    add("--slice", type=int, default=8, help="items on the device at once; changes memory only")
    add("--verdicts", default="yes,no", help="words for label 1 and label 0")
    add("--gpu", type=one_of(tuple(cost.GPUS)), default="A100", help=GPU_HELP)
    add("--yes", action="store_true", help="train without a question")
    order = parser.parse_args(arguments)
    order.verdicts = tuple(word.strip() for word in order.verdicts.split(","))
    problems = [
        problem
        for name in ("seeds", "epochs", "batch", "rate", "rank", "slice")
        for problem in out_of_range(name, getattr(order, name), MOST)
    ]
    for name in ("weak_model", "strong_model", "data"):
        problems += messages.odd_name(f"--{name.replace('_', '-')}", str(getattr(order, name)))
    if len(order.verdicts) != 2 or not all(order.verdicts):
        problems.append("--verdicts: name two words, as in yes,no")
    if problems:
        raise FinetuningError("; ".join(problems))
    return order


def _methods(order: argparse.Namespace) -> list[str]:
    chosen = order.methods.split(",") if order.methods else list(ARMS)
    if wrong := [name for name in chosen if name not in ARMS]:
        near = messages.nearest(wrong[0], ARMS)
        raise FinetuningError(
            f"--methods: no such method: {', '.join(wrong)}{near}; there are {', '.join(ARMS)}"
        )
    if "ensemble" in chosen and order.seeds < 2:
        raise FinetuningError("--seeds: an ensemble needs 2 or more; or leave it out of --methods")
    return [name for name in ARMS if name in chosen]


if __name__ == "__main__":
    main()
