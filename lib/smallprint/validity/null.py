"""The null study: how often each analysis finds something where there is nothing."""

from collections.abc import Iterator

import pandas as pd

from smallprint import paths
from smallprint.measured.recovery import share
from smallprint.validity import factors, live, organisms, published
from smallprint.validity.analyses import Analysis, reading, table

FOLDER = paths.DATA / "validity"
FILE = FOLDER / "null.csv"
SEED = 20261121


def analyses() -> Iterator[Analysis]:
    """Every analysis under test."""
    yield from published.analyses()
    yield from factors.analyses()
    yield from live.analyses()
    yield from organisms.analyses()


def draw(draws: float = 1.0, seed: int = SEED) -> pd.DataFrame:
    """Findings where nothing is planted; see `analyses.table`."""
    return table(analyses(), draws, seed, effects=False)


def read() -> pd.DataFrame:
    """The committed null study."""
    return pd.read_csv(FILE)


def markdown(found: pd.DataFrame) -> str:
    """The table of the null study, a row an analysis and setting, by study."""
    # A pipe table's columns are as wide as its dashes say.
    lines = [
        "| Analysis; what the data are | Found, of draws | Nominal |",
        f"|:{'-' * 56}|:{'-' * 26}|:{'-' * 12}|",
    ]
    for study, rows in found.groupby("study", sort=False):
        lines.append(f"| **{study}** | | |")
        for row in rows.itertuples():
            limits = share(row.found, row.draws).interval
            said = reading(row.found, row.draws, row.nominal)
            lines.append(
                f"| {row.contrast}; {row.setting} "
                f"| {row.found / row.draws:.1%} ({limits.low:.1%} to {limits.high:.1%}) "
                f"of {row.draws} | {'**above**' if said == 'above' else said} {row.nominal:.1%} |"
            )
    return "\n".join([*lines, "", *_summary(found)])


def _summary(found: pd.DataFrame) -> list[str]:
    said = [reading(row.found, row.draws, row.nominal) for row in found.itertuples()]
    return [
        f"Of {len(said)} rows, {said.count('above')} lie above their nominal rate, "
        f"{said.count('below')} below and {said.count('at')} at it. Limits are Clopper and "
        f"Pearson's; *above* means that the lower limit exceeds the nominal rate. By chance alone "
        f"about {0.025 * len(said):.1f} rows of exact methods would. A draw counts once, whatever "
        "the number of tests in it."
    ]
