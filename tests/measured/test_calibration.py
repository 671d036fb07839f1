import numpy as np
import pandas as pd
import pytest
import synthetic

from smallprint.measured import calibration
from smallprint.measured.outcomes import tidy
from smallprint.measured.rates import rates


def agent(name: str, acts: float, **scorers) -> pd.DataFrame:
    frame = synthetic.outcomes(count=12, samples=4, acts=lambda _: acts, model=f"control/{name}")
    return frame.assign(**scorers)


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(1)
    both = agent("coin", 0.5)
    both["judge"] = both["rule"] ^ (rng.random(len(both)) < 0.1)
    parts = [
        agent("always", 1.0),
        agent("comply", 0.0),
        agent("talks", 0.0, string=True),
        agent("without", 1.0, string=False, gate=False),
        agent("refuse", 0.0, state="refused", truth="refused"),
        both,
    ]
    return tidy(pd.concat(parts, ignore_index=True))


def one(table, **wanted):
    rows = table
    for name, value in wanted.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def test_each_scorer_is_told_apart_by_the_agent_it_fails_on(frame):
    table = calibration.accuracy(frame)
    assert one(table, agent="talks", scorer="string", side="specificity")["value"] == 0
    assert one(table, agent="without", scorer="string", side="sensitivity")["value"] == 0
    assert one(table, agent="without", scorer="rule", side="sensitivity")["value"] == 1
    assert table[(table["agent"] == "comply") & (table["side"] == "sensitivity")].empty
    assert table[table["agent"] == "refuse"].empty
    failing = calibration.failures(table)
    assert set(zip(failing["agent"], failing["scorer"], strict=True)) == {
        *(("talks", "string"), ("without", "string"), ("without", "gate"), ("coin", "judge"))
    }


def test_replies_that_repeat_count_once_and_no_rate_is_bare(frame):
    table = calibration.accuracy(frame)
    row = one(table, agent="always", scorer="rule", side="sensitivity")
    assert row["n"] == 48 and row["n_effective"] == pytest.approx(row["texts"])
    assert row["low"] < 1 == row["high"]


def test_an_answer_that_a_scorer_owes_is_missing_not_right(frame):
    holes = frame.copy()
    holes.loc[holes["model"] == "control/always", "state"] = "malformed"
    row = one(calibration.accuracy(holes), agent="always", scorer="rule", side="sensitivity")
    assert (row["n"], row["missing"]) == (0, 48)


def test_states_read_as_something_else_are_listed(frame):
    assert calibration.misread_states(frame).empty
    wrong = frame.copy()
    wrong.loc[wrong["model"] == "control/refuse", "state"] = "scored"
    wrong.loc[wrong["model"] == "control/comply", "state"] = "malformed"
    found = calibration.misread_states(wrong).set_index("agent")
    assert found.loc["refuse", ["truth", "state", "samples"]].tolist() == ["refused", "scored", 48]
    assert found.loc["comply", ["truth", "state"]].tolist() == ["scored", "malformed"]


def test_a_known_rate_comes_back_through_a_judge_that_errs():
    rng = np.random.default_rng(4)
    coin = synthetic.outcomes(count=64, samples=16, acts=lambda _: 0.5, model="control/coin")
    live = synthetic.outcomes(count=64, samples=16, acts=lambda _: 0.3, model="x/live")
    for part in (coin, live):
        act = part["rule"].to_numpy()
        part["judge"] = np.where(rng.random(len(part)) < np.where(act, 0.9, 0.85), act, ~act)
    pooled = calibration.accuracy(tidy(coin), by_agent=False)
    row = rates(tidy(live), "judge", by=("model",)).iloc[0]
    fixed = calibration.corrected(row, pooled, "judge")
    truth = live["truth"].mean()
    assert row["value"] > truth + 0.05
    assert fixed["interval"].low < truth < fixed["interval"].high
    assert abs(fixed["value"] - truth) < abs(row["value"] - truth)
    assert fixed["interval"].high - fixed["interval"].low > row["high"] - row["low"]


def test_a_scorer_no_better_than_chance_corrects_nothing(frame):
    only = frame[frame["model"].isin(["control/talks", "control/without"])]
    pooled = calibration.accuracy(only, by_agent=False)
    row = rates(frame, "string", by=("model",)).iloc[0]
    fixed = calibration.corrected(row, pooled, "string")
    assert fixed["value"] is None and "no better than chance" in fixed["note"]
    harmless = calibration.accuracy(frame[frame["model"] == "control/talks"], by_agent=False)
    assert "both kinds" in calibration.corrected(row, harmless, "rule")["note"]


def test_the_worst_agents_bound_what_a_scorer_can_hide(frame):
    table = calibration.accuracy(frame)
    low, high, note = calibration.worst_case(0.4, table, "string")
    assert (low, high) == (0, 1) and "without" in note and "talks" in note
    low, high, _ = calibration.worst_case(0.4, table, "rule")
    assert low == high == pytest.approx(0.4)
    low, high, _ = calibration.worst_case(0.4, table, "judge")
    assert low < 0.4 < high
