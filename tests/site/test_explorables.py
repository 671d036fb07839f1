"""The explorables: their arithmetic against the library's, then what a reader can do with them."""

import base64
import itertools
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from small_site import SmallSite

from smallprint.site import explorables
from smallprint.stats.accuracies import accuracies_from_rates
from smallprint.stats.any_of_k import any_pass_probability, task_pass_probability
from smallprint.stats.intervals import wilson_interval
from smallprint.stats.judge_error import rogan_gladen, rogan_gladen_known_interval
from smallprint.stats.ratios import fieller_set
from smallprint.stats.recovered_gap import performance_gap_recovered

TOLERANCE = 1e-9
CLOSE = {"rel": 0, "abs": TOLERANCE, "nan_ok": True}
RATES = [0.0, 0.01, 0.05, 0.3, 0.5, 0.77, 0.96, 1.0]


@pytest.fixture(scope="module")
def blank(browser: Browser):
    page = browser.new_page()
    yield page
    page.close()


def javascript(page: Page, function: str, arguments: list[tuple]) -> list:
    """The module's function at each of the arguments; JSON has no NaN, so text carries it."""
    source = (explorables.HERE / "arithmetic.js").read_bytes()
    module = "data:text/javascript;base64," + base64.b64encode(source).decode()
    found = page.evaluate(
        """async ([module, name, grid]) => {
          const text = (value) => typeof value === "number" ? String(value)
            : Array.isArray(value) ? value.map(text) : Object.values(value).map(text);
          const made = (await import(module))[name];
          return grid.map((values) => { const r = made(...values);
            return typeof r === "object" && !Array.isArray(r)
              ? [r.kind, String(r.low), String(r.high)] : text(r); });
        }""",
        [module, function, [list(values) for values in arguments]],
    )
    return [_numbers(value) for value in found]


def _numbers(value: str | list) -> object:
    if isinstance(value, list):
        return [_numbers(one) for one in value]
    try:
        return float(value)
    except ValueError:
        return value


def test_judge_error_agrees(blank: Page):
    grid = list(itertools.product(RATES, RATES, RATES))
    for values, found in zip(grid, javascript(blank, "roganGladen", grid), strict=True):
        assert found == pytest.approx(rogan_gladen(*values), **CLOSE), values


