"""Figures of marked answers: what replies are, who holds what, what scoring rules report."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from smallprint.plots import ACCENT, INK, QUIET, WARM, WIDTH

KINDS = (ACCENT, "#9cc3dc", WARM, "#e0a58c")
NOT_SCORED = ("#3e4851", "#7f8b96", "#c3cad1", "#c9a227")
# Lines may lie on each other: a wide one below, a dashed one on top.
LOOKS = ((QUIET, "-", 4.5, 2), (WARM, "--", 1.6, 5), (WARM, "-", 1.6, 4), (ACCENT, "-", 2.2, 3))


def outcome_stack(
    ax: Axes, table: pd.DataFrame, kinds: Sequence[str], not_scored: Sequence[str]
) -> Axes:
    """Share of each outcome, one bar a row, first row on top.

    Parameters
    ----------
    table : DataFrame
        Counts: rows to compare; a column an outcome of `kinds` or `not_scored`.
    kinds, not_scored : sequence of str
        At most four each, in the order of the bars. Outcomes that no row has are left out.
    """
    shares = table.div(table.sum(axis=1), axis=0)
    places = np.arange(len(shares))[::-1]
    left = np.zeros(len(shares))
    colors = dict(zip(kinds, KINDS, strict=False)) | dict(zip(not_scored, NOT_SCORED, strict=False))
    for name, color in colors.items():
        if name in shares and shares[name].any():
            ax.barh(places, shares[name], left=left, height=0.7, color=color, label=name)
            left += shares[name].to_numpy()
    ax.set_yticks(places, shares.index)
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(PercentFormatter(1.0))
    ax.set_xlabel("share of replies")
    ax.grid(axis="y", visible=False)
    ax.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=3, frameon=False, fontsize=8)
    return ax


def share_map(ax: Axes, table: pd.DataFrame, groups: Sequence[int] = ()) -> Axes:
    """Shares of rows and columns in percent; a missing one is left empty.

    Parameters
    ----------
    table : DataFrame
        Proportions; index and columns are the labels.
    groups : sequence of int
        Rows above which a line is drawn.
    """
    shown = table.map(lambda value: "" if pd.isna(value) else f"{100 * value:.0f}")
    sns.heatmap(
        table.to_numpy(dtype=float),
        ax=ax,
        annot=shown.to_numpy(),
        fmt="",
        cmap=sns.blend_palette(["#f4f6f8", "#e0a58c", WARM], as_cmap=True),
        vmin=0,
        vmax=1,
        cbar=False,
        linewidths=1,
        linecolor="white",
        annot_kws={"size": 7},
    )
    ax.set_xticklabels(table.columns, rotation=40, ha="right", fontsize=8)
    ax.set_yticklabels(table.index, rotation=0, fontsize=8)
    for row in groups:
        ax.axhline(row, color=INK, lw=1)
    ax.grid(visible=False)
    return ax


def drop_panels(panels: Mapping[str, tuple[pd.DataFrame, float]], series: Sequence[str]) -> Figure:
    """The drop that each scoring rule reports, over the share of answers outside the cipher.

    Parameters
    ----------
    panels : mapping of str to (DataFrame, float)
        By title: ``leaves``, ``low``, ``high`` and a column for each series, all proportions; and
        the true drop.
    series : sequence of str
        At most four.
    """
    figure, axes = plt.subplots(1, len(panels), figsize=(WIDTH, 3.3), sharey=True)
    for ax, (title, (frame, true)) in zip(axes, panels.items(), strict=True):
        at = frame["leaves"]
        ax.fill_between(at, frame["low"], frame["high"], color=ACCENT, alpha=0.12, lw=0)
        ax.axhline(true, color=INK, lw=0.9, ls=":")
        for name, (color, style, width, order) in zip(series, LOOKS, strict=False):
            ax.plot(at, frame[name], color=color, ls=style, lw=width, zorder=order, label=name)
        ax.set_title(title, fontsize=9)
        ax.set_xlim(0, at.max())
        ax.set_ylim(-0.04, 1.04)
        ax.set_xticks([0, 0.4, 0.8])
        ax.xaxis.set_major_formatter(PercentFormatter(1.0))
        ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes[0].set_ylabel("reported drop")
    figure.supxlabel("share of answers not reached in the cipher", fontsize=9)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=2, frameon=False, fontsize=8)
    return figure


def depth_panels(panels: Mapping[str, pd.DataFrame], series: Sequence[str]) -> Figure:
    """Shares with intervals over the number of steps, a panel an arm, four panels a row.

    Parameters
    ----------
    panels : mapping of str to DataFrame
        By title: ``depth``, ``series``, ``value``, ``low``, ``high``.
    series : sequence of str
        At most three, in the order of the legend.
    """
    rows = -(-len(panels) // 4)
    figure, axes = plt.subplots(
        *(rows, 4), figsize=(WIDTH, 1.5 + 1.4 * rows), sharex=True, sharey=True, squeeze=False
    )
    for ax, (title, frame) in zip(axes.flat, panels.items(), strict=False):
        for shift, (name, color) in enumerate(zip(series, (QUIET, ACCENT, WARM), strict=False)):
            one = frame[frame["series"] == name].dropna(subset="value")
            at = one["depth"] + 0.15 * (shift - 1)
            ax.set_xticks(sorted(frame["depth"].unique()))
            ax.vlines(at, one["low"], one["high"], color=color, lw=1.2)
            ax.plot(at, one["value"], color=color, marker="o", ms=3.5, lw=1.2, label=name)
        ax.set_title(title, fontsize=9)
        ax.set_ylim(-0.05, 1.05)
        ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    for ax in list(axes.flat)[len(panels) :]:
        ax.set_visible(False)
    figure.supxlabel("steps that the problem takes", fontsize=9)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3, frameon=False, fontsize=8)
    return figure
