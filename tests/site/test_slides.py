"""Slides in a real browser, at the size of a projector."""

from pathlib import Path

from playwright.sync_api import Browser

SCREEN = {"width": 1280, "height": 720}
SLIDES = "Reveal.getSlides().length"
SHOWN = """(number) => {
  Reveal.slide(...Object.values(Reveal.getIndices(Reveal.getSlides()[number])).slice(0, 2));
  const slide = Reveal.getCurrentSlide();
  return [slide.querySelector('h1, h2')?.textContent ?? '', slide.scrollHeight, slide.scrollWidth];
}"""


def test_no_slide_is_cut_off(built_site: Path, browser: Browser):
    decks = sorted((built_site / "reports" / "seminar" / "built").glob("*.html"))
    assert decks
    page = browser.new_page(viewport=SCREEN)
    cut = []
    for deck in decks:
        page.goto(deck.resolve().as_uri())
        page.wait_for_function("window.Reveal && Reveal.isReady()")
        for number in range(page.evaluate(SLIDES)):
            title, height, width = page.evaluate(SHOWN, number)
            if height > SCREEN["height"] or width > SCREEN["width"]:
                cut.append(f"{deck.stem}: “{title}” takes {width} x {height}")
    page.close()
    assert not cut, "\n".join(cut)
