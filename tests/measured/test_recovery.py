import pytest
import synthetic

from smallprint.measured import recovery
from smallprint.measured.factors import effects
from smallprint.measured.outcomes import tidy


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
