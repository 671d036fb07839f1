"""What a reader's browser loads for each page, and how long the modules take to import.

Run as ``python bench/pages.py`` after ``make report``.
"""

import gzip
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from record import machine, write

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "reports" / "_site"
MODULES = (
    "smallprint.claims",
    "smallprint.display",
    "smallprint.estimates",
    "smallprint.stats.intervals",
    "smallprint.stats.multiverse",
    "smallprint.scenarios",
    "smallprint.measured.rates",
    "smallprint.plots",
    "smallprint.execute",
    "smallprint.site.render",
    "smallprint.evals.asking",
    "smallprint.vitro.engine",
    "smallprint.vitro.finetuning.lora",
)
ROUNDS = 3


class Loaded(HTMLParser):
    """The local files that a page loads without a click."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.page, self.files = page, set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note stylesheets, scripts and pictures."""
        given = dict(attributes)
        link = given.get("src")
        if tag == "link" and "stylesheet" in (given.get("rel") or ""):
            link = given.get("href")
        parts = urlsplit(link or "")
        if parts.path and not parts.scheme:
            self.files.add((self.page.parent / unquote(parts.path)).resolve())


def packed(path: Path) -> int:
    """Bytes after gzip, as a server would send them."""
    return len(gzip.compress(path.read_bytes(), 6))


def weight(page: Path) -> dict:
    """Kilobytes of one page and of all that it loads."""
    loaded = Loaded(page)
    loaded.feed(page.read_text(encoding="utf-8"))
    files = [path for path in loaded.files if path.is_file()]
    return {
        "page": page.relative_to(SITE).as_posix(),
        "HTML, kB": round(page.stat().st_size / 1000),
        "HTML packed, kB": round(packed(page) / 1000),
        "files": len(files),
        "with files, packed, kB": round((packed(page) + sum(map(packed, files))) / 1000),
    }


def seconds(statement: str) -> float:
    """The least of a few runs of one statement in a new process."""
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", statement], check=True, cwd=ROOT)
        found.append(time.perf_counter() - start)
    return min(found)


def main() -> None:
    """Measure both and write both tables."""
    described = machine()
    pages = [page for page in sorted(SITE.rglob("*.html")) if "transcripts" not in page.parts]
    if not pages:
        sys.exit(f"{SITE} holds no pages; type `make report` first")
    write("pages", [weight(page) for page in pages], described)
    bare = seconds("pass")
    imports = [
        {"module": name, "seconds": round(seconds(f"import {name}") - bare, 2)} for name in MODULES
    ]
    write("imports", imports, described)
    for row in imports:
        print(f"{row['seconds']:5.2f} s  {row['module']}")


if __name__ == "__main__":
    main()
