"""The pages in a real browser: the built site as a whole, then what our own pages can do."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from small_site import SVG, SmallSite, code, markdown, shown

PHONE = {"width": 375, "height": 800}
DESKTOP = {"width": 1440, "height": 900}
LARGEST_PAGE = 1_500_000  # bytes
# preload would fetch style sheets, which pages opened from disk may not.
AXE = {"resultTypes": ["violations"], "preload": False}
# Contrast takes most of the time. A theme changes colours alone, and a phone changes all but them.
COLOURS = AXE | {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
SHAPES = AXE | {"rules": {"color-contrast": {"enabled": False}}}


def page_files(site: Path) -> list[Path]:
    """All pages but slides, which are no pages of the site's template."""
    apart = {"site_libs", "built"}
    pages = [file for file in site.rglob("*.html") if not apart & set(file.parts)]
    assert pages, f"{site} holds no page"
    return sorted(pages)


def unlike_pages(site: Path) -> list[Path]:
    """Every page, but of transcripts, which all come from one template, the first of a study."""
    first: dict[Path, Path] = {}
    for file in page_files(site):
        first.setdefault(file.parent if "transcripts" in file.parts else file, file)
    return list(first.values())


class Links(HTMLParser):
    """Every id and every address of a page."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.addresses: set[str] = set()
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.add(value or "")
            elif name in ("href", "src") and value:
                self.addresses.add(value)


def test_every_internal_link_and_fragment_resolves(built_site: Path):
    links = {file.resolve(): Links(file) for file in page_files(built_site)}
    broken = []
    for file, found in links.items():
        for address in found.addresses:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            if target.is_dir():
                target /= "index.html"
            fragment = unquote(parts.fragment)
            lost = fragment and target in links and fragment not in links[target].ids
            if not target.is_file() or lost:
                broken.append(f"{file.relative_to(built_site.resolve())} -> {address}")
    assert not broken


def test_pages_are_light_enough(built_site: Path):
    sizes = {str(file): file.stat().st_size for file in page_files(built_site)}
    assert not {file: size for file, size in sizes.items() if size > LARGEST_PAGE}


def test_pages_are_quiet_accessible_and_fit_a_phone(built_site: Path, browser: Browser):
    context = browser.new_context(viewport=DESKTOP, color_scheme="light")
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(f"error: {error}"))
    page.on(
        "console",
        lambda message: problems.append(message.text) if message.type == "error" else None,
    )
    page.on(
        "request",
        lambda request: (
            problems.append(f"asks for {request.url}")
            if not request.url.startswith(("file:", "data:", "blob:"))
            else None
        ),
    )
    found = {}
    for file in unlike_pages(built_site):
        problems.clear()
        page.set_viewport_size(DESKTOP)
        page.goto(file.resolve().as_uri())
        problems += figure_problems(page) + axe_problems(page, AXE)
        page.set_viewport_size(PHONE)
        problems += axe_problems(page, SHAPES)
        wide = page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
        if wide > 0:
            problems.append(f"scrolls sideways by {wide} px on a phone: {widest(page)}")
        if problems:
            found[file.name] = list(problems)
    context.close()
    assert not found


def test_colours_of_the_dark_theme_have_contrast(built_site: Path, browser: Browser):
    context = browser.new_context(viewport=DESKTOP, color_scheme="dark")
    page = context.new_page()
    found = {}
    for file in unlike_pages(built_site):
        page.goto(file.resolve().as_uri())
        if problems := figure_problems(page) + axe_problems(page, COLOURS):
            found[file.name] = problems
    context.close()
    assert not found


def figure_problems(page: Page) -> list[str]:
    return page.evaluate(
        """() => {
          const image = (img) => !img.alt.trim() ? `no alt: ${img.src}`
            : !img.complete || !img.naturalWidth ? `not shown: ${img.src}` : null;
          const drawing = (svg) => svg.closest('[aria-hidden="true"]') ? null
            : svg.getAttribute('aria-label') || svg.querySelector('title') ? null : 'unnamed svg';
          return [...document.querySelectorAll('main img')].map(image)
            .concat([...document.querySelectorAll('main svg')].map(drawing)).filter(Boolean);
        }"""
    )


def axe_problems(page: Page, options: dict) -> list[str]:
    # The markup and colours around the content are ours on pandoc's pages, Quarto's on its own.
    if "Rendered with pandoc" not in page.inner_text("footer"):
        return []
    violations = Axe().run(page, options=options).response["violations"]
    return [
        f"{violation['id']}: {violation['nodes'][0]['html'][:200]}"
        for violation in violations
        if violation["impact"] in ("serious", "critical")
    ]


def widest(page: Page) -> str:
    return page.evaluate(
        """() => [...document.querySelectorAll('body *')]
          .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
          .slice(0, 3).map((e) => e.outerHTML.slice(0, 120)).join(' | ')"""
    )


def test_paper_shows_the_text_and_no_navigation(built_site: Path, browser: Browser):
    context = browser.new_context(viewport=DESKTOP, color_scheme="dark")
    page = context.new_page()
    for file in unlike_pages(built_site):
        page.goto(file.resolve().as_uri())
        page.emulate_media(media="print")
        shown = (
            "[...document.querySelectorAll('nav')].filter((nav) => nav.checkVisibility()).length"
        )
        assert page.evaluate(shown) == 0, f"{file.name} prints navigation"
        assert page.locator("main").is_visible()
        assert page.pdf(format="A4").startswith(b"%PDF")
        page.emulate_media(media="screen")
    context.close()


# Our own pages, on a small site ---------------------------------------------------------


@pytest.fixture
def opened(site: SmallSite, browser: Browser):
    """A small study page with tabs, a folded answer, a wide table and a figure."""
    wide = "| " + " | ".join(f"column {i}" for i in range(9)) + " |\n"
    wide += "|---" * 9 + "|\n" + "| a longer value " * 9 + "|"
    answer = (
        '::: {.callout-tip collapse="true"}\n\n## Answer\n\nBecause.\n\n### Deep {#sec-deep}\n\n:::'
    )
    site.notebook(
        markdown("## Ranks {#sec-ranks}\n\nThey overlap.\n\n" + answer),
        markdown("::: {.panel-tabset}\n\n## Mean\n\nOne.\n\n## Median\n\nTwo.\n\n:::"),
        code(
            '#| label: fig-a\n#| fig-cap: "All."\n#| fig-alt: "A box."\nplot()',
            shown("image/svg+xml", SVG),
        ),
        code('#| label: tbl-a\n#| tbl-cap: "Wide."\nx', shown("text/markdown", wide)),
    )
    site.render()
    context = browser.new_context(viewport=PHONE, color_scheme="light")
    page = context.new_page()
    page.goto((site.root / "_site/studies/study.html").as_uri())
    yield page
    context.close()


def test_wide_content_scrolls_in_itself_and_takes_the_focus(opened: Page):
    assert opened.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]
    table = opened.locator(".table-scroll")
    assert table.evaluate("e => e.scrollWidth > e.clientWidth && e.tabIndex === 0")
    table.focus()
    opened.keyboard.press("ArrowRight")
    opened.wait_for_function("document.querySelector('.table-scroll').scrollLeft > 0")
    assert opened.locator(".figure-scroll img").evaluate("e => e.clientWidth") >= 500
    opened.set_viewport_size(DESKTOP)
    opened.wait_for_function("document.querySelector('.figure-scroll').tabIndex === -1")


def test_tabs_answer_to_keys_and_show_one_panel(opened: Page):
    assert opened.get_by_text("One.").is_visible() and not opened.get_by_text("Two.").is_visible()
    opened.get_by_role("tab", name="Mean").focus()
    opened.keyboard.press("ArrowRight")
    assert opened.get_by_role("tab", name="Median", selected=True).is_visible()
    assert opened.get_by_text("Two.").is_visible() and not opened.get_by_text("One.").is_visible()


def test_theme_is_toggled_and_remembered(opened: Page):
    background = "getComputedStyle(document.body).backgroundColor"
    light = opened.evaluate(background)
    opened.get_by_role("button", name="Dark theme").click()
    dark = opened.evaluate(background)
    assert dark != light
    opened.reload()
    assert opened.evaluate(background) == dark
    assert opened.get_by_role("button", name="Light theme").is_visible()


def test_search_finds_a_section_and_leads_to_it(opened: Page):
    opened.get_by_role("button", name="Search").click()
    opened.get_by_label("Search this site").last.fill("overlap")
    opened.get_by_text("1 section", exact=True).wait_for()
    opened.keyboard.press("Enter")
    opened.wait_for_url("**/study.html#sec-ranks")
    assert not opened.locator("dialog").is_visible()


def test_a_link_into_a_folded_answer_opens_it(opened: Page):
    assert not opened.get_by_text("Because.").is_visible()
    opened.evaluate("location.hash = '#sec-deep'")
    opened.get_by_text("Because.").wait_for(state="visible")


def test_paper_opens_answers_and_tabs(opened: Page):
    opened.emulate_media(media="print")
    for text in ("Because.", "One.", "Two."):
        assert opened.get_by_text(text).is_visible()
    assert not opened.get_by_text("plot()").is_visible()


def test_without_scripts_everything_can_be_read(site: SmallSite, opened: Page, browser: Browser):
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(opened.url)
    for text in ("One.", "Two.", "They overlap."):
        assert page.get_by_text(text).is_visible()
    context.close()
