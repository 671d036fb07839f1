"""A small site project in a temporary folder, and the notebook cells to fill it with."""

import json
from pathlib import Path

from smallprint.site.project import Project
from smallprint.site.render import render_with_pandoc

CONFIG = """
project:
  type: website
  output-dir: _site
  render: [index.qmd, "studies/*.ipynb"]
  resources: ["downloads/**"]
bibliography: references.bib
link-citations: true
website:
  title: Fixture site
  search: true
  navbar:
    left:
      - {text: Start, href: index.qmd}
      - text: Studies
        menu: [studies/study.ipynb]
  sidebar:
    contents:
      - index.qmd
      - section: Studies
        contents: [{text: One study, href: studies/study.ipynb}]
  page-footer:
    right: "Rendered with [Quarto](https://quarto.org)"
format:
  html: {toc: true, number-sections: true, code-fold: true}
"""
BIBLIOGRAPHY = """
@article{lynch2025agentic,
  title = {Agentic Misalignment}, author = {Lynch, Aengus}, year = {2025}, journal = {Journal},
}
"""
FRONT_MATTER = '---\ntitle: "{title}"\n---\n'
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="360pt" height="180pt" viewBox="0 0 360 180">'
    '<rect width="360" height="180" fill="#ccc"/></svg>'
)


def code(source: str, *outputs: dict, tags: tuple[str, ...] = ()) -> dict:
    """A code cell."""
    return {
        **{"cell_type": "code", "execution_count": 1, "metadata": {"tags": list(tags)}},
        **{"source": source, "outputs": list(outputs)},
    }


def markdown(source: str) -> dict:
    """A Markdown cell."""
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def shown(mime: str, content: str) -> dict:
    """A display output, with the text that every display object carries too."""
    data = {mime: content, "text/plain": "<object>"} | {mime: content}
    return {"output_type": "display_data", "metadata": {}, "data": data}


def printed(text: str) -> dict:
    """A piece of standard output."""
    return {"output_type": "stream", "name": "stdout", "text": text}


class SmallSite:
    """A project in a temporary folder, written and rendered on demand."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "studies").mkdir()
        (root / "_quarto.yml").write_text(CONFIG)
        (root / "references.bib").write_text(BIBLIOGRAPHY)
        self.page("Welcome.")
        self.notebook(markdown("Text."))

    def page(self, text: str) -> None:
        """Write index.qmd."""
        (self.root / "index.qmd").write_text(FRONT_MATTER.format(title="Start") + "\n" + text)

    def notebook(self, *cells: dict) -> None:
        """Write studies/study.ipynb, its front matter first."""
        front = {"cell_type": "raw", "metadata": {}, "source": FRONT_MATTER.format(title="Study")}
        content = {"cells": [front, *cells], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (self.root / "studies" / "study.ipynb").write_text(json.dumps(content))

    def render(self) -> None:
        """Render the project with pandoc."""
        render_with_pandoc(Project.read(self.root))

    def html(self, page: str) -> str:
        """A rendered page."""
        return (self.root / "_site" / page).read_text(encoding="utf-8")
