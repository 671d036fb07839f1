"""What figures draw, read back from the axes."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from smallprint import plots


@pytest.fixture
def ax():
    plt.switch_backend("agg")
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def rates(**low) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "label": ["a", "b", "c"],
            "value": [0.9, 0.5, np.nan],
            "low": [0.8, low.get("b", 0.4), np.nan],
            "high": [0.95, low.get("b", 0.6), np.nan],
        }
    )


def test_a_forest_shows_rows_from_top_to_bottom(ax):
    plots.forest(ax, rates())
    heights = dict(
        zip([text.get_text() for text in ax.get_yticklabels()], ax.get_yticks(), strict=True)
    )
    assert heights["a"] > heights["b"] > heights["c"]
    assert ax.collections[1].get_offsets()[0].tolist() == [0.9, heights["a"]]


def test_a_rate_without_limits_is_drawn_open(ax):
    plots.forest(ax, rates(b=np.nan))
    closed, opened, _ = ax.collections[1].get_facecolors()
    assert opened.tolist() == [1, 1, 1, 1]
    assert closed.tolist() != [1, 1, 1, 1]


def test_changes_name_both_sides_and_keep_the_order(ax):
    after = rates().assign(value=[0.3, 0.2, 0.1])
    plots.changes(ax, rates(), after, names=("before", "after"), xlabel="rate")
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    drawn = {
        collection.get_label(): collection.get_offsets()[:, 0].tolist()
        for collection in ax.collections
    }
    assert legend == ["before", "after"]
    assert drawn["after"] == [0.3, 0.2, 0.1]


def test_the_curve_is_sorted_and_marks_the_headline():
    frame = pd.DataFrame(
        {
            "pooling": ["max", "mean", "median", "max"],
            "estimate": [0.96, 0.2, 0.5, np.nan],
            "authors": [True, False, False, False],
        }
    )
    figure = plots.specification_curve(frame, ["pooling"], headline=0.96, ylabel="rate")
    top, bottom = figure.axes
    points, diamond = top.collections
    assert points.get_offsets()[:, 1].tolist() == [0.2, 0.5, 0.96]
    assert diamond.get_offsets().tolist() == [[2.0, 0.96]]
    assert [text.get_text() for text in bottom.get_yticklabels()] == [
        *("POOLING", "mean", "median", "max")
    ]
    plt.close(figure)


def test_the_matrix_fills_the_pairs_that_differ(ax):
    pairs = pd.DataFrame(
        {"first": ["a", "a", "b"], "second": ["b", "c", "c"], "p_holm": [0.2, 0.01, 0.9]}
    )
    plots.significance_matrix(ax, pairs, ["a", "b", "c"], 0.05)
    drawn = ax.collections[0].get_array()
    assert np.ma.filled(drawn, -1).reshape(2, 2).tolist() == [[0, -1], [1, 0]]
