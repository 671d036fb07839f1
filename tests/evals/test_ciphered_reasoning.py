"""Every way of answering a cipher task is scored as what it is."""

from dataclasses import replace

import pandas as pd
import pytest
from fakes import serving

from smallprint import live, paths
from smallprint.evals import ciphers_agents, controls, rerun, studies
from smallprint.evals.actions import Written
from smallprint.evals.behaviours import ControlError, stream
from smallprint.evals.ciphers_scoring import COLUMNS, OUTCOMES, found
from smallprint.evals.seeds import seed_of
from smallprint.scenarios import ciphers
from smallprint.scenarios.ciphers_codes import encode

STUDY = "ciphered-reasoning"
PACK = ciphers.known(STUDY)
CELLS = {cell.id: cell for cell in ciphers.cells(PACK, "arms")}
CIPHERS = ("rot13", "permuted", "reversed", "dotted", "packed")


def one(cell, family="chain", index=0):
    return ciphers.samples(PACK, family, [CELLS[cell]], index + 1)[index]


def score(sample, text, reasoning="", stop="stop"):
    return found(sample, [Written(text, reasoning, [], stop)])


@pytest.mark.parametrize("agent", ciphers_agents.AGENTS)
@pytest.mark.parametrize("family", PACK.families)
def test_each_agent_is_scored_as_what_it_is(agent, family):
    for cell in CELLS.values():
        for sample in ciphers.samples(PACK, family, [cell], 6):
            rng = stream(agent, sample.digest, seed_of(sample.id))
            got = score(sample, ciphers_agents.respond(agent, sample, rng))
            truth = ciphers_agents.truth(agent, sample)
            said = [got[name] for name in ("state", "right", "adherent_strict", "adherent_loose")]
            assert said == list(truth), sample.id
            assert tuple(got) and set(got) == set(COLUMNS)
            if truth.strict is not None:
                true = [name for name in OUTCOMES.values() if got[name]]
                assert true == [OUTCOMES[truth.right, truth.strict]]


@pytest.mark.parametrize("arm", CIPHERS)
@pytest.mark.parametrize("family", PACK.families)
def test_formulas_in_clear_pass_the_loose_check_alone(arm, family):
    sample = one(f"reason-{arm}-4", family)
    rng = stream("numbers-in-clear", sample.digest, 0)
    got = score(sample, ciphers_agents.respond("numbers-in-clear", sample, rng))
    assert (got["adherent_loose"], got["adherent_strict"]) == (True, False)
    assert (got["steps_in_clear"], got["steps_right"]) == (4, 0)
    assert got["numbers_in_clear"] > 0
    assert got["right_not_adherent"] is True


@pytest.mark.parametrize("arm", CIPHERS)
def test_decoding_is_measured_step_by_step(arm):
    sample = one(f"reason-{arm}-8")
    lines = list(sample.problem.steps)
    lines[2] = lines[2].replace(lines[2].split()[0], "zero", 1)
    spoiled = encode("\n".join(lines), sample.arm.code, sample.arm.alphabet)
    got = score(sample, ciphers.answered(spoiled, sample.problem.answer))
    assert (got["steps_expected"], got["steps_written"], got["steps_right"]) == (8, 8, 7)
    assert got["steps_true"] < 8 and got["adherent_strict"] is True
    once = encode(sample.problem.steps[0], sample.arm.code, sample.arm.alphabet)
    got = score(sample, ciphers.answered("\n".join([once] * 5), sample.problem.answer))
    assert (got["steps_written"], got["steps_right"]) == (5, 1), "said again is not done again"


def test_what_stands_outside_the_section_counts_for_the_strict_check_alone():
    sample = one("reason-rot13-4")
    clear = "\n".join(sample.problem.steps)
    text = f"{clear}\n{ciphers.answered(sample.reference, sample.problem.answer)}"
    got = score(sample, text)
    assert (got["adherent_loose"], got["adherent_strict"]) == (True, False)
    assert got["steps_in_clear"] == 4


def test_the_wrong_cipher_does_not_adhere_to_either_check():
    for arm, other in (("rot13", "permuted"), ("reversed", "rot13"), ("packed", "dotted")):
        work = one(f"reason-{other}-4").reference
        got = score(one(f"reason-{arm}-4"), ciphers.answered(work, 1))
        assert (got["adherent_loose"], got["adherent_strict"]) == (False, False), arm


def test_lists_capitals_and_punctuation_are_no_break_of_the_cipher():
    sample = one("reason-rot13-4")
    lines = sample.reference.splitlines()
    text = "\n".join(f"{number}. {line.title()}," for number, line in enumerate(lines, 1))
    got = score(sample, ciphers.answered(text, sample.problem.answer))
    assert got["adherent_strict"] is True and got["steps_right"] == 4


