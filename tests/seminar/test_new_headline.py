"""The walk from a press headline to a page, as its README says, with the instructors' answers.

The commands are those of the README; the answers fill the template's blanks and nothing else.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path

import nbformat
import pytest
import yaml

from smallprint import claims, estimates, paths
from smallprint.seminar import sessions
from smallprint.site import rubric

FOLDER = sessions.FOLDER / "new-headline"
STUDY = "new-headline"
FILLED = (f"data/claims/{STUDY}.yaml", f"notebooks/{STUDY}.ipynb")
BLANK = re.compile(r'"FILL: ([^"]*)"')
COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INVENTED = "> **Invented for teaching.**"


def answers() -> dict:
    return yaml.safe_load((FOLDER / "answers.yaml").read_text(encoding="utf-8"))


def filled(text: str) -> str:
    """The text with every blank answered; a number loses its quotation marks."""
    said = answers()
    return BLANK.sub(lambda blank: json.dumps(said[blank[1]], ensure_ascii=False), text)


def fill(project: Path) -> None:
    file, notebook = (project / name for name in FILLED)
    file.write_text(filled(file.read_text(encoding="utf-8")), encoding="utf-8")
    made = nbformat.read(notebook, as_version=4)
    for cell in made.cells:
        cell.source = filled(cell.source)
    nbformat.write(made, notebook)


def shell(script: str, folder: Path) -> subprocess.CompletedProcess:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return subprocess.run(
        ["bash", "-euc", script],
        cwd=folder,
        env=os.environ | {"PATH": path, "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def copied(tmp_path_factory) -> Path:
    """The template as the README's first command copies it."""
    root = tmp_path_factory.mktemp("collection")
    (root / "reports").symlink_to(paths.REPORTS, target_is_directory=True)
    first, *_ = COMMANDS.findall((FOLDER / "README.md").read_text(encoding="utf-8"))
    done = shell(first, root)
    assert done.returncode == 0, done.stderr
    return root / "my-headline"


@pytest.fixture(scope="module")
def walked(copied, tmp_path_factory) -> tuple[Path, str]:
    """The filled template after the README's other commands, and what they printed."""
    project = tmp_path_factory.mktemp("filled") / "my-headline"
    shutil.copytree(copied, project)
    fill(project)
    _, *others = COMMANDS.findall((FOLDER / "README.md").read_text(encoding="utf-8"))
    done = shell("\n".join(others), project)
    assert done.returncode == 0, done.stderr
    return project, done.stdout


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def test_every_blank_has_an_answer_and_every_answer_a_blank():
    texts = [(FOLDER / "project" / FILLED[0]).read_text(encoding="utf-8")]
    notebook = nbformat.read(FOLDER / "project" / FILLED[1], as_version=4)
    texts += [cell.source for cell in notebook.cells]
    blanks = {blank for text in texts for blank in BLANK.findall(text)}
    assert blanks == set(answers())


def test_the_printed_answers_stand_in_the_report():
    report = (FOLDER / "report.md").read_text(encoding="utf-8")
    for blank, said in answers().items():
        if blank.startswith("percent,") or blank.startswith("percent in"):
            assert re.search(rf"\| {re.escape(str(said))}%", report), blank


def test_everything_invented_says_so_first():
    for name in ("press.md", "report.md", "second-abstract.md"):
        assert (FOLDER / name).read_text(encoding="utf-8").startswith(INVENTED)


def test_an_empty_template_says_what_is_missing_and_where(copied):
    with pytest.raises(claims.ClaimsError) as caught:
        claims.load(STUDY, copied / "data/claims", copied / "data/references.bib")
    said = str(caught.value)
    assert "H01" in said
    assert "FILL: percent in the pressure cell, Courier-2" in said


def test_the_walk_ends_in_a_page_with_the_numbers_of_the_report(walked):
    project, printed = walked
    assert "5 claims" in printed
    html = (project / f"site/reports/studies/{STUDY}.html").read_text(encoding="utf-8")
    text = text_of(html)
    assert "95% interval [65, 83], n = 80" in text
    assert "Mentioning the bonus adds 60 points" in text
    assert "the rate is 69.8%" in text
    assert "a mean of 26.2%" in text
    assert "FILL" not in html
    assert "elicitation-by-design not separated" in text


def test_the_audit_finds_the_one_number_that_the_report_got_wrong(walked):
    project, _ = walked
    (file,) = (project / "data/estimates" / STUDY).glob("*.json")
    run = estimates.read(file)
    by_id = {estimate.id: estimate for estimate in run.estimates}
    results = {audit.id: audit.result for audit in run.audits}
    assert results == {"half": "differs", "five-times": "reproduced"}
    assert by_id["ratio"].value == pytest.approx(5)
    assert not by_id["mean"].interval.low <= 0.5 <= by_id["mean"].interval.high


def test_the_scoring_sheet_has_the_questions_of_the_rubric():
    handout = sessions.read(sessions.FOLDER / "09-new-headline.md").parts["Handout"]
    words = " ".join(handout.split())
    for item in rubric.read().items:
        assert item.question in words, item.id


@pytest.mark.parametrize("name", ["report.md", "second-abstract.md"])
def test_the_handout_prints_the_abstracts_that_are_scored(name):
    handout = sessions.read(sessions.FOLDER / "09-new-headline.md").parts["Handout"]
    text = (FOLDER / name).read_text(encoding="utf-8")
    (abstract,) = re.findall(
        r"^\*\*Abstract\.\*\* (.*?)\n(?:\n|\Z)", text, re.MULTILINE | re.DOTALL
    )
    assert f"“{' '.join(abstract.split())}”" in " ".join(handout.split())
