"""Shares, scorers and paired differences of marked answers, against hand counts and scipy."""

import io

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from smallprint.estimates import Run
from smallprint.measured import answers


def test_answers_are_read_from_every_shape_that_a_csv_gives_them():
    table = pd.read_csv(io.StringIO("all,some,none\nTrue,True,\nFalse,,\nTrue,False,\n"))
    assert list(answers.yes_no(table["all"])) == [1, 0, 1]
    some = answers.yes_no(table["some"])
    assert some[0] == 1 and np.isnan(some[1]) and some[2] == 0
    assert answers.yes_no(table["none"]).isna().all()


def frame(**columns):
    n = len(next(iter(columns.values())))
    filled = {"state": ["scored"] * n, "agent": ["a"] * n, "text": [f"t{i}" for i in range(n)]}
    return pd.DataFrame(filled | columns)


def test_a_scorer_is_right_or_wrong_or_silent_by_side():
    nan = float("nan")
    made = frame(
        agent=["a"] * 5 + ["b"] * 3,
        known=[1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, nan],
        said=[1.0, 0.0, nan, 0.0, 1.0, 0.0, 0.0, 1.0],
    )
    found = answers.accuracy(made, "said", "known").set_index(["agent", "side"])
    assert list(found.loc[("a", "sensitivity"), ["k", "n", "missing"]]) == [1, 2, 1]
    assert list(found.loc[("a", "specificity"), ["k", "n", "missing"]]) == [1, 2, 0]
    assert list(found.loc[("b", "specificity"), ["k", "n", "missing"]]) == [2, 2, 0]
    assert ("b", "sensitivity") not in found.index, "an agent that never does it shows no side"
    assert list(found.loc[(answers.EVERYBODY, "specificity"), ["k", "n"]]) == [3, 4]


def test_a_repeated_scripted_reply_counts_once():
    once = frame(known=[1.0] * 4, said=[1.0] * 4)
    twice = pd.concat([once, once], ignore_index=True)
    lows = [answers.accuracy(one, "said", "known")["low"].iloc[0] for one in (once, twice)]
    assert lows[0] == pytest.approx(lows[1])


def test_two_agents_asked_one_text_are_two_clusters():
    one = frame(known=[1.0] * 4, said=[1.0] * 4)
    two = pd.concat([one, one.assign(agent="b")], ignore_index=True)
    effective = answers.accuracy(two, "said", "known").set_index("agent")["n_effective"]
    assert effective.tolist() == [4, 4, 8]


def test_what_is_not_scored_widens_the_bounds_and_not_the_rate():
    made = frame(y=[1.0, 0.0, 1.0, 1.0, float("nan")], group=["g"] * 5)
    made.loc[3, "state"] = "refused"
    (row,) = answers.shares(made, "y", ("group",)).to_dict("records")
    assert (row["k"], row["n"], row["missing"]) == (2, 3, 2)
    assert (row["bound_low"], row["bound_high"]) == (2 / 5, 4 / 5)


def test_paired_differences_equal_a_paired_t_interval():
    rng = np.random.default_rng(4)
    first, second = rng.integers(0, 2, 40), rng.integers(0, 2, 40)
    made = pd.DataFrame(
        {
            "arm": ["x"] * 40 + ["y"] * 40,
            "problem": [f"p{i}" for i in range(40)] * 2,
            "right": np.concatenate([first, second]).astype(float),
        }
    )
    # A problem that was asked in one arm alone is no pair.
    alone = pd.DataFrame({"arm": ["x"], "problem": ["p99"], "right": [1.0]})
    made = pd.concat([made, alone], ignore_index=True)
    found = answers.paired(made, "right", "arm", ("x", "y"), ["problem"], "problem")
    apart = first - second
    low, high = stats.ttest_1samp(apart, 0).confidence_interval(0.95)
    assert found.pairs == 40 and found.value == pytest.approx(apart.mean())
    assert found.interval[:2] == pytest.approx((low, high))


def test_no_pair_gives_no_difference():
    made = pd.DataFrame({"arm": ["x", "x"], "problem": ["p", "q"], "right": [1.0, 0.0]})
    found = answers.paired(made, "right", "arm", ("x", "plain"), ["problem"], "problem")
    assert np.isnan(found.value) and found.interval is None and found.pairs == 0
    made = pd.DataFrame({"arm": ["x", "plain"], "problem": ["p", "p"], "right": [1.0, 0.0]})
    found = answers.paired(made, "right", "arm", ("x", "plain"), ["problem"], "problem")
    assert (found.value, found.interval, found.pairs) == (1.0, None, 1)


def test_numbers_of_agents_and_of_models_have_their_own_tier_and_claims():
    run = Run("study", 1, {"seed": 0})
    recorder = answers.Recorder(run, ("A01",), "by hand")
    (_, row), *_ = answers.shares(frame(y=[1.0, 0.0], g=["g", "g"]), "y", ("g",)).iterrows()
    live = recorder.share("a", "q", row, "some/model")
    agent = recorder.share("b", "q", row, "always-implant")
    assert (live.tier, live.claims) == ("live", ("A01",))
    assert (agent.tier, agent.claims) == ("control", ())
    none, every = recorder.bounds("c", "q", row, "some/model")
    assert none.value == every.value == 0.5 and none.id != every.id
