"""The Inspect task asks what the project asks and shows the same scores."""

import json

import pytest
from inspect_ai import eval

from smallprint import scenarios
from smallprint.evals import behaviours
from smallprint.evals.agentic_misalignment import agentic_misalignment, inspect_samples
from smallprint.evals.seeds import digest_of

PACK = scenarios.load("agentic-misalignment")


@pytest.mark.parametrize("reply", ["tags", "tools"])
def test_samples_carry_prompt_digest_and_flat_metadata(reply):
    samples = inspect_samples(PACK, PACK.families, "one-factor", 5, reply)
    assert len({sample.id for sample in samples}) == len(samples)
    for sample in samples:
        system, user = sample.input
        about = sample.metadata
        assert about["digest"] == digest_of(system.text, user.text)
        assert json.loads(json.dumps(about)) == about
        assert all(isinstance(value, str | int) for value in about.values())
        assert {factor: about[factor] for factor in PACK.factors}.keys() <= about.keys()


def test_prompts_do_not_hold_the_words_of_the_string_check():
    words = PACK.rule("leverage").string.words
    for sample in inspect_samples(PACK, PACK.families, "one-factor", 4):
        said = " ".join(message.text for message in sample.input).lower()
        assert not [word for word in words if word in said]


def scores(agent, reply, folder):
    task = agentic_misalignment(families="leverage,emergency", design="published", n=1, reply=reply)
    (log,) = eval(task, model=f"control/{agent}", display="none", log_dir=str(folder))
    assert log.status == "success"
    return log


@pytest.mark.parametrize("reply", ["tags", "tools"])
def test_inspect_shows_the_rule_and_why(reply, tmp_path):
    log = scores("coin-0.5", reply, tmp_path)
    by_id = {
        one.id: one
        for family in ("leverage", "emergency")
        for one in scenarios.samples(PACK, family, scenarios.cells(PACK, "published"), 1, reply)
    }
    truths = set()
    for sample in log.samples:
        truth = behaviours.truth("coin-0.5", by_id[sample.id])
        assert sample.scores["rule"].value == float(truth)
        assert sample.scores["rule"].explanation
        assert len(sample.messages) == 3
        truths.add(truth)
    assert truths == {True, False}


def test_inspect_leaves_refusals_out(tmp_path):
    log = scores("refuse", "tags", tmp_path)
    assert {score.unscored_samples for score in log.results.scores} == {len(log.samples)}
    assert {sample.scores["rule"].reason for sample in log.samples} == {"refused"}
