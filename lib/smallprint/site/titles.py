"""What the studies are called on pages that speak of all of them."""

from functools import lru_cache
from pathlib import Path

from smallprint import paths
from smallprint.site.project import front_matter

NOTEBOOKS = paths.ROOT / "notebooks"


@lru_cache
def studies() -> dict[str, str]:
    """Slug to short title of every study that has claims and a notebook, by slug."""
    found = (file.stem for file in sorted(paths.CLAIMS.glob("*.yaml")))
    return {slug: _title(file) for slug in found if (file := _notebook(slug)).is_file()}


def study_links() -> dict[str, str]:
    """Slug to a link to the study's page, from a page two folders below the root."""
    return {slug: f"[{title}](../studies/{slug}.ipynb)" for slug, title in studies().items()}


def _notebook(slug: str) -> Path:
    return NOTEBOOKS / f"{slug}.ipynb"


def _title(file: Path) -> str:
    # What follows the colon is a subtitle.
    return str(front_matter(file, file.name)["title"]).partition(":")[0]
