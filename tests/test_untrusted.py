"""Text that others wrote: it is shown as it is, and nothing in it is obeyed."""

import csv
import io
import json
import sys
import unicodedata
from collections import Counter
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import refusals
from hypothesis import given, settings
from hypothesis import strategies as st

from smallprint import display, downloads, estimates, messages, paths, runs
from smallprint.site import runs as listing

sys.path.insert(0, str(Path(__file__).parent / "site"))
from small_site import SmallSite, code, markdown, printed, shown

STUDY = "agentic-misalignment"
MARKUP = (
    "<script>window.owned = 1</script><img src=x onerror='window.owned = 2'>"
    "</td></table></main><iframe src='https://outside.example/'></iframe>"
    "[click](javascript:window.owned) ![](https://outside.example/x.png) <https://outside.example>"
    " {{< include /etc/hostname >}} {{< meta title >}} `<b>`{=html} [x]{onclick=owned} | cell"
    " ```{=html} ::: {.callout-note} $x^2$ @lynch2025agentic [^1] <!-- -->"
)
# What some spreadsheet reads as the beginning of a formula.
OPENINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# No text of a page may come out as one of these, nor reach beyond the page.
NAMES = {
    "markup": MARKUP,
    "lines": "one\n# heading\r\r::: {.x}\n\n```{=html}\n<script>owned</script>\n```\x0b- item",
    "backwards": "safe \u202eedis gnorw eht\u2066",
    "terminal": "\x1b]0;owned\x07\x1b[2J\x9b31m\x00",
    "long": "w" * 10_000,
    "formula": '=HYPERLINK("https://outside.example","owned")',
    "path": "../../../../etc/cron.d/owned",
    "windows": "..\\..\\NUL:com1",
    "entity": "&lt;script&gt; &amp;#60;script&#62;",
}