def test_wilson_and_corrected_intervals_agree(blank: Page):
    counts = [(k, n) for n in (1, 10, 100, 1600) for k in sorted({0, 1, n // 3, n - 1, n})]
    for (k, n), found in zip(counts, javascript(blank, "wilson", counts), strict=True):
        assert found == pytest.approx(wilson_interval(k, n)[:2], **CLOSE), (k, n)
    judges = [(se, sp) for se in RATES for sp in RATES if se + sp > 1]
    grid = [(*count, *judge) for count in counts for judge in judges]
    for values, found in zip(grid, javascript(blank, "roganGladenInterval", grid), strict=True):
        assert found == pytest.approx(rogan_gladen_known_interval(*values)[:2], **CLOSE), values


def test_any_of_k_agrees(blank: Page):
    rates = (0.0, 0.0005, 0.002, 0.01, 0.05, 0.4, 0.99, 1.0)
    tasks = [
        (rate, rollouts, least)
        for rate, rollouts, least in itertools.product(rates, (1, 2, 30, 300), (1, 2, 5, 30))
        if least <= rollouts
    ]
    for values, found in zip(tasks, javascript(blank, "taskPass", tasks), strict=True):
        assert found == pytest.approx(task_pass_probability(*values), **CLOSE), values
    grid = [(rate, size, k, least) for rate, size, least in tasks for k in (1, 4, 12)]
    for values, found in zip(grid, javascript(blank, "anyPass", grid), strict=True):
        rate, size, k, least = values
        assert found == pytest.approx(any_pass_probability(rate, [size] * k, least), **CLOSE)


ACCURACIES = (0.3, 0.5, 0.528, 0.6, 0.726, 0.7325, 0.95)
PGR_GRID = list(itertools.product(ACCURACIES, ACCURACIES, ACCURACIES, (50, 1263, 5000)))


def test_gap_recovered_agrees(blank: Page):
    triples = [values[:3] for values in PGR_GRID]
    found = javascript(blank, "gapRecovered", triples)
    identified = 0
    for values, score in zip(PGR_GRID, found, strict=True):
        ours = performance_gap_recovered(accuracies_from_rates(*values))
        if ours.identified:
            identified += 1
            assert score == pytest.approx(ours.estimate, **CLOSE), values
    assert identified > 200


def test_fieller_sets_agree(blank: Page):
    kinds = set()
    grid = [values for values in PGR_GRID if values[0] != values[2]]
    for values, found in zip(grid, javascript(blank, "gapRecoveredSet", grid), strict=True):
        accuracies = accuracies_from_rates(*values)
        (vw, vs, vc), (weak, student, ceiling) = accuracies.covariance.diagonal(), values[:3]
        ours = fieller_set(student - weak, ceiling - weak, vs + vw, vc + vw, vw)
        kinds.add(ours.kind)
        assert found[0] == ours.kind, values
        # Near-vertical ends are large: there the digits agree, not the ninth decimal.
        assert found[1:] == pytest.approx([ours.low, ours.high], rel=TOLERANCE, abs=TOLERANCE)
    assert kinds == {"interval", "two rays", "everything"}


# In the page -----------------------------------------------------------------------------


@pytest.fixture
def page(site: SmallSite, browser: Browser):
    """A page opened from disk that holds all three."""
    parts = [explorables.markdown(name) for name in explorables.EXPLORABLES]
    site.page("\n\n".join([*parts, explorables.inline_script()]))
    site.render()
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    page = context.new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.goto((site.root / "_site/index.html").as_uri())
    yield page
    assert page.faults == []
    context.close()


def said(page: Page, name: str) -> str:
    return page.locator(f"#explore-{name} output").inner_text()


def test_they_start_from_the_studies_numbers(page: Page):
    assert "True rate 96%" in said(page, "judge-error")
    assert "Gap recovered 0.97" in said(page, "gap-recovered")
    chance = any_pass_probability(0.002, [300] * 4)
    assert f"{100 * chance:.1f}%" in said(page, "any-of-k")


def test_a_keyboard_moves_a_named_slider_and_the_text_follows(page: Page):
    slider = page.get_by_label("Specificity: true negatives it passes")
    slider.focus()
    page.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext") == "2%"
    expected = rogan_gladen(0.96, 1.0, 0.02)
    assert expected == 0 and "True rate 0%" in said(page, "judge-error")
    page.get_by_label("Sensitivity: true positives it finds").fill("0.9")
    assert "Not identifiable" in said(page, "judge-error")
    page.locator("#explore-judge-error").get_by_role("button", name="Start again").click()
    assert "True rate 96%" in said(page, "judge-error")


def test_a_gap_that_vanishes_has_no_number(page: Page):
    page.get_by_label("Ceiling's accuracy", exact=True).fill("0.54")
    assert said(page, "gap-recovered").startswith("No number")
    assert "Infinity" not in page.locator("#explore-gap-recovered").inner_html()
    assert "NaN" not in page.locator("#explore-gap-recovered").inner_html()


@pytest.mark.parametrize("edge", ["Home", "End"])
def test_no_slider_leads_to_nonsense(page: Page, edge: str):
    for slider in page.locator("input[type=range]").all():
        slider.focus()
        page.keyboard.press(edge)
        for name in explorables.EXPLORABLES:
            text = page.locator(f"#explore-{name}").inner_html()
            assert "NaN" not in text and "Infinity" not in text and "undefined" not in text


def test_the_drawing_says_what_it_shows(page: Page):
    for name in explorables.EXPLORABLES:
        label = page.locator(f"#explore-{name} svg").get_attribute("aria-label")
        assert said(page, name) in label


def test_without_scripts_the_tables_stand(site: SmallSite, page: Page, browser: Browser):
    context = browser.new_context(java_script_enabled=False)
    still = context.new_page()
    still.goto(page.url)
    assert still.locator("input[type=range]").count() == 0
    assert still.locator("table").count() == len(explorables.EXPLORABLES)
    assert "96%" in still.locator("#explore-judge-error table").inner_text()
    context.close()


def test_the_built_page_carries_this_script(built_site: Path):
    built = (built_site / "reports/method/explore.html").read_text(encoding="utf-8")
    assert explorables.script().strip() in built
    assert "\nimport" not in explorables.script() and "\nexport" not in explorables.script()
