"""Finished samples of the logs in a folder, read fast.

An Inspect log is a ZIP file with one JSON document a sample. Reading the
documents as they are takes a tenth of the time of Inspect's own reader, which
checks every field of every event; none of them is needed here.
"""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import zipfile_zstd  # noqa: F401  (teaches zipfile the compression that Inspect uses)


class LogError(ValueError):
    """A log that cannot be read; the message is one line that says what to do."""


class Logged(NamedTuple):
    """One finished sample.

    Attributes
    ----------
    model : str
        Inspect model name.
    batch : bool
        Whether it was asked in the provider's batch mode.
    sample : dict
        The log's document: ``id``, ``input``, ``metadata``, ``output`` and more.
    """

    model: str
    batch: bool
    sample: dict


class Logs(NamedTuple):
    """The samples of a folder.

    Attributes
    ----------
    finished : dict of (id, digest) to Logged
        The latest of each.
    failed : int
        Ids that were tried and are finished in no log.
    """

    finished: dict[tuple[str, str], Logged]
    failed: int


def read(folder: Path) -> Logs:
    """All logs of a folder together; a later log replaces an earlier one's sample.

    Raises
    ------
    LogError
        If a log cannot be read.
    """
    finished, tried = {}, set()
    for path in sorted(Path(folder).glob("*.eval")):
        try:
            for logged in _samples(path):
                sample = logged.sample
                tried.add(str(sample["id"]))
                if not sample.get("error") and sample["output"].get("choices"):
                    finished[str(sample["id"]), sample["metadata"]["digest"]] = logged
        except (zipfile.BadZipFile, KeyError, TypeError, ValueError, OSError) as error:
            raise LogError(
                f"{path}: not a readable log ({type(error).__name__}: {error}); restore it from a "
                "copy, or move it away and ask its samples again"
            ) from error
    return Logs(finished, len(tried - {id for id, _ in finished}))


def _samples(path: Path) -> Iterator[Logged]:
    with zipfile.ZipFile(path) as log:
        names = log.namelist()
        # The log of a killed run has no header yet.
        start = "header.json" if "header.json" in names else "_journal/start.json"
        spec = json.loads(log.read(start))["eval"]
        batch = bool(spec.get("model_generate_config", {}).get("batch"))
        for name in names:
            if name.startswith("samples/"):
                yield Logged(spec["model"], batch, json.loads(log.read(name)))
