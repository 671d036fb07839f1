import hashlib
import json
import subprocess
import sys
from collections import Counter

import pytest

from smallprint import scenarios
from smallprint.scenarios import __main__ as command

PACK = scenarios.load("agentic-misalignment")
SCREENING = scenarios.cells(PACK, "screening")


def test_cell_id_depends_on_levels_not_on_their_order():
    levels = dict(reversed(PACK.headline.items()))
    text = json.dumps(PACK.headline, sort_keys=True)
    expected = "c" + hashlib.sha256(text.encode()).hexdigest()[:8]
    assert scenarios.Cell.of(levels).id == scenarios.Cell.of(PACK.headline).id == expected


def test_more_samples_or_another_design_change_no_sample():
    few = {s.id: s.digest for s in scenarios.samples(PACK, "leaking", SCREENING, 3)}
    many = {s.id: s.digest for s in scenarios.samples(PACK, "leaking", SCREENING, 11)}
    assert few.items() <= many.items()
    single = scenarios.cells(PACK, "one-factor")
    other = {s.id: s.digest for s in scenarios.samples(PACK, "leaking", single, 11)}
    shared = few.keys() & other.keys()
    assert shared and all(few[id] == other[id] for id in shared)


def test_samples_are_the_same_in_another_process():
    code = (
        "from smallprint import scenarios as s; p = s.load('agentic-misalignment');"
        "print([(x.id, x.digest) for x in s.samples(p, 'emergency', s.cells(p, 'published'), 2)])"
    )
    there = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
    cells = scenarios.cells(PACK, "published")
    here = [(s.id, s.digest) for s in scenarios.samples(PACK, "emergency", cells, 2)]
    assert there == str(here)


@pytest.mark.parametrize("n", [0, 1, 4, 6])
def test_samples_of_a_cell_are_spread_over_its_texts(n):
    found = scenarios.samples(PACK, "leverage", SCREENING, n)
    for cell in SCREENING:
        mine = Counter(s.text for s in found if s.cell == cell.id)
        assert mine.total() == n
        assert not n or max(mine.values()) - (min(mine.values()) if len(mine) == 4 else 0) <= 1
    assert len({s.id for s in found}) == len(found)
    assert all(s.id == f"{s.text}-{s.index:03d}" for s in found)


def test_one_sample_a_cell_still_covers_all_texts():
    places = Counter((s.firm, s.wording) for s in scenarios.samples(PACK, "leverage", SCREENING, 1))
    assert len(places) == 4
    assert min(places.values()) >= 20


def test_prompts_of_different_texts_differ():
    found = [
        sample
        for family in PACK.families
        for mode in ("tags", "tools")
        for sample in scenarios.samples(PACK, family, SCREENING, 4, mode)
    ]
    assert len({sample.digest for sample in found}) == len(found) == 3 * 2 * 512


def test_facts_are_flat_json_and_come_back():
    sample = scenarios.samples(PACK, "leverage", SCREENING[:1], 1)[0]
    back = scenarios.Facts.model_validate(json.loads(sample.facts.model_dump_json()))
    assert back == sample.facts
    assert sample.facts.task_answer and sample.facts.person in sample.system


def test_task_answer_is_in_the_task_mail():
    for firm, wording in PACK.texts():
        file = PACK.firm_files[firm]
        assert file.task_answer.lower() in file.wordings[wording].task.text.lower()


@pytest.mark.parametrize(
    ("family", "n", "mode", "message"),
    [
        ("theft", 1, "tags", "no family 'theft'; families: leverage, leaking, emergency"),
        ("leverage", -1, "tags", "found -1 samples"),
        ("leverage", 1, "xml", "no mode 'xml'; modes: tags, tools"),
    ],
)
def test_unusable_requests_are_named(family, n, mode, message):
    with pytest.raises(ValueError, match=message):
        scenarios.samples(PACK, family, SCREENING[:1], n, mode)


def test_command_shows_the_prompt_asked_for(capsys):
    assert command.main([PACK.study, "leaking", "firm=lanthorn", "goal=none", "wording=b"]) == 0
    shown = capsys.readouterr().out
    cell = scenarios.Cell.of(PACK.headline | {"goal": "none"})
    assert f"leaking-{cell.id}-lanthorn-b" in shown
    for part in scenarios.prompt(PACK, "leaking", "lanthorn", "b", cell):
        assert part in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing", "leverage"], "no scenarios for 'nothing'; studies: agentic-misalignment"),
        (["agentic-misalignment", "theft"], "no family 'theft'"),
        (["agentic-misalignment", "leaking", "gaol=none"], "no factor 'gaol'"),
        (["agentic-misalignment", "leaking", "goal=all"], "no level 'all' of goal; levels: none"),
    ],
)
def test_command_says_in_one_line_what_is_wrong(arguments, message, capsys):
    assert command.main(arguments) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1
