"""Each construct of the pages through pandoc, and each way a page can be wrong."""

import re
import shutil
from collections.abc import Callable
from html import unescape

import pytest
from small_site import SVG, SmallSite, code, markdown, printed, shown

from smallprint.site import render as render_module
from smallprint.site.errors import SiteError
from smallprint.site.notebook import to_markdown

Study = Callable[..., str]
FIGURE = '#| label: fig-a\n#| fig-cap: "All rates."\n#| fig-alt: "Three \\"dots\\"."\nplot()'
TABLE = '#| label: tbl-a\n#| tbl-cap: "All counts."\ntable()'
PIPE = "| model | rate |\n|---|---|\n| Opus | 96% |"


def flat(html: str) -> str:
    """The text of a page without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).replace("\u00a0", " ").split())


def problem(site: SmallSite) -> str:
    with pytest.raises(SiteError) as caught:
        site.render()
    return str(caught.value)


def test_figure_is_a_file_with_number_caption_size_and_alt(site: SmallSite, study: Study):
    html = study(code(FIGURE, shown("image/svg+xml", SVG)), markdown("See @fig-a."))
    assert (site.root / "_site/studies/study_files/figure-html/fig-a.svg").read_text() == SVG
    image = re.search(r"<img[^>]*>", html)[0]
    assert 'src="study_files/figure-html/fig-a.svg"' in image
    assert 'width="480" height="240"' in image
    assert 'alt="Three &quot;dots&quot;."' in image
    assert "Figure 1: All rates." in flat(html)
    assert re.search(r'<a href="#fig-a"[^>]*>Figure.1</a>', html)
    assert 'id="fig-a"' in html


def test_figures_are_numbered_in_the_order_of_the_page(study: Study):
    second = FIGURE.replace("label: fig-a", "label: fig-b")
    html = study(
        markdown("First @fig-b, then @fig-a; [-@fig-a] and [panel @fig-a]."),
        code(FIGURE, shown("image/svg+xml", SVG)),
        code(second, shown("image/svg+xml", SVG)),
    )
    assert "First Figure 2 , then Figure 1 ; 1 and panel 1 ." in flat(html)


def test_table_has_number_caption_and_a_scroll_region(study: Study):
    html = study(
        code(TABLE, shown("text/markdown", PIPE)),
        markdown(PIPE + "\n\n: Typed by hand. {#tbl-b}\n\nSee @tbl-a and @tbl-b."),
    )
    assert "Table 1: All counts." in flat(html)
    assert "Table 2: Typed by hand." in flat(html)
    assert re.search(r'<a href="#tbl-b"[^>]*>Table.2</a>', html)
    regions = re.findall(r'<div class="table-scroll"[^>]*>', html)
    assert len(regions) == 2
    for region in regions:
        assert 'role="region"' in region and 'tabindex="0"' in region and "aria-label=" in region


def test_sections_are_numbered_from_the_highest_level_used(study: Study):
    html = study(
        markdown("## One\n\n### Inner {#sec-inner}\n\n## Two {#sec-two}\n\n@sec-inner @sec-two")
    )
    assert "1 One 1.1 Inner 2 Two Section 1.1 Section 2" in flat(html)


@pytest.mark.parametrize("kind", ["note", "tip", "warning", "important", "caution"])
def test_callouts_take_their_title_from_heading_attribute_or_kind(study: Study, kind: str):
    html = study(
        markdown(
            f"::: {{.callout-{kind}}}\n\n## From *heading*\n\nOne.\n\n:::\n\n"
            f'::: {{.callout-{kind} title="From attribute"}}\n\nTwo.\n\n:::\n\n'
            f"::: {{.callout-{kind}}}\n\nThree.\n\n:::"
        )
    )
    titles = re.findall(r'<p class="callout-title">(.*?)</p>', html, re.DOTALL)
    assert titles == ["From <em>heading</em>", "From attribute", kind.capitalize()]
    assert html.count(f"callout callout-{kind}") == 3
    assert "From heading" not in flat(html.partition("<main")[0]), "a title is no section"


def test_collapsible_callouts_are_details_also_inside_outputs(study: Study):
    answer = '::: {.callout-tip collapse="true"}\n\n## Answer\n\nBecause.\n\n:::'
    opened = answer.replace("true", "false")
    html = study(markdown(opened), code("answer()", shown("text/markdown", answer)))
    assert '<details class="callout callout-tip" open>' in html
    assert '<details class="callout callout-tip">' in html
    assert html.count('<summary class="callout-title">Answer</summary>') == 2


def test_tabset_keeps_every_panel_in_the_page(study: Study):
    html = study(
        markdown("::: {.panel-tabset}\n\n### Mean\n\nOne.\n\n### Median\n\nTwo.\n\n:::\n\nAfter.")
    )
    assert html.count('class="tab-panel"') == 2
    assert "Mean One. Median Two. After." in flat(html)


def test_code_is_folded_without_its_options_and_marks(study: Study):
    source = "#| label: x\n# NBVAL_CHECK_OUTPUT\nprint(1)\n"
    html = study(code(source, printed("1\n")))
    assert '<details class="code-fold"><summary>Code</summary>' in html
    assert "NBVAL" not in html and "label: x" not in html
    assert "Code print ( 1 ) 1" in flat(html)


@pytest.mark.parametrize(
    ("option", "sees_code", "sees_output"),
    [
        ("echo: false", False, True),
        ("include: false", False, False),
        ("output: false", True, False),
    ],
)
def test_cell_options_hide_what_they_say(study, option, sees_code, sees_output):
    text = flat(study(code(f"#| {option}\nsecret_code", printed("secret output"))))
    assert ("secret_code" in text, "secret output" in text) == (sees_code, sees_output)


def test_asis_output_is_markdown(study: Study):
    html = study(code("#| output: asis\nx", printed("**bold** "), printed("*and more*\n")))
    assert "<strong>bold</strong> <em>and more</em>" in html


def test_parameter_cells_are_labelled(study: Study):
    html = study(
        code("seed = 0", tags=("parameters",)), code("seed = 1", tags=("injected-parameters",))
    )
    assert "<summary>Parameters</summary>" in html
    assert "<summary>Parameters of this run</summary>" in html


def test_hostile_text_in_printed_outputs_is_escaped(study: Study):
    hostile = (
        "<script>alert(1)</script>\n```\n:::\n</pre> [x](javascript:alert(2)) \x1b[31mred\x1b[0m"
    )
    plain = {"output_type": "execute_result", "data": {"text/plain": hostile}, "metadata": {}}
    html = study(code("x", printed(hostile), {**plain, "execution_count": 1}), markdown("After."))
    assert "<script>alert" not in html and 'href="javascript' not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2
    assert "\x1b" not in html and "red" in html
    assert "<p>After.</p>" in html


def test_html_outputs_pass_unchanged(study: Study):
    card = '<div class="headline-card"><b>96%</b> *not markdown* $5</div>'
    assert card in study(code("card()", shown("text/html", card)))


def test_margin_notes_math_footnotes_and_definitions(study: Study):
    html = study(
        markdown(
            "Text[in the margin]{.aside} with $k/n$.^[A note.]\n\n$$x^2$$\n\n"
            "::: {.column-margin}\nBeside.\n:::\n\nterm\n:   Meaning."
        )
    )
    assert '<span class="aside" role="note">in the margin</span>' in html
    assert re.search(r'<div class="column-margin" role="note">\s*<p>Beside', html)
    assert html.count("<math") == 2 and 'class="math-scroll"' in html
    assert 'class="footnotes' in html and "<dt>term</dt>" in html


def test_citations_link_to_the_references(study: Study):
    html = study(markdown("As shown [@lynch2025agentic]."))
    assert 'href="#ref-lynch2025agentic"' in html and 'id="ref-lynch2025agentic"' in html
    assert re.search(r'<h2[^>]*id="references"', html)


def test_includes_are_relative_to_their_file_or_the_root(site: SmallSite):
    (site.root / "part").mkdir()
    (site.root / "part/one.md").write_text("One.\n\n{{< include two.md >}}\n")
    (site.root / "part/two.md").write_text("Two.\n\n{{< include /three.md >}}\n")
    (site.root / "three.md").write_text("Three.\n")
    site.page("{{< include part/one.md >}}")
    site.render()
    assert "One. Two. Three." in flat(site.html("index.html"))


def test_links_between_sources_become_links_between_pages(site: SmallSite):
    site.page("[study](studies/study.ipynb#x) [file](downloads/study.ipynb)")
    (site.root / "downloads").mkdir()
    (site.root / "downloads/study.ipynb").write_text("{}")
    site.render()
    html = site.html("index.html")
    assert 'href="studies/study.html#x"' in html
    assert 'href="downloads/study.ipynb"' in html
    assert (site.root / "_site/downloads/study.ipynb").is_file()


def test_images_of_a_page_are_copied(site: SmallSite):
    (site.root / "map.svg").write_text(SVG)
    site.page("![A map.](map.svg)")
    site.render()
    assert (site.root / "_site/map.svg").is_file()


def test_navigation_title_and_footer_come_from_the_project_file(site: SmallSite):
    site.render()
    html = site.html("studies/study.html")
    assert "<title>Study – Fixture site</title>" in html
    assert '<a href="../index.html">Start</a>' in html
    assert '<a href="study.html" aria-current="page">One study</a>' in html
    assert "Rendered with pandoc" in flat(html)


def test_search_index_holds_the_text_of_every_section(site: SmallSite, study: Study):
    study(markdown("## Ranks {#sec-ranks}\n\nOverlapping intervals."), code("hidden_code = 1"))
    index = (site.root / "_site/site_libs/smallprint/search.js").read_text()
    assert '"href":"studies/study.html#sec-ranks"' in index
    assert "Overlapping intervals." in index and "hidden_code" not in index


# What must fail, naming file and thing --------------------------------------------


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("See @fig-nowhere.", "fig-nowhere"),
        ("See @tbl-nowhere.", "tbl-nowhere"),
        ("See @sec-nowhere.", "sec-nowhere"),
        ("As in [@nobody2020].", "nobody2020"),
        ("{{< include gone.md >}}", "gone.md"),
        ("{{< video film.mp4 >}}", "video"),
        ("![A map.](gone.svg)", "gone.svg"),
        ("![](gone.svg)", "no alt text"),
        ("[away](gone.qmd)", "gone.qmd"),
        ("::: {.callout-hint}\nx\n:::", "callout-hint"),
        ("```{python}\n1 + 1\n```", "code to run"),
        ("## A {#sec-a}\n\n## B {#sec-a}", "sec-a"),
    ],
)
def test_a_page_that_names_something_missing_fails(site: SmallSite, text: str, named: str):
    site.page(text)
    message = problem(site)
    assert message.startswith("index.qmd: ") and named in message
    assert not (site.root / "_site").exists()


@pytest.mark.parametrize(
    ("source", "output", "named"),
    [
        ("#| label: fig-a\n#| fig-cap: C\nplot()", shown("image/svg+xml", SVG), "fig-alt"),
        ("plot()", shown("image/svg+xml", SVG), "fig-alt"),
        (FIGURE, printed("no figure"), "fig-a labels a figure"),
        ("#| label: tbl-a\ntable()", shown("text/markdown", PIPE), "no tbl-cap"),
        ("#| fig-width: 3\nplot()", printed("x"), "unknown cell option fig-width"),
        ("#| label: [\nplot()", printed("x"), "not YAML"),
        ("x", shown("application/javascript", "x"), ""),
        ("x", {"output_type": "error", "ename": "KeyError", "evalue": "'A1'"}, "KeyError: 'A1'"),
    ],
)
def test_a_faulty_cell_fails_with_notebook_and_cell(site: SmallSite, source, output, named):
    if named == "":
        output["data"].pop("text/plain")
        named = "application/javascript"
    site.notebook(markdown("Text."), code(source, output))
    message = problem(site)
    assert message.startswith("studies/study.ipynb: cell 2: ") and named in message


def test_all_faulty_pages_are_named_together_and_the_old_site_stays(site: SmallSite):
    site.render()
    site.page("@fig-one and [@nobody2020]")
    site.notebook(markdown("@tbl-two"))
    message = problem(site)
    assert "index.qmd: unresolved reference @fig-one" in message
    assert "index.qmd: " in message and "nobody2020" in message
    assert "studies/study.ipynb: unresolved reference @tbl-two" in message
    assert "Welcome." in site.html("index.html")
    assert sorted(p.name for p in site.root.glob("_site*")) == ["_site"]


def test_project_faults_are_named(site: SmallSite):
    config = site.root / "_quarto.yml"
    good = config.read_text()
    config.write_text(good.replace("href: studies/study.ipynb", "href: studies/gone.ipynb"))
    assert "studies/gone.ipynb, which is not a page" in problem(site)
    config.write_text(good.replace('"studies/*.ipynb"', '"studies/*.md"'))
    assert "renders studies/*.md, but there is no such file" in problem(site)
    config.write_text(good)
    (site.root / "index.qmd").write_text("No front matter.")
    assert "index.qmd: no title" in problem(site)


def test_a_page_removed_from_the_project_leaves_the_site(site: SmallSite):
    site.render()
    (site.root / "studies/study.ipynb").rename(site.root / "studies/other.ipynb")
    config = site.root / "_quarto.yml"
    config.write_text(config.read_text().replace("studies/study", "studies/other"))
    site.render()
    assert not (site.root / "_site/studies/study.html").exists()
    assert (site.root / "_site/studies/other.html").exists()


def test_two_figures_of_a_cell_are_two_files(site: SmallSite):
    site.notebook(code(FIGURE, shown("image/svg+xml", SVG), shown("image/svg+xml", SVG)))
    figures = site.root / "out/study_files/figure-html"
    to_markdown(site.root / "studies/study.ipynb", "study", figures)
    assert sorted(file.name for file in figures.iterdir()) == ["fig-a-2.svg", "fig-a.svg"]


# Which renderer ----------------------------------------------------------------------


@pytest.mark.parametrize(("status", "renderer"), [(0, "Quarto"), (1, "pandoc")])
def test_quarto_renders_where_it_starts(site, tmp_path, monkeypatch, capsys, status, renderer):
    quarto = tmp_path / "bin" / "quarto"
    quarto.parent.mkdir()
    copy = f"mkdir -p {site.root}/_site/studies; echo q > {site.root}/_site/index.html; "
    copy += f"echo q > {site.root}/_site/studies/study.html"
    script = (
        f'#!/bin/sh\n[ "$1" = --version ] && exit {status}\n[ "$1" = render ] && {{ {copy}; }}\n'
    )
    quarto.write_text(script)
    quarto.chmod(0o755)
    monkeypatch.setenv("PATH", f"{quarto.parent}:/usr/bin:/bin")
    monkeypatch.setattr(render_module.paths, "ROOT", site.root)
    assert shutil.which("quarto") == str(quarto)
    render_module.main([])
    assert f"2 pages rendered with {renderer} into _site" in capsys.readouterr().out
    assert (site.html("index.html") == "q\n") == (renderer == "Quarto")
