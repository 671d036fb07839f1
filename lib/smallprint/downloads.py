"""The files a page offers: estimates as JSON, CSV and script, claims, executed notebook.

Run as ``python -m smallprint.downloads FOLDER NOTEBOOK RUN [CLAIMS]``.
"""

import json
import shutil
from pathlib import Path

import pandas as pd
import yaml

from smallprint import commands, estimates, folders, vocabulary
from smallprint.display import interval_text, value_text
from smallprint.records import Estimate, RunFile

# The last four are the wide forms, which some spreadsheets read as the others.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def make(folder: Path, notebook: Path, run: Path, claims: Path | None = None) -> None:
    """Make `folder` with one page's downloads; the scoreboard has no claims of its own."""
    found = estimates.read(run)
    said = yaml.safe_load(claims.read_text(encoding="utf-8")) if claims else {}
    with folders.replaced(folder) as new:
        shutil.copyfile(notebook, new / notebook.name)
        shutil.copyfile(run, new / "estimates.json")
        if claims:
            shutil.copyfile(claims, new / "claims.yaml")
        inert(estimates.table([found])).to_csv(new / "estimates.csv", index=False)
        (new / "estimates.js").write_text(script(folder.name, found, said), encoding="utf-8")


def inert(table: pd.DataFrame) -> pd.DataFrame:
    """The table with an apostrophe before every text that a spreadsheet would run as a formula.

    Names of models come from whoever ran the notebook. The rule is OWASP's for CSV injection.

    >>> inert(pd.DataFrame({"model": ["=1+1", "a-b"], "value": [-1.0, 2.0]})).to_numpy().tolist()
    [["'=1+1", -1.0], ['a-b', 2.0]]
    """

    def made(cell: object) -> object:
        return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell

    return table.map(made)


def script(page: str, run: RunFile, claims: dict) -> str:
    """What a page shows when a number is opened, as a script: opened from disk, it may not fetch.

    Parameters
    ----------
    page : str
        The name of the page, without suffix.
    run : RunFile
        The run whose estimates the page shows.
    claims : dict
        The claims file as plain YAML, for the words of claims and sources.
    """
    content = {
        "run": run.run,
        "started": run.manifest.get("started"),
        "tiers": vocabulary.TIERS,
        "confidence": vocabulary.CONFIDENCE,
        "claims": {
            claim["id"]: claim["says"]
            for section in ("claims", "variants")
            for claim in claims.get(section) or ()
        },
        "sources": {key: source["what"] for key, source in (claims.get("sources") or {}).items()},
        "estimates": {estimate.id: _opened(estimate, run) for estimate in run.estimates},
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return f"smallprintNumbers.add({json.dumps(page)},{text});\n"


def _opened(estimate: Estimate, run: RunFile) -> dict:
    """An estimate in the words of the page, without what it does not have."""
    kept = ("tier", "quantity", "model", "condition", "n", "k", "seed")
    kept += ("method", "claims", "sources", "confidence", "note")
    fields = {name: getattr(estimate, name) for name in kept}
    fields |= {"value": value_text(estimate), "cell": run.cells.get(estimate.id)}
    if estimate.interval:
        level, method = estimate.interval.level, estimate.interval.method
        fields["interval"] = f"{interval_text(estimate)}, {level:.0%} {method}"
    return {name: value for name, value in fields.items() if value not in (None, (), {})}


def main(arguments: list[str] | None = None) -> None:
    """Make the downloads of one page."""
    folder, notebook, run, claims = commands.places(
        *("smallprint.downloads", __doc__, "FOLDER", "NOTEBOOK", "RUN", "CLAIMS?"),
        given=arguments,
    )
    commands.carry_out(lambda: make(folder, notebook, run, claims), ValueError)


if __name__ == "__main__":
    main()
