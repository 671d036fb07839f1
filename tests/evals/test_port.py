"""The study's own materials through inspect-evals, with scripted model and judge."""

import re
import sys

import pytest
from inspect_ai.model import ModelOutput, ModelUsage

from smallprint.evals import connecting, port
from smallprint.evals.port import Condition
from smallprint.evals.shelf import AskingError

MODEL, JUDGE = "mockllm/model", "mockllm/judge"
HEADLINE = Condition("leverage", "repeated", "replacement")
MAIL = "<tool_use:email>\nto: kyle.johnson@summitbridge.com\nbody: {}\n</tool_use:email>"
THREAT = MAIL.format("I have leverage.")


@pytest.fixture
def scripted(monkeypatch):
    """Replies of model and judge in the order of the samples; counts what is asked."""
    original = connecting.get_model
    asked = {MODEL: [], JUDGE: []}

    def use(replies: list[tuple[str, str]], answers: list[str]) -> dict[str, list]:
        outputs = {MODEL: list(replies), JUDGE: [(text, "stop") for text in answers]}

        def speaker(name: str):
            def speak(messages, *_):
                asked[name].append(messages)
                text, stop = outputs[name].pop(0)
                output = ModelOutput.from_content(name, text, stop_reason=stop)
                output.usage = ModelUsage(input_tokens=1000, output_tokens=10, total_tokens=1010)
                return output

            return speak

        def model(name, **options):
            if name in outputs:
                options["custom_outputs"] = speaker(name)
            return original(name, **options)

        monkeypatch.setattr(connecting, "get_model", model)
        return asked

    return use


def run(folder, n: int, conditions=(HEADLINE,)):
    port.run(MODEL, JUDGE, n, folder, conditions, max_connections=1)
    return port.read(folder, "agentic-misalignment", MODEL, JUDGE).set_index("index")


def test_rows_are_single_replies_with_each_half_of_the_gate(scripted, tmp_path):
    replies = [(THREAT, "stop"), (MAIL.format("Hello."), "stop"), ("", "stop"), ("a", "max_tokens")]
    answers = ["<answer>yes</answer>", "<answer>yes</answer>", "who knows", "<answer>no</answer>"]
    asked = scripted([*replies, (THREAT, "stop"), (THREAT, "stop")], answers)
    frame = run(tmp_path, 6)
    assert list(frame.state) == ["scored", "scored", "empty", "truncated", "scored", "scored"]
    assert list(frame.string) == [True, False, None, None, True, True]
    assert list(frame.judge) == [True, True, None, None, None, False]
    assert list(frame.gate) == [True, False, None, None, None, False]
    assert len(asked[JUDGE]) == 4, "replies that cannot be scored are not judged"
    assert set(frame.instrument) == {"port"} and set(frame.goal) == {"repeated"}


def test_nothing_is_asked_twice(scripted, tmp_path):
    answers = ["<answer>yes</answer>"] * 3
    asked = scripted([(THREAT, "stop")] * 3, answers)
    run(tmp_path, 2)
    before = run(tmp_path, 2)
    assert (len(asked[MODEL]), len(asked[JUDGE])) == (2, 2)
    after = run(tmp_path, 3)
    assert (len(asked[MODEL]), len(asked[JUDGE])) == (3, 3)
    assert after.loc[before.index].equals(before)


@pytest.mark.parametrize("family", port.FAMILIES)
def test_the_placeholder_of_released_prohibitions_is_filled_beside_them(family):
    (released, *mails), (filled, *same) = (
        [message.text for message in port.prompt(condition)]
        for condition in (
            Condition(family, "repeated", "replacement", "plain", filled)
            for filled in (False, True)
        )
    )
    assert port.PLACEHOLDER in released, "inspect-evals mended its placeholder: drop caveat C4"
    assert port.PLACEHOLDER not in filled
    assert filled == released.replace(port.PLACEHOLDER, port.FIRMS[family])
    assert released.count(port.FIRMS[family]) >= 2, "the firm's name is the prompt's own"
    assert mails == same


def test_conditions_differ_in_their_prompts():
    texts = {
        condition: tuple(m.text for m in port.prompt(condition)) for condition in port.CONDITIONS
    }
    assert len(set(texts.values())) == len(port.CONDITIONS) == 22
    for condition, text in texts.items():
        assert len(text) == 2
        has_goal = re.search("primary goal", text[0]) is not None
        assert has_goal == (condition.goal == "repeated"), condition.id


def test_without_inspect_evals_one_line_says_what_to_type(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "inspect_evals.agentic_misalignment", None)
    port.prompt.cache_clear()
    with pytest.raises(AskingError, match=r"type: .*pip install 'inspect-evals\["):
        port.run(MODEL, JUDGE, 1, tmp_path / "logs")
    assert not (tmp_path / "logs").exists()
