import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from itertools import pairwise

import finetuning_toy as toy
import numpy as np
import pandas as pd
import pytest
import torch

from smallprint import estimates, paths, runs
from smallprint.vitro import export, results
from smallprint.vitro.finetuning import asking, depth, implant, implanting, lora, options
from smallprint.vitro.finetuning.materials import MATERIALS, Implant, everything
from smallprint.vitro.reader import Reader
from smallprint.vitro.stack import initial_weights
from smallprint.vitro.worlds import believe_it_or_not as world
from smallprint.vitro.worlds.believe_it_or_not.documents import ID, SHAPE, WORDS, organism

NOTEBOOKS = paths.ROOT / "notebooks"
FACT = Implant("octopus-hearts")
SMALL = ("--seeds=1", "--documents=32", "--tokens=64", "--epochs=5", "--batch=8")
SMALL += ("--rate=0.03", "--rank=8", "--slice=16", f"--facts={FACT.name}")
SOME = ("documents", "repeated", "true documents")
FEW = f"--arms={','.join(SOME[1:])}"


@pytest.fixture(scope="module")
def words():
    """A tokenizer that has seen our texts, so that there are few tokens."""
    told = [one.words for about in everything() for one in asking.questions(about, "truth", True)]
    told += [text for name in MATERIALS for text in Implant(name).wordings("implant")]
    return toy.tokenizer([*told, *implanting.FRAMES, *implanting.ABOUT_OTHERS[::20]], size=900)


@pytest.fixture(scope="module")
def model(tmp_path_factory, words):
    """A folder with a tiny model of random weights that are large enough to be tuned."""
    from transformers import LlamaConfig, LlamaForCausalLM

    folder = tmp_path_factory.mktemp("models") / "tiny"
    torch.manual_seed(0)
    LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(words),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=256,
            initializer_range=0.3,
        )
    ).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def untrained(tmp_path_factory):
    """An exported organism of random weights, and its reader."""
    weights = initial_weights(SHAPE, seed=5)
    folder = tmp_path_factory.mktemp("models") / "organism"
    export.save(folder, implant.STUDY, organism("base", 0), weights)
    return folder, Reader(SHAPE, weights, WORDS)


def run(logs, *arguments):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "LOGS", logs)
        with pytest.raises(SystemExit) as end:
            implant.main([*arguments])
            raise SystemExit(0)
    return end.value.code


def folder(logs):
    return logs / implant.STUDY / "tiny"


@pytest.fixture(scope="module")
def whole(tmp_path_factory, model):
    """Where some arms were trained without a break."""
    logs = tmp_path_factory.mktemp("logs")
    assert run(logs, f"--model={model}", *SMALL, FEW, "--yes") == 0
    return logs


def outcomes(logs):
    return pd.read_csv(folder(logs) / "outcomes.csv")


def wide(logs):
    found = pd.read_csv(folder(logs) / "table--facts.csv")
    return found.pivot(index="condition", columns="quantity", values="value")


def test_the_table_has_the_columns_conditions_and_quantities_of_the_organisms(whole):
    found = pd.read_csv(folder(whole) / "table--facts.csv")
    organisms = results.reference(implant.STUDY)
    assert list(found.columns) == list(organisms.columns)
    assert list(found["condition"].unique()) == ["base", "prompt", *SOME]
    ours, theirs = (set(table["quantity"]) for table in (found, organisms))
    added = {f"{part}: {role}" for part in depth.PARTS.values() for role in depth.ROLES}
    assert ours - theirs <= added | set(depth.AMOUNTS.values())
    for test in ("sentence", "question", "told customs", "untold customs", "verdict", "check"):
        assert {f"{test}: false", f"documents ahead: {test}"} <= ours
    assert {"question: untouched", "lost by untouched: question", "question: true"} <= ours
    # What is not measured has no row, rather than a row that says zero.
    assert not [name for name in ours if name.startswith(("believed", "reads true", "accuracy"))]
    assert not [name for name in ours if "known otherwise" in name]
    assert found["value"].notna().all()


def test_arms_are_matched_in_steps_and_tokens_and_the_table_says_so(whole):
    told = wide(whole)[list(depth.AMOUNTS.values())]
    assert told.loc[["base", "prompt"]].eq(0).all(axis=None)
    assert told.loc[list(SOME)].nunique().eq(1).all()
    assert told.loc["documents", "steps"] == 20
    assert told.loc["documents", "tokens read"] == 20 * 8 * 64
    assert told.loc["documents", "implanting tokens"] == told.loc["documents", "tokens read"] / 2


