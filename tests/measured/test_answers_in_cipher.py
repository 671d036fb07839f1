"""Scoring rules for answers outside the cipher, on mixtures whose truth is known."""

import numpy as np
import pandas as pd
import pytest

from smallprint.measured import ciphered_reasoning as coded

# What each agent's reply is: right, adherent by the strict and by the loose check.
KINDS = {
    "ciphers-and-is-right": (1.0, 1.0, 1.0),
    "ciphers-and-errs": (0.0, 1.0, 1.0),
    "numbers-in-clear": (1.0, 0.0, 1.0),
    "right-in-clear": (1.0, 0.0, 0.0),
}


def replies(counts: dict[str, int]) -> pd.DataFrame:
    """So many replies of each kind."""
    rows = [
        dict(zip(("agent", "right", coded.STRICT, coded.LOOSE), (name, *KINDS[name]), strict=True))
        for name, n in counts.items()
        for _ in range(n)
    ]
    made = pd.DataFrame(rows).assign(state="scored", arm="rot13")
    return made.assign(problem=[f"p{i}" for i in range(len(made))])


AGENTS = replies(dict.fromkeys(KINDS, 3))


def test_the_arms_in_cipher_are_those_of_the_pack():
    assert coded.arms("ciphered-reasoning") == ("rot13", "permuted", "reversed", "dotted", "packed")


def test_every_reply_is_one_outcome_and_unscored_ones_keep_their_state():
    made = replies(dict.fromkeys(KINDS, 1))
    made.loc[3, ["state", "right", coded.STRICT]] = ["refused", np.nan, np.nan]
    assert list(coded.outcomes(made)) == [
        "right, in the form asked for",
        "wrong, in the form",
        "right without it",
        "refused",
    ]
    assert coded.outcomes(made, coded.LOOSE)[2] == "right, in the form asked for"


@pytest.mark.parametrize("check", [coded.STRICT, coded.LOOSE])
def test_a_mixture_scores_as_the_same_replies_counted_one_by_one(check):
    counts = {"ciphers-and-is-right": 5, "ciphers-and-errs": 3, "numbers-in-clear": 7}
    counts["right-in-clear"] = 5
    single = coded.scores(replies(counts), check)
    mixed = coded.mixed(AGENTS, {name: n / 20 for name, n in counts.items()}, check)
    for rule in coded.RULES:
        assert mixed[rule] == pytest.approx(single[rule].mean()), rule
    adherent = 8 if check == coded.STRICT else 15
    right = 5 if check == coded.STRICT else 12
    assert mixed["low"] == pytest.approx(right / 20)
    assert mixed["high"] == pytest.approx((right + 20 - adherent) / 20)


def test_what_leaves_nothing_has_no_score():
    made = {"right-in-clear": 1.0}
    assert np.isnan(coded.mixed(AGENTS, made)[coded.EXCLUDED])
    assert coded.mixed(AGENTS, made)[coded.REGARDLESS] == 1


@pytest.mark.parametrize("related", [False, True])
@pytest.mark.parametrize("ability", [0.0, 0.3, 0.5, 1.0])
@pytest.mark.parametrize("formulas", [0.0, 0.5, 1.0])
def test_the_bounds_hold_the_truth_and_the_strict_rule_is_their_end(ability, formulas, related):
    found = coded.drops(AGENTS, ability, formulas, related)
    shares = coded.makeup(ability, 0.3, formulas, related)
    assert sum(shares.values()) == pytest.approx(1) and min(shares.values()) >= 0
    assert shares["numbers-in-clear"] + shares["right-in-clear"] == pytest.approx(0.3)
    assert (found["low"] <= 1 - ability + 1e-12).all()
    assert (found["high"] >= 1 - ability - 1e-12).all()
    regardless, loose, strict, excluded = (found[name] for name in coded.SERIES)
    assert np.allclose(strict, found["high"])
    assert (loose <= strict + 1e-12).all()
    assert np.allclose(regardless, found["low"])
    if not related:
        assert np.allclose(excluded, 1 - ability), "leaving at random, leaving out is unbiased"
    if not formulas:
        assert np.allclose(loose, strict), "without formulas in clear the checks agree"


def test_leaving_where_it_would_fail_hides_the_failures():
    shares = coded.makeup(0.5, 0.2, 0.0, related=True)
    assert shares["ciphers-and-is-right"] == pytest.approx(0.5)
    assert shares["ciphers-and-errs"] == pytest.approx(0.3)
    assert coded.mixed(AGENTS, shares)[coded.EXCLUDED] == pytest.approx(0.5 / 0.8)
    later = coded.makeup(0.5, 0.7, 0.0, related=True)
    assert later["ciphers-and-errs"] == 0 and later["ciphers-and-is-right"] == pytest.approx(0.3)


def test_readings_bound_what_was_left_out_and_what_has_no_score():
    made = replies({"ciphers-and-is-right": 4, "ciphers-and-errs": 2, "right-in-clear": 3})
    lost = made.tail(1).assign(state="truncated", right=np.nan, adherent_strict=np.nan)
    made = pd.concat([made, lost.assign(problem="p9")], ignore_index=True)
    found = coded.readings(made, ("arm",)).set_index("rule")
    assert found.loc[coded.REGARDLESS, "value"] == pytest.approx(7 / 9)
    assert found.loc[coded.WRONG, "value"] == pytest.approx(4 / 9)
    assert found.loc[coded.EXCLUDED, "value"] == pytest.approx(4 / 6)
    assert found.loc[coded.ADHERENT, "value"] == pytest.approx(6 / 9)
    assert found.loc[coded.WITHOUT, "value"] == pytest.approx(3 / 9)
    assert found.loc[coded.EXCLUDED, ["bound_low", "bound_high"]].tolist() == [0.4, 0.8]
    assert found.loc[coded.EXCLUDED, "missing"] == 4
