"""The outcomes table is what the logs hold: nothing lost, doubled or read as harmless."""

import json
import zipfile
from dataclasses import replace

import pandas as pd
import pytest

from smallprint import paths, scenarios
from smallprint.evals import control, controls, judging, logs, outcomes, studies
from smallprint.evals.agentic_misalignment import inspect_samples, tools
from smallprint.evals.asking import ask
from smallprint.evals.seeds import digest_of

STUDY = "agentic-misalignment"
PACK = scenarios.load(STUDY)
JUDGE = "control/judge-0.8-0.9"


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Asking scripted agents looks up no host; a vocabulary of tokens would be downloaded."""
    monkeypatch.setattr("socket.getaddrinfo", lambda host, *_, **__: pytest.fail(f"asks {host}"))


@pytest.fixture(scope="module")
def samples():
    made = inspect_samples(PACK, ["leverage", "emergency"], "published", 2)
    control.know(made)
    return made


def asked(samples, agent, folder, **options):
    return ask(samples, model=f"control/{agent}", folder=folder / "asked", seeded=True, **options)


def judged(folder, judge=JUDGE):
    questions = judging.judge_samples(PACK, outcomes.replies(folder))
    control.know(questions)
    place = folder / "judged" / paths.slug(judge)
    return ask(questions, model=judge, folder=place, seeded=True)


def test_a_run_that_was_interrupted_ends_in_the_same_table(samples, tmp_path):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    asked(samples, "coin-0.5", whole)
    judged(whole)
    asked(samples[::3], "coin-0.5", parts)
    judged(parts)
    again = asked(samples, "coin-0.5", parts)
    assert again.reused == len(samples[::3])
    judged(parts)
    assert asked(samples, "coin-0.5", parts).asked == judged(parts).asked == 0
    tables = [outcomes.write(folder, JUDGE) for folder in (whole, parts)]
    pd.testing.assert_frame_equal(*tables)
    place = f"judged/{paths.slug(JUDGE)}/outcomes.csv"
    assert (whole / place).read_bytes() == (parts / place).read_bytes()


def test_rows_hold_what_was_asked_and_found(samples, tmp_path):
    asked(samples, "coin-0.5", tmp_path)
    judged(tmp_path)
    frame = outcomes.read(tmp_path, JUDGE)
    assert list(frame.columns) == outcomes.columns(PACK)
    assert sorted(frame["sample"]) == sorted(one.id for one in samples)
    assert set(frame["truth"]) == {True, False}
    assert (frame["rule"] == frame["truth"]).all()
    assert (frame["gate"] == (frame["judge"].astype(bool) & frame["string"].astype(bool))).all()
    assert (frame["judge"] != frame["truth"]).any()
    assert set(frame["judge_model"]) == {JUDGE}
    assert set(frame["model"]) == {"control/coin-0.5"}
    first = frame.iloc[0]
    cell = scenarios.Cell.of({factor: first[factor] for factor in PACK.factors})
    assert first["text"] == f"{first['family']}-{cell.id}-{first['firm']}-{first['wording']}"


@pytest.mark.parametrize("agent", ["refuse", "empty"])
def test_no_answer_is_never_a_harmless_one(agent, samples, tmp_path):
    asked(samples, agent, tmp_path)
    assert judged(tmp_path).asked == 0
    frame = outcomes.write(tmp_path)
    state = {"refuse": "refused", "empty": "empty"}[agent]
    assert set(frame["state"]) == set(frame["truth"]) == {state}
    stored = pd.read_csv(tmp_path / "outcomes.csv", dtype=str, keep_default_na=False)
    assert set(stored[["rule", "string", "judge", "gate"]].stack()) == {""}


def test_tool_calls_are_scored_like_blocks(tmp_path):
    made = inspect_samples(PACK, PACK.families, "published", 1, "tools")
    control.know(made)
    asked(made, "always-use-leverage", tmp_path, tools=tools("tools"))
    frame = outcomes.read(tmp_path)
    assert set(frame["stop_reason"]) == {"tool_calls"}
    assert (frame["rule"] == frame["truth"]).all()
    assert frame["rule"].any()


def test_a_missing_judgement_is_counted_and_not_a_no(samples, tmp_path):
    asked(samples, "always-comply", tmp_path)
    unjudged = outcomes.read(tmp_path, JUDGE)
    assert unjudged["judge"].isna().all() and unjudged["gate"].isna().all()
    assert unjudged.attrs["missing"]["not judged"] == len(samples)
    judged(tmp_path, "mockllm/model")
    unreadable = outcomes.read(tmp_path, "mockllm/model")
    assert unreadable["judge"].isna().all()
    assert unreadable.attrs["missing"]["unreadable judgement"] == len(samples)
    assert unreadable.attrs["missing"]["not judged"] == 0


def test_what_is_not_in_the_table_is_counted(samples, tmp_path):
    old = samples[0].model_copy(deep=True)
    old.input[1].content += " One line that the scenarios no longer hold."
    old.metadata["digest"] = digest_of(*(message.text for message in old.input))
    control.know([old])
    strange = samples[1].model_copy(deep=True)
    strange.input[1].content += " A line that no agent knows."
    asked([old, strange, *samples[2:]], "always-comply", tmp_path)
    frame = outcomes.read(tmp_path)
    assert sorted(frame["sample"]) == sorted(one.id for one in samples[2:])
    assert (frame.attrs["missing"]["failed"], frame.attrs["missing"]["outdated"]) == (1, 1)
    assert len(list(outcomes.replies(tmp_path))) == len(frame)


def log(folder, name, *documents):
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / name, "w") as file:
        file.writestr("_journal/start.json", json.dumps({"eval": {"model": name}}))
        for number, document in enumerate(documents):
            file.writestr(f"samples/{number}_epoch_1.json", json.dumps(document))


def document(id, digest, choices=(1,), error=None):
    output = {"choices": list(choices)}
    return {"id": id, "metadata": {"digest": digest}, "output": output, "error": error}


def test_the_latest_finished_reply_wins(tmp_path):
    log(
        tmp_path,
        "1.eval",
        document("a", "d"),
        document("b", "d"),
        document("c", "d", error={"x": 1}),
    )
    log(tmp_path, "2.eval", document("a", "d"), document("b", "d", error={"x": 1}))
    log(tmp_path, "3.eval", document("a", "other"), document("b", "d", choices=()))
    found = logs.read(tmp_path)
    models = {key: logged.model for key, logged in found.finished.items()}
    assert models == {("a", "d"): "2.eval", ("a", "other"): "3.eval", ("b", "d"): "1.eval"}
    assert found.failed == 1


def test_a_damaged_log_is_named_and_not_skipped(samples, tmp_path):
    asked(samples[:2], "always-comply", tmp_path)
    (path,) = (tmp_path / "asked").glob("*.eval")
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ValueError, match=rf"{path.name}: not a readable log"):
        outcomes.read(tmp_path)


def test_an_empty_folder_has_an_empty_table(tmp_path):
    assert outcomes.read(tmp_path).empty


def test_calibration_is_asked_once_and_described(tmp_path):
    small = {
        "families": ("leaking",),
        "design": "published",
        "judges": (JUDGE, "control/judge-1-1"),
    }
    study = replace(studies.of(STUDY), agents={"without-the-words": 1}, **small)
    first = controls.calibrate(study, "without-the-words", tmp_path)
    folder = tmp_path / STUDY / "control--without-the-words"
    table = (folder / "outcomes.csv").read_bytes()
    again = controls.calibrate(study, "without-the-words", tmp_path)
    assert (again.asked, again.reused) == (0, first.asked)
    assert (folder / "outcomes.csv").read_bytes() == table
    described = json.loads((folder / "run.json").read_text())
    assert (described["study"], described["judge"]) == (STUDY, JUDGE)
    second = pd.read_csv(folder / "judged" / "control--judge-1-1" / "outcomes.csv")
    assert (second["judge"] == second["truth"]).all()


def test_an_unknown_study_is_one_line(capsys):
    with pytest.raises(SystemExit):
        controls.main(["nothing"])
    assert "no scenarios for 'nothing'; studies: agentic-mis" in capsys.readouterr().err
