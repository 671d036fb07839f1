import json
import re

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from smallprint import paths
from smallprint.seminar import checking, exercises, handouts, pages, predictions, sessions, slides
from smallprint.site.errors import SiteError
from smallprint.site.quoting import recorded

NOTEBOOKS = sorted((sessions.FOLDER / "notebooks").glob("*.ipynb"))
COURSE = sessions.read_all()
ONE = sessions.read(sessions.FOLDER / "02-agentic-misalignment.md")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("built")
    slides.share(folder)
    for session in COURSE:
        slides.write(session, folder)
        handouts.write(session, folder)
    return folder


def copy_of(session, tmp_path, change):
    file = tmp_path / f"{session.slug}.md"
    text = (sessions.FOLDER / f"{session.slug}.md").read_text(encoding="utf-8")
    assert change[0] in text
    file.write_text(text.replace(*change), encoding="utf-8")
    return file


def test_the_course_has_nine_sessions_one_for_each_study():
    studies = [session.heading.study for session in COURSE]
    assert len(COURSE) == 9
    assert {path.stem for path in paths.CLAIMS.glob("*.yaml")} <= set(studies)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("# Handout", "# Hand-out"), "write, in this order: Slides, Handout"),
        (("[5 min, keep]", "[6 min, keep]"), "all slides take 9[0-9] minutes; make them 90"),
        (("min, keep]", "min]"), "slides marked keep take 0 minutes; make them 45"),
        (("::: solution", "::: answer"), "has no solution; write ::: solution"),
        (("## Compute", "## Calculate"), "exercises are Read, Calculate, Design"),
        (("objectives:", "aims:"), "front matter: objectives: Field required"),
    ],
)
def test_a_broken_session_is_refused_with_the_fix(tmp_path, change, message):
    with pytest.raises(SiteError, match=message):
        sessions.read(copy_of(ONE, tmp_path, change))


def test_an_unknown_number_or_figure_is_refused(tmp_path):
    file = copy_of(ONE, tmp_path, ("{multiverse-median}", "{no-such-number}"))
    with pytest.raises(SiteError, match="records no estimate 'no-such-number'"):
        handouts.write(sessions.read(file), tmp_path)
    file = copy_of(ONE, tmp_path, ("figure:fig-ranks", "figure:fig-nowhere"))
    with pytest.raises(SiteError, match="has no figure fig-nowhere"):
        slides.write(sessions.read(file), tmp_path)


@pytest.mark.parametrize("session", COURSE, ids=lambda session: session.slug)
def test_slides_take_their_numbers_from_estimates_and_their_files_from_the_folder(built, session):
    html = (built / f"{session.slug}.html").read_text(encoding="utf-8")
    named = re.findall(r'data-estimate="([^"]+)"\s+data-study="([^"]+)"', html)
    for id, study in named:
        assert id.replace("&amp;", "&") in recorded(study)
    assert not re.search(r"""(?:src|href)=["']https?://""", html)
    for file in re.findall(r"""(?:src|href)=["']([^"'#]+)["']""", html):
        assert (built / file).exists(), file


@pytest.mark.parametrize("session", COURSE, ids=lambda session: session.slug)
def test_no_slide_or_handout_has_a_percentage_that_is_typed_in(session):
    for part in ("Slides", "Handout"):
        text = re.sub(r"^# .*$|“[^”]*”", "", session.parts[part], flags=re.MULTILINE)
        text = re.sub(r"::: notes.*?:::", "", text, flags=re.DOTALL)
        assert not re.findall(r"\b\d+(?:\.\d+)? ?%", text)


def test_a_handout_that_is_too_long_is_refused(tmp_path):
    session = ONE
    long = session._replace(parts=session.parts | {"Handout": "\n\n".join(["word " * 400] * 12)})
    with pytest.raises(SiteError, match=r"the handout has [3-9] pages; shorten it to 2"):
        handouts.write(long, tmp_path)


@pytest.mark.parametrize("session", COURSE, ids=lambda session: session.slug)
def test_a_page_hides_its_solutions(session):
    page = pages.session(session)
    assert page.count('title="Solution"') >= 4
    assert "::: solution" not in page
    assert page.count('class="predict"') == len(session.heading.predictions)


