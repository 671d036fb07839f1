"""Where the project's files are."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("SMALLPRINT_DATA", ROOT / "data"))
CLAIMS = DATA / "claims"
ESTIMATES = DATA / "estimates"
BIBLIOGRAPHY = DATA / "references.bib"
REPORTS = ROOT / "reports"
