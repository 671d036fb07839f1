"""Puts this folder on the path, so that tests can say ``from fakes import serving``.

Nothing that a test starts reaches the network: the guard is read by this process and, through the
path, by every Python that it starts.
"""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

GUARD = str(Path(__file__).parent / "guard")
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [GUARD, os.environ.get("PYTHONPATH")]))
sys.path.insert(0, GUARD)
sys.modules.pop("sitecustomize", None)
__import__("sitecustomize")

# A busy machine is no defect.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Workers take a file each, in this order: none shall be left alone with a long one at the end.
LONG = ("tests/site", "tests/vitro", "notebooks", "tests/evals", "tests/measured", "tests/seminar")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The files that take longest come first."""

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(config.rootpath).as_posix()
        return next((i for i, long in enumerate(LONG) if folder.startswith(long)), len(LONG))

    items.sort(key=place)
