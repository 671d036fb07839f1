import pandas as pd
import pytest
from scipy import stats

from smallprint.stats.multiverse import Choice, Multiverse
from smallprint.stats.recovered_gap_choices import recovered_under_choices


@pytest.fixture
def scores():
    rows = [
        ("chat", "weak", (0.5, 0.54)),
        ("chat", "student", (0.56, 0.6)),
        ("chat", "ceiling", (0.72, 0.72)),
        ("chat", "ensemble", (0.77, 0.77)),
        ("code", "weak", (0.58, 0.58)),
        ("code", "student", (0.56, 0.56)),
        ("code", "ceiling", (0.68, 0.68)),
        ("code", "ensemble", (0.70, 0.70)),
    ]
    return pd.DataFrame(
        [(d, m, seed, v, 1 - v) for d, m, values in rows for seed, v in enumerate(values)],
        columns=["dataset", "model", "seed", "accuracy", "brier"],
    )


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ({}, (0.06 / 0.2 - 0.2) / 2),
        ({"pooling": "ratio of means"}, 0.02 / 0.15),
        ({"ceiling": "ensemble"}, (0.06 / 0.25 - 0.02 / 0.12) / 2),
        ({"seeds": "best"}, (0.08 / 0.2 - 0.2) / 2),
        ({"clip": True}, 0.15),
        ({"metric": "brier"}, (0.06 / 0.2 - 0.2) / 2),
        ({"weights": {"chat": 3, "code": 1}}, (3 * 0.3 - 0.2) / 4),
    ],
)
def test_choices_by_hand(scores, choices, expected):
    assert recovered_under_choices(scores, **choices) == pytest.approx(expected)


def test_log_odds_by_hand(scores):
    logit = stats.logistic.ppf
    chat = scores.query("dataset == 'chat'")
    expected = (logit(0.58) - logit(0.52)) / (logit(0.72) - logit(0.52))
    assert recovered_under_choices(chat, metric="log-odds") == pytest.approx(expected)


def test_choices_run_as_a_multiverse(scores):
    multiverse = Multiverse(
        [
            Choice("seeds", ["mean", "median", "best"], "mean"),
            Choice("ceiling", ["ceiling", "ensemble", "none"], "ceiling"),
            Choice("minimum_gap", {"0": 0.0, "0.11": 0.11}, "0"),
        ]
    )
    frame = multiverse.run(lambda **choices: recovered_under_choices(scores, **choices))
    assert len(frame) == 18
    assert frame.query("ceiling == 'none'")["problem"].str.contains("must hold weak").all()
    refused = frame.query("ceiling == 'ceiling' and minimum_gap == '0.11'")["problem"]
    assert refused.str.contains("a gap of 0.100 is not above 0.11").all()
