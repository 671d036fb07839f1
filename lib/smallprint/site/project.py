"""What `_quarto.yml` declares: pages, navigation, titles, resources."""

import re
from dataclasses import dataclass
from functools import cached_property
from html import escape
from os.path import relpath
from pathlib import Path

import yaml

from smallprint.site.errors import SiteError
from smallprint.site.notebook import read_cells

FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\s*(?:\n|\Z)", re.DOTALL)


@dataclass(frozen=True)
class Page:
    """One source file of the site.

    Attributes
    ----------
    source : Path
        The ``.qmd`` or executed ``.ipynb`` file.
    name : str
        Its path below the project's root, with ``/``.
    metadata : dict
        Its front matter.
    """

    source: Path
    name: str
    metadata: dict

    @property
    def html(self) -> str:
        """The page's path below the output folder."""
        return self.name.rpartition(".")[0] + ".html"

    @property
    def folder(self) -> str:
        """The folder of the page, below the output folder."""
        return self.name.rpartition("/")[0] or "."

    def to(self, target: str) -> str:
        """A relative URL from this page to a path below the output folder."""
        return relpath(target, self.folder).replace("\\", "/")


@dataclass(frozen=True)
class Project:
    """A website project: its root folder and its parsed ``_quarto.yml``."""

    root: Path
    config: dict

    @classmethod
    def read(cls, root: Path) -> "Project":
        """Read ``_quarto.yml`` in `root`.

        Raises
        ------
        SiteError
            If the file is missing, is not YAML or declares no website.
        """
        file = root / "_quarto.yml"
        try:
            config = yaml.safe_load(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise SiteError(f"{file} is missing: it declares the pages of the site") from None
        except yaml.YAMLError as error:
            raise SiteError(f"_quarto.yml is not YAML: {error}") from None
        for section in ("project", "website"):
            if not isinstance(config, dict) or not isinstance(config.get(section), dict):
                raise SiteError(f"_quarto.yml has no section `{section}`")
        return cls(root, config)

    @property
    def output(self) -> Path:
        """The folder the site is rendered into."""
        return self.root / self.config["project"]["output-dir"]

    @property
    def website(self) -> dict:
        """Title, navigation and footer."""
        return self.config["website"]

    @property
    def html_options(self) -> dict:
        """Options of the HTML format."""
        return self.config.get("format", {}).get("html", {})

    @cached_property
    def pages(self) -> list[Page]:
        """The pages in the order of the render list.

        Raises
        ------
        SiteError
            If an entry matches no file or a page has no title.
        """
        found = {}
        for pattern in self.config["project"]["render"]:
            matches = sorted(self.root.glob(pattern))
            if not matches:
                raise SiteError(f"_quarto.yml renders {pattern}, but there is no such file")
            for source in matches:
                name = source.relative_to(self.root).as_posix()
                found[name] = Page(source, name, front_matter(source, name))
        return list(found.values())

    def resources(self) -> list[Path]:
        """Files copied as they are; names with a dot are somebody's unfinished work."""
        patterns = self.config["project"].get("resources", [])
        # A trailing ** names folders only, to pathlib.
        globs = (f"{p}/*" if p.endswith("**") else p for p in patterns)
        found = {path for glob in globs for path in self.root.glob(glob) if path.is_file()}
        return sorted(path for path in found if not self._is_hidden(path))

    def _is_hidden(self, path: Path) -> bool:
        return any(part.startswith(".") for part in path.relative_to(self.root).parts)

    def beside(self, page: Page) -> str:
        """Links to the pages whose front matter has this page under ``beside``.

        ``beside`` maps the name of a page to the fragment that the link leads to,
        which may be empty; ``beside-text`` is what the link says.

        Raises
        ------
        SiteError
            If this page's own ``beside`` names a file that is no page.
        """
        known = {other.name for other in self.pages}
        lost = [name for name in page.metadata.get("beside", {}) if name not in known]
        if lost:
            raise SiteError(f"{page.name}: beside: {', '.join(lost)} is not a page")
        links = []
        for other in self.pages:
            fragment = other.metadata.get("beside", {}).get(page.name)
            if fragment is not None:
                text = escape(str(other.metadata.get("beside-text") or other.metadata["title"]))
                language = other.metadata.get("lang")
                spoken = f' lang="{escape(str(language))}"' if language else ""
                links.append(
                    f'<a href="{escape(page.to(other.html) + fragment)}"{spoken}>{text}</a>'
                )
        return " · ".join(links)

    def navigation(self, kind: str, page: Page) -> str:
        """The navbar or sidebar as an HTML list, the current page marked.

        Raises
        ------
        SiteError
            If an entry points to a file that is not a page.
        """
        declared = self.website.get(kind, {})
        entries = declared.get("left", []) if kind == "navbar" else declared.get("contents", [])
        return self._list(entries, page)

    def _list(self, entries: list, page: Page) -> str:
        return f"<ul>{''.join(self._entry(entry, page) for entry in entries)}</ul>"

    def _entry(self, entry: str | dict, page: Page) -> str:
        entry = {"href": entry} if isinstance(entry, str) else entry
        children = entry.get("menu") or entry.get("contents")
        if children:
            label = escape(str(entry.get("text") or entry.get("section")))
            inner = self._list(children, page)
            if "menu" in entry:
                return f"<li><details class='menu'><summary>{label}</summary>{inner}</details></li>"
            return f"<li><span class='section'>{label}</span>{inner}</li>"
        href = entry["href"]
        if re.match(r"[a-z]+:", href):
            return f'<li><a href="{escape(href)}">{escape(entry.get("text", href))}</a></li>'
        target = next((known for known in self.pages if known.name == href), None)
        if target is None:
            raise SiteError(f"_quarto.yml: the navigation names {href}, which is not a page")
        text = escape(str(entry.get("text") or target.metadata["title"]))
        current = ' aria-current="page"' if target == page else ""
        return f'<li><a href="{escape(page.to(target.html))}"{current}>{text}</a></li>'


def front_matter(source: Path, name: str) -> dict:
    """The front matter of a page: a YAML block, or a notebook's first raw cell."""
    text = source.read_text(encoding="utf-8")
    if source.suffix == ".ipynb":
        first = next(iter(read_cells(source, name)), {})
        text = first["source"] if first.get("cell_type") == "raw" else ""
    match = FRONT_MATTER.match(text.lstrip())
    try:
        metadata = yaml.safe_load(match[1]) if match else None
    except yaml.YAMLError as error:
        raise SiteError(f"{name}: the front matter is not YAML: {error}") from None
    if not isinstance(metadata, dict) or not metadata.get("title"):
        raise SiteError(f"{name}: no title in its front matter")
    return metadata
