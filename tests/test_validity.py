"""The null and planted studies see a method that is too eager, and the committed draws hold."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from smallprint.estimates import Run
from smallprint.measured.specs_compliance import MAJORITY
from smallprint.measured.specs_recovery import noise_distribution
from smallprint.stats.intervals import wilson_interval
from smallprint.validity import (
    factors,
    live,
    mixtures,
    null,
    organisms,
    panels,
    planted,
    published,
    sizes,
)
from smallprint.validity.analyses import READ, Analysis, count, reading, table
from smallprint.vitro.results import mean_over_seeds

# Draws take seconds a hundred; the committed ones are compared with few.
SLOW = ("agentic-misalignment", "stress-testing-specs")


def analysis(draw, **options):
    return Analysis("a", "b", "c", draw, 400, **options)


def z_test(width):
    """Rejects where the mean of 20 normal draws is beyond so many standard errors."""
    return lambda rng, effect: abs(rng.normal(effect, 1, 20).mean()) > width / np.sqrt(20)


def test_an_interval_that_is_too_narrow_is_seen():
    exact, narrow, wide = (table([analysis(z_test(w))], 1, 2, False) for w in (1.96, 1.5, 2.8))
    said = [reading(t["found"][0], t["draws"][0], 0.05) for t in (exact, narrow, wide)]
    assert said == ["at", "above", "below"]


@pytest.mark.parametrize("factor", [0.5, 0.6])
def test_a_narrowed_interval_of_the_library_is_seen(monkeypatch, factor):
    """The planted fault goes through the function that a page calls."""
    sound = published.newcombe_interval

    def narrowed(*counts):
        low, high, level, method = sound(*counts)
        middle, half = (low + high) / 2, factor * (high - low) / 2
        return type(sound(*counts))(middle - half, middle + half, level, method)

    one = next(a for a in published.analyses() if a.contrast == "Newcombe's interval")
    assert reading(count(one, 0.0, 600, 0), 600, 0.05) != "above"
    monkeypatch.setattr(published, "newcombe_interval", narrowed)
    assert reading(count(one, 0.0, 600, 0), 600, 0.05) == "above"


def test_fisher_and_newcombe_agree_with_enumeration():
    """The shares of the table are those that all tables of two binomials give."""
    for contrast, decide in (
        ("Newcombe's interval", lambda a, b: published._newcombe(a, b, 20)),
        ("Fisher's test", lambda a, b: stats.fisher_exact([[a, 20 - a], [b, 20 - b]])[1] < 0.05),
    ):
        one = next(
            a
            for a in published.analyses()
            if a.contrast == contrast and "rate 0.5, n = 20" in a.setting
        )
        pmf = stats.binom.pmf(np.arange(21), 20, 0.5)
        exact = sum(pmf[a] * pmf[b] for a in range(21) for b in range(21) if decide(a, b))
        assert stats.binomtest(count(one, 0.0, 1000, 3), 1000, exact).pvalue > 1e-4


def test_the_committed_draws_are_of_these_analyses_and_hold():
    """Fresh draws of the fast analyses agree with what is committed; none is missing or old."""
    committed = null.read().set_index(["study", "contrast", "setting"])
    every = {(a.study, a.contrast, a.setting): a for a in null.analyses()}
    assert list(committed.index) == list(every)
    assert committed["draws"].tolist() == [a.draws for a in every.values()]
    tested = 0
    for key, one in every.items():
        if (one.study in SLOW and "organisms" not in one.contrast) or "Holm" in one.contrast:
            continue
        row, n = committed.loc[key], 40
        counts = [[row["found"], row["draws"] - row["found"]]]
        fresh = count(one, 0.0, n, seed=5)
        assert stats.fisher_exact([*counts, [fresh, n - fresh]])[1] > 1e-4, one.name
        tested += 1
    assert tested > 20


def test_the_committed_sizes_are_of_these_analyses():
    committed = planted.read()
    expected = [
        (a.study, a.contrast, a.setting, size) for a in null.analyses() for size in a.effects
    ]
    found = committed[["study", "contrast", "setting", "effect"]]
    assert list(found.itertuples(index=False, name=None)) == expected


def test_two_readings_of_a_setting_are_of_the_same_data():
    first = analysis(lambda rng, effect: rng.random() < 0.5)
    other = first._replace(setting=f"{first.setting}{READ}other clusters")
    another = first._replace(setting="another setting")
    counts = [[count(one, 0.0, 1, seed) for seed in range(50)] for one in (first, other, another)]
    assert counts[0] == counts[1] != counts[2]


def test_only_what_changed_is_drawn_again():
    """Rows of other analyses are kept; new ones and other numbers of draws are drawn."""
    always = analysis(lambda rng, effect: True)
    kept = table([always, always._replace(contrast="d")], 1, 2, False).assign(found=7)
    both = [always, always._replace(contrast="d"), always._replace(contrast="e", draws=3)]
    again = table(both, 1, 2, False, kept, "a: d")
    assert again["found"].tolist() == [7, 400, 3]
    more = table([always._replace(draws=9)], 1, 2, False, kept, "nothing")
    assert more["found"].tolist() == [9]


@pytest.mark.parametrize("row", sizes.ROWS)
def test_each_size_on_a_page_is_that_of_the_table(row):
    contrast, setting = sizes.ROWS[row]
    found = planted.smallest(planted.read())
    found = found[found["contrast"].str.startswith(contrast)]
    found = found[~found["setting"].str.contains(READ, regex=False)]
    (expected,) = found[found["setting"].str.contains(setting, regex=False)].itertuples()
    run = Run(expected.study, 1, {})
    if row == "flags":
        share, largest = sizes.found_at_largest(run, row)
        assert np.isnan(expected.smallest) and share.value == share.k / share.n < planted.POWER
        assert largest.value == expected.largest
        with pytest.raises(ValueError, match="no size found"):
            sizes.smallest_effect(Run(expected.study, 1, {}), row)
    else:
        made = sizes.smallest_effect(run, row)
        assert made.id == f"validity--{row}" and made.tier == "control"
        assert made.value == pytest.approx(expected.smallest, abs=0.0051)
    with pytest.raises(ValueError, match="0 rows"):
        sizes.smallest_effect(Run("no-study", 1, {}), row)


def rows(shares, sizes, draws=100):
    about = {"study": "a", "contrast": "b", "setting": "c", "unit": "points", "nominal": 0.05}
    found = [round(draws * one) for one in shares]
    return pd.DataFrame({"effect": sizes, "found": found}).assign(draws=draws, **about)


def test_the_smallest_effect_is_interpolated_and_may_be_none():
    found = planted.smallest(rows([0.2, 0.6, 1.0], [0.1, 0.2, 0.3])).iloc[0]
    assert found["smallest"] == pytest.approx(0.25)
    # A dip by chance does not move the crossing to a smaller size than its neighbours allow.
    dipped = planted.smallest(rows([0.2, 0.85, 0.75, 1.0], [0.1, 0.2, 0.3, 0.4])).iloc[0]
    assert dipped["smallest"] == pytest.approx(0.2)
    never = rows([0.2, 0.5], [0.1, 0.2])
    assert np.isnan(planted.smallest(never).iloc[0]["smallest"])
    assert "none up to 20 points" in planted.markdown(never)
    first = planted.smallest(rows([0.9, 1.0], [0.1, 0.2])).iloc[0]["smallest"]
    assert 0 < first < 0.1


def test_power_of_the_scheming_comparison_is_what_enumeration_gives():
    """Only four of four against none are apart; with nothing in the other arm, that is p^4."""
    apart = [
        (a, b)
        for a in range(5)
        for b in range(5)
        if wilson_interval(a, 4).low > wilson_interval(b, 4).high
    ]
    assert apart == [(4, 0)]
    one = next(a for a in live.analyses() if a.study == "scheming" and a.effects)
    found = count(one, 0.9, 200, 0)
    assert stats.binomtest(found, 200, 0.9**4).pvalue > 1e-4


def test_mixtures_have_the_rate_and_the_correlation_that_are_planted():
    rng, groups = np.random.default_rng(0), np.repeat(np.arange(4000), 4)
    frame = pd.DataFrame({"does": np.ones(16000), "does_not": np.zeros(16000)})
    share = mixtures.shares(rng, np.full(16000, 0.3), groups, 0.2)
    assert share.reshape(-1, 4).std(axis=1).max() == 0
    y = mixtures.mixed(rng, frame, share).to_numpy().reshape(-1, 4)
    assert y.mean() == pytest.approx(0.3, abs=0.015)
    # Variance of a group's mean: p (1 - p) (1 + 3 icc) / 4.
    assert y.mean(axis=1).var() == pytest.approx(0.21 * 1.6 / 4, rel=0.08)
    assert (mixtures.shares(rng, np.full(8, 0.3), np.arange(8), 0.0) == 0.3).all()


def test_the_agents_of_each_mixture_are_read_as_their_scripts_say():
    office = factors._office()[1]
    assert office["does"].all() and not office["does_not"].any() and len(office) == 384
    facts, arms = live._facts()
    assert facts["does"].all() and not facts["does_not"].any()
    assert facts["family"].nunique() == 8 and len(arms) == 6
    problems, ciphers = live._problems()
    coded = problems["arm"].isin([*ciphers, "plain"])
    assert problems.loc[coded, "does"].all() and not problems["does_not"].any()
    assert problems["problem"].nunique() == 24
    # Stances of noise: 0.4 spread evenly, the rest in the middle.
    at_most = live._advice()[1]
    assert at_most.shape == (5, 112, 7)
    assert np.diff(at_most[0, 0], prepend=0) == pytest.approx(noise_distribution(0.4))
    runs = live._runs()
    nudged = runs["arm"].isin(["none", "nudge"])
    assert runs.loc[nudged, "does"].all() and not runs["does_not"].any()


def test_the_panel_errs_as_its_names_say():
    rng = np.random.default_rng(0)
    kept, flouted = (panels._judged(rng, "agent", rate, 30) for rate in (0.0, 1.0))
    assert len(kept) == 36 * 30
    for judge, sensitivity, specificity in zip(
        panels.specs_agents.JUDGES, (0.95, 0.85, 0.95), (0.97, 0.95, 0.8), strict=True
    ):
        assert flouted[judge].mean() == pytest.approx(sensitivity, abs=0.03)
        assert kept[judge].mean() == pytest.approx(1 - specificity, abs=0.04)
    assert kept[MAJORITY].mean() < 0.03 and flouted[MAJORITY].mean() > 0.97


def test_clauses_that_change_nothing_leave_the_scenarios_apart():
    """Both groups of the contrast are there: those that a clause was added for, and the others."""
    table = panels._scenarios("amendment").query("specification != 'absent'")
    settled = table[table["kind"] == "settled"].groupby("specification")["pair"].nunique()
    assert settled.to_dict() == {"given": 9, "amended": 15}
    corrected = list(panels.analyses())[-1]
    assert count(corrected, 0.3, 3, 0) == 3 and count(corrected, 0.0, 3, 0) == 0


def test_a_large_effect_is_found_and_one_in_the_other_direction_is_not():
    effect = next(a for a in factors.analyses() if a.contrast.startswith("effect of a factor"))
    assert count(effect, 0.6, 3, 0) == 3 and count(effect, -0.25, 3, 0) == 0
    variance = next(a for a in live.analyses() if a.contrast.startswith("variance"))
    assert count(variance, 0.8, 3, 0) == 3


def test_shares_of_organisms_have_the_spread_of_the_committed_table():
    study = organisms.worlds()[0]
    known = organisms.rates(study)
    assert len(known) > 10
    mean, sd = known[len(known) // 2]
    drawn = organisms.seeds(np.random.default_rng(0), mean, sd, 20000)
    assert drawn.mean() == pytest.approx(mean, abs=4 * sd / 140)
    assert drawn.std() == pytest.approx(sd, rel=0.05)


def test_a_mean_over_seeds_has_scipys_interval():
    values = np.random.default_rng(4).normal(0.1, 0.2, 5)
    for level in (0.9, 0.95):
        found = mean_over_seeds(values, level)[1]
        theirs = stats.ttest_1samp(values, 0).confidence_interval(level)
        assert found[:2] == pytest.approx(tuple(theirs), abs=1e-12)


def test_fragments_are_written(tmp_path):
    from smallprint.validity.__main__ import main

    main([str(tmp_path)])
    text = (tmp_path / "validity-null.md").read_text()
    assert text.count("\n| ") > 30 and "Clopper" in text
    # Both readings of one set of data are put side by side, once for each way to make it.
    assert text.count("\n- With texts as clusters, ") == 3 and text.count(", now ") == 9
    assert "Found in 80%" in (tmp_path / "validity-planted.md").read_text()
    assert "<svg" in (tmp_path / "validity-power.svg").read_text()


def test_a_command_without_or_with_too_much_is_refused_before_anything_is_drawn(capsys):
    from smallprint.validity.__main__ import main

    for wrong in ([], ["a", "b"], ["a", "--draw"], ["--drw"]):
        with pytest.raises(SystemExit) as end:
            main(wrong)
        assert end.value.code == 2
        assert capsys.readouterr().err.startswith("python -m smallprint.validity: ")
