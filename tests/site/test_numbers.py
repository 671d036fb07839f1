"""A number opens its estimate, and the scoreboard's tables sort and filter, in a real browser."""

from pathlib import Path

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from small_site import SmallSite, code, markdown, shown

from smallprint import display as show
from smallprint import downloads, scoreboard_tables
from smallprint.display import Inline
from smallprint.estimates import Run
from smallprint.stats.intervals import wilson_interval

CLAIMS = {
    "claims": [{"id": "A01", "says": "Models blackmail in up to 96% of samples."}],
    "sources": {"post": {"what": "the post of June"}},
}
BOARD = pd.DataFrame(
    {
        Inline('<span data-filter="">study</span>'): ["first", "second", "first"],
        "share": [Inline('<span data-sort="9">9%</span>'), "", "10"],
    }
)


def recorded() -> Run:
    run = Run("study", 1, {"profile": "quick"}, read=[])
    fields = {"claims": ("A01",), "tier": "published", "unit": "proportion", "n": 100}
    for id, k in (("top", 96), ("low", 12), ("middle", 50)):
        run.estimate(
            id,
            quantity=f"blackmail, {id}",
            value=k / 100,
            interval=wilson_interval(k, 100),
            k=k,
            model="claude-opus-4",
            condition={"goal": "explicit"},
            sources=("post",),
            confidence="S2",
            method="judge and string",
            **fields,
        )
    return run


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study page with three numbers, one in the text and two in a table, and a sortable one."""
    site = SmallSite(tmp_path_factory.mktemp("site"))
    run = recorded()
    file = run.file().model_copy(update={"cells": {"top": 1, "low": 7}})
    top, low, middle = (show.number(estimate) for estimate in file.estimates)
    rows = show.table(pd.DataFrame({"model": ["a", "b"], "rate": [low, middle]}))
    board = show.table(BOARD).data
    site.notebook(
        markdown("## Rates"),
        code("#| label: x\nprint(rate)", shown("text/markdown", f"At most {top}.")),
        code("#| echo: false\nrows", shown("text/markdown", rows.data)),
        code("#| echo: false\nb", shown("text/markdown", f"::: {{.sortable}}\n\n{board}\n\n:::")),
        code("#| echo: false\ns", shown("text/markdown", scoreboard_tables.script().data)),
    )
    site.render()
    folder = site.root / "_site/reports/downloads/study"
    folder.mkdir(parents=True)
    (folder / "estimates.js").write_text(downloads.script("study", file, CLAIMS))
    return site.root / "_site/studies/study.html"


@pytest.fixture
def opened(built: Path, browser: Browser):
    """That page, its numbers ready to be opened."""
    context = browser.new_context(viewport={"width": 900, "height": 900})
    page = context.new_page()
    page.goto(built.as_uri())
    page.locator('.estimate[role="button"]').first.wait_for()
    yield page
    context.close()


def test_a_click_opens_the_whole_estimate_and_escape_gives_the_focus_back(opened: Page):
    number = opened.locator('[data-estimate="top"]')
    number.click()
    dialog = opened.get_by_role("dialog", name="96%")
    dialog.wait_for()
    said = dialog.inner_text()
    for text in (
        *("blackmail, top", "[90, 98], 95% Wilson", "Printed by the study.", "claude-opus-4"),
        *("goal: explicit", "100, of which 96 positive", "judge and string"),
        *("A01: Models blackmail in up to 96%", "post: the post of June", "S2: read in one"),
    ):
        assert text in said
    assert dialog.get_by_role("link", name="JSON").get_attribute("href") == (
        "../reports/downloads/study/estimates.json"
    )
    opened.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert number.evaluate("e => e === document.activeElement")


def test_keys_open_a_number_and_the_dialog_is_accessible(opened: Page):
    opened.locator('[data-estimate="top"]').press("Enter")
    opened.locator("#estimate").wait_for(state="visible")
    found = Axe().run(opened, options={"resultTypes": ["violations"], "preload": False})
    serious = [v for v in found.response["violations"] if v["impact"] in ("serious", "critical")]
    assert not serious, serious
    opened.keyboard.press("Escape")
    opened.locator('[data-estimate="top"]').press(" ")
    opened.locator("#estimate").wait_for(state="visible")


def test_the_record_leads_to_the_code_where_the_page_shows_it(opened: Page):
    opened.locator('[data-estimate="top"]').click()
    opened.get_by_role("link", name="The code").click()
    opened.locator("#estimate").wait_for(state="hidden")
    assert opened.url.endswith("#code-1")
    opened.get_by_text("print(rate)").wait_for(state="visible")
    opened.locator('[data-estimate="low"]').click()
    links = opened.locator("#estimate").get_by_role("link")
    assert links.first.inner_text() == "Notebook, cell In [7]", "its code is not on the page"


def test_a_table_is_one_tab_stop_and_arrows_lead_on(opened: Page):
    low, middle = (opened.locator(f'[data-estimate="{id}"]') for id in ("low", "middle"))
    stops = [number.evaluate("e => e.tabIndex") for number in (low, middle)]
    assert stops == [0, -1]
    low.focus()
    opened.keyboard.press("ArrowDown")
    assert middle.evaluate("e => e === document.activeElement && e.tabIndex === 0")
    assert low.evaluate("e => e.tabIndex") == -1


def test_without_its_record_a_number_still_says_the_essentials(opened: Page):
    opened.route("**/estimates.js", lambda route: route.abort())
    opened.reload()
    opened.locator('[data-estimate="top"]').click()
    opened.locator("#estimate").wait_for(state="visible")
    assert "judge and string" in opened.locator("#estimate").inner_text()


# The scoreboard's tables -----------------------------------------------------------------


def column(page: Page, place: int) -> list[str]:
    cells = page.locator(f".sortable tbody tr:visible td:nth-child({place})")
    return [text.strip() for text in cells.all_inner_texts()]


def test_headings_sort_by_number_both_ways_and_leave_blanks_last(opened: Page):
    heading = opened.locator(".sortable th", has_text="share")
    heading.get_by_role("button").press("Enter")
    assert heading.get_attribute("aria-sort") == "ascending"
    assert column(opened, 2) == ["9%", "10", ""]
    heading.get_by_role("button").press("Enter")
    assert heading.get_attribute("aria-sort") == "descending"
    assert column(opened, 2) == ["10", "9%", ""]
    opened.locator(".sortable th", has_text="study").get_by_role("button").click()
    assert heading.get_attribute("aria-sort") is None
    assert column(opened, 1) == ["first", "first", "second"]


def test_rows_are_filtered_by_value_and_by_words(opened: Page):
    assert opened.get_by_text("3 of 3 rows").is_visible()
    opened.get_by_role("combobox", name="study").select_option("first")
    assert column(opened, 1) == ["first", "first"]
    opened.get_by_label("Words").fill("10")
    assert column(opened, 2) == ["10"]
    assert opened.get_by_text("1 of 3 rows").is_visible()
    opened.get_by_role("combobox", name="study").select_option("")
    opened.get_by_label("Words").fill("")
    assert len(column(opened, 1)) == 3


def test_without_scripts_the_table_is_whole(opened: Page, browser: Browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(opened.url)
    assert column(page, 1) == ["first", "second", "first"]
    assert page.locator('[data-estimate="top"]').get_attribute("title").startswith("published; ")
    context.close()
