"""The tables of the page "Model runs", and the removal of pages whose run is gone.

Run as ``python -m smallprint.site.runs FILE``.
"""

import shutil
from pathlib import Path

import pandas as pd

from smallprint import commands, paths, runs
from smallprint.display import Inline, table
from smallprint.estimates import write_atomically
from smallprint.runs import RunRecord, page_name

NO_MODEL = "No model has been asked on this machine yet."
NO_AGENT = "The control agents have not been asked on this machine yet."


def listing(logs: Path = paths.LOGS) -> str:
    """Markdown with every model asked here and every control agent, and links to their pages."""
    found = [
        runs.read(folder / "run.json")
        for study in sorted(logs.glob("*"))
        for folder in runs.folders(study.name, logs)
    ]
    models = [_row(run) for run in found if not run.model.startswith(runs.CONTROL)]
    agents = [_row(run) for run in found if run.model.startswith(runs.CONTROL)]
    return (
        f"## Models\n\n{_table(models) or NO_MODEL}\n\n"
        f"## Control agents\n\n{_table(agents) or NO_AGENT}\n"
    )


def _row(run: RunRecord) -> dict:
    slug = paths.slug(run.model)
    row = {"study": run.study, "model": run.model, "judge": run.judge or "none"}
    row["samples a cell"] = run.samples
    links = [f"[transcripts](transcripts/{run.study}/{slug}.html)"] if run.transcribed else []
    if not run.model.startswith(runs.CONTROL):
        links.insert(0, f"[results](studies/{page_name(run.study, run.model)}.ipynb)")
    return row | {"pages": Inline(", ".join(links))}


def _table(rows: list[dict]) -> str:
    return table(pd.DataFrame(rows)).data if rows else ""


def prune(reports: Path = paths.REPORTS, logs: Path = paths.LOGS) -> None:
    """Remove the pages, downloads and transcripts of models whose logs are gone."""
    for made in (*reports.glob("studies/*--*.ipynb"), *reports.glob("downloads/*--*")):
        study, _, slug = made.name.removesuffix(".ipynb").partition("--")
        if not (logs / study / slug).is_dir():
            shutil.rmtree(made) if made.is_dir() else made.unlink()
    for made in reports.glob("transcripts/*/*.html"):
        if not (logs / made.parent.name / made.stem).is_dir():
            made.unlink()


def main(arguments: list[str] | None = None) -> None:
    """Remove pages without a run and write the listing."""
    (file,) = commands.places("smallprint.site.runs", __doc__, "FILE", given=arguments)

    def action() -> None:
        text = listing()
        prune()
        write_atomically(file, text)

    commands.carry_out(action, ValueError)


if __name__ == "__main__":
    main()
