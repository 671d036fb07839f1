"""Trade-offs made from a seed, the specification, and what is said of a broken folder."""

import shutil

import pytest
import yaml

from smallprint import paths
from smallprint.scenarios import ScenarioError, specs
from smallprint.scenarios.specs_schema import VARIANTS

STUDY = "stress-testing-specs"
PACK = specs.known(STUDY)
CELLS = {cell.id: cell for design in PACK.designs for cell in specs.cells(PACK, design)}
KINDS = ("settled", "unclear", "silent")


def one(cell, family="garden", index=0):
    return specs.samples(PACK, family, [CELLS[cell]], index + 1)[index]


def broken(tmp_path, file, change):
    place = tmp_path / STUDY
    shutil.copytree(paths.SCENARIOS / STUDY, place, dirs_exist_ok=True)
    content = yaml.safe_load((place / file).read_text()) if (place / file).exists() else {}
    change(content)
    (place / file).write_text(yaml.safe_dump(content, sort_keys=False))
    with pytest.raises(ScenarioError) as error:
        specs.load(STUDY, tmp_path)
    return str(error.value)


def test_the_text_settles_leaves_open_and_is_silent_on_pairs_as_it_was_written():
    kinds = {pair: specs.standing(PACK, pair, "given") for pair in PACK.pairs}
    counts = [sum(one.kind == kind for one in kinds.values()) for kind in KINDS]
    assert counts == [9, 9, 10] and len(kinds) == 28
    assert kinds["candour-tact"] == ("settled", 1, "candour")
    assert kinds["openness-choice"] == ("unclear", 10, None)
    assert kinds["tact-choice"] == ("silent", None, None)
    amended = {pair: specs.standing(PACK, pair, "amended") for pair in PACK.pairs}
    changed = [pair for pair in PACK.pairs if amended[pair] != kinds[pair]]
    assert len(changed) == 6 and all(amended[pair].kind == "settled" for pair in changed)
    assert sorted(kinds[pair].kind for pair in changed) == ["silent"] * 3 + ["unclear"] * 3


@pytest.mark.parametrize("family", PACK.families)
def test_a_scenario_is_the_same_in_every_variant_and_under_every_text(family):
    for pair in PACK.pairs:
        asked = [one(f"{pair}-0-{variant}-given", family) for variant in VARIANTS]
        asked += [one(f"{pair}-0-neutral-{text}", family) for text in ("amended", "absent")]
        assert len({sample.scenario for sample in asked}) == 1
        assert len({sample.digest for sample in asked}) == 5
        neutral, first, second = (sample.question for sample in asked[:3])
        acts = asked[0].scenario.acts
        for act, leaning in zip(acts, (first, second), strict=True):
            assert (neutral.count(act), leaning.count(act)) == (1, 2), pair


def test_texts_are_distinct_and_both_orders_occur():
    every = [s for f in PACK.families for s in specs.samples(PACK, f, CELLS.values(), 1)]
    assert len({sample.digest for sample in every}) == len(every)
    assert len({sample.id for sample in every}) == len(every)
    first = [sample.scenario.first for sample in every if sample.levels["draw"] == "0"]
    assert 0.3 < sum(first) / len(first) < 0.7
    sample = next(sample for sample in every if sample.scenario.first == 1)
    a, b = (sample.question.index(act) for act in sample.scenario.acts)
    assert b < a, "what is mentioned first stands first"


def test_amendments_and_notes_reach_a_prompt_only_where_they_should():
    amendments = [clause.text for clause in PACK.spec.clauses if clause.amends]
    shown = {
        text: sum(words in one(f"tact-choice-0-neutral-{text}").system for words in amendments)
        for text in ("given", "amended", "absent")
    }
    assert shown == {"given": 0, "amended": 6, "absent": 0}
    assert "1. " not in one("tact-choice-0-neutral-absent").system
    assert "silent" not in one("tact-choice-0-neutral-given").system


def test_answers_are_repeated_in_the_same_words_and_found_again_from_metadata():
    asked = specs.samples(PACK, "library", [CELLS["tact-care-0-neutral-given"]], 3)
    assert [sample.index for sample in asked] == [0, 1, 2]
    assert len({(sample.digest, sample.text) for sample in asked}) == 1
    about = {"study": STUDY, "family": "library", "cell": asked[2].cell, "index": 2}
    assert specs.named(about | asked[2].levels) == asked[2]
    assert specs.named(about | asked[2].levels | {"pair": "tact-thrift"}) is None
    with pytest.raises(ValueError, match="no family 'moon'; families: library"):
        specs.samples(PACK, "moon", [], 1)
    with pytest.raises(ValueError, match="no design 'all'; designs: core"):
        specs.cells(PACK, "all")


@pytest.mark.parametrize(
    ("file", "change", "says"),
    [
        ("spec.yaml", lambda c: c["clauses"][0].update(id=4), "clauses[0].id: found 4"),
        (
            "spec.yaml",
            lambda c: c["clauses"][1]["settles"].update({"candour-tact": "tact"}),
            "candour-tact, of which clause 1 speaks already",
        ),
        (
            "spec.yaml",
            lambda c: c["clauses"][0]["settles"].update({"candour-tact": "care"}),
            "found value 'care'",
        ),
        ("spec.yaml", lambda c: c["clauses"][9]["unclear"].append("tact-thrift"), "'tact-thrift'"),
        (
            "settings.yaml",
            lambda c: c["settings"]["garden"]["acts"].pop("tact"),
            "settings.garden.acts: found no value 'tact'",
        ),
        ("judge.yaml", lambda c: c.update(stance="{{ thoughts }}"), "placeholder 'thoughts'"),
        ("pack.yaml", lambda c: c["designs"]["few"][0].update(pairs=["a-b"]), "pair 'a-b'"),
        ("pack.yaml", lambda c: c.update(study="other"), "found 'other'"),
    ],
)
def test_a_broken_folder_is_named_by_file_place_and_fix(tmp_path, file, change, says):
    said = broken(tmp_path, file, change)
    assert says in said and file in said and "fix: " in said
    assert len(said.splitlines()) == 1


def test_scenarios_of_a_writer_are_asked_where_it_wrote_some(tmp_path):
    place = tmp_path / STUDY
    shutil.copytree(paths.SCENARIOS / STUDY, place)
    written = {"pair": "tact-care", "draw": 0, "situation": "A thing came up.", "first": "hush it"}
    made = {"writer": "x/y", "scenarios": [written | {"second": "stop it"}]}
    (place / "made-some.yaml").write_text(yaml.safe_dump(made))
    pack = specs.load(STUDY, tmp_path)
    assert pack.families[-1] == "made-some"
    (sample,) = specs.samples(pack, "made-some", specs.cells(pack, "core"), 1)
    assert "A thing came up." in sample.user and "stop it" in sample.user
    assert sample.standing.favours == "care"
    made["scenarios"] *= 2
    said = broken(tmp_path, "made-some.yaml", lambda c: c.update(made))
    assert "draw 0 of tact-care a second time" in said
