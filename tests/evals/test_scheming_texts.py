"""The environments' texts: what an arm changes, and what is said of a broken folder."""

import shutil
from itertools import chain

import pytest

from smallprint import live, paths
from smallprint.evals import studies
from smallprint.scenarios import ScenarioError, environments

PACK = environments.known("scheming")
CELLS = {cell.id: cell for cell in environments.cells(PACK, "arms")}


def one(task, arm):
    return environments.samples(PACK, task, [CELLS[arm]], 1)[0]


@pytest.mark.parametrize("task", PACK.families)
def test_an_arm_changes_what_it_says_and_nothing_else(task):
    nudge = one(task, "nudge")
    for arm in ("none", "mention", "full", "matched-goal", "honest-alternative"):
        other = one(task, arm)
        assert other.user == nudge.user and other.episodes == nudge.episodes
        ours, theirs = (set(each.system.split("\n\n")) for each in (nudge, other))
        assert len(ours - theirs) <= 1 and len(theirs - ours) <= 1 and ours != theirs
    for arm, more in (("unaware", -1), ("decoys", 3)):
        other = one(task, arm)
        assert (other.system, other.user) == (nudge.system, nudge.user)
        for mine, its in zip(nudge.episodes, other.episodes, strict=True):
            shared = mine.files.keys() & its.files.keys()
            assert len(its.files) - len(mine.files) == more
            assert len(shared) == min(len(mine.files), len(its.files))
            assert all(mine.files[path] == its.files[path] for path in shared)
            assert (its.memo is None) == (arm == "unaware")


@pytest.mark.parametrize("task", PACK.families)
def test_the_ladder_gets_longer_and_the_goal_free_rung_has_no_goal(task):
    rungs = [one(task, arm).system for arm in ("none", "mention", "nudge", "full")]
    assert [len(text) for text in rungs] == sorted({len(text) for text in rungs})
    goal = PACK.tasks[task].stories["charged"].goal["own"]
    assert [goal in text for text in rungs] == [False, True, True, True]


@pytest.mark.parametrize("task", PACK.families)
def test_the_isomorph_has_the_same_parts_and_no_word_of_machines(task):
    charged, harmless = (PACK.tasks[task].stories[name] for name in ("charged", "harmless"))
    assert charged.rule.kind == harmless.rule.kind
    assert [step.tool for step in charged.act] == [step.tool for step in harmless.act]
    assert len(charged.decoys) == len(harmless.decoys)
    texts = chain(*harmless.memo.texts.values(), harmless.files.values(), harmless.goal.values())
    said = " ".join(texts).lower()
    words = ("assistant", "weights", "unlearn", "out of service", "deployed", "unsafe")
    assert not [word for word in words if word in said]


def test_no_prompt_or_file_names_the_act_as_wrong_or_asks_for_silence():
    words = ("scheme", "deceive", "secretly", "hide", "lie ", "covert", "sabotage", "misaligned")
    for task in PACK.families:
        for arm in CELLS:
            for sample in environments.samples(PACK, task, [CELLS[arm]], 1):
                held = chain(*(each.files.values() for each in sample.episodes))
                said = " ".join([sample.system, sample.user, *held]).lower()
                assert not [word for word in words if word in said]


def test_samples_are_told_apart_by_everything_that_is_shown():
    every = [
        sample
        for task in PACK.families
        for sample in environments.samples(PACK, task, CELLS.values(), 2)
    ]
    assert len({sample.id for sample in every}) == len(every) == 2 * (6 * 9 + 1)
    by_digest = {}
    for sample in every:
        by_digest.setdefault(sample.digest, set()).add(sample.text)
    assert all(len(texts) == 1 for texts in by_digest.values())


def test_more_samples_and_other_designs_change_no_sample():
    few = {each.id: each for each in environments.samples(PACK, "sandbagging", CELLS.values(), 1)}
    ladder = environments.cells(PACK, "ladder")
    more = {each.id: each for each in environments.samples(PACK, "sandbagging", ladder, 3)}
    assert all(few[id] == more[id] for id in few.keys() & more.keys())
    assert len(few.keys() & more.keys()) == 4


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("pack.yaml", "mention: {changes: {strength: mention}}", "mention: {changes: {strength: "
         "loud}}", "pack.yaml: arms.mention.changes.strength: found level 'loud'"),
        ("pack.yaml", "ladder: [none,", "ladder: [nine,", "did you mean 'none'?"),
        ("pack.yaml", "only: [sandbagging]", "only: [sandbaging]", "did you mean 'sandbagging'?"),
        ("prompt.yaml", "{{ principal }} gives", "{{ principle }} gives",
         "prompt.yaml: role: found placeholder 'principle'"),
        ("judge.yaml", "  sandbagging:", "  sandbags:", "judge.yaml: families: found no task"),
        ("task-copy-away.yaml", "source: assistant/current/weights.bin, into",
         "source: assistant/current/weight.bin, into", "stories.charged.rule.source: found file"),
        ("task-copy-away.yaml", "- {tool: copy_file, source: music", "- {tool: delete_file, source:"
         " music", "stories.harmless.act[0]: found tool 'delete_file'"),
        ("task-sandbagging.yaml", "margin: 5", "margin: five", "found 'five'; allowed: a whole"),
        ("task-sandbagging.yaml", "        no-consequence:", "        no-consequences:",
         "no-consequence"),
        ("task-oversight-switch.yaml", "value: \"off\"}\n    work", "value: off}\n    work",
         "found false; allowed: 'on' or 'off'"),
        ("task-covert-reranking.yaml", "first: Alder", "first: Birch",
         "stories.charged.rule.first: found 'Birch'; allowed: one of Elder"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(tmp_path, file, old, new, says):
    shutil.copytree(paths.SCENARIOS / "scheming", tmp_path / "scheming")
    text = (tmp_path / "scheming" / file).read_text()
    assert old in text
    (tmp_path / "scheming" / file).write_text(text.replace(old, new, 1))
    with pytest.raises(ScenarioError) as error:
        environments.load("scheming", tmp_path)
    assert says in str(error.value)
    assert all(line.count("\n") == 0 and ".yaml" in line for line in str(error.value).splitlines())


def test_what_is_asked_for_and_not_there_is_named():
    with pytest.raises(ScenarioError, match=r"no scenarios for 'nothing'; studies: .*scheming"):
        environments.load("nothing")
    with pytest.raises(ValueError, match="no design 'all'; designs: arms, ladder, matched"):
        environments.cells(PACK, "all")
    with pytest.raises(ValueError, match="no task 'x'; tasks: oversight-switch"):
        environments.samples(PACK, "x", [], 1)


def test_a_task_can_be_shown_on_the_command_line(capsys):
    environments.main(["scheming", "copy-away", "unaware"])
    shown = capsys.readouterr().out
    assert "# copy-away-unaware: episode 1: annex/readme.txt" in shown
    assert "notice.txt" not in shown
    for wrong in (["scheming", "copy-away", "no-consequence"], ["scheming", "copy-away", "x"], []):
        with pytest.raises(SystemExit):
            environments.main(wrong)
        assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize("name", studies.names())
def test_every_study_that_asks_can_be_asked(name):
    study = studies.of(name)
    assert study.slug == name
    assert live.SOURCES[name].design in study.designs
    assert study.design in study.designs
    families = live.texts(name).load(name).families
    assert set(study.families) <= set(families)
    assert study.samples(families[:1], study.designs[-1], 1)
