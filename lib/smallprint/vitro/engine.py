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
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from functools import cache as memo
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pandas as pd
import torch
from tqdm import tqdm

from smallprint import paths
from smallprint.estimates import write_atomically
from smallprint.vitro import cache
from smallprint.vitro.design import Organism, Shape
from smallprint.vitro.reader import Reader
from smallprint.vitro.stack import Stack, initial_weights
from smallprint.vitro.training import Training, save_atomically

# Models a stack at a width: where one model fills a core, more only miss the cache.
STACKED = {32: 8, 48: 4}


def generations(organisms: Sequence[Organism]) -> list[list[Organism]]:
    """Organisms in the order of what they need: each after its base and the others it reads.

    Raises
    ------
    ValueError
        If one needs what the design does not have or does not keep, or needs itself.
    """
    kept = {organism.id: organism.keep for organism in organisms}
    waiting = {o.id: {name for name in (o.base, *o.needs) if name} for o in organisms}
    for name, wanted in waiting.items():
        if missing := sorted(one for one in wanted if not kept.get(one)):
            raise ValueError(f"{name} needs {missing[0]}, which the design does not have or keep")
    order = [list(generation) for generation in _sorted(waiting)]
    by_id = {organism.id: organism for organism in organisms}
    for organism in organisms:
        if organism.base and by_id[organism.base].shape != organism.shape:
            raise ValueError(f"{organism.id} has another shape than its base {organism.base}")
    place = {name: i for i, name in enumerate(by_id)}
    return [[by_id[name] for name in sorted(names, key=place.get)] for names in order]


def _sorted(waiting: dict[str, set[str]]) -> Iterator[tuple[str, ...]]:
    sorter = TopologicalSorter(waiting)
    try:
        sorter.prepare()
    except CycleError as error:
        raise ValueError(f"organisms need each other: {', '.join(error.args[1])}") from None
    while sorter.is_active():
        ready = sorter.get_ready()
        yield ready
        sorter.done(*ready)


def stacks(organisms: Iterable[Organism]) -> list[tuple[Organism, ...]]:
    """Group organisms of one shape and recipe into stacks of like size, an even number of them.

    Organisms that start from a base are not stacked with those that do not. The grouping
    follows from the design alone, so results do not depend on the machine.
    """
    alike: dict[tuple, list[Organism]] = {}
    for organism in organisms:
        key = (organism.shape, organism.recipe, bool(organism.base))
        alike.setdefault(key, []).append(organism)
    made = []
    for (shape, *_), group in alike.items():
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
    weights = torch.stack([_first_weights(organism, folder) for organism in organisms])
    stack = Stack(first.shape, weights.to(device()))
    needed = [[trained(study, folder, id) for id in organism.needs] for organism in organisms]
    corpora = [made.corpus(o, *others) for o, others in zip(organisms, needed, strict=True)]
    training = Training(stack, first.recipe, corpora, [o.seed for o in organisms], pad=0)
    training.run(folder / f"{name}.checkpoint", _stop_without_parent)
    rows = []
    for place, organism in enumerate(organisms):
        weight = stack.weights[place]
        if organism.keep:
            _saved(weight, organism.shape, cache.weights(folder, organism.id))
        reader = Reader(organism.shape, weight, made.WORDS)
        labels = {"condition": organism.condition, "seed": organism.seed, **organism.levels}
        labels["final_loss"] = float(training.losses[-20:, place].mean())
        rows += [labels | row for row in made.measure(reader, organism, *needed[place])]
    write_atomically(done, json.dumps(rows))
    (folder / f"{name}.checkpoint").unlink(missing_ok=True)
    return rows


def _saved(weights: torch.Tensor, shape: Shape, path: Path) -> None:
    save_atomically({"weights": weights.cpu().clone(), "shape": asdict(shape)}, path)


def _load(path: Path) -> tuple[torch.Tensor, Shape]:
    state = torch.load(path, weights_only=True)
    return state["weights"], Shape(**state["shape"])


def _first_weights(organism: Organism, folder: Path) -> torch.Tensor:
    if organism.base:
        return _load(cache.weights(folder, organism.base))[0]
    return initial_weights(organism.shape, organism.seed)


@memo
def trained(study: str, folder: Path, id: str) -> Reader:
    """The reader of a trained organism in `folder`; the same object each time."""
    weights, shape = _load(cache.weights(folder, id))
    return Reader(shape, weights.to(device()), cache.world(study).WORDS)


def _stop_without_parent(step: int) -> None:
    """End a worker whose parent was killed: nobody waits for it, and the next run resumes."""
    parent = multiprocessing.parent_process()
    if parent is not None and not parent.is_alive():
        os._exit(1)


def train(study: str, profile: str, workers: int | None = None) -> pd.DataFrame:
    """Train every organism of a study's world and return its measurements.

    One process a core, each with one numerical thread: threads inside small
    products cost more than they bring. On a GPU one process does all.
    """
    folder = cache.folder(study, profile)
    waves = [stacks(wave) for wave in generations(cache.world(study).design(profile))]
    total = sum(len(stack) for wave in waves for stack in wave)
    workers = 1 if device().type == "cuda" else workers or len(os.sched_getaffinity(0))
    context = multiprocessing.get_context("spawn")
    os.environ["OMP_NUM_THREADS"] = "1"
    rows: list[dict] = []
    with (
        ProcessPoolExecutor(min(workers, max(map(len, waves))), mp_context=context) as pool,
        tqdm(total=total, desc=f"{study}, {profile}", unit=" organisms") as progress,
    ):
        for wave in waves:
            found: dict[int, list[dict]] = {}
            jobs = {pool.submit(train_stack, study, g, folder): i for i, g in enumerate(wave)}
            for job in as_completed(jobs):
                found[jobs[job]] = job.result()
                progress.update(len(wave[jobs[job]]))
            rows += [row for place in sorted(found) for row in found[place]]
    return pd.DataFrame(rows)


def main(arguments: list[str]) -> None:
    """Train a world and write its measurements; mark the profile as done for the build graph."""
    parser = argparse.ArgumentParser(prog="python -m smallprint.vitro.engine")
    parser.add_argument("study")
    parser.add_argument("profile")
    parser.add_argument("--workers", type=int, help="processes; by default one a core")
    options = parser.parse_args(arguments)
    try:
        if options.profile not in (known := cache.profiles(options.study)):
            raise ValueError(f"no profile {options.profile!r}; there are: {', '.join(known)}")
        frame = train(options.study, options.profile, options.workers)
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
    keep = {cache.digest(study, profile) for profile in cache.profiles(study)}
    for folder in (paths.VITRO / study).iterdir():
        if folder.is_dir() and folder.name not in keep:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
