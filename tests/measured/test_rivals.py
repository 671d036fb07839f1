import numpy as np
import pandas as pd
import pytest
import synthetic

from smallprint.measured import rivals
from smallprint.measured.factors import effects
from smallprint.measured.outcomes import tidy


def verdicts(acts, samples=32, count=128, **scorers):
    design = synthetic.cells(count, seed=9)
    frame = tidy(synthetic.outcomes(samples=samples, acts=acts, design=design).assign(**scorers))
    found = effects(frame, "rule", synthetic.FACTORS, synthetic.INTERACTIONS)
    return {each.rival: each for each in rivals.verdicts(found, frame, "rule")}


def test_a_factor_that_moves_the_rate_leaves_its_rival_standing():
    found = verdicts(lambda levels: 0.7 if levels["continuity"] == "present" else 0.3)
    nudge = found["instruction-following"]
    assert nudge.verdict == "not separated" and "continuity line" in nudge.reason
    row = nudge.effects.set_index("what").loc["continuity line present"]
    assert 0.28 < row["low"] < 0.4 < row["high"] < 0.5
    assert found["elicitation-by-design"].verdict == "separated"
    assert found["judge-error"].verdict == "separated"


def test_a_channel_that_works_is_found():
    found = verdicts(lambda levels: 0.05 if levels["channel"] == "present" else 0.6)
    assert found["elicitation-by-design"].verdict == "not separated"
    assert found["elicitation-by-design"].effects["high"].iloc[0] < -0.4
    assert found["test-awareness"].verdict != "not separated"


def test_a_goal_that_outranks_the_prohibition_is_an_interaction():
    def acts(levels):
        forbidden = levels["prohibition"] == "plain" and levels["goal"] != "repeated"
        return 0.1 if forbidden else 0.7

    found = verdicts(acts)["goal-precedence"]
    assert found.verdict == "not separated"
    assert found.effects.set_index("what").loc["plain prohibition, repeated goal", "low"] > 0.1


def test_too_few_texts_leave_a_rival_untested():
    found = verdicts(lambda levels: 0.5, samples=4, count=32)
    assert found["test-awareness"].verdict == "untested"
    assert "too small a run" in found["test-awareness"].reason


def test_a_model_that_never_acts_separates_nothing():
    found = verdicts(lambda levels: 0.0)
    assert {each.verdict for each in found.values()} == {"untested"}
    assert "too rare" in found["test-awareness"].reason


def test_a_scorer_that_sees_what_others_do_not_is_a_rival():
    found = verdicts(lambda levels: 0.4, string=True)
    assert found["judge-error"].verdict == "not separated"
    rows = found["judge-error"].effects.set_index("what")
    assert rows.loc["string minus rule", "low"] > 0.5
    assert rows.loc["gate minus rule", "low"] < 0 < rows.loc["gate minus rule", "high"]


def test_levels_that_were_not_asked_leave_a_rival_untested():
    design = synthetic.cells(128, seed=9).assign(channel="absent", frame="agent")
    frame = tidy(synthetic.outcomes(samples=8, acts=lambda _: 0.5, design=design))
    found = effects(frame, "rule", synthetic.FACTORS, synthetic.INTERACTIONS)
    made = {each.rival: each for each in rivals.verdicts(found, frame, "rule")}
    assert made["elicitation-by-design"].verdict == "untested"
    assert made["narrative-pattern"].verdict == "untested"
    assert len(made["narrative-pattern"].effects) == 3


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.05, 0.05, "separated"),
        (0.01, 0.08, "separated"),
        (0.02, 0.15, "not separated"),
        (-0.30, -0.01, "not separated"),
        (-0.05, 0.15, "untested"),
        (np.nan, np.nan, "untested"),
    ],
)
def test_the_rule_compares_limits_with_zero_and_the_margin(low, high, verdict):
    table = pd.DataFrame({"what": ["x"], "difference": [0.0], "low": [low], "high": [high]})
    assert rivals.judge(table)[0] == verdict
