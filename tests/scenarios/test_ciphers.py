"""Ciphers, generated problems, and what is said of a broken folder."""

import shutil

import pytest

from smallprint import paths
from smallprint.scenarios import ScenarioError, ciphers
from smallprint.scenarios.ciphers_codes import LETTERS, decode, encode
from smallprint.scenarios.ciphers_problems import (
    LANGUAGE,
    is_true,
    problem,
    steps,
    with_a_slip,
    words,
)

STUDY = "ciphered-reasoning"
PACK = ciphers.known(STUDY)
ARMS = PACK.file.arms


@pytest.mark.parametrize(
    ("arm", "coded"),
    [
        ("rot13", "frira cyhf gjb"),
        ("reversed", "neves sulp owt"),
        ("dotted", "s.e.v.e.n p.l.u.s t.w.o"),
        ("packed", "200011210011111 120102202200 201211112"),
    ],
)
def test_codes_worked_out_by_hand(arm, coded):
    assert encode("seven plus two", ARMS[arm].code, ARMS[arm].alphabet) == coded


@pytest.mark.parametrize("arm", ["rot13", "permuted", "reversed", "dotted", "packed"])
def test_every_word_comes_back_and_no_plain_word_of_a_step_passes_for_coded(arm):
    code, alphabet = ARMS[arm].code, ARMS[arm].alphabet
    vocabulary = ciphers.plain_words(PACK)
    for word in vocabulary:
        assert decode(encode(word, code, alphabet), code, alphabet) == word
    left = {word for word in LANGUAGE if decode(word, code, alphabet) in vocabulary}
    assert not left, "numbers and operations in clear are no code words"


def test_what_is_no_code_word_has_no_plain_word():
    assert decode("7", "letters", LETTERS[::-1]) is None
    assert decode("plus", "dotted") is None
    assert decode("p.l..us", "dotted") is None
    assert decode("222", "packed") is None
    assert decode("0001", "packed") is None


@pytest.mark.parametrize("family", PACK.families)
@pytest.mark.parametrize("depth", PACK.file.depths)
def test_answers_follow_from_the_question_alone(family, depth):
    for index in range(50):
        asked = problem(family, depth, str(index))
        assert _solved(asked.text) == asked.answer
        assert len(asked.steps) == depth
        assert steps("\n".join(asked.steps)) == list(asked.steps)
        assert all(is_true(step, asked) for step in asked.steps)
        assert asked.steps[-1].endswith(f" {words(asked.answer)}")
    assert len({problem(family, depth, str(index)) for index in range(50)}) > 40


def _solved(text):
    """The answer by another way: reading the question's sentences one by one."""
    tokens = [word.strip(".?") for word in text.split()]
    if tokens[0] == "Start":
        at = int(tokens[2])
        for place, word in enumerate(tokens):
            number = int(tokens[place + 2]) if word in ("take", "multiply") else 0
            at += int(tokens[place + 1]) if word == "add" else 0
            at = at - number if word == "take" else at * number if word == "multiply" else at
        return at
    rules, rest = text.split(" Start at box ")
    to = {}
    for rule in rules.rstrip(".").split(". "):
        _, here, _, _, _, there = rule.split()
        to[here] = there
    at, times = rest.split()[0], int(rest.split("pointer ")[1].split()[0])
    for _ in range(times):
        at = to[at]
    return int(at)


@pytest.mark.parametrize("family", PACK.families)
def test_a_slip_makes_one_step_wrong_and_the_answer_too(family):
    for index in range(50):
        asked = problem(family, 4, str(index))
        slipped = with_a_slip(asked, index % 4)
        assert slipped.answer != asked.answer
        assert not is_true(slipped.steps[index % 4], asked)
        assert slipped.steps[: index % 4] == asked.steps[: index % 4]


def test_arms_meet_the_same_problems_and_examples_are_others():
    by_problem = {}
    for cell in ciphers.cells(PACK, "arms"):
        for one in ciphers.samples(PACK, "chain", [cell], 2):
            key = (one.levels["task"], one.levels["depth"], one.index)
            by_problem.setdefault(key, set()).add(one.problem)
            assert one.user.count(one.problem.text) == (one.levels["task"] == "reason")
    assert all(len(asked) == 1 for asked in by_problem.values())


def test_filler_is_as_long_as_the_plain_steps_and_direct_is_empty():
    cells = {cell.levels["arm"]: cell for cell in ciphers.cells(PACK, "arms")[:9]}
    made = {
        name: ciphers.samples(PACK, "chain", [cell], 1)[0].reference.split()
        for name, cell in cells.items()
    }
    cell = next(one for one in ciphers.cells(PACK, "arms") if one.id == "reason-filler-2")
    filler = ciphers.samples(PACK, "chain", [cell], 1)[0]
    assert len(filler.reference.split()) == len(" ".join(filler.problem.steps).split())
    assert made["direct"] == []


