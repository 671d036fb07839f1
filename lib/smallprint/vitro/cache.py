"""Which world a study has, and what its cached results depend on. Needs no torch."""

import hashlib
import importlib
import json
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from types import ModuleType

from smallprint import messages, paths
from smallprint.vitro.design import PROFILES

# The modules that can change a measurement.
MADE_OF = ("design", "stack", "training", "reader", "engine", "weak_labels")


def world(study: str) -> ModuleType:
    """The world of a study: a package of these names.

    ``WORDS``, the vocabulary; ``design(profile)``, its organisms; ``corpus(organism, *needed)``,
    episodes or `Labelled` questions; ``measure(reader, organism, *needed)``, rows of
    measurements; ``summary(frame)``, the rows that are committed. ``needed`` are the readers of
    ``organism.needs``, in that order. ``PROFILES`` names the profiles, if there are more than
    the two of every world.

    Raises
    ------
    ValueError
        If the study has no world.
    """
    folder = Path(__file__).parent / "worlds"
    known = sorted(path.parent.name.replace("_", "-") for path in folder.glob("*/__init__.py"))
    if study not in known:
        near = messages.nearest(study, known)
        raise ValueError(f"no world for {study!r}{near}; there are: {', '.join(known)}")
    return importlib.import_module(f"smallprint.vitro.worlds.{study.replace('-', '_')}")


def profiles(study: str) -> tuple[str, ...]:
    """The profiles that a study's world can be trained in."""
    return getattr(world(study), "PROFILES", PROFILES)


def digest(study: str, profile: str) -> str:
    """What a cached result depends on: world, design, engine and torch."""
    engine = [Path(__file__).with_name(f"{name}.py") for name in MADE_OF]
    made = sorted(Path(world(study).__file__).parent.glob("*.py"))
    sources = [*engine, *(path for path in made if path.stem != "summary")]
    design = json.dumps([asdict(organism) for organism in world(study).design(profile)])
    content = [path.read_bytes() for path in sources] + [
        design.encode(),
        metadata.version("torch").encode(),
    ]
    return hashlib.sha256(b"\0".join(content)).hexdigest()[:12]


def folder(study: str, profile: str) -> Path:
    """Where everything lies that was trained for one profile of a study."""
    return paths.VITRO / study / digest(study, profile)


def table(study: str, profile: str) -> Path:
    """The measurements of one profile of a study, a row each."""
    return folder(study, profile) / "measurements.csv"


def weights(folder: Path, id: str) -> Path:
    """Where the weights of a trained organism lie."""
    return folder / "weights" / f"{id}.pt"
