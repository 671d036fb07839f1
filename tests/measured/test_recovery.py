import pandas as pd
import pytest
import synthetic

from smallprint.measured import recovery
from smallprint.measured.factors import BLOCKS, BY_TEXT, clustered_by, effects
from smallprint.measured.outcomes import tidy
from smallprint.stats.effects import factor_effects


def agents(count, **options):
    return {
        f"planted-{seed}": tidy(synthetic.outcomes(samples=8, count=128, seed=seed, **options))
        for seed in range(count)
    }


def test_planted_effects_are_found_and_null_factors_are_not():
    """Twenty agents, as on the page, through the rule that reads them without error."""
    design = synthetic.cells(128, seed=9)
    found = recovery.recover(
        agents(20, design=design), synthetic.PLANTED, synthetic.FACTORS, synthetic.INTERACTIONS
    )
    assert not found.not_fitted
    cover, false = recovery.coverage(found), recovery.flags(found, null=True)
    assert cover.k / cover.n >= 0.9 and false.k / false.n <= 0.1
    tests = found.tests.set_index("term")
    assert tests.loc["leverage", "flagged"] == 20
    terms = found.terms.set_index("term")
    for term, truth in synthetic.PLANTED.items():
        if term != "Intercept":
            assert terms.loc[term, "truth"] == truth
            assert terms.loc[term, "mean"] == pytest.approx(truth, abs=0.4)
    assert set(found.tests.loc[found.tests["null"], "term"]) == {
        *("continuity", "channel", "frame", "status", "mails", "position"),
        *("threat:leverage", "goal:prohibition"),
    }


def test_a_wrong_truth_is_not_covered():
    """The table can fail: twice the planted effect is outside most intervals."""
    wrong = synthetic.PLANTED | {"leverage=salient": 2.5}
    found = recovery.recover(agents(4), wrong, synthetic.FACTORS, [("goal", "threat")])
    assert found.terms.set_index("term").loc["leverage=salient", "covered"] == 0


def test_agents_without_a_fit_are_named():
    always = tidy(synthetic.outcomes(count=128, acts=lambda _: 1.0))
    one = agents(1) | {"always": always}
    found = recovery.recover(one, synthetic.PLANTED, synthetic.FACTORS, [])
    assert set(found.not_fitted) == {"always"} and "separated" in found.not_fitted["always"]
    with pytest.raises(ValueError, match="no planted agent has a logistic fit"):
        recovery.recover({"always": always}, synthetic.PLANTED, synthetic.FACTORS, [])


def test_cells_without_the_means_are_no_part_of_an_effect():
    """The act is impossible there: kept, they would separate the outcomes."""
    acts = lambda levels: 0.5 * (levels["leverage"] != "absent")  # noqa: E731
    frame = tidy(synthetic.outcomes(count=128, samples=8, acts=acts, seed=2))
    found = effects(frame, "rule", synthetic.FACTORS)
    assert found.model == "logistic"
    rows = found.differences[found.differences["factor"] == "leverage"]
    assert rows["reference"].tolist() == ["incidental"]
    with pytest.raises(ValueError, match="no sample with the means"):
        effects(frame.assign(leverage="absent"), "rule", synthetic.FACTORS)


def test_cells_are_the_clusters_and_not_the_texts_in_them():
    """Four texts a cell: errors by text would take what a cell has of its own for four findings."""
    frame = tidy(synthetic.outcomes(count=96, samples=4, seed=1)).query("leverage != 'absent'")
    found = effects(frame, "rule", synthetic.FACTORS)
    assert clustered_by(found) == "cells" and BY_TEXT not in found.notes
    assert found.n_clusters == frame["cell"].nunique() < frame["text"].nunique() == len(frame)
    blocks = {name: sorted(frame[name].unique()) for name in BLOCKS if frame[name].nunique() > 1}
    by_cell, by_text = (
        factor_effects(frame["rule"], frame, synthetic.FACTORS, frame[name], (), blocks)
        for name in ("cell", "text")
    )
    errors = found.differences["standard_error"].to_numpy()
    assert errors == pytest.approx(by_cell.differences["standard_error"].to_numpy())
    assert errors != pytest.approx(by_text.differences["standard_error"].to_numpy(), rel=0.02)


def test_one_factor_at_a_time_falls_back_to_texts_and_says_so():
    """Every cell has a level of its own, so nothing shows how cells differ beyond their factors."""
    first = {name: levels[-1] for name, levels in synthetic.FACTORS.items()}
    design = pd.DataFrame(
        [first]
        + [
            first | {name: level}
            for name, levels in synthetic.FACTORS.items()
            for level in levels[:-1]
        ]
    )
    design["cell"] = [f"c{number:08x}" for number in range(len(design))]
    acts = lambda levels: 0.5  # noqa: E731
    frame = tidy(synthetic.outcomes(samples=8, acts=acts, design=design, seed=3))
    found = effects(frame, "rule", synthetic.FACTORS)
    assert clustered_by(found) == "texts" and found.notes[-1] == BY_TEXT
    kept = frame[frame["leverage"] != "absent"]
    assert found.n_clusters == kept["text"].nunique() == 4 * kept["cell"].nunique()
    assert found.differences["standard_error"].gt(0).all()
