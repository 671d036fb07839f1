"""One process at a time: a lock that the operating system frees however the process ends."""

import fcntl
import os
from typing import TextIO


class Busy(RuntimeError):
    """Another process holds the lock; the message is its number, or ``unknown``."""


def take(file: TextIO) -> None:
    """Lock `file`, open as ``a+``, until it is closed, and write this process's number into it.

    Raises
    ------
    Busy
        If another process has locked it.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        raise Busy(file.read().strip() or "unknown") from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
