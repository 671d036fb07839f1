"""Figures of measured outcomes: tidy frame in, Axes out."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from smallprint.plots import ACCENT, INK, WARM

STATE_COLORS = {
    "yes": WARM,
    "no": ACCENT,
    "no answer": "#c9a227",
    "refused": "#5b6770",
    "empty": "#c3cad1",
    "truncated": "#7f8b96",
    "malformed": "#3e4851",
}


def effects(ax: Axes, frame: pd.DataFrame, *, xlabel: str = "difference in rate") -> Axes:
    """Differences in rate against the reference level, grouped by factor.

    Parameters
    ----------
    frame : DataFrame
        ``factor``, ``level``, ``reference``, ``difference``, ``low``, ``high``; rows
        of one factor lie together. A missing limit leaves the point open.
    """
    at, ticks, texts = 0.0, [], []
    for factor, group in frame.groupby("factor", sort=False):
        ticks.append(at)
        texts.append(f"{factor.upper()} (against {group['reference'].iloc[0]})")
        places = at - 1 - np.arange(len(group))
        ax.hlines(places, group["low"], group["high"], color=ACCENT, lw=1.6, zorder=2)
        face = np.where(group["low"].isna(), "white", ACCENT)
        ax.scatter(group["difference"], places, s=22, color=face, edgecolor=ACCENT, zorder=3)
        ticks.extend(places)
        texts.extend(group["level"])
        at -= len(group) + 1.4
    ax.axvline(0, color=INK, lw=0.8, zorder=1)
    ax.set_yticks(ticks, texts, fontsize=8)
    ax.set_ylim(at + 0.8, 0.7)
    ax.grid(axis="y", visible=False)
    furthest = float(np.nanmax(np.abs(frame[["difference", "low", "high"]].to_numpy(float))))
    limit = min(1.05, max(0.2, 1.08 * furthest))
    ax.set_xlim(-limit, limit)
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, symbol=""))
    ax.set_xlabel(f"{xlabel}, in points")
    return ax


def accuracy_map(ax: Axes, table: pd.DataFrame, scorers: Sequence[str]) -> Axes:
    """Share of right answers of each scorer on each agent; empty where not defined.

    Parameters
    ----------
    table : DataFrame
        ``agent``, ``scorer``, ``side``, ``value``; one row a combination.
    """
    sides = [side for side in ("sensitivity", "specificity") if side in set(table["side"])]
    wide = table.pivot(index="agent", columns=["side", "scorer"], values="value")
    wanted = [(side, scorer) for side in sides for scorer in scorers]
    wide = wide.reindex(index=table["agent"].unique(), columns=pd.MultiIndex.from_tuples(wanted))
    shown = wide.map(lambda value: "" if pd.isna(value) else f"{100 * value:.0f}")
    sns.heatmap(
        wide.to_numpy(dtype=float),
        ax=ax,
        annot=shown.to_numpy(),
        fmt="",
        cmap=sns.blend_palette([WARM, "#f3e3d3", "#dbe7f0"], as_cmap=True),
        vmin=0,
        vmax=1,
        cbar=False,
        linewidths=1,
        linecolor="white",
        annot_kws={"size": 8},
    )
    ax.set_xticklabels([scorer for _, scorer in wanted], rotation=45, ha="right")
    ax.set_yticklabels(wide.index, rotation=0)
    for place, side in enumerate(sides):
        ax.axvline(place * len(scorers), color=INK, lw=1)
        middle = (place + 0.5) * len(scorers)
        ax.annotate(
            f"{side}, %",
            (middle, 1.01),
            xycoords=ax.get_xaxis_transform(),
            ha="center",
            va="bottom",
            fontsize=9,
        )
    ax.grid(visible=False)
    return ax


def state_stack(ax: Axes, table: pd.DataFrame) -> Axes:
    """Share of each outcome, one bar a row, first row on top.

    Parameters
    ----------
    table : DataFrame
        Counts: rows to compare, one column an outcome of `STATE_COLORS`.
    """
    shares = table.div(table.sum(axis=1), axis=0)
    places = np.arange(len(shares))[::-1]
    left = np.zeros(len(shares))
    for state in [state for state in STATE_COLORS if shares.get(state, pd.Series([0])).any()]:
        width = shares[state].to_numpy()
        ax.barh(places, width, left=left, height=0.7, color=STATE_COLORS[state], label=state)
        left += width
    ax.set_yticks(places, shares.index)
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(PercentFormatter(1.0))
    ax.set_xlabel("share of samples")
    ax.grid(axis="y", visible=False)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, frameon=False, fontsize=8)
    return ax


def beside_printed(ax: Axes, frame: pd.DataFrame, *, measured: str, xlabel: str) -> Axes:
    """Printed rates of several models, with the rate measured here in the same cell as a band.

    Parameters
    ----------
    frame : DataFrame
        One cell: ``label``, ``value``, ``low``, ``high`` of printed rates, and
        ``measured``, ``measured_low``, ``measured_high``, equal in all rows.
    measured : str
        Name of the model measured.
    """
    from smallprint.plots import forest

    row = frame.iloc[0]
    ax.axvspan(row["measured_low"], row["measured_high"], color=WARM, alpha=0.15, lw=0)
    ax.axvline(row["measured"], color=WARM, lw=1.4, label=f"{measured}, measured here")
    forest(ax, frame, xlabel=xlabel)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False, fontsize=8)
    return ax
