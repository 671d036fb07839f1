"""Reference results: the committed run that fresh runs are compared with.

Run as ``python -m smallprint.reference`` to replace them by the last default
run of each study, after printing what changes.
"""

from pathlib import Path

from smallprint import estimates, paths
from smallprint.provenance import run_id

DEFAULTS = {"profile": "quick", "seed": 0}


def path(study: str) -> Path:
    """The committed reference run of a study."""
    return paths.ESTIMATES / study / "reference.json"


def fresh(study: str) -> Path:
    """Where the study's run with default parameters is written."""
    return paths.ESTIMATES / study / f"{run_id(DEFAULTS)}.json"


def update(study: str) -> list[str]:
    """Make the last default run the reference; return what changed."""
    new = estimates.read(fresh(study))
    old = path(study)
    changes = estimates.compare(estimates.read(old), new) if old.exists() else ["first reference"]
    if changes:
        estimates.write_atomically(old, fresh(study).read_text(encoding="utf-8"))
    return changes


if __name__ == "__main__":
    for folder in sorted(paths.ESTIMATES.iterdir()):
        if folder.is_dir():
            print(f"{folder.name}:", *(update(folder.name) or ["unchanged"]), sep="\n  ")
