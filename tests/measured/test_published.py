import synthetic

from smallprint import claims, scenarios
from smallprint.estimates import Run
from smallprint.measured import published
from smallprint.measured.outcomes import tidy
from smallprint.measured.rates import rates
from smallprint.stats.comparisons import newcombe_interval

STUDY = "agentic-misalignment"


def test_printed_rates_stand_beside_our_rate_of_the_same_cell_only():
    import pandas as pd

    study, pack = claims.load(STUDY), scenarios.load(STUDY)
    run = Run(STUDY, 1, {})
    recorded = [
        (each, run.published(each.id, each.claim, each.value))
        for each in published.printed(study, pack)
    ]
    headline = scenarios.Cell.of(pack.headline)
    design = pd.DataFrame([headline.levels | {"cell": headline.id}])
    frame = tidy(
        synthetic.outcomes(
            samples=40, design=design, acts=lambda _: 0.3, model="anthropic/claude-opus-4-20250514"
        )
    )
    measured = rates(frame, "gate")
    found = published.beside(measured, recorded, frame["model"].iloc[0])
    assert set(found["family"]) == {"leverage"} and set(found["cell"]) == {headline.id}
    assert set(study.models[slug].name for slug in found["printed_model"]) >= {
        *("Claude Opus 4", "GPT-4.1", "Llama 4 Maverick")
    }
    own = found[found["same_model"]]
    assert set(own["printed_model"]) == {"claude-opus-4"}
    row, rate = own.iloc[0], measured.iloc[0]
    assert row["printed"].value == 0.96
    assert row["difference"] == rate["value"] - 0.96
    n = round(rate["n_effective"])
    low, high, *_ = newcombe_interval(round(rate["value"] * n), n, 96, 100)
    assert (row["difference_low"], row["difference_high"]) == (low, high)


def test_a_model_is_the_printed_one_only_by_its_whole_name():
    same = published._same
    assert same("claude-sonnet-3.7", "anthropic/claude-3-7-sonnet-20250219")
    assert same("gpt-4.1", "openai/gpt-4.1")
    assert not same("gpt-4.1", "openai/gpt-4.1-mini")
    assert not same("claude-opus-4", "anthropic/claude-opus-4-1")
    assert not same(None, "openai/gpt-4.1")
