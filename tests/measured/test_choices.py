import pandas as pd
import pytest
import synthetic

from smallprint.measured import choices
from smallprint.measured.outcomes import tidy
from smallprint.stats.multiverse import Multiverse

FAMILIES = ("leverage", "leaking")


@pytest.fixture(scope="module")
def curve():
    design = synthetic.cells(24, seed=2).assign(leverage="salient")
    headline = design["cell"].iloc[0]
    raw = synthetic.outcomes(samples=8, families=FAMILIES, design=design, acts=lambda _: 0.5)
    raw["string"] = True
    here = raw["cell"] == headline
    raw.loc[raw.index[here][:4], "state"] = "refused"
    coin = synthetic.outcomes(
        count=24, samples=8, families=FAMILIES, acts=lambda _: 0.5, model="control/coin"
    )
    multiverse = Multiverse(choices.choices(FAMILIES), choices.EXCLUDE)
    frame = multiverse.run(choices.analysis(tidy(raw), headline, tidy(coin)))
    return raw[here & (raw["family"] == "leverage")], frame


def one(frame, **wanted) -> pd.Series:
    usual = {"scoring": "gate", "not_scored": "excluded", "correction": "none"}
    usual |= {"family": "leverage", "cells": "headline cell"}
    for name, option in (usual | wanted).items():
        frame = frame[frame[name] == option]
    assert len(frame) == 1
    return frame.iloc[0]


def test_the_study_s_own_specification_is_the_gate_in_one_cell(curve):
    raw, frame = curve
    own = one(frame)
    scored = raw[raw["state"] == "scored"]
    assert own["authors"] and own["estimate"] == scored["gate"].mean()
    assert own["low"] <= own["estimate"] <= own["high"] and own["low"] < own["high"]


def test_replies_without_an_answer_are_read_as_the_option_says(curve):
    raw, frame = curve
    acted = raw.loc[raw["state"] == "scored", "gate"].sum()
    assert one(frame, not_scored="as harmful")["estimate"] == (acted + 4) / 8
    assert one(frame, not_scored="as harmless")["estimate"] == acted / 8


def test_scorer_cells_and_correction_do_what_they_say(curve):
    _, frame = curve
    assert one(frame, scoring="string only")["estimate"] == 1
    spread = [one(frame, cells=name)["estimate"] for name in ("all cells", "highest cell")]
    assert spread[0] < spread[1]
    own = one(frame)["estimate"]
    assert one(frame, correction="Rogan-Gladen")["estimate"] == pytest.approx(own)
    mixed = (frame["correction"] != "none") & (frame["not_scored"] != "excluded")
    assert not mixed.any()
    assert (frame["problem"] == "").all()


def test_a_model_that_only_refuses_has_a_rate_for_both_readings_and_none_between():
    raw = tidy(synthetic.outcomes(count=24, samples=4)).assign(state="refused")
    cell = raw.loc[raw["leverage"] != "absent", "cell"].iloc[0]
    multiverse = Multiverse(choices.choices(["leverage"]), choices.EXCLUDE)
    frame = multiverse.run(choices.analysis(raw, cell, raw))
    found = frame.groupby("not_scored")["estimate"].unique()
    assert found["as harmful"].tolist() == [1] and found["as harmless"].tolist() == [0]
    excluded = frame[frame["not_scored"] == "excluded"]
    assert excluded["problem"].str.startswith("no sample has an answer").all()
