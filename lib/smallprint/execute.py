"""Execute one notebook with papermill: progress, plain errors, nothing half-written.

Run as ``python -m smallprint.execute NOTEBOOK OUTPUT name=value ...``.
"""

import os
import sys
from pathlib import Path

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
    partial = FAILED / notebook.name
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
    output.parent.mkdir(parents=True, exist_ok=True)
    partial.replace(output)


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
