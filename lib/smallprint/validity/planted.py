"""The planted study: how large an effect must be for each live analysis to find it."""

import numpy as np
import pandas as pd

from smallprint import paths

FILE = paths.DATA / "validity" / "planted.csv"
POWER = 0.8
BY = ["study", "contrast", "setting", "unit"]


def draw(changed: str = "") -> pd.DataFrame:
    """Findings by size of the planted effect; see `analyses.table`.

    Everything is drawn, or with ``changed`` what that stands in the name of, and what is new.
    """
    # Study pages read the sizes; only drawing needs Inspect, which is slow to import.
    from smallprint.validity.analyses import SEED, table
    from smallprint.validity.null import analyses

    return table(analyses(), 1.0, SEED, True, read() if changed else None, changed)


def read() -> pd.DataFrame:
    """The committed planted study."""
    return pd.read_csv(FILE)


def smallest(found: pd.DataFrame) -> pd.DataFrame:
    """The smallest effect that each analysis finds in 80% of draws.

    Shares found are made monotone in the effect (isotonic means, weighted by draws) and
    interpolated between sizes.

    Returns
    -------
    DataFrame
        The columns of `BY`, ``smallest`` (NaN if no planted size is found so often), ``largest``
        (of the planted sizes) and ``draws`` a size.
    """
    rows = []
    for key, group in found.groupby(BY, sort=False):
        group = group.sort_values("effect")
        sizes, shares = group["effect"].to_numpy(), _monotone(group)
        size = float("nan")
        if shares[-1] >= POWER:
            at = int(np.argmax(shares >= POWER))
            # An effect of nothing is found about as often as the nominal rate allows.
            below = (0.0, group["nominal"].iloc[0]) if at == 0 else (sizes[at - 1], shares[at - 1])
            part = (POWER - below[1]) / (shares[at] - below[1])
            size = float(below[0] + part * (sizes[at] - below[0]))
        about = dict(zip(BY, key, strict=True))
        rows.append(
            about | {"smallest": size, "largest": sizes[-1], "draws": int(group["draws"].min())}
        )
    return pd.DataFrame(rows)


def _monotone(group: pd.DataFrame) -> np.ndarray:
    from scipy.optimize import isotonic_regression

    shares = (group["found"] / group["draws"]).to_numpy()
    return isotonic_regression(shares, weights=group["draws"].to_numpy(float)).x


def size_text(size: float, unit: str) -> str:
    """A size in words: "23 points" or "0.31 (share of the gap)"."""
    return f"{100 * size:.0f} points" if unit == "points" else f"{size:.2f} ({unit})"


def markdown(found: pd.DataFrame) -> str:
    """The table of the smallest effects found in 80% of draws, by study."""
    lines = [
        "| Analysis; the data before the effect | Found in 80% | Draws a size |",
        f"|:{'-' * 58}|:{'-' * 26}|{'-' * 12}:|",
    ]
    for study, rows in smallest(found).groupby("study", sort=False):
        lines.append(f"| **{study}** | | |")
        for row in rows.itertuples():
            known = not np.isnan(row.smallest)
            size = size_text(row.smallest if known else row.largest, row.unit)
            size = size if known else f"none up to {size}"
            lines.append(f"| {row.contrast}; {row.setting} | {size} | {row.draws} |")
    return "\n".join(lines)


def figure(found: pd.DataFrame):
    """Share found by size of the effect, a panel a study; markers follow the rows of the table."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import PercentFormatter

    from smallprint import plots
    from smallprint.measured.recovery import share

    plots.set_style()
    studies = list(dict.fromkeys(found["study"]))
    rows = -(-len(studies) // 2)
    drawn, axes = plt.subplots(
        rows, 2, figsize=(plots.WIDTH, 2.6 * rows), sharey=True, squeeze=False
    )
    for ax, study in zip(axes.flat, studies, strict=False):
        groups = found[found["study"] == study].groupby(BY, sort=False)
        looks = zip((plots.ACCENT, plots.WARM), ("o", "s"), strict=True)
        for (key, group), (colour, marker) in zip(groups, looks, strict=False):
            shares = group["found"] / group["draws"]
            limits = [
                share(k, n).interval[:2]
                for k, n in zip(group["found"], group["draws"], strict=True)
            ]
            errors = np.abs(np.array(limits).T - shares.to_numpy())
            points = 100 if key[3] == "points" else 1
            sizes = points * group["effect"]
            ax.errorbar(sizes, shares, errors, color=colour, marker=marker, ms=4, lw=1.2)
            ax.set_xlabel("planted effect, points" if points == 100 else f"planted {key[3]}")
        ax.axhline(POWER, color=plots.QUIET, lw=1, ls="--")
        ax.set(title=study, ylim=(0, 1.04))
        ax.set_xlim(left=0)
        ax.yaxis.set_major_formatter(PercentFormatter(1))
    for ax in axes.flat[len(studies) :]:
        ax.set_visible(False)
    drawn.get_layout_engine().set(hspace=0.05)
    return drawn
