"""The null study: how often each analysis finds something where there is nothing."""

from collections.abc import Iterator

import pandas as pd

from smallprint import paths
from smallprint.measured.recovery import share
from smallprint.validity import factors, live, organisms, panels, published
from smallprint.validity.analyses import READ, SEED, Analysis, reading, table

FILE = paths.DATA / "validity" / "null.csv"


def analyses() -> Iterator[Analysis]:
    """Every analysis under test."""
    yield from published.analyses()
    yield from factors.analyses()
    yield from live.analyses()
    yield from panels.analyses()
    yield from organisms.analyses()


def draw(changed: str = "") -> pd.DataFrame:
    """Findings where nothing is planted; see `analyses.table`.

    Everything is drawn, or with ``changed`` what that stands in the name of, and what is new.
    """
    return table(analyses(), 1.0, SEED, False, read() if changed else None, changed)


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
    return "\n".join([*lines, "", *_summary(found), "", *_readings(found)])


def _readings(found: pd.DataFrame) -> list[str]:
    """What the same data say under the method of today and under the one before it."""
    old = found[found["setting"].str.contains(READ, regex=False)]
    lines = []
    for setting, rows in old.groupby("setting", sort=False):
        data, how = setting.split(READ)
        now = found[found["setting"] == data].set_index("contrast")
        parts = [
            f"{row.contrast} {row.found / row.draws:.1%}, now "
            f"{now.loc[row.contrast, 'found'] / now.loc[row.contrast, 'draws']:.1%}"
            for row in rows.itertuples()
        ]
        lines.append(f"- With {how}, {data}: {'; '.join(parts)}.")
    return lines and [
        "Found before the method was changed, in the first of the same data sets, and since:",
        "",
        *lines,
    ]


def _summary(found: pd.DataFrame) -> list[str]:
    said = [reading(row.found, row.draws, row.nominal) for row in found.itertuples()]
    return [
        f"Of {len(said)} rows, {said.count('above')} lie above their nominal rate, "
        f"{said.count('below')} below and {said.count('at')} at it. Limits are Clopper and "
        f"Pearson's; *above* means that the lower limit exceeds the nominal rate. By chance alone "
        f"about {0.025 * len(said):.1f} rows of exact methods would. A draw counts once, whatever "
        "the number of tests in it."
    ]
