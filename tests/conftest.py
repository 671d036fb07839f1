"""Puts this folder on the path, so that tests can say ``from fakes import serving``.

Nothing that a test starts reaches the network: the guard is read by this process and, through the
path, by every Python that it starts.
"""

import os
import sys
from pathlib import Path

from hypothesis import settings

GUARD = str(Path(__file__).parent / "guard")
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [GUARD, os.environ.get("PYTHONPATH")]))
sys.path.insert(0, GUARD)
sys.modules.pop("sitecustomize", None)
__import__("sitecustomize")

# A busy machine is no defect.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
