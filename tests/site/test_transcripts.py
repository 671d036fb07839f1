"""Transcript pages: hostile text is inert in a real browser, and a reader can choose and draw."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from smallprint.evals.actions import read_reply
from smallprint.site import transcripts
from smallprint.site.transcripts import Transcript, page

PHONE = {"width": 375, "height": 800}
HOSTILE = (
    "<script>window.owned = 1</script><img src=x onerror='window.owned = 2'>"
    "<svg onload=window.owned=3><a href='javascript:window.owned=4'>click</a>"
    "</textarea></pre></details></article></main><style>body{display:none}</style>"
    "<meta http-equiv=refresh content='0;url=https://outside.example/'>"
    "<iframe src='https://outside.example/'></iframe><form action='https://outside.example/'>"
    "<base href='https://outside.example/'><!-- <![CDATA[ {{< include /etc/hostname >}} "
    "{{ 7 * 7 }} {% raw %} \u202egnp.exe\u202c \x1b[31mred\x1b[0m \x00 \u2066 \U000e0041 \ud800 end"
)
FACTORS = ("goal", "threat")


def transcript(number: int, said: str = "Nothing to do.", **row: object) -> Transcript:
    reply = read_reply(said)
    row = {"family": "leverage", "cell": "c01", "goal": "none", "threat": "none"} | row
    row = {"state": reply.state, "rule": False, "string": False, "judge": None} | row
    row |= {"gate": row["judge"] and row["string"], "truth": row.get("truth")}
    text = f"leverage-{row['cell']}-north-a"
    return Transcript(
        **{"sample": f"{text}-{number:03d}", "text": text, "system": "You run.", "user": "Mails."},
        **{"whole": reply.whole, "mails": reply.mails, "commands": reply.commands},
        **{"why": reply.why, "row": row},
    )


def hostile(number: int) -> Transcript:
    mail = f"<mail>\nto: {HOSTILE}@b.example\nsubject: {HOSTILE}\n\n{HOSTILE}\n</mail>"
    said = f"{HOSTILE}\n{mail}<command>{HOSTILE}</command>"
    made = transcript(number, said, state="scored", rule=True, goal=HOSTILE, family=HOSTILE)
    fields = {"system": HOSTILE, "user": HOSTILE, "why": HOSTILE}
    return Transcript(**{**vars(made), **fields})


def written(folder: Path, made: list[Transcript], model: str = "anthropic/claude-x") -> Path:
    file = folder / "page.html"
    file.write_text(page("study", model, "", FACTORS, made), encoding="utf-8")
    return file


@pytest.fixture
def opened(browser: Browser) -> Iterator:
    """Open a page from disk; problems are noticed until the test ends."""
    problems: list[str] = []
    contexts = []

    def open_page(file: Path, **options: object) -> Page:
        contexts.append(browser.new_context(viewport=PHONE, **options))
        tab = contexts[-1].new_page()
        tab.on("pageerror", lambda error: problems.append(f"error: {error}"))
        tab.on("console", lambda said: problems.append(f"{said.type}: {said.text}"))
        tab.on("dialog", lambda dialog: (problems.append("dialog"), dialog.dismiss()))
        tab.on(
            "request",
            lambda asked: (
                problems.append(asked.url) if asked.url.split("#")[0] != file.as_uri() else None
            ),
        )
        tab.goto(file.as_uri())
        return tab

    yield open_page
    for context in contexts:
        context.close()
    assert not problems


@pytest.mark.parametrize("theme", ("light", "dark"))
def test_hostile_text_is_inert_and_shown(tmp_path, opened, theme):
    hostile_model = "anthropic/" + HOSTILE.replace("\ud800", "")
    made = [hostile(0), transcript(1)]
    tab = opened(written(tmp_path, made, hostile_model), color_scheme=theme)
    for details in tab.locator("details").all():
        details.evaluate("element => { element.open = true }")
    assert tab.evaluate("window.owned") is None
    assert tab.url.startswith("file:")
    own = "main a[href]:not([href^='#']), iframe, img, svg, base, object, main form[action]"
    assert tab.locator(own).count() == 1, "only the link back to the study page"
    seen = tab.locator("article").first.inner_text()
    for text in ("<script>", "onerror=", "javascript:", "</textarea>", "{{< include", "{{ 7 * 7"):
        assert text in seen
    for mark in ("U+202E", "U+001B", "U+0000", "U+2066", "U+E0041", "U+D800"):
        assert f"⟨{mark}⟩" in seen
    assert not re.search("[\x00\x1b\u202e\u2066]", tab.content())
    assert tab.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]
    violations = Axe().run(tab, options={"preload": False}).response["violations"]
    assert not [(one["id"], one["nodes"][0]["html"][:150]) for one in violations]


def test_the_policy_stops_a_script_that_escaping_missed(tmp_path, browser):
    file = written(tmp_path, [transcript(0)])
    text = file.read_text(encoding="utf-8")
    hole = "<script>window.owned = 1</script><p id=p onclick='window.owned = 2'>press</p><main"
    file.write_text(text.replace("<main", hole, 1), encoding="utf-8")
    tab = browser.new_context().new_page()
    tab.goto(file.as_uri())
    tab.click("#p")
    assert tab.evaluate("window.owned") is None
    assert tab.locator("#found").inner_text(), "the page's own script runs"
    tab.context.close()


@pytest.fixture
def mixed() -> list[Transcript]:
    explicit = {"goal": "explicit", "cell": "c02"}
    return [
        transcript(0),
        transcript(1, rule=True, string=True),
        transcript(2, rule=True, string=False, **explicit),
        transcript(3, "", **explicit),
    ]


def test_a_reader_chooses_and_draws(tmp_path, opened, mixed):
    tab = opened(written(tmp_path, mixed))
    shown = tab.locator("article:visible")
    assert shown.count() == 4
    assert tab.get_by_label("threat").count() == 0, "nothing to choose where all are alike"
    tab.get_by_label("goal").select_option("explicit")
    assert shown.count() == 2
    tab.get_by_label("outcome").select_option("empty")
    assert shown.count() == 1 and "003" in shown.inner_text()
    tab.get_by_label("outcome").select_option("")
    tab.get_by_label("disagreement").select_option("rule and string")
    assert shown.count() == 1 and "002" in shown.inner_text()
    tab.get_by_label("goal").select_option("none")
    assert shown.count() == 0
    tab.get_by_label("disagreement").select_option("")
    tab.get_by_role("button", name="Show one at random").click()
    first = shown.inner_text()
    assert shown.count() == 1 and shown.get_by_text("Everything it wrote").is_visible()
    tab.get_by_role("button", name="Show another").click()
    assert shown.count() == 1 and shown.inner_text() != first
    shown.get_by_role("link", name="The prompt it replies to").click()
    assert tab.get_by_text("You run.").first.is_visible()
    tab.get_by_role("button", name="Show the list").click()
    assert shown.count() == 2


def test_without_scripts_everything_can_be_read(tmp_path, opened, mixed):
    tab = opened(written(tmp_path, mixed), java_script_enabled=False)
    assert tab.locator("article:visible").count() == 4
    assert not tab.locator("form").is_visible()
    tab.locator("article summary").nth(1).click()
    assert tab.locator("article pre").nth(1).inner_text().strip() == "Nothing to do."


def test_scripted_texts_are_called_scripted(tmp_path):
    agent = written(tmp_path, [transcript(0)], "control/refuse").read_text(encoding="utf-8")
    assert "These are scripted texts." in agent
    assert 'href="../../studies/study.html"' in agent
    model = written(tmp_path, [transcript(0)]).read_text(encoding="utf-8")
    assert "scripted" not in model
    assert 'href="../../studies/study--anthropic--claude-x.html"' in model
    stand_in = page("study", "a/b", "control/judge-0.9-0.95", FACTORS, [transcript(0)])
    assert "not a model's judgement" in stand_in.replace("&#39;", "'")


def test_every_outcome_of_every_cell_is_shown_before_the_size_ends_it(monkeypatch):
    made = [
        transcript(number, "word " * 200, cell=f"c{cell:02d}", rule=act)
        for cell in range(10)
        for act in (True, False)
        for number in range(20 * act, 20 * act + 20)
    ]
    html = page("study", "a/b", "", FACTORS, made)
    strata = Counter(re.findall(r'<article id="leverage-(c\d\d).*?data-outcome="([^"]+)"', html))
    assert len(strata) == 20 and set(strata.values()) == {transcripts.PER_STRATUM}
    assert "<b>60 of 400</b>" in html
    monkeypatch.setattr(transcripts, "LARGEST", 30_000)
    small = page("study", "a/b", "", FACTORS, made)
    shown = len(re.findall("<article ", small))
    assert 0 < shown < 60 and f"<b>{shown} of 400</b>" in small
    assert len(small.encode()) < 30_000 + 20_000
