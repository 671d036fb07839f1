"""Figures over all studies: frame in, figure out."""

import textwrap

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from smallprint.plots import ACCENT, INK, QUIET, WARM

LIGHT = {"ink": INK, "muted": "#52606d", "bar": ACCENT, "mark": WARM, "paper": "#ffffff"}
DARK = {
    **{"ink": "#e4e7eb", "muted": "#aab4bf", "bar": "#86c5ef", "mark": "#f3a08f"},
    "paper": "#15191e",
}
WORDS = {
    "separated": ACCENT,
    "untested": "#d5dbe1",
    "not separated": WARM,
    "not raised": "#ffffff",
}
WRAP = 46


def headline_ranges(rows: pd.DataFrame, *, dark: bool = False) -> Figure:
    """Quoted numbers on the range of their specifications, every range drawn equally long.

    Parameters
    ----------
    rows : DataFrame
        Columns ``label``, ``minimum``, ``median``, ``maximum`` (one unit a row),
        ``minimum_text``, ``maximum_text``, ``quoted`` and ``quoted_text`` (lists of
        equal length, perhaps empty), ``share`` (text). The first row is on top.
    """
    ink = DARK if dark else LIGHT
    figure, ax = plt.subplots(figsize=(8.2, 0.6 * len(rows) + 1.1), facecolor=ink["paper"])
    ax.set_facecolor(ink["paper"])
    for y, row in zip(range(len(rows))[::-1], rows.itertuples(), strict=True):
        _range(ax, y, row, ink)
    ax.set_yticks(
        range(len(rows))[::-1], [textwrap.fill(label, WRAP) for label in rows["label"]], fontsize=8
    )
    ax.set(xlim=(-0.06, 1.24), ylim=(-0.7, len(rows) - 0.3), xticks=[0, 1])
    ax.set_xticklabels(["weakest\nspecification", "strongest\nspecification"], fontsize=8)
    ax.tick_params(colors=ink["ink"], length=0)
    ax.grid(visible=False)
    for side in ax.spines.values():
        side.set_visible(False)
    ax.text(
        1.23,
        len(rows) - 0.45,
        "as strong\nor stronger",
        ha="right",
        color=ink["muted"],
        fontsize=7.5,
    )
    mark = Line2D([], [], marker="D", ls="", color=ink["mark"], label="as quoted")
    middle = Line2D([], [], marker="|", ls="", ms=9, mew=2, color=ink["bar"], label="median")
    figure.legend(
        handles=[mark, middle],
        loc="outside lower center",
        ncols=2,
        frameon=False,
        labelcolor=ink["ink"],
        fontsize=8,
    )
    return figure


def _range(ax: Axes, y: int, row: tuple, ink: dict) -> None:
    width = row.maximum - row.minimum

    def place(value: float) -> float:
        return (value - row.minimum) / width

    ax.hlines(y, 0, 1, color=ink["bar"], lw=5, alpha=0.35)
    ax.plot([place(row.median)], [y], marker="|", ms=11, mew=2, color=ink["bar"])
    for x, text, side in ((0, row.minimum_text, "left"), (1, row.maximum_text, "right")):
        ax.text(x, y - 0.16, text, ha=side, va="top", color=ink["muted"], fontsize=7.5)
    for value, text in dict(zip(row.quoted, row.quoted_text, strict=True)).items():
        # A number beyond every specification stands just outside the bar.
        x = float(np.clip(place(value), -0.05, 1.05))
        ax.plot([x], [y], marker="D", ms=6.5, color=ink["mark"], zorder=3)
        ax.text(x, y + 0.2, text, ha="center", va="bottom", color=ink["ink"], fontsize=8)
    ax.text(1.23, y, row.share, ha="right", va="center", color=ink["ink"], fontsize=8)


def rival_bars(ax: Axes, counts: pd.DataFrame) -> Axes:
    """Stacked bars of studies, one row a rival explanation, the first on top.

    `counts` has a column for each of the words of a verdict and ``not raised``.
    """
    left = np.zeros(len(counts))
    rows = np.arange(len(counts))[::-1]
    for word, colour in WORDS.items():
        values = counts[word].to_numpy()
        ax.barh(rows, values, left=left, color=colour, edgecolor=QUIET, lw=0.6, label=word)
        left += values
    ax.set_yticks(rows, counts.index)
    ax.set_xticks(range(int(left.max()) + 1))
    ax.set_xlabel("studies")
    ax.grid(axis="y", visible=False)
    ax.legend(loc="upper center", bbox_to_anchor=(0.4, -0.14), ncols=4, frameon=False)
    return ax
