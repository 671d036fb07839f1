"""The tables of the page on speed, from the committed results of ``make bench``."""

import pandas as pd

from smallprint import paths
from smallprint.display import given, table

FOLDER = paths.DATA / "bench"
MACHINE = ("date", "processor", "cores", "memory, GiB", "Python", "torch", "load at the start")
UNMEASURED = "Nothing was measured yet; `make bench` does."
HEAVIEST = 12
SLOWEST = 3


def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv")


def _markdown(frame: pd.DataFrame) -> str:
    return given(table(frame)).data + "\n"


def _measured(name: str) -> str:
    found = _read(name)
    return _markdown(found[[column for column in found if column not in (*MACHINE, "profile")]])


def build() -> str:
    """A row a build: seconds by the clock, of processor time, and the share of the cores."""
    return _measured("build")


def sections() -> str:
    """The slowest sections of each notebook, and its sum."""
    rows = []
    for page, found in _read("sections").groupby("page"):
        slowest = found.nlargest(SLOWEST, "seconds")
        named = "; ".join(f"{row.section} {row.seconds:.1f}" for row in slowest.itertuples())
        total = f"{found['seconds'].sum():.1f}"
        rows.append({"notebook": page, "all cells, s": total, "slowest sections, s": named})
    return _markdown(pd.DataFrame(rows))


def vitro() -> str:
    """Training throughput of the engine, a plain loop and a Trainer."""
    return _measured("vitro")


def throughput() -> str:
    """Replies a second through `ask` and through the bare client, a row a round."""
    return _measured("throughput")


def pages() -> str:
    """The heaviest pages."""
    found = _read("pages").nlargest(HEAVIEST, "with files, packed, kB")
    return _markdown(found[[column for column in found if column not in MACHINE]])


def imports() -> str:
    """Seconds to import each module, over an empty start."""
    return _measured("imports")


def machine() -> str:
    """Where each table was measured, and how busy the machine was when it began."""
    rows = [
        {"table": name} | {column: _read(name).iloc[0][column] for column in MACHINE}
        for name in TABLES
        if (FOLDER / f"{name}.csv").exists()
    ]
    return _markdown(pd.DataFrame(rows))


TABLES = {
    "build": build,
    "sections": sections,
    "vitro": vitro,
    "throughput": throughput,
    "pages": pages,
    "imports": imports,
}


def markdown() -> dict[str, str]:
    """Every table by the name of its fragment."""
    found = {name: (FOLDER / f"{name}.csv").exists() for name in TABLES}
    made = {name: make() if found[name] else UNMEASURED for name, make in TABLES.items()}
    made["machine"] = machine() if any(found.values()) else UNMEASURED
    return {f"speed-{name}.md": text for name, text in made.items()}
