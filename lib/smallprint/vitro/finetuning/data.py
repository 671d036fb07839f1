"""Questions with a verdict, in the layout of the published data: three JSONL files in a folder.

``train_label.jsonl`` is what the weak teacher learns from, ``train_unlabel.jsonl`` what it
labels for the student and ``test.jsonl`` what all are scored on. A line is a verdict question,

    {"id": "a1", "text": "Is 3 + 4 = 7 right? Answer:", "label": 1}

whose text ends where the verdict goes and whose label 1 is the first verdict word, or a
preference between two replies, whose label 1 says that the first is better,

    {"id": "p1", "prompt": "Name a prime.", "first": "Seven.", "second": "Eight.", "label": 1}

The labels of ``train_unlabel.jsonl`` train the ceiling, and are otherwise read only for
reports, for the control with random errors and for the few labels that one method mixes in.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from smallprint.estimates import write_atomically
from smallprint.vitro.finetuning import FinetuningError

PARTS = ("train_label", "train_unlabel", "test")
PREFERENCE = """{prompt}

Reply A:
{first}

Reply B:
{second}

Is reply A better than reply B? Answer:"""

Text = Annotated[str, Field(min_length=1)]


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    id: Text
    label: Annotated[int, Field(ge=0, le=1)]


class Verdict(_Line):
    """A question whose text ends where the verdict goes."""

    text: Text


class Preference(_Line):
    """Two replies to one prompt; label 1 if the first is better."""

    prompt: Text
    first: Text
    second: Text

    @property
    def text(self) -> str:
        """The question that a model reads."""
        return PREFERENCE.format(prompt=self.prompt, first=self.first, second=self.second)


@dataclass(frozen=True)
class Items:
    """One file's questions: ids, texts and true labels, shape (n,), 0 or 1."""

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Data:
    """The three parts of a data folder; `digest` changes with any byte of them."""

    name: str
    train_label: Items
    train_unlabel: Items
    test: Items
    digest: str


def read(folder: Path) -> Data:
    """Read and check a data folder.

    Raises
    ------
    FinetuningError
        For a missing or damaged file, an unknown, missing or wrong field, an id that appears
        twice, a test question that is also trained on, or a file with one label only.
    """
    folder = Path(folder)
    files = {part: folder / f"{part}.jsonl" for part in PARTS}
    for file in files.values():
        if not file.is_file():
            raise FinetuningError(
                f"{file}: no such file; a data folder holds {', '.join(PARTS)}.jsonl"
            )
    items = {part: _items(file) for part, file in files.items()}
    _check_apart(files, items)
    content = b"\0".join(file.read_bytes() for file in files.values())
    return Data(folder.resolve().name, **items, digest=hashlib.sha256(content).hexdigest()[:16])


def write(folder: Path, **parts: Iterable[tuple[str, int]]) -> Path:
    """Lay out questions as text, such as the items of a world, and return the folder.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    train_label, train_unlabel, test : iterable of (text, label)
        All three; each text ends where the verdict goes, each label is 0 or 1.

    Raises
    ------
    FinetuningError
        If a part is missing or unknown, or if `read` would refuse what was written.
    """
    if set(parts) != set(PARTS):
        raise FinetuningError(f"parts: found {', '.join(sorted(parts))}; give {', '.join(PARTS)}")
    for part, pairs in parts.items():
        rows = [
            {"id": f"{part}-{place}", "text": text, "label": int(label)}
            for place, (text, label) in enumerate(pairs)
        ]
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
        write_atomically(Path(folder) / f"{part}.jsonl", "".join(lines))
    read(folder)
    return Path(folder)


def _items(file: Path) -> Items:
    # Not splitlines: JSON strings may hold separators that it would split at.
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        place = error.object.count(b"\n", 0, error.start) + 1
        raise FinetuningError(f"{file}:{place}: a byte that is not UTF-8; save as UTF-8") from None
    found = [(place, _line(file, place, line)) for place, line in enumerate(lines, 1) if line]
    seen: dict[str, int] = {}
    for place, one in found:
        if one.id in seen:
            raise FinetuningError(
                f"{file}:{place}: id: {one.id!r} is also on line {seen[one.id]}; ids are unique"
            )
        seen[one.id] = place
    labels = np.array([one.label for _, one in found], dtype=int)
    if len(np.unique(labels)) < 2:
        only = np.unique(labels).tolist() or "none"
        raise FinetuningError(f"{file}: label: both 0 and 1 must appear; found {only}")
    return Items(tuple(seen), tuple(one.text for _, one in found), labels)


def _line(file: Path, place: int, line: str) -> Verdict | Preference:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        why = getattr(error, "msg", None) or str(error)
        said = f"{file}:{place}: not JSON ({why}); write one object a line"
        raise FinetuningError(said) from None
    if not isinstance(fields, dict):
        raise FinetuningError(f"{file}:{place}: not an object; write one JSON object a line")
    kind = Preference if {"prompt", "first", "second"} & set(fields) else Verdict
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        wanted = ", ".join(kind.model_fields)
        raise FinetuningError(
            f"{file}:{place}: {field}: {first['msg']}; a line has the fields {wanted}"
        ) from None


def _check_apart(files: dict[str, Path], items: dict[str, Items]) -> None:
    """No question of the test is trained on."""
    places = {text: place for place, text in enumerate(items["test"].texts, 1)}
    for part in PARTS[:2]:
        for place, text in enumerate(items[part].texts, 1):
            if text in places:
                raise FinetuningError(
                    f"{files[part]}: item {place}: text: is also item {places[text]} of "
                    "test.jsonl; remove one of them"
                )
