"""Handouts of two pages as PDF: pandoc writes typst, typst sets it. Nothing needs a network."""

from pathlib import Path

import pypandoc

from smallprint.seminar import figures
from smallprint.seminar.sessions import Session
from smallprint.seminar.texts import filled
from smallprint.site.errors import SiteError

PAGES = 2
STYLE = """#set page(paper: "a4", margin: (x: 2cm, y: 1.8cm), footer: context [
  #set text(8pt, fill: luma(90))
  Small Print, {title} #h(1fr) page #counter(page).display() of #counter(page).final().first()])
#set text(font: "Libertinus Serif", size: 10pt, lang: "en")
#set par(justify: true, leading: 0.58em)
#set table(stroke: 0.4pt + luma(160), inset: 4pt)
#show heading: set text(fill: rgb("#12324a"))
#show heading.where(level: 1): set text(15pt)
#show heading.where(level: 2): set text(11.5pt)
#let horizontalrule = line(length: 100%, stroke: 0.4pt + luma(160))
= {title}
"""


def write(session: Session, folder: Path) -> Path:
    """Write ``<slug>.pdf`` below `folder` and return it.

    Raises
    ------
    SiteError
        If the handout is longer than two pages, with the number of its pages.
    """
    import typst

    name, study = f"{session.slug}.md", session.heading.study
    text = figures.place(session.parts["Handout"], study, name, folder / "figures")
    body = pypandoc.convert_text(filled(text, study, name), "typst", format="markdown")
    style = STYLE.replace("{title}", _escaped(session.heading.title))
    source = folder / f"{session.slug}.typ"
    source.write_text(style + body, encoding="utf-8")
    pages = typst.compile(source, format="svg")
    count = len(pages) if isinstance(pages, list) else 1
    if count > PAGES:
        raise SiteError(f"{name}: the handout has {count} pages; shorten it to {PAGES}")
    file = source.with_suffix(".pdf")
    typst.compile(source, output=file)
    source.unlink()
    return file


def _escaped(text: str) -> str:
    """Text that typst does not read as markup."""
    return "".join(f"\\{letter}" if letter in "\\#$*_`<>@[]" else letter for letter in text)
