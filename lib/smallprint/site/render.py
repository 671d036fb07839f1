"""Render the site: with Quarto where there is one, else with pandoc, into the same folder.

Run as ``python -m smallprint.site.render [--renderer quarto|pandoc]``.
"""

import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from smallprint import commands, folders, paths
from smallprint.site.errors import SiteError
from smallprint.site.pandoc import HERE, LIBRARY, pandoc_path, render_page
from smallprint.site.project import Page, Project
from smallprint.site.search import PageText, write_index

ASSETS = ("style.css", "page.css", "page.js", "numbers.js")


def find_quarto() -> str | None:
    """Quarto on the path or beside this Python, if it starts."""
    beside = str(Path(sys.executable).parent)
    quarto = shutil.which("quarto") or shutil.which("quarto", path=beside)
    if not quarto:
        return None
    started = subprocess.run([quarto, "--version"], capture_output=True, text=True)
    if started.returncode:
        print(f"{quarto} does not start; pandoc renders the site. It said: {started.stderr}")
        return None
    return quarto


def render_with_quarto(project: Project, quarto: str) -> None:
    """Leave the whole project to Quarto.

    Raises
    ------
    SiteError
        If Quarto fails; its own messages have been shown.
    """
    _ = project.pages
    if subprocess.run([quarto, "render", project.root]).returncode:
        raise SiteError("Quarto failed; its messages are above")
    for page in project.pages:
        print(f"  {page.html:<44} {_size(project.output / page.html)}")


def render_with_pandoc(project: Project) -> None:
    """Render every page with pandoc, then put the new site in the old one's place.

    Raises
    ------
    SiteError
        If a page fails; all failures are named together and the old site stays.
    """
    pandoc = pandoc_path()
    with folders.replaced(project.output) as partial:
        _build(project, pandoc, partial)


def _build(project: Project, pandoc: str, output: Path) -> None:
    def attempt(page: Page) -> tuple[PageText | None, str]:
        start = time.perf_counter()
        try:
            file = render_page(pandoc, project, page, output)
            text = PageText(file.read_text(encoding="utf-8"))
            _copy_images(page, text, file)
        except SiteError as error:
            return None, str(error)
        took = time.perf_counter() - start
        print(f"  {page.html:<44} {took:5.2f} s {_size(file)}", flush=True)
        return text, ""

    # Two at a time: pandoc uses one core a page.
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(attempt, project.pages))
    problems = [problem for _, problem in results if problem]
    if problems:
        raise SiteError("\n".join(problems))
    library = output / LIBRARY
    library.mkdir(parents=True)
    for name in ASSETS:
        shutil.copyfile(HERE / name, library / name)
    texts = {page.html: text for page, (text, _) in zip(project.pages, results, strict=True)}
    write_index(texts, library / "search.js")
    for resource in project.resources():
        target = output / resource.relative_to(project.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(resource, target)


def _copy_images(page: Page, text: PageText, file: Path) -> None:
    """Copy the images a page names and its conversion did not write itself."""
    for image in text.images:
        target = file.parent / image
        if target.exists():
            continue
        if not (page.source.parent / image).is_file():
            raise SiteError(f"{page.name}: the image {image} is missing")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(page.source.parent / image, target)


def _size(file: Path) -> str:
    return f"{file.stat().st_size / 1000:6.0f} kB"


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and render."""
    parser = commands.Parser(prog="python -m smallprint.site.render")
    parser.add_argument(
        "--renderer",
        type=commands.one_of(("quarto", "pandoc")),
        help="quarto or pandoc; Quarto where there is one if left out",
    )
    asked = parser.parse_args(arguments).renderer
    start = time.perf_counter()
    try:
        project = Project.read(paths.ROOT)
        quarto = None if asked == "pandoc" else find_quarto()
        if asked == "quarto" and not quarto:
            raise SiteError("there is no Quarto on the path or beside this Python")
        if quarto:
            render_with_quarto(project, quarto)
        else:
            render_with_pandoc(project)
    except SiteError as error:
        sys.exit(f"The site was not rendered:\n{error}")
    took = time.perf_counter() - start
    by = "Quarto" if quarto else "pandoc"
    where = project.output.relative_to(project.root)
    print(f"{len(project.pages)} pages rendered with {by} into {where} in {took:.1f} s")


if __name__ == "__main__":
    main()
