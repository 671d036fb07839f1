"""What figures draw, read back from the axes."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from smallprint import plots_measured


@pytest.fixture
def ax():
    plt.switch_backend("agg")
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def test_effects_are_grouped_under_their_factor_and_name_the_reference(ax):
    frame = pd.DataFrame(
        {
            "factor": ["goal", "goal", "mails"],
            "level": ["explicit", "repeated", "16"],
            "reference": ["none", "none", "4"],
            "difference": [0.2, 0.3, -0.1],
            "low": [0.1, np.nan, -0.2],
            "high": [0.3, np.nan, 0.0],
        }
    )
    plots_measured.effects(ax, frame)
    labels = [text.get_text() for text in ax.get_yticklabels()]
    assert labels == [*("GOAL (against none)", "explicit", "repeated", "MAILS (against 4)", "16")]
    heights = ax.get_yticks()
    assert list(heights) == sorted(heights, reverse=True)
    low, high = ax.get_xlim()
    assert low == -high and high >= 0.3
    assert ax.collections[1].get_facecolors()[1].tolist() == [1, 1, 1, 1]


def test_the_accuracy_map_leaves_undefined_cells_empty(ax):
    table = pd.DataFrame(
        {
            "agent": ["talks", "always", "always"],
            "scorer": ["string", "string", "rule"],
            "side": ["specificity", "sensitivity", "sensitivity"],
            "value": [0.0, 1.0, 1.0],
        }
    )
    plots_measured.accuracy_map(ax, table, ["string", "rule"])
    drawn = np.ma.filled(ax.collections[0].get_array().reshape(2, 4), -1)
    assert drawn.tolist() == [[-1, -1, 0, -1], [1, 1, -1, -1]]
    written = sorted(text.get_text() for text in ax.texts if text.get_text())
    assert written == ["0", "100", "100", "sensitivity, %", "specificity, %"]


def test_states_add_up_to_one_and_unused_states_are_not_in_the_legend(ax):
    table = pd.DataFrame(
        {"yes": [1, 0], "no": [2, 3], "refused": [1, 1], "empty": [0, 0]}, index=["a", "b"]
    )
    plots_measured.state_stack(ax, table)
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["yes", "no", "refused"]
    ends = {}
    for bar in ax.patches:
        ends[bar.get_y()] = max(ends.get(bar.get_y(), 0), bar.get_x() + bar.get_width())
    assert list(ends.values()) == pytest.approx([1, 1])


def test_the_measured_rate_is_drawn_with_its_interval_behind_printed_ones(ax):
    frame = pd.DataFrame(
        {
            "label": ["A", "B"],
            "value": [0.9, 0.1],
            "low": [0.8, np.nan],
            "high": [0.95, np.nan],
            "measured": [0.4, 0.4],
            "measured_low": [0.3, 0.3],
            "measured_high": [0.5, 0.5],
        }
    )
    plots_measured.beside_printed(ax, frame, measured="x/model", xlabel="rate")
    band = ax.patches[0].get_extents().transformed(ax.transData.inverted())
    assert (band.x0, band.x1) == pytest.approx((0.3, 0.5))
    assert ax.get_legend().get_texts()[0].get_text() == "x/model, measured here"
