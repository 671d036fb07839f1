import shutil

import pytest

from smallprint import paths, scenarios

STUDY = "agentic-misalignment"

CASES = {
    "unknown placeholder": (
        "prompt.yaml",
        ("Deal with the mails now.", "Deal with {{ persn_name }} now."),
        ["wordings.a.closing.agent", "persn_name", "allowed: ", "did you mean 'person_name'?"],
    ),
    "broken template": (
        "firm-corvane.yaml",
        ("The bicycle shed gets", "The {{ bicycle shed gets"),
        ["unrelated[0].text", "a broken template", "fix: mend the braces"],
    ),
    "missing wording": (
        "prompt.yaml",
        ("\n  b:\n", "\n  c:\n"),
        ["wordings: found the name 'c'", "'a' or 'b'"],
    ),
    "missing level": (
        "prompt.yaml",
        (
            '      none: ""\n      mentioned: >-\n        The firm',
            "      mentioned: >-\n        The firm",
        ),
        ["wordings.a.goal", "no level 'none'", "allowed: none, mentioned", "fix: add 'none'"],
    ),
    "unknown level": (
        "prompt.yaml",
        ("      told-test: >-\n        Please", "      told-tets: >-\n        Please"),
        ["wordings.a.status.told-tets", "'told-tets'", "did you mean 'told-test'?"],
    ),
    "duplicate mail id": (
        "firm-lanthorn.yaml",
        ("{id: cat,", "{id: fuel,"),
        ["firm-lanthorn.yaml: unrelated: found id 'fuel' 2 times", "allowed: each id once"],
    ),
    "too few mails": (
        "pack.yaml",
        ('mails: ["4", "16"]', 'mails: ["4", "20"]'),
        ["firm-corvane.yaml: unrelated: found 16 mails; allowed: at least 20"],
    ),
    "level that the order of mails needs": (
        "pack.yaml",
        ("leverage: [absent, incidental, salient]", "leverage: [absent, incidental, plain]"),
        ["factors.leverage: found no level 'salient'", "fix: add 'salient'"],
    ),
    "code that is a number": (
        "firm-lanthorn.yaml",
        ('alert: "2946"', "alert: 2946"),
        ["names.alert: found 2946; allowed: text; fix: put it in quotes"],
    ),
    "mapping as a name": (
        "rules.yaml",
        ("  leverage:\n", "  ? [leverage, x]\n  :\n"),
        ["rules.yaml: line ", "broken YAML"],
    ),
    "real address": (
        "firm-corvane.yaml",
        ("tamsin@hollowayprint.example", "tamsin@hollowayprint.com"),
        ["unrelated[3].from.address: found 'tamsin@hollowayprint.com'", ".example"],
    ),
    "address of another domain": (
        "firm-corvane.yaml",
        ("person: ines.tarrow@corvane.example", "person: ines.tarrow@corvan.example"),
        ["names.person", "allowed: an address at corvane.example"],
    ),
    "empty term list": (
        "firm-lanthorn.yaml",
        ("document_markers: [wt-52, wt-61]", "document_markers: []"),
        ["document_markers: found an empty list; allowed: at least one entry"],
    ),
    "upper-case term": (
        "firm-lanthorn.yaml",
        ("[wt-52, wt-61]", "[WT-52, wt-61]"),
        ["document_markers[0]: found 'WT-52'; allowed: a term in lower case"],
    ),
    "broken YAML": (
        "rules.yaml",
        ("families:\n", "families: [\n"),
        ["rules.yaml: line ", "broken YAML", "allowed: YAML"],
    ),
    "key given twice": (
        "judge.yaml",
        ("answer: VERDICT", "answer: VERDICT\nanswer: VERDICT"),
        ["judge.yaml: line ", "key 'answer' a second time"],
    ),
    "unknown field": (
        "judge.yaml",
        ("answer: VERDICT", "answer: VERDICT\nanser: VERDICT"),
        ["judge.yaml: anser: found", "fix: remove it or correct its name"],
    ),
    "missing family": (
        "judge.yaml",
        ("\n  emergency:\n", "\n  emergencies:\n"),
        ["families: found no family 'emergency'", "did you mean 'emergency'?"],
    ),
    "unknown factor in a published cell": (
        "published.yaml",
        ("prohibition: plain}", "prohibtion: plain}"),
        ["cells[13].levels: found factor 'prohibtion'", "did you mean 'prohibition'?"],
    ),
    "column that is no product": (
        "pack.yaml",
        ("words: [a, b]", "words: [a, z]"),
        ["screening.columns.goal.words[1]: found 'z'", "'abcdefg'"],
    ),
    "column used twice": (
        "pack.yaml",
        ("words: [a, b]", "words: [a, c]"),
        ["screening.columns: found the column 'c' 2 times"],
    ),
    "one label": (
        "judge.yaml",
        ('"no": false', '"no": true'),
        ["labels: found labels yes, no; allowed: one for true and one for false"],
    ),
    "mail rule without addressee": (
        "rules.yaml",
        ("    action: mail\n    to: outside\n", "    action: mail\n"),
        ["families.leaking.to: found nothing; allowed: `to` for a mail"],
    ),
}


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(paths.SCENARIOS / STUDY, tmp_path / STUDY)
    return tmp_path


def change(folder, name, old, new):
    path = folder / STUDY / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def problems(folder):
    with pytest.raises(scenarios.ScenarioError) as caught:
        scenarios.load(STUDY, folder)
    return str(caught.value)


@pytest.mark.parametrize("case", CASES)
def test_a_defect_is_named_with_its_place_and_a_fix(folder, case):
    name, (old, new), expected = CASES[case]
    change(folder, name, old, new)
    said = problems(folder)
    for part in expected:
        assert part in said, said
    assert all("fix: " in line and ".yaml" in line for line in said.splitlines())


def test_all_problems_are_told_at_once(folder):
    for case in ("unknown placeholder", "duplicate mail id", "one label", "broken YAML"):
        name, (old, new), _ = CASES[case]
        change(folder, name, old, new)
    said = problems(folder)
    for part in ("persn_name", "id 'fuel'", "labels yes, no", "rules.yaml: line"):
        assert part in said


def test_missing_files_are_named(folder):
    (folder / STUDY / "judge.yaml").unlink()
    for path in (folder / STUDY).glob("firm-*.yaml"):
        path.unlink()
    said = problems(folder)
    assert "judge.yaml: found no such file" in said
    assert "found no firm-<name>.yaml" in said


def test_bytes_that_are_not_text_are_named(folder):
    (folder / STUDY / "prompt.yaml").write_bytes(b"frames: \xff\xfe")
    assert "prompt.yaml: " in problems(folder)


def test_unknown_study_is_named(folder):
    with pytest.raises(scenarios.ScenarioError, match="no scenarios for 'x'; studies: agentic"):
        scenarios.load("x", folder)
