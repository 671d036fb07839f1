"""Whether Quarto and pandoc make the same site: the same pages, and study pages of the same text.

Run as ``python -m smallprint.site.compare``. Where there is no Quarto it says so and
does nothing else.
"""

import difflib
import re
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path

from smallprint import commands, paths
from smallprint.site.errors import SiteError
from smallprint.site.project import Project
from smallprint.site.render import find_quarto, render_with_pandoc, render_with_quarto

# What one of the two adds around the content: titles above callouts, buttons, drawn formulas.
SKIPPED_TAGS = ("script", "style", "math", "svg", "nav", "button", "template")
SKIPPED_CLASSES = (
    *("page-header", "quarto-title-block", "header-section-number", "heading-link"),
    *("callout-icon-container", "screen-reader-only", "anchorjs-link", "code-copy-button"),
    *("code-fold", "nav-tabs", "tab-list", "tab-title", "quarto-appendix-contents"),
)
VOID = ("img", "br", "hr", "meta", "link", "input", "col", "source", "wbr")


class Words(HTMLParser):
    """The words of a page's main part, up to markup: no folded code, formulas or buttons."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self._main = 0
        self._skipped: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where the main part begins, or something that one renderer adds."""
        classes = (dict(attrs).get("class") or "").split()
        if tag in VOID:
            return
        if tag == "main":
            self._main += 1
        if self._skipped or tag in SKIPPED_TAGS or set(classes) & set(SKIPPED_CLASSES):
            self._skipped.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note where it ends."""
        if tag == "main":
            self._main -= 1
        if self._skipped and tag == self._skipped[-1]:
            self._skipped.pop()

    def handle_data(self, data: str) -> None:
        """Keep text of the main part."""
        if self._main and not self._skipped:
            self.text.append(data)

    @property
    def words(self) -> list[str]:
        """Words in their order, with one kind of space, quotation mark and dash."""
        text = " ".join(self.text).translate(str.maketrans("“”‘’\u00a0–", "\"\"'' -"))
        return [word for word in re.split(r"\s+", text) if re.search(r"\w", word)]


def differences(quarto: Path, pandoc: Path) -> list[str]:
    """What differs between two rendered sites, a line each.

    Parameters
    ----------
    quarto, pandoc : Path
        Output folders of the two renderers.
    """
    first, second = (_pages(folder) for folder in (quarto, pandoc))
    lines = [f"{name}: made by Quarto only" for name in sorted(first - second)]
    lines += [f"{name}: made by pandoc only" for name in sorted(second - first)]
    for name in sorted(first & second):
        if "/studies/" in f"/{name}":
            lines += _changed(name, quarto / name, pandoc / name)
    return lines


def _pages(folder: Path) -> set[str]:
    found = (file.relative_to(folder) for file in folder.rglob("*.html"))
    own = (file for file in found if file.parts[0] != "site_libs")
    return {file.as_posix() for file in own if "transcripts" not in file.parts}


def _changed(name: str, quarto: Path, pandoc: Path) -> list[str]:
    first, second = (Words(file.read_text(encoding="utf-8")).words for file in (quarto, pandoc))
    matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
    return [
        f"{name}: Quarto has {_excerpt(first, a, b)}, pandoc has {_excerpt(second, c, d)}"
        for kind, a, b, c, d in matcher.get_opcodes()
        if kind != "equal"
    ]


def _excerpt(words: list[str], start: int, end: int) -> str:
    if start == end:
        return "nothing"
    shown = " ".join(words[start : min(end, start + 12)])
    return f"“{shown}{' …' if end - start > 12 else ''}”"


def compare(project: Project, quarto: str) -> list[str]:
    """Render with both, Quarto's result staying in place, and say what differs.

    Raises
    ------
    SiteError
        If one of the two fails.
    """
    render_with_quarto(project, quarto)
    with tempfile.TemporaryDirectory() as scratch:
        config = project.config | {
            "project": project.config["project"] | {"output-dir": f"{scratch}/site"}
        }
        other = Project(project.root, config)
        render_with_pandoc(other)
        return differences(project.output, other.output)


def main(arguments: list[str] | None = None) -> None:
    """Compare the project's site under both renderers; exit status 1 if anything differs."""
    commands.places("smallprint.site.compare", __doc__, given=arguments)
    quarto = find_quarto()
    if not quarto:
        print("skipped: there is no Quarto on the path or beside this Python to compare with")
        return
    try:
        found = compare(Project.read(paths.ROOT), quarto)
    except SiteError as error:
        sys.exit(f"The sites were not compared:\n{error}")
    print("\n".join(found) or "Quarto and pandoc make the same pages with the same text")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
