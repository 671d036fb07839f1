"""A small site project for the renderer's tests, and the built site for the browser's."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from small_site import SmallSite

from smallprint import paths

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture
def site(tmp_path: Path) -> SmallSite:
    return SmallSite(tmp_path)


@pytest.fixture
def study(site: SmallSite) -> Callable[..., str]:
    """Render notebook cells and return the page."""

    def render(*cells: dict) -> str:
        site.notebook(*cells)
        site.render()
        return site.html("studies/study.html")

    return render


@pytest.fixture(scope="session")
def built_site() -> Path:
    """The project's own site as `make report` left it."""
    built = paths.REPORTS / "_site"
    if not (built / "index.html").is_file():
        pytest.fail("there is no built site to test: run `make report` first", pytrace=False)
    return built


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium of the system."""
    found = os.environ.get("SMALLPRINT_CHROMIUM") or next(
        filter(None, map(shutil.which, BROWSERS)), None
    )
    if not found:
        pytest.fail(
            "the page tests need Chromium: sudo apt-get install chromium, "
            "or name a browser in SMALLPRINT_CHROMIUM",
            pytrace=False,
        )
    options = ("no-sandbox", "disable-gpu", "disable-background-networking", "no-first-run")
    options += ("disable-component-update", "disable-sync", "disable-quic")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=found, args=[f"--{option}" for option in options]
        )
        yield chromium
        chromium.close()
