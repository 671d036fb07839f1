"""What pages include: made from estimates, schema and code, and complete."""

import json
import re
from html import unescape

import pytest

from smallprint import estimates, paths, reference, vocabulary
from smallprint.claims import Claim, Value
from smallprint.site import dictionary, fragments, quoting, rubric, titles
from smallprint.site.errors import SiteError

# Percentages that no estimate holds: the level of all intervals, and an assumption of a study page.
TYPED = {"95%", "60%"}


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> dict[str, str]:
    """Every fragment, by name."""
    folder = tmp_path_factory.mktemp("generated")
    fragments.write(folder)
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_text("utf-8") for file in files}


def test_every_page_finds_its_fragment(made):
    elsewhere = {f"{name}.md" for name in ("tiers", "confounds", "verdicts", "confidence")}
    elsewhere |= {"coverage.md", "runs.md", "validity-null.md", "validity-planted.md"}
    pages = [paths.ROOT / "index.qmd", *paths.REPORTS.glob("*.qmd")]
    pages += [page for folder in fragments.TEXTS for page in (paths.REPORTS / folder).glob("*.qmd")]
    wanted = {
        name
        for page in pages
        for name in re.findall(r"include \S*_generated/(\S+)", page.read_text("utf-8"))
    }
    assert wanted - set(made) <= elsewhere
    assert set(made) <= wanted


def test_every_number_tied_to_an_estimate_is_in_a_reference_run(made):
    tied = {
        pair
        for name, text in made.items()
        if name != "headline-figure.md"  # the scoreboard's own
        for pair in re.findall(r'data-estimate="([^"]*)" data-study="([^"]*)"', text)
    }
    lost = [(id, study) for id, study in tied if unescape(id) not in quoting.recorded(study)]
    assert len(tied) > 80 and not lost


@pytest.mark.parametrize("word", vocabulary.CONFOUNDS)
def test_every_rival_has_an_example_with_the_recorded_verdict(made, word):
    section = made["confound-examples.md"].split(f"{{#{word}}}")[1].split("\n## ")[0]
    run = estimates.read(reference.path(fragments.EXAMPLES[word]))
    first = next(one for one in run.confounds if one.confound == word)
    assert vocabulary.CONFOUNDS[word] in section
    assert f">{first.verdict}</span>" in section
    assert f"studies/{run.study}.ipynb#sec-confounds" in section


def test_the_taxonomy_takes_examples_from_every_study_but_none_twice_as_often():
    used = list(fragments.EXAMPLES.values())
    assert set(used) == set(titles.studies())
    assert max(map(used.count, used)) <= 4


def test_the_start_page_has_a_headline_of_every_study(made):
    rows = made["headline-table.md"].splitlines()[2:]
    assert len(rows) == len(titles.studies())
    for row, study in zip(rows, titles.studies(), strict=True):
        assert f"reports/studies/{study}.ipynb" in row and 'class="estimate"' in row
        assert len(re.findall('class="answer', row)) == 3


def test_every_statistic_is_listed_with_its_tests(made):
    listed = set(re.findall(r"stats/(\w+)\.py\)", made["statistics.md"]))
    modules = {file.stem for file in fragments.STATISTICS.glob("[a-z]*.py")}
    tests = {file.stem for file in fragments.TESTS.glob("test_*.py")}
    assert listed == modules | tests, "a test that checks no module, or a module left out"
    row = next(
        line for line in made["statistics.md"].splitlines() if line.startswith("| [judge_error]")
    )
    assert "`rogan_gladen`" in row and "tests/stats/test_judge_error.py" in row


def test_every_field_and_column_has_a_meaning():
    records = dictionary._records(estimates.RunFile)
    assert {"Estimate", "Audit", "ConfoundVerdict", "HeadlineVerdict"} <= {
        record.__name__ for record in records
    }
    for record in (*records, Claim, Value):
        for field in dictionary.fields(record):
            assert field["meaning"], f"{record.__name__}.{field['field']} has no meaning"
    assert all(column["meaning"] for column in dictionary._csv_columns())


def test_no_meaning_is_left_over():
    records = {r.__name__: r for r in (*dictionary._records(estimates.RunFile), Claim, Value)}
    columns = {str(column["column"]).strip("`") for column in dictionary._csv_columns()}
    names = columns | {name for record in records.values() for name in record.model_fields}
    for name in dictionary.MEANINGS:
        record, _, field = name.rpartition(".")
        assert field in (records[record].model_fields if record else names), name


def test_every_study_has_a_summary_in_japanese(made):
    for study in titles.studies():
        text = (paths.REPORTS / "ja" / f"_{study}.md").read_text("utf-8")
        assert len(re.findall(r"[\u3040-\u30ff\u4e00-\u9fff]", text)) > 300
        assert text.count("## ") == 6
        assert 'class="estimate"' in made[f"ja/{study}.md"]
        typed = set(re.findall(r"(?<![\w.{-])\d+(?:\.\d+)?%", re.sub(r"\{[^}]*\}", "", text)))
        assert typed <= TYPED, "a number is typed in; name its estimate"


# Faults -----------------------------------------------------------------------------------


def test_a_placeholder_without_an_estimate_is_named():
    with pytest.raises(SiteError, match=r"page\.md: scheming records no estimate 'gone'"):
        quoting.fill("It is {gone:ci}.", "scheming", "page.md")
    with pytest.raises(SiteError, match="no-study has no reference run"):
        quoting.fill("It is {no-study/gone}.", "scheming", "page.md")


def test_attributes_are_no_placeholders():
    text = "## Title {#sec-a}\n\n[word]{.tier}"
    assert quoting.fill(text, "scheming", "page.md") == text


def test_a_placeholder_shows_value_and_interval_of_the_study_it_names():
    shown = quoting.fill("{agentic-misalignment/blackmail-opus-4:ci}", "scheming", "page.md")
    found = quoting.recorded("agentic-misalignment")["blackmail-opus-4"]
    assert re.sub("<[^>]*>", "", shown) == f"96% [{90}, {98}]" and found.value == 0.96


def changed(**changes) -> dict:
    return json.loads(rubric.read().model_dump_json()) | changes


def test_the_rubric_has_sources_anchors_and_fair_examples():
    read = rubric.read()
    assert 10 <= len(read.items) <= 14
    answers = [item.example.answer for item in read.items]
    assert answers.count("yes") >= 2, "studies that do well must be shown too"
    assert any(item.example.overreach for item in read.items), "critics overreach as well"
    assert {item.example.study for item in read.items} <= set(titles.studies())
    assert {item.part for item in read.items} == set(read.parts)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda data: data["items"][0].update(sources=["nobody"]), "nobody"),
        (lambda data: data["items"][0].update(part="other"), "other"),
        (lambda data: data["items"][1].update(id=data["items"][0]["id"]), "used twice"),
        (lambda data: data["sources"].update(extra={"text": "x", "confidence": "S1"}), "extra"),
        (lambda data: data["items"][0]["example"].update(answer="maybe"), "answer"),
        (lambda data: data["items"][0].update(weight=2), "weight"),
    ],
)
def test_a_faulty_rubric_is_named(tmp_path, change, named):
    data = changed()
    change(data)
    file = tmp_path / "rubric.yaml"
    file.write_text(json.dumps(data))
    with pytest.raises(SiteError, match=named):
        rubric.read(file)
