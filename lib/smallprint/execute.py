"""Execute one notebook with papermill: progress, plain errors, nothing half-written.

Run as ``python -m smallprint.execute NOTEBOOK OUTPUT name=value ...``.
"""

import os
import re
import sys
from pathlib import Path

import nbformat
import papermill
import yaml
from papermill.exceptions import PapermillExecutionError

from smallprint import paths
from smallprint.notebooks import QUIET_KERNEL

FAILED = paths.REPORTS / "failed"
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def execute(notebook: Path, output: Path, parameters: dict) -> None:
    """Execute `notebook` and write it to `output` once every cell has run.

    Raises
    ------
    SystemExit
        If a cell fails. The message names the cell, the error and the partial
        notebook, which is kept under ``reports/failed``.
    """
    partial = FAILED / output.name
    partial.parent.mkdir(parents=True, exist_ok=True)
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        papermill.execute_notebook(
            notebook,
            partial,
            parameters=parameters,
            kernel_name="python3",
            extra_arguments=[QUIET_KERNEL],
            progress_bar={"desc": notebook.stem, "mininterval": 1.0},
        )
    except PapermillExecutionError as error:
        sys.exit(
            f"{notebook}: cell In[{error.exec_count}] failed with {error.ename}: {error.evalue}\n"
            f"The notebook up to that cell, with the traceback, is {partial}"
        )
    if parameters.get("model"):
        _name_the_model(partial, parameters["model"])
    output.parent.mkdir(parents=True, exist_ok=True)
    partial.replace(output)


def _name_the_model(page: Path, model: str) -> None:
    """Put the model into the title, so that a study's pages can be told apart.

    A name that could be read as markup is replaced by its slug.
    """
    notebook = nbformat.read(page, as_version=4)
    front = notebook.cells[0]
    name = model if re.fullmatch(r"[A-Za-z0-9./:-]+", model) else paths.slug(model)
    front.source = re.sub(
        r'^title: "(.*)"$', lambda found: f'title: "{found[1]}: {name}"', front.source, flags=re.M
    )
    nbformat.write(notebook, page)


def main(arguments: list[str]) -> None:
    """Read the command line and execute."""
    if len(arguments) < 2:
        sys.exit("usage: python -m smallprint.execute NOTEBOOK OUTPUT [name=value ...]")
    notebook, output, *assignments = arguments
    pairs = (assignment.partition("=") for assignment in assignments)
    parameters = {name: yaml.safe_load(value) for name, _, value in pairs}
    execute(Path(notebook), Path(output), parameters)


if __name__ == "__main__":
    main(sys.argv[1:])
