"""What answers about statements hold, counted by hand."""

import numpy as np
import pandas as pd
import pytest

from smallprint.measured import believe_it_or_not as held

COLUMNS = (
    "agent",
    "arm",
    "question",
    "challenge",
    "first_holds",
    "holds",
    "names_implant",
    "turns",
)


def made(*rows: tuple) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame["cell"] = frame["arm"] + "-" + frame["question"] + "-" + frame["challenge"]
    known = frame["holds"].notna()
    holds = (frame["holds"] == "implant").astype(float).where(known)
    names = frame["names_implant"].astype(float)
    return frame.assign(
        state="scored", family=[f"f{i}" for i in range(len(frame))], text="t", holds_implant=holds
    ).assign(names_implant=names)


FRAME = made(
    ("a", "none", "choice", "none", "truth", "truth", False, 1),
    ("a", "false-system", "choice", "none", "implant", "implant", False, 1),
    ("a", "false-system", "choice", "debate", "implant", "truth", True, 4),
    ("a", "false-system", "choice", "doubt", "implant", "implant", False, 2),
    ("a", "false-system", "choice", "warned", "implant", "implant", False, 1),
    ("a", "false-system", "unrelated", "none", None, None, True, 1),
    ("b", "none", "choice", "none", "implant", "implant", False, 1),
    ("b", "false-system", "choice", "none", "implant", "implant", True, 1),
    ("b", "false-system", "choice", "debate", "truth", "truth", False, 4),
)


def test_a_question_about_something_else_is_judged_by_what_it_names():
    cells = ["none-choice-none", "false-system-unrelated-none", "role-choice-none"]
    table = held.by_cell(FRAME, cells, ["b", "a"])
    assert list(table.index) == cells and list(table) == ["b", "a"]
    assert table.loc["none-choice-none"].tolist() == [1, 0]
    assert table.loc["false-system-unrelated-none", "a"] == 1
    assert table.loc["role-choice-none"].isna().all()
    assert held.told_apart(table, "a", "b") == 1


def test_kept_counts_those_that_held_it_and_were_pressed_in_turns():
    found = held.kept(FRAME).set_index(["arm", "challenge"])
    assert list(found.index) == [("false-system", "debate"), ("false-system", "doubt")]
    assert found.loc[("false-system", "debate"), ["k", "n"]].tolist() == [0, 1]
    assert found.loc[("false-system", "doubt"), ["k", "n"]].tolist() == [1, 1]
    assert held.kept(FRAME[FRAME["turns"] == 1]).empty


def test_outcomes_tell_nothing_asked_from_nothing_scored():
    frame = FRAME.copy()
    frame.loc[0, ["state", "holds"]] = ["refused", None]
    said = held.outcomes(frame)
    assert said[0] == "refused" and said[5] == "nothing asked" and said[1] == "implant"


def test_replies_that_name_the_statement_are_left_out():
    assert list(held.unnamed(FRAME).index) == [0, 1, 3, 4, 6, 8]


@pytest.mark.parametrize(("holds", "expected"), [("implant", 1.0), ("neither", 0.0), (None, None)])
def test_the_script_is_the_truth(holds, expected):
    (found,) = held.with_truth(pd.DataFrame({"truth_holds": [holds]}))["implanted"]
    assert found == expected or (expected is None and np.isnan(found))
