"""A stranger's tasks in a real browser: each at most three clicks from the start page."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from smallprint import estimates, reference
from smallprint.display import interval_text, value_text

CLICKS = 3


class Stranger:
    """Opens the start page from disk, clicks on what can be seen, and counts the clicks."""

    def __init__(self, site: Path, page: Page) -> None:
        self.site = site
        self.page = page
        self.clicks = 0
        page.goto((site / "index.html").as_uri())

    def click(self, thing: Locator) -> None:
        """Click what is visible; hidden or ambiguous things cannot be clicked."""
        thing.click(timeout=5000)
        self.clicks += 1
        assert self.clicks <= CLICKS, f"more than {CLICKS} clicks"

    def link(self, name: str, within: str = "main") -> Locator:
        """The one link of that name in a part of the page."""
        return self.page.locator(within).get_by_role("link", name=name, exact=True)

    def contents(self, name: str) -> Locator:
        """An entry of the list of sections."""
        return self.page.get_by_role("navigation", name="On this page").get_by_role(
            "link", name=name
        )


@pytest.fixture(params=["desktop", "phone"])
def stranger(built_site: Path, browser: Browser, request) -> Stranger:
    size = {"desktop": (1440, 900), "phone": (375, 800)}[request.param]
    context = browser.new_context(viewport=dict(zip(("width", "height"), size, strict=True)))
    yield Stranger(built_site, context.new_page())
    context.close()


def recorded(study: str, id: str) -> estimates.Estimate:
    run = estimates.read(reference.path(study))
    return next(one for one in run.estimates if one.id == id)


def test_find_the_interval_of_the_headline_rate(stranger: Stranger):
    known = recorded("agentic-misalignment", "blackmail-opus-4")
    stranger.click(stranger.link("Agentic misalignment"))
    card = stranger.page.locator(".headline-card").first
    expect(card).to_contain_text(value_text(known))
    expect(card).to_contain_text(f"95% interval {interval_text(known)}, n = {known.n}")


def test_find_which_rival_explanations_are_untested_for_scheming(stranger: Stranger):
    run = estimates.read(reference.path("scheming"))
    untested = {one.confound for one in run.confounds if one.verdict == "untested"}
    stranger.click(stranger.link("In-context scheming"))
    if not stranger.contents("What else could explain it?").is_visible():
        stranger.click(stranger.page.locator("summary", has_text="On this page"))
    stranger.click(stranger.contents("What else could explain it?"))
    rows = stranger.page.locator("tr", has=stranger.page.locator(".verdict-untested"))
    names = {row.locator("td").first.inner_text().strip() for row in rows.all()}
    assert names == untested and untested
    expect(rows.first).to_be_visible()


def test_download_the_estimates(stranger: Stranger):
    stranger.click(stranger.link("Data and downloads"))
    row = stranger.page.locator("tr", has_text="In-context scheming")
    address = row.get_by_role("link", name="estimates.csv").get_attribute("href")
    stranger.clicks += 1  # The file itself; a browser asks where to put it.
    assert stranger.clicks <= CLICKS
    file = (stranger.site / "reports/method" / address).resolve()
    header = file.read_text(encoding="utf-8").splitlines()[0].split(",")
    assert {"id", "tier", "value", "low", "high", "n"} <= set(header)
    for column in header:
        expect(stranger.page.locator("td code", has_text=column).first).to_be_visible()


def test_find_what_an_in_vitro_result_cannot_show(stranger: Stranger):
    stranger.click(stranger.link("Tiers of evidence"))
    section = stranger.page.get_by_text("that this mechanism is at work in a frontier model")
    expect(section).to_contain_text("Cannot show")
    heading = stranger.page.locator("main").get_by_role("heading", name="vitro")
    expect(heading).to_be_visible()


def test_find_how_to_rerun_on_a_new_model(stranger: Stranger):
    stranger.click(stranger.link("Rerun on a new model"))
    command = stranger.page.locator("pre", has_text="make rerun")
    expect(command).to_contain_text("MODEL=")
    expect(stranger.page.get_by_role("heading", name="How to rerun")).to_be_in_viewport()


def test_find_a_summary_in_japanese_and_the_way_back(stranger: Stranger):
    stranger.click(stranger.link("Weak-to-strong"))
    stranger.click(stranger.link("日本語の要約"))
    assert stranger.page.locator("main").get_attribute("lang") == "ja"
    expect(stranger.page.get_by_role("heading", name="見出しの数字")).to_be_visible()
    stranger.click(stranger.link("英語のページ"))
    expect(stranger.page.locator("h1")).to_contain_text("Weak-to-strong")


def test_search_finds_the_method_pages(stranger: Stranger):
    stranger.click(stranger.page.get_by_role("button", name="Search"))
    stranger.page.get_by_label("Search this site").last.fill("break-even specificity")
    found = stranger.page.locator("#search-results a", has_text="Errors of the judge")
    stranger.click(found)
    expect(stranger.page.locator("#sec-judge-errors")).to_be_in_viewport()
