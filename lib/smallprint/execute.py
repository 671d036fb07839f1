"""Execute one notebook with papermill: progress, plain errors, nothing half-written.

Run as ``python -m smallprint.execute NOTEBOOK OUTPUT name=value ...``.
"""

import json
import os
import re
import sys
from pathlib import Path

import nbformat
import papermill
import yaml
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError

from smallprint import commands, messages, paths, runs, strict_yaml
from smallprint.evals.redaction import redact, redact_data
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
    failed = FAILED / output.name
    # papermill does not write a file as a whole.
    partial = FAILED / f".{output.name}"
    partial.parent.mkdir(parents=True, exist_ok=True)
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        papermill.execute_notebook(
            notebook,
            partial,
            parameters=parameters,
            kernel_name="python3",
            extra_arguments=[QUIET_KERNEL],
            # Writing the whole notebook at each cell would take about half as long again.
            request_save_on_cell_execute=False,
            progress_bar={"desc": notebook.stem, "mininterval": 1.0},
        )
    except PapermillExecutionError as error:
        _without_keys(partial)
        partial.replace(failed)
        # What a cell raises may quote anything, and this goes to a terminal.
        said = redact(f"cell In[{error.exec_count}] failed with {error.ename}: {error.evalue}")
        sys.exit(
            messages.screen([f"{notebook}: {said}"])
            + f"\nThe notebook up to that cell, with the traceback, is {failed}"
        )
    except DeadKernelError:
        sys.exit(
            f"{notebook}: the kernel was killed, most likely for want of memory; nothing is lost. "
            "Run it again with fewer pages at once: CORES=1"
        )
    _without_keys(partial)
    if parameters.get("model"):
        _name_the_model(partial, parameters["model"])
    output.parent.mkdir(parents=True, exist_ok=True)
    partial.replace(output)


def _without_keys(page: Path) -> None:
    """Clean what a cell printed or raised, which may quote the environment."""
    content = json.loads(page.read_text(encoding="utf-8"))
    cleaned = redact_data(content)
    if cleaned != content:
        page.write_text(json.dumps(cleaned, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


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
    try:
        parameters = dict(map(_assigned, assignments))
        runs.checked(runs.defaults(Path(notebook)), parameters)
    except ValueError as error:
        commands.end(str(error), 2)
    execute(Path(notebook), Path(output), parameters)


def _assigned(assignment: str) -> tuple[str, object]:
    name, equals, value = assignment.partition("=")
    if not equals:
        raise ValueError(f"{assignment!r}: found no `=`; write name=value")
    try:
        return name, yaml.safe_load(value)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        what = strict_yaml.described(error)
        raise ValueError(f"parameter {name}: {what}; write a YAML value, text in quotes") from None


if __name__ == "__main__":
    main(sys.argv[1:])
