"""Transcript pages call outcomes what their study calls them, and filter by its own scorers."""

import re
from dataclasses import replace

import pytest

from smallprint import paths
from smallprint.evals import controls, studies
from smallprint.site.transcripts.__main__ import write


@pytest.fixture
def shown(tmp_path):
    """The page of a control agent that is asked through Inspect."""

    def page(study: str, agent: str, family: str, design: str) -> str:
        asked = replace(
            studies.of(study), agents={agent: 1}, families=(family,), design=design, judges=()
        )
        controls.calibrate(asked, agent, tmp_path)
        write(tmp_path / study / paths.slug(f"control/{agent}"), tmp_path / "page.html")
        return (tmp_path / "page.html").read_text(encoding="utf-8")

    return page


def outcomes(html: str) -> dict[str, set[str]]:
    """Samples by the outcome that their badge shows."""
    found: dict[str, set[str]] = {}
    for sample, outcome in re.findall(r'<article id="([^"]+)" data-outcome="([^"]+)"', html):
        found.setdefault(outcome, set()).add(sample)
    return found


def test_a_right_answer_outside_the_cipher_is_called_that(shown):
    html = shown("ciphered-reasoning", "numbers-in-clear", "chain", "few")
    assert set(outcomes(html)) == {"right not adherent"}
    # The loose check takes words in the cipher for enough, and plain words in plain steps.
    differing = set(re.findall(r'id="([^"]+)" data-outcome="[^"]+" data-disagree="([^"]*)"', html))
    pair = "adherent, strict check and adherent, loose check"
    assert {name for name, pairs in differing if pair in pairs} == {
        "chain-reason-plain-4-000",
        "chain-reason-rot13-4-000",
        "chain-reason-permuted-4-000",
    }
    assert "the study&#39;s code" in html
    for word in ("no act", "mails", "Actions", "None that could be read", ">text</label>"):
        assert word not in html, word
    assert "chain-reason-plain-4-000</option>" not in html, "a text is no factor"


def test_what_an_answer_holds_is_the_outcome_of_a_statement(shown):
    html = shown("believe-it-or-not", "follows-the-prompt", "sunrise", "core")
    found = outcomes(html)
    assert set(found) == {"implant", "truth", "does not name it"}
    assert "sunrise-false-system-choice-none-000" in found["implant"]
    assert "sunrise-true-system-choice-none-000" in found["truth"]
    assert found["does not name it"] == {"sunrise-false-system-unrelated-none-000"}
    assert "The conversation after the prompt" in html and "Actions" not in html


def test_replies_without_a_score_keep_their_state(shown):
    html = shown("ciphered-reasoning", "refuse", "pointers", "few")
    assert set(outcomes(html)) == {"refused"}
