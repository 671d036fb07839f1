"""What a reader meets on the built pages: headings in order, captions, and a way in by keys."""

from itertools import pairwise
from pathlib import Path

import pytest
from page_tree import Node, Tree
from playwright.sync_api import Browser
from small_site import SmallSite

from smallprint.site import titles
from smallprint.site.errors import SiteError

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


@pytest.fixture(scope="module")
def pages(built_site: Path) -> dict[str, Node]:
    """Every page but transcripts and slides, by its path."""
    return {
        file.relative_to(built_site).as_posix(): Tree(file.read_text(encoding="utf-8")).root
        for file in sorted(built_site.rglob("*.html"))
        if not {"transcripts", "built"} & set(file.parts)
    }


def elements(root: Node, *tags: str) -> list[Node]:
    return [node for node in root.walk() if node.tag in tags]


def main_of(root: Node) -> Node:
    (main,) = elements(root, "main")
    return main


def test_one_title_and_no_level_of_heading_left_out(pages):
    wrong = {}
    for name, root in pages.items():
        levels = [HEADINGS.index(node.tag) + 1 for node in elements(main_of(root), *HEADINGS)]
        jumps = [pair for pair in pairwise(levels) if pair[1] - pair[0] > 1]
        if levels.count(1) != 1 or levels[0] != 1 or jumps:
            wrong[name] = (levels.count(1), jumps)
    assert not wrong


def test_every_page_has_a_language_and_tabs_in_the_order_of_reading(pages):
    for name, root in pages.items():
        (html,) = elements(root, "html")
        assert html.attributes.get("lang"), name
        tabs = [
            int(node.attributes["tabindex"])
            for node in root.walk()
            if "tabindex" in node.attributes
        ]
        assert all(place <= 0 for place in tabs), f"{name} changes the order of the keys"


def test_figures_have_captions_that_are_sentences(pages):
    wrong = []
    for name, root in pages.items():
        for figure in elements(root, "figure"):
            captions = [node.text().strip() for node in elements(figure, "figcaption")]
            if len(captions) != 1 or not captions[0].endswith((".", "?", ".)", "!")):
                wrong.append(f"{name}: {figure.attributes.get('id')}: {captions}")
    assert not wrong


def test_study_pages_have_the_same_order(pages):
    order = ["sec-claim", "sec-design", "sec-sure", "sec-multiverse", "sec-confounds", "sec-vitro"]
    order += ["sec-live", "sec-supports", "sec-seminar", "sec-provenance"]
    for study in titles.studies():
        found = [
            node.attributes.get("id")
            for node in main_of(pages[f"reports/studies/{study}.html"]).walk()
            if node.attributes.get("id") in order
        ]
        assert found == order, study


def test_study_pages_show_cards_before_tables_and_link_the_japanese_summary(pages):
    for study in titles.studies():
        main = main_of(pages[f"reports/studies/{study}.html"])
        nodes = list(main.walk())
        cards = next(i for i, node in enumerate(nodes) if "headline-card" in node.classes)
        table = next(i for i, node in enumerate(nodes) if node.tag == "table")
        assert cards < table, study
        links = {node.attributes.get("href") for node in nodes if node.tag == "a"}
        assert f"../ja/{study}.html" in links, study


def test_japanese_pages_say_so_to_a_reader_aloud(pages):
    found = [name for name in pages if "/ja/" in name]
    assert len(found) == len(titles.studies()) + 1
    for name in found:
        assert main_of(pages[name]).attributes.get("lang") == "ja"


def test_the_keys_lead_past_the_navigation_to_the_text(built_site: Path, browser: Browser):
    page = browser.new_page()
    page.goto((built_site / "index.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    page.close()


# Pages that stand beside others, on a small site -------------------------------------------


def test_a_page_links_the_pages_that_stand_beside_it(site: SmallSite):
    front = '---\ntitle: 要約\nlang: ja\nbeside: {studies/study.ipynb: "#top"}\n'
    (site.root / "index.qmd").write_text(front + 'beside-text: "日本語"\n---\n', "utf-8")
    site.render()
    link = '<a href="../index.html#top" lang="ja">日本語</a>'
    assert f'<p class="beside">{link}</p>' in site.html("studies/study.html")
    assert 'class="beside"' not in site.html("index.html")
    assert '<main id="main" tabindex="-1" lang="ja">' in site.html("index.html")


def test_a_page_beside_nothing_fails(site: SmallSite):
    front = '---\ntitle: Start\nbeside: {studies/gone.ipynb: ""}\n---\n'
    (site.root / "index.qmd").write_text(front, "utf-8")
    with pytest.raises(SiteError, match=r"index\.qmd: beside: studies/gone\.ipynb is not a page"):
        site.render()
