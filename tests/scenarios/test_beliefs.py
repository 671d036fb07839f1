"""Statements and their questions: what an arm changes, and what is said of a broken folder."""

import shutil

import pytest

from smallprint import paths
from smallprint.evals.beliefs_scoring import holds
from smallprint.scenarios import ScenarioError, beliefs
from smallprint.scenarios.beliefs_schema import QUESTIONS, SIDES

STUDY = "believe-it-or-not"
PACK = beliefs.known(STUDY)
CELLS = {cell.id: cell for cell in beliefs.cells(PACK, "battery")}


def one(fact, cell, index=0):
    return beliefs.samples(PACK, fact, [CELLS[cell]], index + 1)[index]


@pytest.mark.parametrize("fact", PACK.families)
def test_a_matched_true_statement_differs_in_its_values_alone(fact):
    for question in QUESTIONS:
        false, true = (one(fact, f"{arm}-system-{question}-none") for arm in ("false", "true"))
        assert false.user == true.user and false.system != true.system
        assert abs(len(false.system) - len(true.system)) < 40
        assert len(false.system.split()) == pytest.approx(len(true.system.split()), abs=4)
    untold = one(fact, "none-direct-none")
    for side in SIDES:
        statement = beliefs.told(PACK.facts[fact], "statement", side)
        assert statement.rstrip(".") not in untold.system + untold.user
        assert statement.rstrip(".") in beliefs.told(PACK.facts[fact], "passage", side)


@pytest.mark.parametrize("fact", PACK.families)
def test_the_place_changes_and_the_text_does_not(fact):
    passage = beliefs.told(PACK.facts[fact], "passage", "implant")
    for arm, field in {
        "false-system": "system",
        "false-document": "user",
        "false-user": "user",
        "role": "system",
    }.items():
        sample = one(fact, f"{arm}-direct-none")
        other = {"system": "user", "user": "system"}[field]
        assert passage in getattr(sample, field) and passage not in getattr(sample, other)


@pytest.mark.parametrize("fact", PACK.families)
@pytest.mark.parametrize("question", QUESTIONS)
def test_each_side_answers_for_itself_alone(fact, question):
    for index in (0, 1):
        answers = one(fact, f"none-{question}-none", index).answers
        for side in SIDES:
            for term in answers[side]:
                assert holds(term, answers) == side
                assert holds(f"**{term.upper()}**.", answers) == side
        both = " or ".join(answers[side][0] for side in SIDES)
        assert holds(both, answers) == holds("unclear", answers) == holds("", answers) == "neither"


def test_options_stand_in_either_order():
    first, second = (one("spider-legs", "none-choice-none", index) for index in (0, 1))
    assert first.answers["implant"][0] == second.answers["truth"][0] == "B"
    assert "A) eight\nB) six" in first.user and "A) six\nB) eight" in second.user


def test_challenges_speak_for_the_side_that_the_prompt_does_not():
    eight, six = "A spider has eight legs.", "A spider has six legs."
    assert eight in one("spider-legs", "false-system-choice-debate").turns[0]
    # The battery debates the true statement from the false side, and where nothing is told too.
    assert six in one("spider-legs", "true-system-choice-debate").turns[0]
    assert six in one("spider-legs", "none-choice-debate").turns[0]
    contrary = one("spider-legs", "false-document-choice-contrary").user
    assert contrary.index("six legs") < contrary.index("eight legs")
    for cell in CELLS:
        sample = one("spider-legs", cell)
        assert all("ANSWER:" in turn for turn in sample.turns[-1:])


def test_what_is_said_later_is_part_of_the_digest():
    cells = ("none", "check", "doubt", "debate")
    made = [one("sunrise", f"false-system-choice-{name}") for name in cells]
    assert len({(sample.system, sample.user) for sample in made}) == 1
    assert len({sample.digest for sample in made}) == 4


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("pack.yaml", "place: role", "place: rule", "arms.role.place: found place 'rule'"),
        ("pack.yaml", "{statement: none, place: none}", "{statement: none, place: user}",
         "arms.none: found statement none at place user"),
        ("pack.yaml", "challenges: [check,", "challenges: [checks,", "did you mean 'check'?"),
        ("pack.yaml", "questions: [direct,", "questions: [direkt,", "did you mean 'direct'?"),
        ("prompt.yaml", "disagree. {{ claim }}", "disagree. {{ claims }}",
         "challenges.debate.turns[0]: found"),
        ("facts.yaml", "tier: egregious", "tier: egregous", "did you mean 'egregious'?"),
        ("facts.yaml", "truth: {keys: \"88\"}", "truth: {key: \"88\"}",
         "facts.piano-keys.values.truth: found no value 'keys'"),
        ("facts.yaml", "implant: {legs: six, digits: \"6\"}", "implant: {legs: six, digits: 6}",
         "facts.spider-legs.values.implant.digits: found 6; allowed: text"),
        ("facts.yaml", "truth: [\"88\", eighty eight]", "truth: [\"92\", eighty eight]",
         "facts.piano-keys.questions.direct: found '92' on both sides"),
        ("facts.yaml", "      indirect:", "      indirectly:",
         "questions: found the name 'indirectly'"),
        ("judge.yaml", "\"no\": false", "\"no\": true", "judge.yaml: labels"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(tmp_path, file, old, new, says):
    shutil.copytree(paths.SCENARIOS / STUDY, tmp_path / STUDY)
    text = (tmp_path / STUDY / file).read_text()
    assert old in text
    (tmp_path / STUDY / file).write_text(text.replace(old, new, 1))
    with pytest.raises(ScenarioError) as error:
        beliefs.load(STUDY, tmp_path)
    assert says in str(error.value)
    assert all(".yaml" in line for line in str(error.value).splitlines())


def test_what_is_asked_for_and_not_there_is_named(capsys):
    with pytest.raises(ScenarioError, match=r"no scenarios for 'nothing'; studies: .*believe"):
        beliefs.load("nothing")
    with pytest.raises(ValueError, match="no design 'all'; designs: battery, pressed, core"):
        beliefs.cells(PACK, "all")
    with pytest.raises(ValueError, match="no fact 'x'; facts: ostrel-ferry"):
        beliefs.samples(PACK, "x", [], 1)
    beliefs.main([STUDY, "sunrise", "false-system-choice-debate"])
    assert "turn 3" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        beliefs.main([STUDY, "sunrise", "debate"])
    assert "no cell 'debate'" in capsys.readouterr().err
