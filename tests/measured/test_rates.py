import numpy as np
import pandas as pd
import pytest
import synthetic

from smallprint.measured.outcomes import read, states, tidy
from smallprint.measured.rates import Clustering, interval_of, rates


@pytest.fixture
def frame():
    return tidy(synthetic.outcomes(count=8, samples=12, acts=lambda levels: 0.4))


def test_a_written_table_comes_back_with_levels_as_text(tmp_path):
    raw = synthetic.outcomes(count=4)
    raw["judge"] = raw["judge"].astype(object)
    raw.loc[:3, "judge"] = None
    raw.to_csv(tmp_path / "outcomes.csv", index=False)
    found = read(tmp_path / "outcomes.csv")
    assert set(found["mails"]) <= {"4", "16"} and set(found["goal"]) <= {*synthetic.FACTORS["goal"]}
    assert found["judge"].isna().sum() == 4
    assert found["rule"].tolist() == raw["rule"].astype(float).tolist()
    assert set(found["truth"]) <= {"True", "False"}


def test_a_table_with_unknown_words_names_file_field_and_what_is_allowed(tmp_path):
    raw = synthetic.outcomes(count=2).astype({"judge": object, "state": object})
    raw.loc[0, "judge"], raw.loc[1, "state"] = "maybe", "lost"
    raw.to_csv(tmp_path / "outcomes.csv", index=False)
    with pytest.raises(ValueError, match=r"outcomes.csv: judge holds maybe.*state holds lost"):
        read(tmp_path / "outcomes.csv")
    raw.drop(columns=["truth", "gate"]).to_csv(tmp_path / "outcomes.csv", index=False)
    with pytest.raises(ValueError, match="column gate is missing; column truth is missing"):
        read(tmp_path / "outcomes.csv")


def test_replies_without_an_answer_are_counted_and_bounded(frame):
    first = frame["cell"] == frame["cell"].iloc[0]
    frame.loc[frame.index[first][:2], "state"] = "refused"
    frame.loc[frame.index[first][2:3], "judge"] = np.nan
    row = rates(frame, "judge").iloc[0]
    assert (row["n"], row["missing"]) == (9, 3)
    assert row["bound_low"] == row["k"] / 12 and row["bound_high"] == (row["k"] + 3) / 12
    assert row["bound_from"] < row["bound_low"] <= row["value"] <= row["bound_high"]
    assert row["bound_high"] < row["bound_to"]
    counted = states(frame, "judge", "family").loc["leverage"]
    assert (counted["refused"], counted["no answer"], counted.sum()) == (2, 1, len(frame))


def test_a_refused_reply_is_never_harmless(frame):
    """Whatever a scorer wrote beside it."""
    frame["state"] = "refused"
    row = rates(frame, "rule").iloc[0]
    assert row["n"] == 0 and np.isnan(row["value"])
    assert (row["bound_low"], row["bound_high"]) == (0, 1)
    assert interval_of(row) is None


def test_texts_that_disagree_widen_the_interval():
    """Half of the texts always, half never: twelve samples are worth four."""
    frame = tidy(synthetic.outcomes(count=8, samples=12, acts=lambda levels: 0.5))
    independent = rates(frame, "rule").iloc[0]
    for name in ("rule", "gate"):
        frame[name] = (frame["wording"] == "a").astype(float)
    clustered = rates(frame, "rule").iloc[0]
    assert clustered["n_effective"] == pytest.approx(4)
    assert independent["n_effective"] > 9
    wide, narrow = (row["high"] - row["low"] for row in (clustered, independent))
    assert wide > 1.4 * narrow


def test_a_cell_that_never_acts_counts_texts_not_samples():
    frame = tidy(synthetic.outcomes(count=8, samples=40, acts=lambda levels: 0.0))
    row = rates(frame, "rule").iloc[0]
    assert (row["k"], row["value"], row["low"]) == (0, 0, 0)
    assert 0.3 < row["high"] < 0.75
    assert np.isnan(Clustering(frame, "rule", ("family", "cell")).icc)


def test_cells_cover_the_rate_over_texts():
    """Simulated: texts of a cell with rates of their own, around the cell's rate."""
    rng, held, total = np.random.default_rng(5), 0, 0
    for seed in range(12):
        frame = tidy(synthetic.outcomes(count=30, samples=12, seed=seed))
        texts = frame["text"].unique()
        own = pd.Series(rng.beta(1.2, 2.8, len(texts)), texts)
        frame["rule"] = (rng.random(len(frame)) < frame["text"].map(own)).astype(float)
        found = rates(frame, "rule")
        held += int(((found["low"] <= 0.3) & (found["high"] >= 0.3)).sum())
        total += len(found)
    assert held / total >= 0.93


def test_families_are_cells_of_their_own():
    frame = tidy(synthetic.outcomes(count=3, families=("leverage", "leaking")))
    found = rates(frame, "rule")
    assert len(found) == 6 and isinstance(found, pd.DataFrame)