def test_ids_and_prompts_are_distinct_and_more_samples_change_none():
    cells = ciphers.cells(PACK, "arms")
    every = [one for name in PACK.families for one in ciphers.samples(PACK, name, cells, 2)]
    assert len({one.id for one in every}) == len({one.digest for one in every}) == len(every)
    few = {one.id: one for one in ciphers.samples(PACK, "chain", ciphers.cells(PACK, "few"), 1)}
    assert all(one == few[one.id] for one in every if one.id in few) and few


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("pack.yaml", "alphabet: nopq", "alphabet: nopp", "arms.rot13.alphabet: found 'nopp"),
        ("pack.yaml", "alphabet: jfwihyotzsnxpqagvldrcbumek",
         "alphabet: afwihyotzsnxpqjgvldrcbumek", "leaves none in its place"),
        ("pack.yaml", "plain: {code: plain}", "plain: {code: plane}", "arms.plain.code"),
        ("pack.yaml", "task: read, arms: [rot13,", "task: read, arms: [plain,",
         "designs.arms[1].arms: found arm 'plain'"),
        ("pack.yaml", "[direct, plain, rot13, permuted], depths: [4]",
         "[direct, plain, rot13, permuted], depths: [5]", "designs.few[0].depths: found depth 5"),
        ("pack.yaml", "study: ciphered", "study: cyphered", "name the folder's study"),
        ("pack.yaml", "spaces. {{ packing }}", "spaces. {{ packings }}",
         "did you mean 'packing'?"),
        ("prompt.yaml", "write {{ count }}", "write {{ counts }}",
         "work.filler: found placeholder 'counts'"),
        ("prompt.yaml", "  plain: >-", "  plane: >-", "prompt.yaml: work: found the name 'plane'"),
        ("vocabulary.yaml", "words: >-\n  a", "words: >-\n  7", "vocabulary.yaml: words"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(tmp_path, file, old, new, says):
    shutil.copytree(paths.SCENARIOS / STUDY, tmp_path / STUDY)
    text = (tmp_path / STUDY / file).read_text()
    assert old in text
    (tmp_path / STUDY / file).write_text(text.replace(old, new, 1))
    with pytest.raises(ScenarioError) as error:
        ciphers.load(STUDY, tmp_path)
    assert says in str(error.value)
    assert all(".yaml" in line for line in str(error.value).splitlines())


def test_what_is_asked_for_and_not_there_is_named(capsys):
    with pytest.raises(ScenarioError, match=r"no scenarios for 'nothing'; studies: .*ciphered"):
        ciphers.load("nothing")
    with pytest.raises(ValueError, match="no design 'all'; designs: arms, depths, few"):
        ciphers.cells(PACK, "all")
    with pytest.raises(ValueError, match="no family 'x'; families: chain, pointers"):
        ciphers.samples(PACK, "x", [], 1)
    ciphers.main([STUDY, "reason-rot13-2"])
    assert "## reference" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        ciphers.main([STUDY, "rot13"])
    assert "no cell 'rot13'" in capsys.readouterr().err


def test_more_examples_change_the_examples_alone():
    shown = {cell.id: cell for cell in ciphers.cells(PACK, "shots")}
    three = ciphers.samples(PACK, "chain", [shown["reason-rot13-4"]], 1)[0]
    (usual,) = (c for c in ciphers.cells(PACK, "arms") if c.id == "reason-rot13-4")
    assert ciphers.samples(PACK, "chain", [usual], 1)[0].digest == three.digest
    assert three.user.count("PROBLEM:") == 4 and "as in the examples" in three.user
    none, one, six = (
        ciphers.samples(PACK, "chain", [shown[f"reason-rot13-4-x{n}"]], 1)[0] for n in (0, 1, 6)
    )
    assert [s.user.count("PROBLEM:") for s in (none, one, six)] == [1, 2, 7]
    assert "xamples" not in none.user and "Now this one" not in none.user
    assert {s.problem for s in (none, one, three, six)} == {three.problem}
    assert len({s.digest for s in (none, one, three, six)}) == 4
    before = {"study": PACK.study, "task": "reason", "arm": "rot13", "depth": "4"}
    known = ciphers.named(before | {"family": "chain", "cell": three.cell, "index": 0})
    assert known.digest == three.digest, "replies from before have no number of examples"
