from math import comb, sqrt

import numpy as np
import pytest
from scipy import stats
from search_tables import equal, one_good

from smallprint.stats.oracle import Defence
from smallprint.stats.search import Policy
from smallprint.stats.search_defences import defences
from smallprint.stats.search_games import (
    most_frequent,
)
from smallprint.stats.search_worth import worth

OWN, SAME = (Policy(directions=one, moves="random", leaves=False) for one in ("own", "same"))


def test_worth_of_diverse_starts_and_what_resampled_directions_add():
    found = worth(one_good(), OWN, SAME, (9, 36), 2000, 200, test_items=20)
    row = found.set_index(["quantity", "k"]).loc[("fresh", 36)]
    # In gap recovered an accuracy of 1 is 4 more than one of 0.
    assert row["policy"] == 2 and row["difference"] == pytest.approx(4 * 8 / 9, abs=0.12)
    assert row["low"] < row["difference"] < row["high"]
    assert row["wins"] == pytest.approx(8 / 9 + 1 / 18, abs=0.02)
    assert (row["q05"], row["q95"]) == (0, 4)
    # A resample holds the good direction c times, c binomial: own finds it if c > 0,
    # same in c of nine replays.
    p = [comb(9, c) * (1 / 9) ** c * (8 / 9) ** (9 - c) for c in range(10)]
    gains = np.array([4 * ((c > 0) - c / 9) for c in range(10)])
    sd = sqrt(np.dot(p, gains**2) - np.dot(p, gains) ** 2)
    half = stats.t.ppf(0.975, 8) * sd
    assert row["grid_high"] - row["difference"] == pytest.approx(half, rel=0.12)
    assert row["difference"] - row["grid_low"] == pytest.approx(half, rel=0.12)


def test_luck_of_replaying_is_not_read_as_difference_between_directions():
    """Among equals directions do not matter; 15 replays a resample are noisy."""
    table, sizes = equal(pool=4000, correlation=0.0), {"test_items": 200}
    one = Policy(agents=1, moves="random")
    row = worth(table, one, Policy(agents=2, moves="random"), (2,), 1500, 100, **sizes)
    row = row.set_index("quantity").loc["seen"]
    of_replays = stats.t.ppf(0.975, 8) * row["standard_error"] * sqrt(1500 / 15)
    assert (row["grid_high"] - row["difference"]) < 0.5 * of_replays


def test_two_equal_policies_are_worth_nothing():
    found = worth(equal(), OWN, OWN, (9,), 200, 20, test_items=400).set_index("quantity")
    assert (found["difference"] == 0).all() and (found["wins"] == 0.5).all()


def test_each_defence_has_a_price_and_gives_something_away():
    kinds = [
        Defence("exact"),
        Defence("limit", 3),
        Defence("thresholdout", 0.02, 0.002, 20),
        Defence("fresh", 24),
        Defence("fresh", 1),
    ]
    found = defences(one_good(), kinds, OWN, 36, 400, 12, 12, queries=13).set_index("defence")
    assert found.loc["exact", "price"] == 0 and found.loc["exact", "recovered"] == 1
    assert found.loc["limit 3", "price"] == pytest.approx(4 * 6 / 9, abs=0.4)
    assert found.loc["limit 3", "recovered"] < 1
    assert (found["items"] == [12, 12, 24, 864, 36]).all()
    assert (found["seen"] - found["fresh"]).to_numpy() == pytest.approx(found["curse"].to_numpy())


def test_the_most_frequent_answer_needs_no_label():
    groups = ["p", "p", "p", "q", "q"]
    assert most_frequent(groups, [7, 7, 8, 1, 2]).tolist() == [True, True, False, True, True]
    with pytest.raises(ValueError, match="equally long"):
        most_frequent(groups, [1])