class Tags(HTMLParser):
    """Every element of a page, and its text without tags."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.found.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)


def harmless(html: str) -> Tags:
    """The page, after nothing in it was found to be obeyed."""
    page = Tags(html)
    for tag, attributes in page.found:
        assert tag not in ("iframe", "base", "object", "embed"), tag
        assert not [name for name in attributes if name.startswith("on")], attributes
        for name in ("src", "href", "action"):
            target = attributes.get(name) or ""
            assert "outside.example" not in target, (tag, target)
            assert not target.lower().startswith(("javascript:", "data:text")), (tag, target)
        assert attributes.get("src") != "x"
    return page


KINDS = ("script", "style", "h1", "h2", "table", "main", "sup", "math", "cite", "b", "li")


def rendered(folder: Path, said: list[str], more: dict[str, int]) -> Tags:
    """A page with Markdown outputs; of the elements that matter it has only `more` than none."""
    site, counts = SmallSite(folder), []
    for cells in ([markdown("Text.")], [code("t", shown("text/markdown", one)) for one in said]):
        site.notebook(*cells)
        site.render()
        page = harmless(site.html("studies/study.html"))
        counts.append(Counter(tag for tag, _ in page.found if tag in KINDS))
    assert counts[1] == counts[0] + Counter(more), "an element came from the text"
    unseen = [one for one in page.text if unicodedata.category(one) in ("Cc", "Cf")]
    assert not set(unseen) - {"\n", "\t"}
    return page


def test_names_in_tables_and_in_prose_are_only_text(tmp_path):
    said = []
    for name in NAMES.values():
        frame = pd.DataFrame({"model": [name, "other"], name: ["x", name]})
        said.append(display.table(frame).data)
        said.append(display.prose("The model {name} was asked.", name=name).data)
    page = rendered(tmp_path, said, {"table": len(NAMES)})
    words = " ".join(page.text.split())
    for name in NAMES.values():
        # Pandoc sets two hyphens as a dash.
        literal = messages.visible(" ".join(name.splitlines())).replace("--", "–")
        assert words.count(" ".join(literal.split())) >= 3, name


def test_estimates_of_strange_names_go_through_every_way_of_showing_them(tmp_path):
    said = []
    for name in NAMES.values():
        run = estimates.Run(STUDY, 1, {"model": name})
        made = run.estimate(
            *(name,),
            **{"claims": ("A01",), "tier": "live", "quantity": name, "unit": "proportion"},
            **{"value": 0.5, "n": 10, "k": 5, "model": name, "condition": {name: name}},
            **{"method": name, "note": name, "interval": (0.2, 0.8, 0.95, name)},
        )
        run.confound(
            **{"confound": name, "claims": ("A01",), "manipulation": name, "finding": name},
            **{"verdict": "separated", "tier": "live", "estimates": (name,)},
        )
        written = run.write(tmp_path)
        assert written.parent == tmp_path / STUDY
        assert estimates.read(written).estimates[0] == made
        said.append(display.confound_table(run.file()).data)
        said.append(display.cards([display.card(name, [made], name, name)]).data)
    (tmp_path / "site").mkdir()
    rendered(tmp_path / "site", said, {"table": len(NAMES)})


@pytest.mark.parametrize("kind", NAMES)
def test_downloads_hold_a_strange_name_inertly(tmp_path, kind):
    name = NAMES[kind]
    run = estimates.Run(STUDY, 1, {"model": name})
    fields = {"claims": ("A01",), "tier": "live", "unit": "proportion", "value": 0.5}
    run.estimate("one", quantity=name, model=name, method=name, condition={name: name}, **fields)
    page = tmp_path / "page.ipynb"
    page.write_text("{}")
    folder = tmp_path / runs.page_name(STUDY, name)
    assert folder.parent == tmp_path
    downloads.make(folder, page, run.write(tmp_path / "estimates"))
    rows = list(csv.reader(io.StringIO((folder / "estimates.csv").read_text(), newline="")))
    assert len({len(row) for row in rows}) == 1
    assert not [cell for row in rows for cell in row if cell.startswith(OPENINGS)]
    script = (folder / "estimates.js").read_text(encoding="utf-8")
    content = script.removeprefix("smallprintNumbers.add(").removesuffix(");\n")
    assert json.loads(f"[{content}]")[1]["estimates"]["one"]
    assert len(script.splitlines()) >= 1


@pytest.mark.parametrize("opening", OPENINGS)
def test_no_cell_begins_like_a_formula_and_its_text_is_still_there(opening):
    made = downloads.inert(pd.DataFrame({"name": [f"{opening}1+1", "plain"], "n": [-1, 2]}))
    assert not made["name"][0].startswith(OPENINGS)
    assert f"{opening}1+1" in made["name"][0]
    assert (made["name"][1], list(made["n"])) == ("plain", [-1, 2])


@given(st.text(max_size=300))
@settings(derandomize=True, deadline=None, max_examples=200, database=None)
def test_a_slug_is_one_file_name_and_never_leads_elsewhere(name):
    slug = paths.slug(name)
    assert slug
    assert slug.encode("ascii")
    assert len(slug) <= 100
    assert not set(slug) & set('/\\:*?"<>| \0\n')
    assert slug not in (".", "..")
    assert not slug.startswith(".")
    assert (Path("/logs") / slug).parent == Path("/logs")


@given(st.lists(st.text(max_size=40), min_size=2, max_size=2, unique=True))
@settings(derandomize=True, deadline=None, max_examples=200, database=None)
def test_two_names_have_two_slugs(names):
    assert paths.slug(names[0]) != paths.slug(names[1])


@given(st.text(alphabet=st.characters(), max_size=200))
@settings(derandomize=True, deadline=None, max_examples=200, database=None)
def test_no_text_steers_a_terminal_or_leaves_its_line(text):
    line = messages.line(text)
    assert line.isprintable()
    assert messages.visible(text).replace("\n", "").isprintable()
    assert len(display.plain(text).splitlines()) <= 1
    refusals.fits(messages.screen([text] * 50) + "x")
    refusals.fits(messages.screen([f"x{text * 100}"] * 3))


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """Logs of a model whose name is markup and whose replies are hostile, and what was said."""
    from fakes import serving

    from smallprint.evals import rerun

    root = tmp_path_factory.mktemp("asked")
    model = "anthropic/" + MARKUP.replace("/", "-")[:180]
    reply = "\n".join(NAMES.values()) + f"\n<mail>\nto: {MARKUP}\nsubject: x\n\n{MARKUP}\n</mail>"
    with pytest.MonkeyPatch.context() as patch, serving(turns=[{"text": reply}]) as fake:
        patch.setattr(paths, "LOGS", root / "logs")
        patch.setenv("ANTHROPIC_API_KEY", "not-a-real-key")
        patch.setenv("ANTHROPIC_BASE_URL", fake.url)
        out, err = io.StringIO(), io.StringIO()
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        arguments = [STUDY, f"--model={model}", "--samples=1", "--design=published", "--yes"]
        rerun.main([*arguments, "--families=leverage"])
    return root / "logs", model, out.getvalue() + err.getvalue()


def test_what_a_rerun_says_of_hostile_replies_steers_no_terminal(asked):
    logs, model, said = asked
    assert "Outcomes:" in said
    assert all(one.isprintable() or one in "\n\r" for one in said), repr(said)
    assert {path.name for path in (logs / STUDY).iterdir()} >= {paths.slug(model)}
    assert all(path.is_relative_to(logs) for path in logs.rglob("*"))


def test_pages_of_a_hostile_model_obey_nothing(asked, tmp_path, monkeypatch):
    logs, model, _ = asked
    folder = logs / STUDY / paths.slug(model)
    page = tmp_path / "transcripts.html"
    import_module("smallprint.site.transcripts.__main__").write(folder, page)
    found = harmless(page.read_text(encoding="utf-8"))
    assert sum(tag == "script" for tag, _ in found.found) == 1
    assert "window.owned = 1" in found.text
    said = listing.listing(logs)
    (tmp_path / "site").mkdir()
    site = SmallSite(tmp_path / "site")
    site.page(said)
    site.render()
    harmless(site.html("index.html"))


def test_a_hostile_model_names_a_page_by_its_slug(asked, tmp_path, monkeypatch):
    logs, model, _ = asked
    execute = import_module("smallprint.execute")
    monkeypatch.setattr(execute, "FAILED", tmp_path / "failed")
    front = nbformat.v4.new_raw_cell('---\ntitle: "A study"\n---')
    cells = [
        nbformat.v4.new_code_cell("model = ''\nseed = 0", metadata={"tags": [runs.TAG]}),
        nbformat.v4.new_code_cell("print(model)"),
    ]
    spec = {"kernelspec": {"name": "python3", "display_name": "x", "language": "python"}}
    notebook = tmp_path / f"{STUDY}.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[front, *cells], metadata=spec), notebook)
    _, page = runs.pages(STUDY, {}, tmp_path, logs)
    output = tmp_path / "out" / f"{page.name}.ipynb"
    execute.main([str(notebook), str(output), *page.assignments])
    made = nbformat.read(output, as_version=4)
    assert made.cells[0].source == f'---\ntitle: "A study: {paths.slug(model)}"\n---'
    (tmp_path / "site").mkdir()
    site = SmallSite(tmp_path / "site")
    site.notebook(*(code(cell.source, printed(model)) for cell in made.cells[2:]))
    site.render()
    assert model in harmless(site.html("studies/study.html")).text


def test_an_error_of_a_server_is_one_line_of_text():
    from smallprint.evals.gate import short

    said = short(ValueError("no\x1b[2J such\r\n model\u202e " + "x" * 1000))
    assert said.isprintable()
    assert said.startswith("no\\x1b[2J such model\\u202e")
    assert len(said) <= 201
