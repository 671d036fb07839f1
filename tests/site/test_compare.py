"""The comparison of renderers, with a stand-in for Quarto whose page is known."""

import pytest
from small_site import SmallSite, code, markdown, printed

from smallprint.site import compare
from smallprint.site.project import Project

# The same notebook in Quarto's markup: other tags, other classes, curly quotes.
QUARTO = """<!DOCTYPE html><html><body><nav>Pages</nav>
<main class="content" id="quarto-document-content"><header id="title-block-header"
class="quarto-title-block"><h1 class="title">Study</h1></header>
<section id="sec-ranks" class="level2"><h2><span class="header-section-number">1</span> Ranks</h2>
<p>They “overlap” a lot,<br>or do they?</p>
<div class="callout callout-style-default callout-tip"><div class="callout-header">
<div class="callout-icon-container"><i></i></div><div class="callout-title-container">Answer</div>
</div><div class="callout-body-container"><p>Because.</p></div></div></section>
<details class="code-fold"><summary>Code</summary><pre>one()</pre></details>
<div class="cell-output"><pre><code>{printed}</code></pre></div></main></body></html>
"""
CALLOUT = '::: {.callout-tip collapse="true"}\n\n## Answer\n\nBecause.\n\n:::'


@pytest.fixture
def sites(site: SmallSite, monkeypatch):
    """Render with pandoc and with the stand-in, and say what differs."""
    text = '## Ranks {#sec-ranks}\n\nThey "overlap" a lot, or do they?\n\n'
    site.notebook(markdown(text + CALLOUT), code("one()", printed("nine and eleven\n")))

    def differ(**changes: str) -> list[str]:
        pages = {"index.html": "<main>Welcome.</main>"}
        pages["studies/study.html"] = QUARTO.format(printed="nine and eleven")
        pages |= changes

        def render(project: Project, quarto: str) -> None:
            for name, html in pages.items():
                file = project.output / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(html)

        monkeypatch.setattr(compare, "render_with_quarto", render)
        return compare.compare(Project.read(site.root), "quarto")

    return differ


def test_the_same_text_in_other_markup_is_the_same(sites):
    assert sites() == []


def test_another_word_on_a_study_page_is_named(sites):
    page = {"studies/study.html": QUARTO.format(printed="nine and twelve")}
    (line,) = sites(**page)
    assert "studies/study.html" in line and "twelve" in line and "eleven" in line


def test_text_that_one_of_them_drops_is_named(sites):
    page = {
        "studies/study.html": QUARTO.replace("<p>Because.</p>", "").format(
            printed="nine and eleven"
        )
    }
    (line,) = sites(**page)
    assert "Quarto has nothing" in line and "Because." in line


def test_a_page_of_one_renderer_only_is_named(sites):
    (line,) = sites(**{"extra.html": "<main>More.</main>"})
    assert line == "extra.html: made by Quarto only"


def test_without_quarto_it_says_that_it_was_skipped(monkeypatch, capsys):
    monkeypatch.setattr(compare, "find_quarto", lambda: None)
    compare.main()
    assert capsys.readouterr().out.startswith("skipped: there is no Quarto")
