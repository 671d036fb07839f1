"""The files a study page offers: estimates as JSON and CSV, claims, executed notebook.

Run as ``python -m smallprint.downloads FOLDER NOTEBOOK RUN CLAIMS``.
"""

import shutil
import sys
from pathlib import Path

from smallprint import estimates


def make(folder: Path, notebook: Path, run: Path, claims: Path) -> None:
    """Fill `folder` with one study's downloads."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(notebook, folder / notebook.name)
    shutil.copyfile(run, folder / "estimates.json")
    shutil.copyfile(claims, folder / "claims.yaml")
    estimates.table([estimates.read(run)]).to_csv(folder / "estimates.csv", index=False)


if __name__ == "__main__":
    make(*map(Path, sys.argv[1:]))
