"""Training all organisms of a world: stacks in worker processes, cached and resumable.

Run as ``python -m smallprint.vitro.engine STUDY PROFILE``.
"""

import argparse
import hashlib
import itertools
import json
import math
import multiprocessing
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import pandas as pd
import torch

from smallprint import paths
from smallprint.estimates import write_atomically
from smallprint.vitro import cache
from smallprint.vitro.design import PROFILES, Organism
from smallprint.vitro.reader import Reader
from smallprint.vitro.stack import Stack, initial_weights
from smallprint.vitro.training import Training, save_atomically

# Models a stack at a width: where one model fills a core, more only miss the cache.
STACKED = {32: 8, 48: 4}


def stacks(organisms: Iterable[Organism]) -> list[tuple[Organism, ...]]:
    """Group organisms of one shape and recipe into stacks of like size, an even number of them.

    The grouping follows from the design alone, so results do not depend on the machine.
    """
    alike: dict[tuple, list[Organism]] = {}
    for organism in organisms:
        alike.setdefault((organism.shape, organism.recipe), []).append(organism)
    made = []
    for (shape, _), group in alike.items():
        count = math.ceil(len(group) / STACKED.get(shape.width, 1))
        count = min(len(group), count + count % 2)
        edges = [round(len(group) * place / count) for place in range(count + 1)]
        made += [tuple(group[low:high]) for low, high in itertools.pairwise(edges)]
    return made


def device() -> torch.device:
    """The GPU if torch sees one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def train_stack(study: str, organisms: Sequence[Organism], folder: Path) -> list[dict]:
    """Train and measure one stack; return a row a measurement.

    Weights and rows of a finished stack lie in `folder` and are not made again.
    """
    torch.set_num_threads(1)
    name = hashlib.sha256("\n".join(o.id for o in organisms).encode()).hexdigest()[:12]
    done = folder / f"{name}.json"
    if done.exists():
        return json.loads(done.read_text(encoding="utf-8"))
    made, first = cache.world(study), organisms[0]
    weights = torch.stack([initial_weights(o.shape, o.seed) for o in organisms])
    stack = Stack(first.shape, weights.to(device()))
    corpora = [torch.from_numpy(made.corpus(o)).long() for o in organisms]
    training = Training(stack, first.recipe, corpora, [o.seed for o in organisms], pad=0)
    training.run(folder / f"{name}.checkpoint", _stop_without_parent(os.getppid()))
    rows = []
    for place, organism in enumerate(organisms):
        trained = stack.weights[place]
        save_atomically({"weights": trained.cpu().clone()}, cache.weights(folder, organism))
        reader = Reader(organism.shape, trained, made.WORDS)
        labels = {"condition": organism.condition, "seed": organism.seed, **organism.levels}
        labels["final_loss"] = float(training.losses[-20:, place].mean())
        rows += [labels | row for row in made.measure(reader, organism)]
    write_atomically(done, json.dumps(rows))
    (folder / f"{name}.checkpoint").unlink(missing_ok=True)
    return rows


def _stop_without_parent(parent: int) -> Callable[[int], None]:
    """End a worker whose parent was killed: nobody waits for it, and the next run resumes."""

    def check(step: int) -> None:
        if os.getppid() != parent:
            os._exit(1)

    return check


def train(study: str, profile: str, workers: int | None = None) -> pd.DataFrame:
    """Train every organism of a study's world and return its measurements.

    One process a core, each with one numerical thread: threads inside small
    products cost more than they bring. On a GPU one process does all.
    """
    folder = cache.folder(study, profile)
    groups = stacks(cache.world(study).design(profile))
    workers = 1 if device().type == "cuda" else workers or len(os.sched_getaffinity(0))
    context = multiprocessing.get_context("spawn")
    os.environ["OMP_NUM_THREADS"] = "1"
    found: dict[int, list[dict]] = {}
    with ProcessPoolExecutor(min(workers, len(groups)), mp_context=context) as pool:
        jobs = {pool.submit(train_stack, study, g, folder): i for i, g in enumerate(groups)}
        for job in as_completed(jobs):
            found[jobs[job]] = job.result()
            trained = sum(len(groups[place]) for place in found)
            total = sum(map(len, groups))
            print(
                f"{study}, {profile}: {trained} of {total} organisms", file=sys.stderr, flush=True
            )
    return pd.DataFrame([row for place in sorted(found) for row in found[place]])


def main(arguments: list[str]) -> None:
    """Train a world and write its measurements; mark the profile as done for the build graph."""
    parser = argparse.ArgumentParser(prog="python -m smallprint.vitro.engine")
    parser.add_argument("study")
    parser.add_argument("profile", choices=PROFILES)
    options = parser.parse_args(arguments)
    try:
        frame = train(options.study, options.profile)
    except ValueError as error:
        sys.exit(str(error))
    table = cache.table(options.study, options.profile)
    write_atomically(table, frame.to_csv(index=False))
    write_atomically(
        paths.VITRO / options.study / f"{options.profile}.done", f"{table.parent.name}\n"
    )
    _forget_others(options.study)


def _forget_others(study: str) -> None:
    """Delete caches of earlier worlds and designs; their numbers are not this project's."""
    keep = {cache.digest(study, profile) for profile in PROFILES}
    for folder in (paths.VITRO / study).iterdir():
        if folder.is_dir() and folder.name not in keep:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
