"""What a folder of logs already holds: finished samples, and replies not yet in a log."""

import json
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path

from inspect_ai.log import read_eval_log_sample_summaries
from inspect_ai.model import ModelOutput

from smallprint import locks

RECEIVED = "received.jsonl"


class AskingError(RuntimeError):
    """Something a user can mend; the message is one line that says how."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep a second run out of `folder`, and leave no empty folder behind.

    The operating system frees the lock when the process ends, however it ends.

    Raises
    ------
    AskingError
        If another process is asking into the folder.
    """
    path = folder / ".lock"
    folder.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            locks.take(file)
        except locks.Busy as holder:
            raise AskingError(
                f"{folder}: another run (process {holder}) is asking into this folder; wait for "
                "it or stop it"
            ) from None
        try:
            yield
        finally:
            if [path] == list(folder.iterdir()):
                path.unlink()
                folder.rmdir()


def finished(folder: Path) -> dict[tuple[str, str], Path]:
    """(sample id, digest) of every finished sample in the logs of `folder`, and its log.

    A sample without an error is finished, a refused one too. The log of a
    killed run counts: Inspect replaces a log as a whole at each flush.

    Raises
    ------
    AskingError
        If a log cannot be read. It may hold paid replies, so it is never skipped.
    """
    found = {}
    for path in sorted(folder.glob("*.eval")):
        try:
            summaries = read_eval_log_sample_summaries(str(path))
        except Exception as error:
            raise AskingError(
                f"{path}: not a readable log ({type(error).__name__}); restore it from a copy, or "
                "move it away and its samples are asked and paid for again"
            ) from error
        for summary in summaries:
            if summary.error is None and summary.completed:
                found[str(summary.id), summary.metadata.get("digest", "")] = path
    return found


class Received:
    """Journal of the replies of the running call, until the log holds them all.

    Inspect writes logs in batches of samples, so a killed run would lose
    replies it has paid for. Its own cache is no substitute: it leaves out
    refusals, and it holds pickles, which run code when a folder is shared.

    Parameters
    ----------
    folder : Path
        Where the logs are. Replies that a killed run left there are read.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / RECEIVED
        self._replies = dict(_journal(self.path)) if self.path.exists() else {}

    def get(self, id: str, digest: str) -> ModelOutput | None:
        """The reply that is there already, from a killed run or an earlier attempt, if any."""
        return self._replies.get((id, digest))

    def keep(self, id: str, digest: str, output: ModelOutput) -> None:
        """Hand one line to the operating system, which keeps it if this process is killed."""
        self._replies[id, digest] = output
        line = json.dumps([id, digest, output.model_dump_json(exclude_none=True)])
        # The first line break ends what a killed process or a full disk cut off.
        with self.path.open("ab") as file:
            file.write(f"\n{line}\n".encode())

    def clear(self, unfinished: Container[str] = ()) -> None:
        """Forget the replies that the log holds: all but those of unfinished samples."""
        left = {key: output for key, output in self._replies.items() if key[0] in unfinished}
        self.path.unlink(missing_ok=True)
        for (id, digest), output in left.items():
            self.keep(id, digest, output)


def _journal(path: Path) -> Iterator[tuple[tuple[str, str], ModelOutput]]:
    for line in path.read_bytes().split(b"\n"):
        try:
            id, digest, output = json.loads(line)
        except ValueError:
            continue  # the line that was being written when the process died
        yield (id, digest), ModelOutput.model_validate_json(output)
