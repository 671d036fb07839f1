"""Committed notebooks hold the text outputs that nbval checks, and no others.

Run as ``python -m smallprint.notebooks NOTEBOOK ...`` to execute notebooks in
place and keep just those outputs.
"""

from pathlib import Path

import nbformat

from smallprint import commands, messages

CHECKED = "# NBVAL_CHECK_OUTPUT"
# nbval takes an output for stale unless its cell has a count; a constant one makes no diffs.
COUNT = 1
# Kernels warn of unencrypted local ports at every start.
QUIET_KERNEL = "--IPKernelApp.log_level=40"


def problems(notebook: nbformat.NotebookNode) -> list[str]:
    """Why a notebook is not fit to be committed, one line a cell."""
    found = []
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        if cell.execution_count != (COUNT if CHECKED in cell.source else None):
            found.append(f"cell {number} holds an execution count")
        if CHECKED in cell.source and not cell.outputs:
            found.append(f"cell {number} is marked for checking but holds no output")
        if CHECKED not in cell.source and cell.outputs:
            found.append(f"cell {number} holds an output that nothing checks")
        if any(not _is_text(output) for output in cell.outputs):
            found.append(f"cell {number} holds an output that is not text")
    extra = set(notebook.metadata) - {"kernelspec", "language_info"}
    return found + [f"notebook metadata holds {name}" for name in sorted(extra)]


def clean(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Drop every output, count and run metadata that nothing checks; changes its argument."""
    for cell in notebook.cells:
        cell.metadata = {"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {}
        if cell.cell_type != "code":
            continue
        cell.execution_count = COUNT if CHECKED in cell.source else None
        kept = cell.outputs if CHECKED in cell.source else []
        cell.outputs = [output for output in kept if _is_text(output)]
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata = {"kernelspec": spec, "language_info": {"name": "python"}}
    return notebook


def execute_in_place(path: Path) -> None:
    """Execute a notebook and rewrite it with only its checked outputs."""
    from nbclient import NotebookClient

    from smallprint.estimates import write_atomically

    notebook = read(path)
    NotebookClient(notebook, kernel_name="python3", extra_arguments=[QUIET_KERNEL]).execute()
    write_atomically(path, nbformat.writes(clean(notebook)) + "\n")


def read(path: Path) -> nbformat.NotebookNode:
    """Read a notebook.

    Raises
    ------
    ValueError
        In one line, if there is none or the file is not one.
    """
    try:
        return nbformat.read(path, as_version=4)
    except Exception as error:
        what = "no such file" if isinstance(error, FileNotFoundError) else "not a notebook"
        raise ValueError(f"{path}: {what} ({messages.line(str(error))}); name an .ipynb") from None


def _is_text(output: nbformat.NotebookNode) -> bool:
    return output.output_type == "stream" or set(output.get("data", {})) == {"text/plain"}


def main(arguments: list[str] | None = None) -> None:
    """Execute the notebooks that are named, after all could be read."""
    (found,) = commands.places("smallprint.notebooks", __doc__, "NOTEBOOK...", given=arguments)

    def action() -> None:
        for path in found:
            read(path)
        for path in found:
            print(f"executing {path}", flush=True)
            execute_in_place(path)

    commands.carry_out(action, ValueError)


if __name__ == "__main__":
    main()