def test_a_prediction_needs_a_number_and_tells_its_interval():
    made = predictions.form("How often?", "blackmail-opus-4", "agentic-misalignment", "here")
    assert 'data-answer="96"' in made
    assert 'data-low="90.1629"' in made
    with pytest.raises(SiteError, match="records no number 'nothing'"):
        predictions.form("How often?", "nothing", "agentic-misalignment", "here")


def test_an_answer_is_right_wrong_or_missing(capsys):
    checking.expect(0.1 + 0.2, 0.3, "add them")
    assert capsys.readouterr().out == "Right.\n"
    for found, wanted, said in [
        (..., 0.3, "Still empty: replace the three dots. Hint: add them"),
        (0.4, 0.3, "Not yet: 0.4 is not it. Hint: add them"),
        ("text", lambda it: it > 3, "Not yet: 'text' is not it. Hint: add them"),
    ]:
        with pytest.raises(checking.NotYet, match=re.escape(said)):
            checking.expect(found, wanted, "add them")


def test_without_reveal_js_the_message_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(slides, "PACKAGE", "no-such-package")
    with pytest.raises(SiteError, match="no-such-package is not installed: run `make report`"):
        slides.share(tmp_path)


# Notebooks -------------------------------------------------------------------------------------


def solutions(notebook):
    """Lines of code that only the solved notebook may have."""
    blocks = [exercises.SOLUTION.findall(cell.source) for cell in notebook.cells]
    return [line.strip() for found in blocks for _, body in found for line in body.splitlines()]


def run(notebook, allow_errors):
    client = NotebookClient(notebook, kernel_name="python3", allow_errors=allow_errors)
    client.execute(cwd=paths.ROOT)
    return [
        output
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "error"
    ]


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_solved_notebook_passes_and_an_empty_one_fails_with_hints(file):
    solved = nbformat.read(file, as_version=4)
    student = exercises.student(solved, file.name)
    assert not run(solved, allow_errors=False)
    errors = run(student, allow_errors=True)
    checks = sum(cell.source.count("expect(") for cell in student.cells)
    assert {error.ename for error in errors} == {"NotYet"}
    assert errors
    assert all("Hint:" in error.evalue for error in errors)
    assert checks >= len(errors)


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_no_solution_is_left_in_a_student_notebook(file):
    solved = nbformat.read(file, as_version=4)
    text = json.dumps(exercises.student(solved, file.name), ensure_ascii=False)
    answers = [cell.source for cell in solved.cells if "answer" in cell.metadata.get("tags", [])]
    code = [line for line in solutions(solved) if len(line) > 12]
    assert code
    for line in [*code, *answers]:
        assert json.dumps(line, ensure_ascii=False)[1:-1] not in text


def test_markers_without_partners_and_notebooks_without_solutions_are_refused():
    cell = nbformat.v4.new_code_cell("# BEGIN SOLUTION\nx = 1")
    with pytest.raises(SiteError, match="cell 0 has a marker without its partner"):
        exercises.student(nbformat.v4.new_notebook(cells=[cell]), "one.ipynb")
    with pytest.raises(SiteError, match="nothing is marked as a solution"):
        exercises.student(nbformat.v4.new_notebook(), "one.ipynb")


def test_a_student_sees_the_names_that_are_wanted_and_not_their_values():
    source = "# BEGIN SOLUTION\na, b = 1, 2\nc = a\n# END SOLUTION\nprint(c)"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    (cell,) = exercises.student(notebook, "one.ipynb").cells
    assert cell.source == "a = ...\nb = ...\nc = ...\nprint(c)"


def test_an_empty_cell_stops_the_notebook_with_its_hint():
    cells = [
        nbformat.v4.new_code_cell(
            "from smallprint.seminar.checking import expect\nexpect(..., 1, 'look')"
        )
    ]
    with pytest.raises(CellExecutionError, match="Hint: look"):
        run(nbformat.v4.new_notebook(cells=cells), allow_errors=False)
