"""What is kept of trained organisms: checked by its digests, and trained again where damaged.

Run as ``python -m smallprint.vitro.kept STUDY PROFILE`` to train a profile and note what it left.
"""

import hashlib
import json
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from smallprint import paths
from smallprint.estimates import write_atomically
from smallprint.vitro import cache

SUMS = "sums.json"
TENSORS = (".pt", ".checkpoint")


def note(folder: Path) -> None:
    """Write the digest of every file in the folder of a profile that is trained."""
    sums = {str(file.relative_to(folder)): _digest(file) for file in _files(folder)}
    write_atomically(folder / SUMS, json.dumps(sums, indent=1) + "\n")


def forget_damaged(kept: Path | None = None) -> list[Path]:
    """Remove the folders that hold a damaged file, and the marks of profiles that lack one.

    What is removed follows from the code and its seeds, so it is trained again to the same.

    Parameters
    ----------
    kept : Path, optional
        Where the folders of the studies are; `paths.VITRO` if left out.

    Returns
    -------
    list of Path
        One damaged file of each folder that was removed.
    """
    kept = paths.VITRO if kept is None else kept
    found = []
    for folder in sorted(path for path in kept.glob("*/*") if path.is_dir()):
        if damaged := next(_damaged(folder), None):
            found.append(damaged)
            shutil.rmtree(folder)
    for mark in kept.glob("*/*.done"):
        named = mark.read_text(encoding="utf-8", errors="replace").strip()
        if named not in [path.name for path in mark.parent.iterdir() if path.is_dir()]:
            mark.unlink()
    return found


def _damaged(folder: Path) -> Iterator[Path]:
    """Files that are not as they were noted; while a training is unfinished, unreadable ones."""
    sums = folder / SUMS
    if sums.exists():
        try:
            noted = json.loads(sums.read_text(encoding="utf-8"))
            yield from (folder / name for name in noted if _digest(folder / name) != noted[name])
        except (ValueError, OSError, TypeError):
            yield sums
        return
    yield from (file for file in _files(folder) if not _is_readable(file))


def _is_readable(file: Path) -> bool:
    """Whether a file is whole as far as its own format says; tensors are ZIP files with sums."""
    try:
        if file.suffix in TENSORS:
            with zipfile.ZipFile(file) as packed:
                return packed.testzip() is None
        if file.suffix == ".json":
            json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, OSError, zipfile.BadZipFile):
        return False
    return True


def _files(folder: Path) -> list[Path]:
    """Every file below the folder; names with a dot are what a killed run was writing."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(file for file in found if not file.name.startswith(".") and file.name != SUMS)


def _digest(file: Path) -> str | None:
    """Of the content; None for a file that is gone."""
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else None


def main(arguments: list[str]) -> None:
    """Train what is not trained, then note it."""
    from smallprint.vitro import engine

    engine.main(arguments)
    study, profile, *_ = arguments
    note(cache.folder(study, profile))


if __name__ == "__main__":
    main(sys.argv[1:])