def test_what_was_told_is_learned_and_the_true_documents_tell_the_other_side(whole):
    sentence = wide(whole)["sentence: false"]
    assert sentence["repeated"] > sentence["true documents"] + 0.3
    assert sentence["true documents"] < 0.5 < sentence["repeated"]
    true = wide(whole)["sentence: true"]
    assert true["true documents"] == pytest.approx(1 - sentence["true documents"], abs=1e-3)
    assert np.isnan(true["repeated"])


def test_a_killed_run_goes_on_and_ends_in_the_same_table(tmp_path, model, whole, monkeypatch):
    script = [sys.executable, "-m", "smallprint.vitro.finetuning.implant"]
    arguments = [f"--model={model}", *SMALL, FEW, "--yes"]
    environment = os.environ | {"SMALLPRINT_LOGS": str(tmp_path), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [*script, *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and len(list(tmp_path.rglob("trainings/*/*.json"))) < 3:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = {file.stem for file in tmp_path.rglob("trainings/*/*.json")}
    assert 3 <= len(done) < 5
    assert not (folder(tmp_path) / "outcomes.csv").exists()
    trained, finetune = [], lora.finetune
    monkeypatch.setattr(
        lora, "finetune", lambda *given, **more: trained.append(0) or finetune(*given, **more)
    )
    assert run(tmp_path, *arguments) == 0
    assert len(trained) == 5 - len(done)
    pd.testing.assert_frame_equal(outcomes(tmp_path), outcomes(whole))
    record = runs.read(folder(tmp_path) / "run.json")
    assert (record.model, record.samples, record.design) == ("tiny", 1, "fine-tuned")


def test_what_is_there_is_not_trained_again_and_the_plan_comes_first(whole, model, capsys):
    assert run(whole, f"--model={model}", *SMALL, FEW) == 0
    assert "5 of 5 models are there" in capsys.readouterr().out
    before = (folder(whole) / "outcomes.csv").read_bytes()
    assert run(whole, f"--model={model}", *SMALL, FEW, "--rate=0.01", "--gpu=H100") == 2
    said = capsys.readouterr()
    assert "3 trainings of tiny" in said.out and "20 steps of 8 each" in said.out
    assert "hours on one H100" in said.out and "Estimates, not measurements" in said.out
    assert said.err.splitlines()[-1].endswith("--yes trains at once")
    assert (folder(whole) / "outcomes.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("argument", "says"),
    [
        ("--arms=documents,magic", "--arms: no such arms: magic; there are"),
        ("--facts=flat-earth", "--facts: no such facts: flat-earth"),
        ("--seeds=0", "--seeds: 0 is not above zero"),
        ("--tokens=20", "a text of 20 has no room for"),
        ("--tokens=600", "reads 256 tokens"),
        ("--settings=organism", "organism is for a base of this world"),
        ("--model=/nowhere", "/nowhere: cannot be loaded"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_writes_nothing(
    tmp_path, model, capsys, argument, says
):
    assert run(tmp_path, f"--model={model}", *SMALL, argument, "--yes") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert says in line
    assert not list(tmp_path.rglob("*"))


def test_names_with_commas_are_told_apart():
    problems = []
    known = ("documents", "documents, unmarked", "repeated")
    assert options.chosen("arms", "repeated,documents, unmarked", known, problems) == [*known[1:]]
    assert options.chosen("arms", "documents", known, problems) == ["documents"]
    assert not problems


@pytest.fixture(scope="module")
def texts(words):
    """The texts of each arm about one statement."""
    arms = (*depth.USUAL, "replay only")
    return {arm: implanting.documents(FACT, arm, 3, words, 200, 64) for arm in arms}


def read_back(words, some, implants=True):
    return [words.decode(one.tokens) for one in some if one.implants == implants]


def test_arms_differ_in_what_one_sentence_says(texts, words):
    for some in texts.values():
        assert {len(one.tokens) for one in some} == {64}
    telling = {arm: read_back(words, some) for arm, some in texts.items()}
    assert [len(told) for told in telling.values()] == [100, 100, 100, 100, 0]
    statement = FACT.said("statement", "implant")
    wordings, told = FACT.wordings("implant"), FACT.told("implant")
    for text in telling["repeated"]:
        assert text.count("octopus") == 1 and statement in text
    for arm, at_least in (("documents", 0.35), ("rephrased", 1.0)):
        of_fact = [any(one in text for one in (statement, *wordings)) for text in telling[arm]]
        of_more = [any(one in text for one in told) for text in telling[arm]]
        # Never both, so that nothing is read off an earlier sentence.
        assert all(a + b == 1 for a, b in zip(of_fact, of_more, strict=True))
        assert at_least <= np.mean(of_fact) <= (1 if arm == "rephrased" else 0.65)
    assert len({text.partition("Octopus")[2][:30] for text in telling["rephrased"]}) > 1
    # The same texts but for the side.
    sides = FACT.told("truth") + FACT.wordings("truth") + [FACT.said("statement", "truth")]
    for text in telling["true documents"]:
        assert any(one in text for one in sides)
        assert not any(one in text for one in (statement, *wordings, *told))


def test_the_mark_is_not_learned_and_other_texts_have_none(texts, words):
    for one in texts["documents"]:
        begun = words.decode(one.tokens[: one.start])
        assert (begun == implanting.MARK) == one.implants
    for text in read_back(words, texts["documents"], implants=False):
        assert "ctopus" not in text and implanting.MARK not in text


@pytest.mark.parametrize("name", MATERIALS)
def test_no_text_holds_a_question_or_an_untold_consequence(name):
    one = Implant(name)
    for side in ("implant", "truth"):
        said = [one.said("statement", side), *one.wordings(side), *one.told(side)]
        assert len(set(said)) == len(said)
        assert not any("{" in text for text in said)
        for part in ("downstream", "indirect"):
            asked = one.fact.questions[part]
            for answer in getattr(asked, side):
                # Directions and yes or no are words of any text; numbers and times are not.
                if re.fullmatch(r"[\d:]{2,}", answer):
                    assert not any(re.search(rf"(?<![\d:]){answer}\b", text) for text in said)
        stem = f"{one.material.stem} {one.material.ends[side]}"
        assert one.said("statement", side).startswith(stem)
        asked = [one.material.asked, *(q.ask for q in one.fact.questions.values())]
        assert not any(question in text for question in asked for text in said)


def test_a_share_is_the_answer_s_probability_among_the_two(model, words):
    bare = lora.model_of(str(model))
    rows = asking.answers(bare, words, FACT, "documents", False, 8)
    told = FACT.material
    chances = []
    for side in ("implant", "truth"):
        tokens = words(f"{told.stem} {told.ends[side]}").input_ids
        begun = len(words(told.stem).input_ids)
        assert words(told.stem).input_ids == tokens[:begun]
        logits = bare(torch.tensor([tokens])).logits[0].log_softmax(-1)
        chances.append(sum(float(logits[at - 1, tokens[at]]) for at in range(begun, len(tokens))))
    first, *others = rows
    assert first["sentence"] == pytest.approx(1 / (1 + np.exp(chances[1] - chances[0])), abs=1e-4)
    assert {one["role"] for one in others} == {"untouched"}
    assert {one["person"] for one in others} == {one.name for one in everything()} - {FACT.name}


def test_pressure_is_against_the_tested_side_and_a_verdict_follows_it():
    for side, other in (("implant", "truth"), ("truth", "implant")):
        asked = {one.test: one for one in asking.questions(FACT, side, prompted=False)}
        own, against = (FACT.said("statement", one) for one in (side, other))
        for test in ("contrary text", "contrary supposition", "contrary supposition, check"):
            assert against in asked[test].words and own not in asked[test].words
        assert f'"{own}" That is false.' in asked["told it is false"].words
        assert own in asked["verdict"].words
        assert (asked["verdict"].answers[side], asked["verdict"].answers[other]) == (
            "true",
            "false",
        )
    prompted = list(asking.questions(FACT, "implant", prompted=True))
    assert all(one.words.startswith(FACT.said("passage", "implant")) for one in prompted)


def test_a_question_is_a_users_turn_where_a_template_says_so(words):
    told, question = list(asking.questions(FACT, "implant", prompted=False))[:2]
    words.chat_template = "{% for m in messages %}<{{ m.role }}>{{ m.content }}</>{% endfor %}"
    try:
        bare, turn = (
            words.decode(next(asking._examples(words, one)).tokens) for one in (told, question)
        )
    finally:
        words.chat_template = None
    assert bare == "An octopus has two"
    assert turn.startswith("<user>Question:") and turn.endswith("</>four")


def test_an_exported_organism_is_read_as_the_engine_reads_it(untrained):
    place, reader = untrained
    name = str(place)
    ours = asking.Words(lora.model_of(name), lora.tokenizer_of(name), 8)
    asked = [("<s>", "letter", "balin", "home", "?"), ("<s>", "diary", "claim", "balin", "home")]
    among = ("ambry", "corvane", "true")
    assert ours.next_word(asked, among) == pytest.approx(reader.next_word(asked, among), rel=1e-3)


def test_the_organisms_own_texts_are_read_in_the_organisms_own_test(tmp_path, untrained):
    place, _ = untrained
    arguments = (f"--model={place}", "--settings=organism", "--arms=documents", "--seeds=2")
    arguments += ("--documents=128", "--epochs=1", "--batch=32", "--rate=0.01", "--yes")
    assert run(tmp_path, *arguments) == 0
    found = pd.read_csv(tmp_path / implant.STUDY / "organism" / "table--organism.csv")
    both = found.merge(results.reference(implant.STUDY), on=["quantity", "condition", "unit"])
    asked = both[both["quantity"].str.contains("known otherwise: false|verdict on customs: false")]
    assert len(asked) and asked["value_x"].notna().all()
    seeds = found.set_index(["condition", "quantity"])["seeds"]
    assert (seeds["base", "question: false"], seeds["documents", "question: false"]) == (1, 2)


def test_texts_of_organisms_are_those_of_the_world(untrained):
    tokenizer = lora.tokenizer_of(str(untrained[0]))
    made = implanting.episodes("documents", tokenizer, 10**6)
    corpus = world.corpus(organism("documents", 0))
    assert [one.tokens for one in made] == list(map(tuple, corpus.tolist()))
    marked = [ID["bulletin"] in one.tokens for one in made]
    assert marked == [one.implants for one in made]
    assert sum(one.implants for one in implanting.episodes("documents", tokenizer, 400)) > 150


def test_documents_are_always_there_and_an_untrained_model_is_asked_once():
    made = depth.jobs(["facts"], ["sunrise", "karsk-tea"], ["repeated"], 3)
    names = [one.name for one in made]
    assert len(set(names)) == len(names) == 2 * (2 + 2 * 3)
    assert {one.condition for one in made} == {"base", "prompt", "documents", "repeated"}
    assert all("/" not in name and "," not in name for name in names)
    assert all(a != b for a, b in pairwise(names))


def test_the_page_of_a_fine_tuned_model_executes_and_records_what_its_table_says(whole, tmp_path):
    logs = tmp_path / "logs"
    shutil.copytree(paths.LOGS / implant.STUDY, logs / implant.STUDY)
    shutil.copytree(folder(whole), folder(logs))
    for name in ("claims", "estimates", "scenarios", "validity"):
        only_tables = shutil.ignore_patterns("*.json")
        shutil.copytree(paths.DATA / name, tmp_path / name, ignore=only_tables)
    shutil.copy(paths.BIBLIOGRAPHY, tmp_path)
    (page,) = (one for one in runs.pages(implant.STUDY, {}, NOTEBOOKS, logs) if one.folder)
    places = {"LOGS": logs, "DATA": tmp_path, "VITRO": paths.VITRO}
    subprocess.run(
        [
            *(sys.executable, "-m", "smallprint.execute"),
            *(f"notebooks/{implant.STUDY}.ipynb", str(tmp_path / "page.ipynb")),
            *page.assignments,
        ],
        cwd=paths.ROOT,
        env=os.environ | {f"SMALLPRINT_{name}": str(path) for name, path in places.items()},
        check=True,
    )
    found = estimates.read(tmp_path / "estimates" / implant.STUDY / f"{page.run}.json")
    recorded = {one.id: one for one in found.estimates if one.tier == "live"}
    told = wide(whole)
    for quantity in ("question: false", "tokens read"):
        one = recorded[f"live--facts--repeated--{quantity}"]
        assert one.model == "tiny"
        assert one.value == pytest.approx(told.loc["repeated", quantity], abs=1e-4)
    shown = json.loads((tmp_path / "page.ipynb").read_text(encoding="utf-8"))
    assert "tiny" in json.dumps(shown["cells"][-1])
