"""Where a run's numbers came from: our own manifest, not the executor's metadata."""

import hashlib
import json
import platform
import re
import subprocess
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from smallprint import paths

PACKAGES = ("numpy", "pandas", "scipy", "statsmodels", "matplotlib", "seaborn", "papermill")


class Clock:
    """When something started, and the seconds since."""

    def __init__(self) -> None:
        self.started = datetime.now(UTC)
        self._ticks = time.monotonic()

    def seconds(self) -> float:
        """Wall-clock seconds since the clock was made."""
        return round(time.monotonic() - self._ticks, 1)


def run_id(parameters: dict) -> str:
    """The identity of a run: its result-changing parameters, readable and hashed.

    >>> run_id({"profile": "quick", "seed": 0})
    'profile-quick_seed-0_355e8a0d'
    """
    text = json.dumps(parameters, sort_keys=True)
    words = "_".join(f"{name}-{parameters[name]}" for name in sorted(parameters))
    return re.sub(r"[^\w.-]+", "-", words)[:60] + "_" + _digest(text.encode())


def manifest(version: int, parameters: dict, clock: Clock, read: Iterable[Path]) -> dict:
    """What a stranger needs to make the same run again; `read` are files below ``data``."""
    return {
        "comparability_version": version,
        "parameters": parameters,
        "data": {
            file.relative_to(paths.DATA).as_posix(): _digest(file.read_bytes()) for file in read
        },
        "code": _code_digest(),
        "commit": _commit(),
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "started": clock.started.isoformat(timespec="seconds"),
        "seconds": clock.seconds(),
    }


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:8]


def _code_digest() -> str:
    files = sorted(Path(__file__).parent.rglob("*.py"))
    return _digest(b"\0".join(file.read_bytes() for file in files))


def _commit() -> str | None:
    """The checked-out commit, with ``+`` when tracked files differ from it."""
    git = ["git", "-C", str(paths.ROOT)]
    try:
        head = subprocess.run(
            [*git, "rev-parse", "--short=10", "HEAD"], capture_output=True, text=True, check=True
        ).stdout.strip()
        changed = subprocess.run([*git, "diff", "--quiet", "HEAD"], check=False).returncode
    except (OSError, subprocess.CalledProcessError):
        return None
    return head + ("+" if changed else "")
