"""The search index of the pandoc-rendered site, and what a page points to."""

import json
from html.parser import HTMLParser
from pathlib import Path

HEADINGS = ("h1", "h2", "h3", "h4")
SKIPPED = ("script", "style", "math", "svg")
VOID = ("img", "br", "hr", "meta", "link", "input", "col", "source", "wbr")


class PageText(HTMLParser):
    """Reads the main part of a rendered page.

    Attributes
    ----------
    sections : list of dict
        ``id``, ``title`` and ``text`` of each section, folded code left out.
    images : list of str
        The source of every image.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.sections: list[dict] = []
        self.images: list[str] = []
        self._in_main = False
        self._heading = False
        self._skipped: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where the main part, a section or something to leave out begins."""
        attributes = dict(attrs)
        if tag == "img":
            self.images.append(attributes.get("src") or "")
        if tag == "main":
            self._in_main = True
        if tag in VOID:
            return
        if self._skipped or tag in SKIPPED or "code-fold" in (attributes.get("class") or ""):
            self._skipped.append(tag)
        elif self._in_main and tag in HEADINGS:
            self._heading = True
            self.sections.append({"id": attributes.get("id") or "", "title": "", "text": ""})

    def handle_endtag(self, tag: str) -> None:
        """Note where it ends."""
        if tag == "main":
            self._in_main = False
        if self._skipped:
            if tag == self._skipped[-1]:
                self._skipped.pop()
        elif tag in HEADINGS:
            self._heading = False

    def handle_data(self, data: str) -> None:
        """Add text to the section at hand."""
        if self._in_main and not self._skipped and self.sections:
            self.sections[-1]["title" if self._heading else "text"] += data


def write_index(pages: dict[str, PageText], file: Path) -> None:
    """Write the index as a script: a page opened from disk may load it, but not fetch JSON.

    Parameters
    ----------
    pages : dict
        From a page's path below the output folder to its text.
    """
    entries = [
        {
            "page": text.sections[0]["title"].strip() if text.sections else path,
            "title": " ".join(section["title"].split()),
            "href": path + (f"#{section['id']}" if section["id"] else ""),
            "text": " ".join(section["text"].split()),
        }
        for path, text in pages.items()
        for section in text.sections
    ]
    content = json.dumps(entries, ensure_ascii=False, separators=(",", ":"))
    file.write_text(f"smallprint.index={content};\n", encoding="utf-8")
