"""The few figures every page shares: tidy frame in, Axes out.

Values and limits are proportions in [0, 1]; axes show percent.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

INK = "#1f2933"
ACCENT = "#0b5c8f"
WARM = "#b4451f"
QUIET = "#9aa5b1"
WIDTH = 6.4


def set_style() -> None:
    """Set the look of every figure: SVG, one type size, light grid.

    Glyphs are drawn as paths, so a page needs no font; element ids are
    salted with a constant, so equal figures are equal files.
    """
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    sns.set_theme(style="whitegrid", context="notebook", font_scale=0.85)
    plt.rcParams.update(
        {
            "svg.hashsalt": "smallprint",
            "axes.edgecolor": QUIET,
            "axes.labelcolor": INK,
            "text.color": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "grid.color": "#e4e7eb",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlesize": 10,
            "figure.constrained_layout.use": True,
        }
    )
    set_matplotlib_formats("svg", metadata={"Date": None})


def _percent_axis(ax: Axes, label: str) -> None:
    ax.set_xlim(-0.03, 1.03)
    ax.xaxis.set_major_formatter(PercentFormatter(1.0))
    ax.set_xticks(np.linspace(0, 1, 5))
    ax.set_xlabel(label)


def forest(ax: Axes, frame: pd.DataFrame, *, xlabel: str = "rate") -> Axes:
    """Points with intervals, one row a label, first row on top.

    Parameters
    ----------
    frame : DataFrame
        Columns ``label``, ``value``, ``low``, ``high``; a row with a missing
        value leaves its line empty, one without limits is drawn open.
    """
    rows = np.arange(len(frame))[::-1]
    ax.hlines(rows, frame["low"], frame["high"], color=ACCENT, lw=1.6, zorder=2)
    face = np.where(frame["low"].isna(), "white", ACCENT)
    ax.scatter(frame["value"], rows, s=22, color=face, edgecolor=ACCENT, zorder=3)
    ax.set_yticks(rows, frame["label"])
    ax.set_ylim(-0.7, len(frame) - 0.3)
    ax.grid(axis="y", visible=False)
    _percent_axis(ax, xlabel)
    return ax


def forest_panels(panels: Mapping[str, pd.DataFrame], *, columns: int) -> Figure:
    """One forest per panel in a grid with shared rows.

    Parameters
    ----------
    panels : mapping of str to DataFrame
        Title to frame, as for `forest`; all frames hold the same labels in the
        same order.
    """
    rows = -(-len(panels) // columns)
    labels = max(map(len, panels.values()))
    size = (WIDTH, rows * (0.21 * labels + 0.75))
    figure, axes = plt.subplots(rows, columns, figsize=size, sharex=True, sharey=True)
    for ax, (title, frame) in zip(axes.flat, panels.items(), strict=False):
        forest(ax, frame, xlabel="")
        ax.set_title(title, loc="left")
        ax.tick_params(labelbottom=True)
    for ax in axes.flat[len(panels) :]:
        ax.set_axis_off()
    return figure


def rank_bars(ax: Axes, ranks: pd.DataFrame) -> Axes:
    """Observed rank and rank interval of each label, best rank on top.

    Parameters
    ----------
    ranks : DataFrame
        Columns ``label``, ``rank``, ``rank_low``, ``rank_high``.
    """
    frame = ranks.sort_values("rank", kind="stable")
    rows = np.arange(len(frame))[::-1]
    ax.hlines(rows, frame["rank_low"], frame["rank_high"], color=ACCENT, lw=6, alpha=0.35)
    ax.scatter(frame["rank"], rows, s=22, color=ACCENT, zorder=3)
    ax.set_yticks(rows, frame["label"])
    ax.set_xticks(range(1, len(frame) + 1))
    ax.set_xlabel("rank (1 = highest rate)")
    ax.grid(axis="y", visible=False)
    return ax


def changes(
    ax: Axes, before: pd.DataFrame, after: pd.DataFrame, *, names: tuple[str, str], xlabel: str
) -> Axes:
    """Two rates with intervals per row, joined: what one change did.

    Parameters
    ----------
    before, after : DataFrame
        Columns ``label``, ``value``, ``low``, ``high``, with equal labels in
        equal order.
    names : pair of str
        Legend texts.
    """
    rows = np.arange(len(before))[::-1]
    ax.hlines(rows, before["value"], after["value"], color=QUIET, lw=1)
    looks = ((ACCENT, "o", 0.13), (WARM, "D", -0.13))
    for frame, name, (color, marker, shift) in zip((before, after), names, looks, strict=True):
        at = rows + shift
        ax.hlines(at, frame["low"], frame["high"], color=color, lw=1.6)
        ax.scatter(frame["value"], at, s=24, color=color, marker=marker, label=name, zorder=3)
    ax.set_yticks(rows, before["label"])
    ax.set_ylim(-0.6, len(before) - 0.4)
    ax.grid(axis="y", visible=False)
    _percent_axis(ax, xlabel)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
    return ax


def significance_matrix(ax: Axes, pairs: pd.DataFrame, labels: Sequence[str], alpha: float) -> Axes:
    """Which pairs differ after Holm's adjustment: filled cells do.

    Parameters
    ----------
    pairs : DataFrame
        Columns ``first``, ``second``, ``p_holm``, one row a pair.
    labels : sequence of str
        Order of rows and columns.
    alpha : float
        Family-wise error rate in (0, 1).
    """
    survives = pd.DataFrame(np.nan, index=labels, columns=labels)
    for row in pairs.itertuples():
        first, second = sorted((row.first, row.second), key=list(labels).index)
        survives.loc[second, first] = float(row.p_holm < alpha)
    sns.heatmap(
        survives.iloc[1:, :-1],
        ax=ax,
        cmap=sns.color_palette(["#e4e7eb", ACCENT], as_cmap=False),
        vmin=0,
        vmax=1,
        cbar=False,
        linewidths=1,
        linecolor="white",
        square=True,
    )
    ax.tick_params(axis="x", rotation=90)
    ax.tick_params(axis="y", rotation=0)
    ax.grid(visible=False)
    return ax


def error_maps(
    corrected: Sequence[np.ndarray],
    sensitivity: np.ndarray,
    specificity: np.ndarray,
    titles: Sequence[str],
) -> Figure:
    """Corrected rates over a grid of a judge's sensitivity and specificity, a map a rate.

    Parameters
    ----------
    corrected : sequence of array, shape (len(sensitivity), len(specificity))
        Corrected rates in [0, 1]; NaN where not identifiable.
    """
    size = (WIDTH, 2.7)
    figure, axes = plt.subplots(1, len(titles), figsize=size, sharey=True, squeeze=False)
    levels = np.linspace(0, 1, 21)
    for ax, values, title in zip(axes.flat, corrected, titles, strict=True):
        filled = ax.contourf(specificity, sensitivity, values, levels=levels, cmap="cividis")
        lines = ax.contour(
            specificity, sensitivity, values, levels=levels[1:-1], colors="white", linewidths=0.7
        )
        ax.clabel(lines, lines.levels[1::2], fmt=lambda value: f"{value:.0%}", fontsize=8)
        ax.set_title(title, loc="left")
        ax.set_xticks([0.75, 0.85, 0.95])
        ax.grid(visible=False)
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    figure.supxlabel("specificity of the outcome measure", fontsize="medium")
    axes.flat[0].set_ylabel("sensitivity")
    ticks = levels[::4]
    figure.colorbar(filled, ax=axes, format=PercentFormatter(1.0, decimals=0), ticks=ticks)
    return figure


def specification_curve(
    frame: pd.DataFrame, choices: Sequence[str], *, headline: float, ylabel: str
) -> Figure:
    """All specifications sorted by estimate, above the options each one takes.

    Parameters
    ----------
    frame : DataFrame
        Columns ``estimate`` (proportion), ``authors`` (bool; their own
        specification is marked) and one column of option names per choice.
    headline : float
        The quoted proportion, drawn as a line.
    """
    curve = frame.dropna(subset="estimate").sort_values("estimate", kind="stable")
    place = np.arange(len(curve))
    authors = curve["authors"].to_numpy(dtype=bool)
    rows = [(choice, option) for choice in choices for option in frame[choice].unique()]
    figure, (top, bottom) = plt.subplots(
        2,
        1,
        figsize=(WIDTH, 2.6 + 0.17 * (len(rows) + len(choices))),
        sharex=True,
        height_ratios=[2.2, 0.17 * (len(rows) + len(choices))],
    )
    top.axhline(headline, color=WARM, lw=1, ls="--")
    top.scatter(place, curve["estimate"], s=4, color=ACCENT, linewidths=0)
    top.scatter(place[authors], curve["estimate"][authors], s=46, color=WARM, marker="D", zorder=3)
    top.set_ylim(-0.03, 1.05)
    top.yaxis.set_major_formatter(PercentFormatter(1.0))
    top.set_ylabel(ylabel)
    _option_strips(bottom, curve, choices)
    bottom.set_xlabel(f"{len(curve)} specifications, sorted; diamond and dashes: the headline")
    return figure


def _option_strips(ax: Axes, curve: pd.DataFrame, choices: Sequence[str]) -> None:
    """One line of ticks per option, grouped under the name of its choice."""
    authors = curve["authors"].to_numpy(dtype=bool)
    height, heights, texts = 0, [], []
    for choice in choices:
        heights.append(height)
        texts.append(choice.replace("_", " ").upper())
        height -= 1
        for option in curve[choice].unique():
            chosen = (curve[choice] == option).to_numpy()
            at = np.flatnonzero(chosen)
            ax.vlines(at, height - 0.36, height + 0.36, color=ACCENT, lw=0.4)
            taken = np.flatnonzero(chosen & authors)
            ax.vlines(taken, height - 0.45, height + 0.45, color=WARM, lw=2)
            heights.append(height)
            texts.append(option)
            height -= 1
    ax.set_yticks(heights, texts, fontsize=8)
    ax.set_ylim(height + 0.3, 0.7)
    ax.set_xticks([])
    ax.grid(visible=False)
