"""Whether the places that results are written to can take them, said before and after the work."""

import errno
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

GOES_ON = "then run the same command again: it goes on with what is done"
PROBE = b"\0" * 65536
FULL = (errno.ENOSPC, errno.EDQUOT)
REFUSED = (*FULL, errno.EROFS, errno.EACCES, errno.EPERM)


def problems(folders: Iterable[Path], room: int) -> list[str]:
    """A line for each folder that cannot be written to or has less than `room` bytes free.

    Folders that are not there yet stand for the nearest one above them that is. A failure
    that folders share is said once.
    """
    found = {}
    for folder in folders:
        place = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        if wrong := _wrong(place, room):
            found.setdefault(wrong, place)
    return [f"{place}: {wrong}" for wrong, place in found.items()]


def _wrong(folder: Path, room: int) -> str | None:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(PROBE)
            file.flush()
            found = os.fstatvfs(file.fileno())
    except OSError as error:
        return explained(error)
    free = found.f_bavail * found.f_frsize
    if free >= room:
        return None
    return f"{free / 1e6:.0f} MB are free and {room / 1e6:.0f} MB are wanted; make room, {GOES_ON}"


def line(error: BaseException, place: Path) -> str:
    """An error in one line if a disk refused to write; empty if it is about something else.

    `place` is named where the error names no file: a write that fails late does not.
    """
    if not isinstance(error, OSError) or error.errno not in REFUSED:
        return ""
    return f"{error.filename or place}: {explained(error)}"


def explained(error: OSError) -> str:
    """What the system refused, and what to do, without the place."""
    if error.errno in FULL:
        return f"the disk is full ({error.strerror}); make room, {GOES_ON}"
    return f"cannot be written to ({error.strerror}); make it writable, {GOES_ON}"
