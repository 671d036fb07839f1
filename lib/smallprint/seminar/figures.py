"""Figures of the executed study pages, for slides and handouts."""

import re
from pathlib import Path

import nbformat

from smallprint import paths
from smallprint.site.errors import SiteError

# ![caption](figure:fig-label) or ![caption](figure:study/fig-label)
FIGURE = re.compile(r"\]\(figure:(?:(?P<study>[a-z-]+)/)?(?P<label>fig-[a-z0-9-]+)\)")


def place(text: str, study: str, name: str, folder: Path) -> str:
    """Replace the figures that a text names by files in `folder`, which are written.

    Raises
    ------
    SiteError
        If the study has no executed page or no figure of that label.
    """

    def file(match: re.Match) -> str:
        of = match["study"] or study
        drawing = folder / f"{of}-{match['label']}.svg"
        drawing.parent.mkdir(parents=True, exist_ok=True)
        drawing.write_text(_drawn(of, match["label"], name), encoding="utf-8")
        return f"]({folder.name}/{drawing.name})"

    return FIGURE.sub(file, text)


def _drawn(study: str, label: str, name: str) -> str:
    page = paths.REPORTS / "studies" / f"{study}.ipynb"
    if not page.is_file():
        raise SiteError(f"{name}: {study} has no executed page; run `make report` first")
    for cell in nbformat.read(page, as_version=4).cells:
        if re.search(rf"^#\| label: {label}$", cell.source, re.MULTILINE):
            for output in cell.get("outputs", []):
                if drawing := output.get("data", {}).get("image/svg+xml"):
                    return drawing
    raise SiteError(f"{name}: the page of {study} has no figure {label}; name another")
