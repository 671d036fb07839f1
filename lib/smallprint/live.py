"""Live results of a named model: where they are, and getting them if they are not there.

Nothing here imports Inspect, so that a notebook opens quickly; asking runs in a process of its own.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from smallprint import paths, scenarios


class Source(NamedTuple):
    """Where the texts of a study are read, and how they are asked unless somebody says so.

    Attributes
    ----------
    texts : str
        Module with ``load``, ``cells`` and ``samples``.
    design : str
        Used where none is named.
    planted : bool
        Whether there are agents with planted effects, for `smallprint.measured.recovery`.
    """

    texts: str
    design: str
    planted: bool


SOURCES = {
    "agentic-misalignment": Source("smallprint.scenarios", "screening", planted=True),
    "scheming": Source("smallprint.scenarios.environments", "arms", planted=False),
    "believe-it-or-not": Source("smallprint.scenarios.beliefs", "battery", planted=False),
    "ciphered-reasoning": Source("smallprint.scenarios.ciphers", "arms", planted=False),
    "stress-testing-specs": Source("smallprint.scenarios.specs", "core", planted=False),
}


def texts(study: str) -> ModuleType:
    """The module that reads the study's texts; for an unknown study one that says so."""
    return import_module(SOURCES[study].texts) if study in SOURCES else scenarios


def members(names: str) -> tuple[str, ...]:
    """The models of a set, or the judges of a panel: names with commas between them."""
    return tuple(filter(None, names.split(",")))


def folder(study: str, model: str) -> Path:
    """Where the logs and outcomes of a model are, or the outcomes of a set of models."""
    return paths.LOGS / study / paths.slug(model)


def ensure(
    study: str,
    model: str,
    judge: str = "",
    samples: int = 4,
    design: str = "",
    families: Sequence[str] = (),
    budget: float | None = None,
    yes: bool = False,
) -> Path:
    """The path of a model's ``outcomes.csv``, asking what was not asked before.

    Without leave to ask, what an earlier run left is returned as it is: a run that stopped
    at its budget, or that asked texts which have changed since, still has a page.

    Parameters
    ----------
    samples : int
        For each cell and family.
    design : str
        The study's usual one if empty.
    families : sequence of str
        All if empty.
    budget : float, optional
        USD that this call may spend.
    yes : bool
        Ask at once. Without it the plan is printed and nothing is spent.

    Raises
    ------
    RuntimeError
        With the command's own line, if something could not be asked and nothing is there.
    """
    found = folder(study, model) / "outcomes.csv"
    chosen = {"judge": judge, "samples": samples, "design": design, "families": families}
    if not is_complete(study, model, **chosen):
        options = chosen | {"model": model, "families": ",".join(families), "budget": budget}
        command = [sys.executable, "-m", "smallprint.evals.rerun", study]
        command += [f"--{name}={value}" for name, value in options.items() if value]
        try:
            _run([*command, *(["--yes"] if yes else [])])
        except RuntimeError:
            if yes or not found.exists():
                raise
            print("The replies that are there are shown.")
    return found


def is_complete(
    study: str, model: str, judge: str, samples: int, design: str, families: Sequence[str] = ()
) -> bool:
    """Whether everything that these parameters name was asked, in today's words.

    See `ensure` for the parameters.
    """
    pack, place = texts(study).load(study), folder(study, model)
    chosen = design or SOURCES[study].design
    wanted = fingerprint(pack, chosen, families or pack.families, samples)
    return _holds(place, wanted, judge)


def controls(study: str) -> None:
    """Ask the control agents of a study, and fit the planted ones if any, unless that is done.

    Raises
    ------
    RuntimeError
        With the command's own line, if it fails.
    """
    done = {"smallprint.evals.controls": paths.LOGS / study / ".controls"}
    if SOURCES[study].planted:
        done["smallprint.measured.recovery"] = paths.LOGS / study / "planted" / "terms.csv"
    for module, result in done.items():
        if not result.exists():
            _run([sys.executable, "-m", module, study])


def fingerprint(pack, design: str, families: Sequence[str], samples: int) -> str:
    """Sixteen hex digits that change with any sample asked or any of its words.

    Parameters
    ----------
    pack : Pack or EnvironmentPack
        As the study's texts load it.
    """
    source = texts(pack.study)
    cells = source.cells(pack, design)
    asked = sorted(
        f"{one.id} {one.digest}"
        for family in families
        for one in source.samples(pack, family, cells, samples)
    )
    return hashlib.sha256("\n".join(asked).encode()).hexdigest()[:16]


def prune(place: Path) -> None:
    """Remove a model's folder and the folders above it as far as they are empty."""
    for path in (place / "asked", place, *place.parents):
        if path == paths.LOGS.parent or (path.exists() and any(path.iterdir())):
            return
        if path.exists():
            path.rmdir()


def _holds(place: Path, prompts: str, judge: str) -> bool:
    if not (place / "outcomes.csv").exists() or not (place / "run.json").exists():
        return False
    try:
        run = json.loads((place / "run.json").read_text(encoding="utf-8"))
    except ValueError:
        return False
    right = run.get("prompts") == prompts and run.get("complete", False)
    return right and judge in ("", run["judge"])


def _run(command: list[str]) -> None:
    """Run a command, show what it says as it says it, and raise its last line if it fails."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        last = ""
        for line in process.stdout:
            print(line, end="", flush=True)
            last = line.strip() or last
    if process.returncode:
        raise RuntimeError(last)
