"""One page through pandoc: Markdown in, HTML out, every warning an error."""

import json
import re
import subprocess
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

from smallprint.site.errors import SiteError
from smallprint.site.notebook import to_markdown
from smallprint.site.project import Page, Project

HERE = Path(__file__).parent
LIBRARY = "site_libs/smallprint"
INCLUDE = re.compile(r"^[ \t]*\{\{<\s*include\s+(\S+?)\s*>\}\}[ \t]*$", re.MULTILINE)
SHORTCODE = re.compile(r"\{\{<.*?>\}\}")
RUNNABLE = re.compile(r"^[ \t]*`{3,}\{[a-z]+\b", re.MULTILINE)


def pandoc_path() -> str:
    """The pandoc that the ``pypandoc_binary`` wheel carries, or the one on the path."""
    import pypandoc

    return pypandoc.get_pandoc_path()


def render_page(pandoc: str, project: Project, page: Page, output: Path) -> Path:
    """Render one page below `output` and return the file.

    Raises
    ------
    SiteError
        If anything the page names is missing: an include, an image, a
        reference, a citation key; or pandoc warns of anything else.
    """
    file = output / page.html
    file.parent.mkdir(parents=True, exist_ok=True)
    markdown = _markdown(project, page, file)
    with TemporaryDirectory() as scratch:
        footer = Path(scratch) / "footer.json"
        footer.write_text(json.dumps(_footer(project)), encoding="utf-8")
        defaults = Path(scratch) / "defaults.yaml"
        defaults.write_text(json.dumps(_defaults(project, page, footer)), encoding="utf-8")
        done = subprocess.run(
            [pandoc, "--defaults", defaults, "--output", file],
            input=markdown,
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=page.source.parent,
        )
    if done.returncode or done.stderr.strip():
        raise SiteError("\n".join(f"{page.name}: {line}" for line in _messages(done.stderr)))
    return file


def _markdown(project: Project, page: Page, file: Path) -> str:
    if page.source.suffix == ".ipynb":
        figures = file.parent / f"{file.stem}_files" / "figure-html"
        text = to_markdown(page.source, page.name, figures)
    else:
        text = page.source.read_text(encoding="utf-8")
        if RUNNABLE.search(text):
            raise SiteError(f"{page.name}: code to run belongs in a notebook, not in a .qmd page")
    return expand_includes(text, page.source, project.root)


def expand_includes(text: str, source: Path, root: Path, above: tuple[Path, ...] = ()) -> str:
    """Replace every include shortcode on a line of its own by the file it names.

    A path is relative to the file that includes, or, with a leading ``/``, to
    the project's root.

    Raises
    ------
    SiteError
        If a file is missing or includes itself, or another shortcode is used.
    """
    name = source.relative_to(root).as_posix()

    def read(match: re.Match) -> str:
        path = match[1]
        target = root / path[1:] if path.startswith("/") else source.parent / path
        target = target.resolve()
        if not target.is_file():
            raise SiteError(f"{name}: the included file {path} is missing")
        if target in (*above, source.resolve()):
            raise SiteError(f"{name}: {path} includes itself")
        inner = target.read_text(encoding="utf-8")
        return expand_includes(inner, target, root.resolve(), (*above, source.resolve()))

    expanded = INCLUDE.sub(read, text)
    unknown = SHORTCODE.search(expanded)
    if unknown:
        raise SiteError(f"{name}: the shortcode {unknown[0]} is known to Quarto only")
    return expanded


def _footer(project: Project) -> dict:
    declared = project.website.get("page-footer", {})
    said, says = "[Quarto](https://quarto.org)", "[pandoc](https://pandoc.org)"
    return {
        f"footer-{side}": str(declared[side]).replace(said, says)
        for side in ("left", "right")
        if side in declared
    }


def _defaults(project: Project, page: Page, footer: Path) -> dict:
    """Everything pandoc is told about one page."""
    options = {**project.html_options, **page.metadata}
    bibliography = project.config.get("bibliography")
    settings = {
        "number-sections": bool(options.get("number-sections")),
        "code-fold": bool(options.get("code-fold")),
        "pages": {page.to(other.name): page.to(other.html) for other in project.pages},
    }
    root = page.to(".")
    title, site = str(page.metadata["title"]), str(project.website["title"])
    return {
        "from": "markdown+table_attributes",
        "to": "html5",
        "standalone": True,
        "wrap": "none",
        "template": str(HERE / "template.html"),
        "filters": [str(HERE / "filter.lua"), {"type": "citeproc"}],
        "metadata-files": [str(footer)],
        "metadata": {
            "bibliography": str(project.root / bibliography) if bibliography else [],
            "link-citations": bool(project.config.get("link-citations")),
        },
        "html-math-method": {"method": "mathml"},
        "table-of-contents": bool(options.get("toc")),
        "toc-depth": int(options.get("toc-depth", 3)),
        "variables": {
            "lang": project.config.get("lang", "en"),
            "content-lang": escape(str(page.metadata.get("lang", ""))),
            "beside": project.beside(page),
            "settings": json.dumps(settings),
            "window-title": escape(title if title == site else f"{title} – {site}"),
            "summary": escape(str(page.metadata.get("description", ""))),
            "site-title": escape(site),
            "home": page.to("index.html"),
            "root": "" if root == "." else f"{root}/",
            "library": page.to(LIBRARY),
            "navbar": project.navigation("navbar", page),
            "sidebar": project.navigation("sidebar", page),
            "search": bool(project.website.get("search")),
        },
    }


def _messages(stderr: str) -> list[str]:
    """Pandoc's messages, one a line, without its level marks and file positions."""
    joined = re.sub(r"\n[ \t]+", " ", stderr.strip())
    lines = [
        re.sub(r"^\[WARNING\] (Scripting warning at .*?: )?", "", s) for s in joined.split("\n")
    ]
    return [line for line in lines if line] or ["pandoc failed without a message"]