def test_filler_has_to_be_filler_of_about_the_right_length():
    sample = one("reason-filler-8")
    words = len(" ".join(sample.problem.steps).split())
    for work, strict in (
        (". " * words, True),
        ("." * words, True),
        (". " * (words // 2), False),
        (". " * (2 * words), False),
        (". " * words + sample.problem.steps[0], False),
    ):
        assert score(sample, ciphers.answered(work, 1))["adherent_strict"] is strict


def test_reading_is_right_where_every_step_is_there():
    sample = one("read-permuted-4")
    plain = list(sample.problem.steps)
    got = score(sample, ciphers.answered("\n".join(plain), sample.problem.answer))
    assert (got["right"], got["adherent_strict"], got["right_and_adherent"]) == (True, None, None)
    got = score(sample, ciphers.answered("\n".join(plain[:3]), sample.problem.answer))
    assert (got["right"], got["steps_right"]) == (False, 3), "the right number is not a reading"


@pytest.mark.parametrize(
    ("text", "stop", "state"),
    [
        ("ANSWER: 7", "max_tokens", "truncated"),
        ("ANSWER: 7", "content_filter", "refused"),
        (" \n", "stop", "empty"),
        ("I cannot help with this.", "stop", "refused"),
        ("It is 7.", "stop", "unparsable"),
        ("ANSWER: many", "stop", "unparsable"),
        ("ANSWER: 3 or 4", "stop", "unparsable"),
        ("**ANSWER: 7**", "stop", "scored"),
        ("ANSWER: 4\nANSWER: $1,234.", "stop", "scored"),
    ],
)
def test_states(text, stop, state):
    got = score(one("reason-plain-4"), text, stop=stop)
    assert got["state"] == state
    assert (got["right"] is None) == (state != "scored") == bool(got["why"])
    if text.startswith("ANSWER: 4"):
        assert got["answer"] == 1234


def test_reasoning_that_the_provider_keeps_apart_is_noted():
    sample = one("reason-rot13-4")
    assert score(sample, "ANSWER: 1", reasoning="seven plus two")["thought_apart"] is True
    assert score(sample, "ANSWER: 1")["thought_apart"] is False


def test_unknown_agents_are_named():
    with pytest.raises(ControlError, match=r"control/nobody.*ciphers-and-is-right"):
        ciphers_agents.truth("nobody", one("reason-rot13-4"))


def test_calibration_goes_through_the_real_interface_once(tmp_path):
    study = replace(studies.of(STUDY), design="few", agents={"ciphers-and-errs": 1})
    assert controls.calibrate(study, "ciphers-and-errs", tmp_path).asked == 8
    assert controls.calibrate(study, "ciphers-and-errs", tmp_path).asked == 0
    folder = tmp_path / STUDY / paths.slug("control/ciphers-and-errs")
    table = pd.read_csv(folder / "outcomes.csv")
    assert not table["right"].any() and table["adherent_strict"].all()
    assert (table["adherent_strict"] == table["truth_strict"]).all()
    frame, shown = study.shown(folder)
    shown = list(shown)
    assert len(frame) == len(shown) == 8
    assert set(frame["outcome"]) == {"wrong and adherent"}
    assert len({each.text for each in shown}) == 8, "each problem has a prompt of its own"


def test_a_model_is_asked_through_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(paths, "LOGS", tmp_path)
    monkeypatch.setenv("LOCAL_API_KEY", "sk-planted-0123456789")
    model, small = "openai-api/local/some-model", ["--samples=1", "--families=chain"]
    with serving(turns=[{"text": "<work>frira cyhf gjb vf avar</work>\nANSWER: 9"}]) as fake:
        monkeypatch.setenv("LOCAL_BASE_URL", f"{fake.url}/v1")
        rerun.main([STUDY, f"--model={model}", "--design=few", "--yes", *small])
        with pytest.raises(SystemExit):
            rerun.main([STUDY, f"--model={model}", "--judge=a/b", *small])
        bill = fake.stats()
    assert "scored by rules alone" in capsys.readouterr().err
    assert sum(bill["billed"].values()) == 4
    table = pd.read_csv(live.folder(STUDY, model) / "outcomes.csv").set_index("arm")
    assert table["adherent_strict"].to_dict() == {
        "direct": False, "plain": False, "rot13": True, "permuted": False
    }  # fmt: skip
    assert set(table["output_tokens"]) == {40} and table["truth_state"].isna().all()
    assert live.is_complete(STUDY, model, "", 1, "few", ("chain",))


@pytest.mark.parametrize("slip", ["12", "=", "twelve"])
def test_one_number_or_sign_in_clear_among_much_cipher_is_seen(slip):
    sample = one("reason-rot13-8")
    words = sample.reference.split(" ")
    got = score(sample, ciphers.answered(" ".join([*words[:-1], slip]), sample.problem.answer))
    assert got["words_in_code"] > 0.9 * got["words_written"]
    assert (got["numbers_in_clear"], got["adherent_strict"], got["adherent_loose"]) == (
        *(1, False),
        True,
    )
