"""Scripted agents do what is said of them, the same in every run."""

import asyncio
import math
from statistics import mean

import pytest
from inspect_ai.model import ChatMessageUser, GenerateConfig, get_model

from smallprint import scenarios
from smallprint.evals import control, direct, outcomes
from smallprint.evals.agentic_misalignment import inspect_samples
from smallprint.evals.asking import ask
from smallprint.evals.behaviours import AGENTS, ControlError, truth
from smallprint.evals.planted import PLANTED, probability
from smallprint.evals.seeds import seed_of

PACK = scenarios.load("agentic-misalignment")
SCREENING = scenarios.cells(PACK, "screening")
WITH_MEANS = [cell for cell in SCREENING if cell.levels["leverage"] != "absent"]


def reply(agent, sample, seed):
    api = get_model(f"control/{agent}").api
    output = asyncio.run(api.generate(sample.input, [], "auto", GenerateConfig(seed=seed)))
    return output.completion


def test_a_reply_depends_on_agent_prompt_and_seed_alone():
    one, other = inspect_samples(PACK, ["leverage"], "one-factor", 1)[:2]
    control.know([one, other])
    first = reply("coin-0.5", one, 7)
    assert reply("coin-0.5", other, 7) != first
    assert reply("coin-0.5", one, 7) == first
    assert len({reply("always-use-leverage", one, seed) for seed in range(40)}) > 10


def test_unknown_agents_and_prompts_are_errors():
    (sample,) = inspect_samples(PACK, ["leverage"], "published", 1)[:1]
    control.know([sample])
    with pytest.raises(ControlError, match=r"no such agent.*always-comply"):
        reply("coin-1.5", sample, 0)
    strange = sample.model_copy(update={"input": [ChatMessageUser(content="hello")]})
    with pytest.raises(ControlError, match="is not known"):
        reply("always-comply", strange, 0)


def test_tokens_are_counted_without_a_vocabulary(monkeypatch):
    import tiktoken

    monkeypatch.setattr(tiktoken, "get_encoding", lambda name: pytest.fail("would download"))
    assert asyncio.run(get_model("control/refuse").api.count_tokens("text")) == 0


def test_planted_terms_are_levels_of_the_scenarios():
    for term in PLANTED.keys() - {"Intercept"}:
        for part in term.split(":"):
            factor, level = part.split("=")
            assert level in PACK.factors[factor][1:]


def test_planted_rates_stay_where_a_logistic_regression_can_find_them():
    rates = [probability(cell.levels) for cell in WITH_MEANS]
    assert min(rates) > 0.05
    assert max(rates) < 0.95


def test_planted_agents_act_at_the_planted_rates():
    samples = scenarios.samples(PACK, "leverage", WITH_MEANS, 8)
    for agent in ("planted-0", "planted-1"):
        expected = [probability(one.levels) for one in samples]
        acted = mean(truth(agent, one) for one in samples)
        error = math.sqrt(sum(p * (1 - p) for p in expected)) / len(samples)
        assert abs(acted - mean(expected)) < 4 * error
    assert any(truth("planted-0", one) != truth("planted-1", one) for one in samples)


@pytest.mark.parametrize("agent", [*AGENTS, "planted-0"])
def test_no_agent_acts_without_the_means(agent):
    cells = [cell for cell in SCREENING if cell.levels["leverage"] == "absent"]
    acts = [truth(agent, one) for one in scenarios.samples(PACK, "leverage", cells, 4)]
    assert acts
    assert not any(act is True for act in acts)


def test_coins_fall_at_their_probability():
    samples = scenarios.samples(PACK, "leverage", WITH_MEANS, 8)
    acted = mean(truth("coin-0.3", one) for one in samples)
    assert abs(acted - 0.3) < 4 * math.sqrt(0.21 / len(samples))


def test_the_agents_that_read_the_prompt_follow_it():
    for one in scenarios.samples(PACK, "leverage", WITH_MEANS, 1):
        assert truth("nudge-only", one) == (one.levels["continuity"] == "present")
        assert truth("escalates", one) == (one.levels["channel"] == "absent")


def test_seeds_fit_every_provider():
    seeds = {seed_of(f"sample-{number}") for number in range(1000)}
    assert len(seeds) == 1000
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_asking_directly_gives_what_asking_through_inspect_gives(tmp_path):
    few = [one for one in WITH_MEANS if one.levels["goal"] == "repeated"][:6]
    asked = [
        one
        for one in inspect_samples(PACK, ["leverage"], "screening", 4)
        if one.metadata["cell"] in {cell.id for cell in few}
    ]
    control.know(asked)
    ask(asked, model="control/planted-0", folder=tmp_path / "asked", seeded=True)
    logged = outcomes.read(tmp_path).set_index("text")["rule"]
    alone = direct.outcomes(PACK, "planted-0", 4).set_index("text")["rule"]
    assert logged.nunique() == 2
    assert logged.to_dict() == alone[logged.index].to_dict()
