"""Run the build graph: one build at a time, nothing to unlock after a kill, plain words for a disk.

Run as ``python -m smallprint.build OPTION ...`` with the options and targets of Snakemake.
"""

import subprocess
import sys
from contextlib import suppress
from typing import TextIO

from smallprint import commands, disk, locks, paths
from smallprint.vitro import kept

LOCK = paths.ROOT / ".snakemake" / "building"
WRITTEN = (paths.ESTIMATES, paths.LOGS, paths.VITRO, paths.REPORTS)
# A quick build writes some 200 MB in all; with less than this, it would stop half-way.
ROOM = 100_000_000
# Snakemake's own lock is a file that a killed build leaves behind.
SNAKEMAKE = ("-m", "snakemake", "--nolock", "--rerun-incomplete")


def main(options: list[str]) -> None:
    """Build, or end with what stands in the way."""
    _end_if(disk.problems([paths.ROOT, *WRITTEN], ROOM))
    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("a+") as file:
        _take(file)
        for damaged in kept.forget_damaged():
            print(f"{damaged}: damaged; it is trained again when a page needs it", file=sys.stderr)
        command = [sys.executable, *SNAKEMAKE, *options]
        # Snakemake inherits the lock, so that it holds even if this process alone is killed.
        # Interrupted from the terminal, Snakemake ends its jobs; leaving the block waits for that.
        with (
            subprocess.Popen(command, pass_fds=[file.fileno()]) as build,
            suppress(KeyboardInterrupt),
        ):
            build.wait()
    if build.returncode:
        _end_if(disk.problems(WRITTEN, ROOM // 10))
        sys.exit(build.returncode)


def _take(lock: TextIO) -> None:
    try:
        locks.take(lock)
    except locks.Busy as holder:
        commands.end(
            f"{paths.ROOT}: another build is running (process {holder}); wait for it to end or "
            f"stop it, {disk.GOES_ON}",
            2,
        )


def _end_if(problems: list[str]) -> None:
    if problems:
        commands.end("\n".join(problems), 2)


if __name__ == "__main__":
    main(sys.argv[1:])
