"""The licence of every locked package, as its own metadata say.

Run as ``python -m smallprint.licences FILE`` to write them; ``data/licences.csv`` is committed.
"""

import re
from importlib import metadata
from pathlib import Path

import pandas as pd

from smallprint import commands, paths
from smallprint.estimates import write_atomically

LOCK = paths.ROOT / "requirements.lock"
FILE = paths.DATA / "licences.csv"
# How the licence files begin of packages that name their licence nowhere else.
OPENINGS = {"MIT License": "MIT", "Apache License": "Apache-2.0"}


def locked(lock: Path = LOCK) -> dict[str, str]:
    """Name to version of every package in the lock file."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("==") for line in lines if "==" in line)
    return {name: version for name, _, version in pairs}


def licence(package: metadata.Distribution) -> str:
    """The licence of an installed package: expression, classifiers, field or licence file.

    Empty if none of them says it.
    """
    said = package.metadata
    if expression := said.get("License-Expression"):
        return expression
    classified = [
        name.rpartition(" :: ")[2]
        for name in said.get_all("Classifier") or ()
        if name.startswith("License :: ") and name != "License :: OSI Approved"
    ]
    field = (said.get("License") or "").strip()
    return "; ".join(classified) or _known(field) or _from_file(package)


def _known(field: str) -> str:
    """The field, which is a name, or the whole text of a licence."""
    words = " ".join(field.split())
    return next((name for start, name in OPENINGS.items() if words.startswith(start)), words[:80])


def _from_file(package: metadata.Distribution) -> str:
    for file in package.files or ():
        if re.search("LICEN[CS]E|COPYING", file.name):
            words = " ".join(file.read_text().split())
            return next((name for start, name in OPENINGS.items() if words.startswith(start)), "")
    return ""


def table() -> pd.DataFrame:
    """Columns ``package``, ``version`` and ``licence``, a row a locked package.

    Raises
    ------
    ValueError
        If a locked package is not installed in its locked version.
    """
    rows = []
    for name, version in locked().items():
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            raise ValueError(f"{LOCK.name}: {name} is not installed; run `make report`") from None
        # A build tag such as +cpu is none of the lock's.
        found = package.version.partition("+")[0]
        if found != version:
            raise ValueError(f"{LOCK.name}: {name} {version} is locked, {found} is installed")
        rows.append({"package": name, "version": version, "licence": licence(package)})
    return pd.DataFrame(rows).sort_values("package", ignore_index=True)


def main(arguments: list[str] | None = None) -> None:
    """Write the table."""
    (file,) = commands.places("smallprint.licences", __doc__, "FILE", given=arguments)
    commands.carry_out(lambda: write_atomically(file, table().to_csv(index=False)), ValueError)


if __name__ == "__main__":
    main()
