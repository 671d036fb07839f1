"""Student notebooks, made from the notebooks that hold the solutions."""

import ast
import re
import textwrap
from pathlib import Path

import nbformat

from smallprint.notebooks import clean
from smallprint.site.errors import SiteError

BEGIN, END = "# BEGIN SOLUTION", "# END SOLUTION"
SOLUTION = re.compile(rf"^([ \t]*){BEGIN}\n(.*?)^[ \t]*{END}$", re.MULTILINE | re.DOTALL)
# A cell that is all answer: the words that explain one.
ANSWER = "answer"


def student(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    """The notebook without what is marked as a solution, and without outputs.

    Of a marked block only the names are left, each ``= ...``; a cell with the tag ``answer`` is
    left out.

    Raises
    ------
    SiteError
        If a marker has no partner, or nothing is marked.
    """
    made = nbformat.from_dict(notebook)
    made.cells = [cell for cell in made.cells if ANSWER not in cell.metadata.get("tags", [])]
    found = 0
    for number, cell in enumerate(made.cells):
        if cell.cell_type != "code":
            continue
        cell.source, here = SOLUTION.subn(_emptied, cell.source)
        found += here
        if BEGIN in cell.source or END in cell.source:
            raise SiteError(f"{name}: cell {number} has a marker without its partner")
    if not found:
        raise SiteError(f"{name}: nothing is marked as a solution; write {BEGIN} and {END}")
    return clean(made)


def _emptied(found: re.Match) -> str:
    """The names that a block of code assigns, without what it assigns."""
    tree = ast.parse(textwrap.dedent(found[2]))
    targets = [
        target
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
    ]
    names = [
        node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)
    ]
    return "\n".join(f"{found[1]}{name} = ..." for name in dict.fromkeys(names)) or f"{found[1]}..."


def write(source: Path, folder: Path) -> None:
    """Write the student's notebook and the solved one, both without outputs."""
    solved = nbformat.read(source, as_version=4)
    for made, of in ((student(solved, source.name), "student"), (clean(solved), "solution")):
        (folder / of).mkdir(parents=True, exist_ok=True)
        nbformat.write(made, folder / of / source.name)
