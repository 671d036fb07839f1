import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.stats.ranks import rank_intervals

samples = st.lists(
    st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=1,
    max_size=6,
)


def test_clear_gaps_fix_every_rank():
    frame = rank_intervals(["low", "high", "middle"], [5, 95, 50], [100, 100, 100])
    assert frame["label"].tolist() == ["low", "high", "middle"]
    assert frame[["rank", "rank_low", "rank_high"]].to_numpy().tolist() == [
        [3, 3, 3],
        [1, 1, 1],
        [2, 2, 2],
    ]


def test_a_lone_gap_leaves_the_rest_open():
    frame = rank_intervals(["a", "b", "c"], [96, 95, 10], [100, 100, 100])
    assert frame[["rank_low", "rank_high"]].to_numpy().tolist() == [[1, 2], [1, 2], [3, 3]]


def test_tied_rates_share_the_better_rank():
    frame = rank_intervals(["a", "b", "c"], [5, 5, 1], [10, 10, 10])
    assert frame["rank"].tolist() == [1, 1, 3]
    assert (frame["rank_high"] == 3).all()


def test_ranks_are_those_of_scipys_tests_under_statsmodels_adjustment():
    """Second implementation: every pair, whichever way round, counted by hand."""
    from scipy.stats import fisher_exact
    from statsmodels.stats.multitest import multipletests

    k, n = [2, 30, 14, 38, 21, 9], [40, 45, 40, 50, 40, 33]
    pairs = [(i, j) for i in range(6) for j in range(i)]
    p = [fisher_exact([[k[i], n[i] - k[i]], [k[j], n[j] - k[j]]]).pvalue for i, j in pairs]
    apart = dict(zip(pairs, multipletests(p, method="holm")[0], strict=True))
    frame = rank_intervals(list("abcdef"), k, n)
    for i in range(6):
        others = [j for j in range(6) if apart.get((i, j), apart.get((j, i)))]
        above = sum(k[j] / n[j] > k[i] / n[i] for j in others)
        found = frame.loc[i, ["rank_low", "rank_high"]].tolist()
        assert found == [1 + above, 6 - (len(others) - above)]
    assert 0 < sum(apart.values()) < len(pairs)


@given(samples)
def test_the_interval_holds_the_observed_rank(rows):
    k, n = zip(*rows, strict=True)
    frame = rank_intervals([str(i) for i in range(len(k))], k, n)
    assert (frame["rank_low"] >= 1).all()
    assert (frame["rank_low"] <= frame["rank"]).all()
    assert (frame["rank"] <= frame["rank_high"]).all()
    assert (frame["rank_high"] <= len(k)).all()


@pytest.mark.parametrize(
    "truth",
    [(0.5, 0.5, 0.5, 0.5), (0.9, 0.9, 0.5, 0.5, 0.1), (0.95, 0.75, 0.55, 0.35)],
    ids=["all tied", "two ties", "distinct"],
)
def test_all_ranks_are_held_together(truth):
    """A tied rate's true rank is every place the tie covers."""
    truth = np.array(truth)
    best = 1 + (truth[:, None] < truth).sum(axis=1)
    worst = len(truth) - (truth[:, None] > truth).sum(axis=1)
    rng, n, draws = np.random.default_rng(20260620), 40, 400
    labels, sizes = [str(i) for i in range(len(truth))], [n] * len(truth)
    held, informative = 0, 0
    for _ in range(draws):
        frame = rank_intervals(labels, rng.binomial(n, truth), sizes)
        held += ((frame["rank_low"] <= best) & (worst <= frame["rank_high"])).all()
        informative += (frame["rank_high"] - frame["rank_low"] < len(truth) - 1).any()
    three_errors = 3 * np.sqrt(0.95 * 0.05 / draws)
    assert held / draws >= 0.95 - three_errors
    if len(set(truth)) > 1:
        assert informative / draws > 0.9


def test_a_lower_level_claims_more():
    arguments = (["a", "b", "c"], [30, 20, 12], [40, 40, 40])
    wide, narrow = rank_intervals(*arguments, 0.99), rank_intervals(*arguments, 0.8)
    assert (narrow["rank_high"] - narrow["rank_low"]).sum() < (
        wide["rank_high"] - wide["rank_low"]
    ).sum()


def test_what_is_wrong_is_named():
    with pytest.raises(ValueError, match="k must be a whole number from 0 to 10; found 11"):
        rank_intervals(["a"], [11], [10])
    with pytest.raises(ValueError, match="equally long and not empty"):
        rank_intervals([], [], [])
