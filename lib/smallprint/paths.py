"""Where the project's files are."""

import hashlib
import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("SMALLPRINT_DATA", ROOT / "data"))
CLAIMS = DATA / "claims"
ESTIMATES = DATA / "estimates"
SCENARIOS = DATA / "scenarios"
LOGS = Path(os.environ.get("SMALLPRINT_LOGS", DATA / "logs"))
VITRO = Path(os.environ.get("SMALLPRINT_VITRO", DATA / "vitro"))
BIBLIOGRAPHY = DATA / "references.bib"
REPORTS = ROOT / "reports"


def slug(name: str) -> str:
    """A file name for a model or any other untrusted name; distinct names stay distinct.

    >>> slug("anthropic/claude-opus-4")
    'anthropic--claude-opus-4'
    >>> slug("../a b")
    '--a-b-2c2c79'
    """
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", name.replace("/", "--")).lstrip(".")
    if safe == name.replace("/", "--") and "--" not in name and 0 < len(name) <= 80:
        return safe
    return f"{safe[:80]}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
