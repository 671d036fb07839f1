"""The tables of the page on faults, from the committed results of ``bench/faults.py``."""

import pandas as pd

from smallprint import paths
from smallprint.display import Inline, given, table

FOLDER = paths.DATA / "faults"
COMMANDS = {"install": "make report, installing", "report": "make report", "rerun": "make rerun"}
SHOWN = 200


UNTRIED = "Nothing was tried yet; `make faults FOLDER=/some/place` does."


def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv", keep_default_na=False)


def kills() -> str:
    """A row a command: how often it was killed, what ran then, what was found, what came next."""
    rows = []
    for during, found in _read("kills").groupby("during", sort=False):
        ran = {name.split()[0] for words in found["what_ran"] for name in words.split("; ")}
        rows.append(
            {
                "killed": Inline(f"`{COMMANDS[during]}`"),
                "times": len(found),
                "after seconds": f"{found['seconds'].min():.1f} to {found['seconds'].max():.1f}",
                "while these ran": ", ".join(sorted(ran)),
                "files opened": f"{found['files'].sum():,}",
                "half-written": int(found["half_written"].sum()),
                "next run completed": int((found["next"] == "completed").sum()),
                "next run killed too": int((found["next"] != "completed").sum()),
            }
        )
    return given(table(pd.DataFrame(rows))).data + "\n"


def compared() -> str:
    """What was counted and compared after the last kill."""
    found = _read("compared")
    return given(table(found.rename(columns={"what": "counted at the end"}))).data + "\n"


def places() -> str:
    """A row a fault: what was said, and what the same command did once the fault was mended."""
    rows = [
        {
            "fault": row.fault,
            "command": Inline(f"`{' '.join(row.command.split()[:2])}`"),
            "it said": _short(row.said) if row.exit or "data/" in row.said else "no complaint",
            "exit": row.exit,
            "mended by": row.mended_by,
            "then": "completed" if row.next_exit == 0 else f"exit {row.next_exit}",
        }
        for row in _read("places").itertuples()
    ]
    return given(table(pd.DataFrame(rows))).data + "\n"


def _short(said: str) -> str:
    return said if len(said) <= SHOWN else f"{said[:SHOWN]} …"


def markdown() -> dict[str, str]:
    """Every table by the name of its fragment."""
    made = {"kills": kills, "compared": compared, "places": places}
    tried = {name: (FOLDER / f"{name}.csv").exists() for name in made}
    return {f"faults-{name}.md": make() if tried[name] else UNTRIED for name, make in made.items()}
