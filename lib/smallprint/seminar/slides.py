"""Slides with reveal.js, from the part of that name."""

import shutil
from importlib import metadata
from pathlib import Path

import pypandoc

from smallprint.seminar import figures
from smallprint.seminar.sessions import Session
from smallprint.seminar.texts import filled
from smallprint.site.errors import SiteError

STYLE = Path(__file__).with_name("slides.css")
# What pandoc's slides ask of reveal.js. The wheel of sphinx-revealjs carries a copy of it, which
# is all that is used of that package.
PACKAGE, PACKED = "sphinx-revealjs", "sphinx_revealjs/_static/revealjs"
PLUGINS = ("notes", "search", "zoom")
REVEAL = ("LICENSE", "dist/reset.css", "dist/reveal.css", "dist/reveal.js")
REVEAL += tuple(f"plugin/{name}/{name}.js" for name in PLUGINS)
THEME = "reveal/dist/theme/smallprint.css"
OPTIONS = ("--standalone", "--slide-level=2", "--mathml")
SETTINGS = {
    "revealjs-url": "reveal",
    "theme": "smallprint",
    "hash": "true",
    "transition": "none",
    "slideNumber": "true",
    "width": "1280",
    "height": "720",
    "margin": "0.06",
    "center": "false",
    "lang": "en",
}


def write(session: Session, folder: Path) -> Path:
    """Write ``<slug>.html`` below `folder`, which holds `share`'s files, and return it."""
    name, study = f"{session.slug}.md", session.heading.study
    text = figures.place(session.parts["Slides"], study, name, folder / "figures")
    file = folder / f"{session.slug}.html"
    variables = [f"--variable={key}={value}" for key, value in SETTINGS.items()]
    title = [f"--metadata=title={session.heading.title}", "--metadata=author=Small Print"]
    pypandoc.convert_text(
        filled(text, study, name),
        "revealjs",
        format="markdown",
        outputfile=str(file),
        extra_args=[*OPTIONS, *variables, *title],
    )
    return file


def share(folder: Path) -> None:
    """Put reveal.js and our style where slides look for them.

    Raises
    ------
    SiteError
        If the package that carries reveal.js is not installed.
    """
    try:
        packed = Path(metadata.distribution(PACKAGE).locate_file(PACKED))
    except metadata.PackageNotFoundError:
        raise SiteError(
            f"{PACKAGE} is not installed: run `make report`, or pip install it"
        ) from None
    for name in REVEAL:
        target = folder / "reveal" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(packed / name, target)
    (folder / THEME).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(STYLE, folder / THEME)
