"""What trainings leave on disk, and what tells one experiment's from another's."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from smallprint.estimates import write_atomically


class Shelf:
    """A folder with one JSON file a training."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has(self, name: str) -> bool:
        """Whether a training has left its results."""
        return self._file(name).exists()

    def put(self, name: str, made: dict) -> None:
        """Keep what a training made; a kill leaves all of it or nothing."""
        write_atomically(self._file(name), json.dumps(made))

    def get(self, name: str) -> dict:
        """What a training made."""
        return json.loads(self._file(name).read_text(encoding="utf-8"))

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.json"


def digest(content: Iterable[str], modules: Iterable[str]) -> str:
    """Sixteen hex digits of some texts and of the source of modules, named from this folder."""
    code = [(Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8") for name in modules]
    return hashlib.sha256("\0".join([*content, *code]).encode()).hexdigest()[:16]


def identity(name: str, config) -> str:
    """What tells a model from another of the same name: the hub's commit, or its files.

    Parameters
    ----------
    name : str
        Local folder or hub name.
    config : transformers configuration
        Knows the hub's commit.
    """
    if not Path(name).is_dir():
        return f"{name} {getattr(config, '_commit_hash', None)}"
    return "\n".join(_stamps(Path(name)))


def _stamps(folder: Path) -> Iterator[str]:
    """Content of the small files; size and time of the weights, which take long to read."""
    for file in sorted(folder.iterdir()):
        if file.suffix == ".json":
            yield f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}"
        elif file.suffix in (".safetensors", ".bin"):
            found = file.stat()
            yield f"{file.name} {found.st_size} {found.st_mtime_ns}"
