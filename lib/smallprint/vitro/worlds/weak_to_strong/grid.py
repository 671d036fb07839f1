"""Write the committed grid: ``python -m smallprint.vitro.worlds.weak_to_strong.grid``.

It trains what is missing; a grid that was stopped goes on.
"""

import pandas as pd

from smallprint import commands, paths
from smallprint.estimates import write_atomically
from smallprint.vitro import grid
from smallprint.vitro.results import measurements
from smallprint.vitro.worlds.weak_to_strong.search import CELLS

STUDY = "weak-to-strong"


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of `grid.COLUMNS` in the measurements of the ``grid`` profile."""
    frame = frame[(frame["pool"] == "test") & frame["role"].isin(grid.ROLES)]
    frame = frame[(frame["role"] != "teacher") | (frame["member"].astype(str) == "0")].copy()
    larger = frame["size"] == "larger"
    frame["cell"] = frame["domain"].where(~larger, frame["domain"] + ", larger student")
    student = frame["role"] == "student"
    frame["direction"] = frame["method"].where(student, "")
    frame["configuration"] = (frame["method"] + "-" + frame["place"].fillna("")).where(student, "")
    frame["correct"] = frame["correct"].where(frame["cell"] == next(iter(CELLS)), "")
    found = frame[list(grid.COLUMNS)].fillna("")
    return found.sort_values(["cell", "role", "configuration", "seed"], key=_order)


def _order(column: pd.Series) -> pd.Series:
    orders = {"cell": list(CELLS), "role": list(grid.ROLES)}
    return column.map(orders[column.name].index) if column.name in orders else column


def main(arguments: list[str] | None = None) -> None:
    """Train the grid where need be and write its table."""
    commands.places(__spec__.name, __doc__, given=arguments)
    made = table(measurements(STUDY, "grid"))
    made["items"] = made["items"].astype(int)
    write_atomically(
        paths.ESTIMATES / STUDY / "grid.csv", made.to_csv(index=False, float_format="%.6f")
    )


if __name__ == "__main__":
    main()
