"""Every number in a table or a card of the built site is tied to an estimate or a claim."""

import shutil
from pathlib import Path

import pytest
from walker import Walker

from smallprint.records import Estimate, RunFile
from smallprint.stats.intervals import Interval

# Columns that hold what was set, by page and table: options of an analysis, sizes of a
# simulation, how many combinations a rule leaves out.
EXCLUDED = "Combinations left out, by the rule that excludes them"
GIVEN = {
    ("*", EXCLUDED): {"count", "reason"},
    ("studies/agentic-misalignment", "tbl-holm"): {"models"},
    ("studies/agentic-misalignment", "tbl-planted"): {"planted (log odds)", "agents"},
    ("studies/agentic-misalignment", "Terms without an effect"): {"planted (log odds)", "agents"},
    ("studies/believe-it-or-not", "tbl-exposure"): {"*"},
    ("studies/ciphered-reasoning", "tbl-matched"): {"*"},
    ("studies/scheming", "tbl-innocent"): {"f"},
    ("studies/stress-testing-specs", "tbl-multiverse"): {"number"},
    ("studies/weak-to-strong", "tbl-coverage"): {"gap", "items", "true PGR", "common luck"},
    ("studies/weak-to-strong", "tbl-defences"): {"hidden items"},
    # What the methods do to chosen numbers, and how they fare in simulation.
    ("method/explore", "*"): {"*"},
    ("method/statistics", "*"): {"*"},
    ("method/validity", "*"): {"*"},
    ("method/data", "*"): {"*"},
    ("method/rubric", "*"): {"*"},
    # Faults on purpose, and times: of this project's code, not of a study.
    ("method/faults", "*"): {"*"},
    ("method/speed", "*"): {"*"},
    # Sizes, prices and options of runs.
    ("pairs", "*"): {"*"},
    ("runs", "*"): {"*"},
    # The nominal level of intervals.
    ("ja/index", "unnamed"): {"*"},
}


def pages(site: Path) -> list[Path]:
    """Every page but transcripts, which hold what was said and no results, and slides."""
    apart = {"transcripts", "built"}
    return sorted(file for file in site.rglob("*.html") if not apart & set(file.parts))


def test_every_number_of_the_built_pages_is_tied(built_site: Path):
    walker = Walker(built_site, GIVEN)
    found = [orphan for file in pages(built_site) for orphan in walker.orphans(file)]
    assert not found, "\n".join(found[:40])


# The walker itself, on a page with planted numbers ------------------------------------------------

TABLE = (
    '<figure id="tbl-a"><figcaption>Rates (A04).</figcaption><table><thead><tr>'
    "<th>model</th><th>rate</th><th>of</th></tr></thead><tbody>"
    "<tr><td>Opus 4</td><td>{rate}</td><td>{of}</td></tr></tbody></table></figure>"
)
TOP = '<span class="estimate" data-study="study" data-estimate="{id}">{text}</span>'
GOOD = TOP.format(id="top", text="96% [90, 98]")


@pytest.fixture
def walk(tmp_path: Path):
    """Orphans of a page with this content, beside one estimate and a small claims file."""
    estimate = Estimate(
        **{"id": "top", "study": "study", "claims": ("A01",), "tier": "published"},
        **{"quantity": "rate", "unit": "proportion", "value": 0.96, "n": 100, "k": 96},
        **{"interval": Interval(0.9, 0.98, 0.95, "Wilson"), "method": "printed"},
    )
    run = RunFile(run="r", study="study", manifest={}, estimates=(estimate,))
    folder = tmp_path / "reports/downloads/study"
    folder.mkdir(parents=True)
    (folder / "estimates.json").write_text(run.model_dump_json())
    (folder / "claims.yaml").write_text(
        "models: {opus-4: {name: Claude Opus 4}}\n"
        "claims:\n"
        "- {id: A04, says: One sample in 42 of Claude Opus 4 leaks., values: [{value: 7}]}\n"
    )
    page = tmp_path / "reports/studies/study.html"
    page.parent.mkdir(parents=True)

    def orphans(content: str, given: dict | None = None) -> list[str]:
        page.write_text(f"<main>{content}</main>")
        return Walker(tmp_path, given or {}).orphans(page)

    return orphans


@pytest.mark.parametrize(
    ("rate", "of"),
    [
        (GOOD, "100"),
        (TOP.format(id="top", text="96%"), "96 of 100, 90 to 98"),
        ("7", "One sample in 42 of Claude Opus 4 leaks."),
        ("as Claude Opus 4 does", ""),
    ],
)
def test_what_estimates_and_claims_hold_is_tied(walk, rate, of):
    assert walk(TABLE.format(rate=rate, of=of)) == []


@pytest.mark.parametrize(
    ("rate", "of", "named"),
    [
        ("95%", "", "95 in '95%'"),
        (GOOD, "101", "101 in '101'"),
        ("3 models of 9 leak", "", "3 in"),
        (TOP.format(id="top", text="97%"), "", "'97%' is not '96%'"),
        (TOP.format(id="gone", text="96%"), "", "'gone', which 'study' does not hold"),
    ],
)
def test_a_planted_orphan_is_found(walk, rate, of, named):
    found = walk(TABLE.format(rate=rate, of=of))
    assert found and all("tbl-a" in orphan for orphan in found) and named in found[0]


def test_a_planted_orphan_in_a_card_is_found(walk):
    card = '<div class="headline-card"><div class="headline-value">{}</div></div>'
    claim = '<div class="claim-card"><section{}><ul><li>{} samples leak.</li></ul></section></div>'
    assert walk(card.format(GOOD)) == []
    assert walk(card.format("98%"))
    assert walk(claim.format("", "12"))
    assert walk(claim.format(' class="given"', "12")) == [], (
        "what would change our mind is no result"
    )


def test_columns_of_settings_are_left_out_and_no_others(walk):
    table = TABLE.format(rate="1", of="31")
    assert len(walk(table)) == 2
    assert len(walk(table, {("studies/study", "tbl-a"): {"of"}})) == 1
    assert walk(f'<div class="given">{table}</div>') == []


def test_a_number_planted_in_a_built_page_is_found(built_site: Path, tmp_path: Path):
    name = "agentic-misalignment"
    downloads = tmp_path / "reports/downloads"
    for folder in (built_site / "reports/downloads").glob("*/estimates.json"):
        shutil.copytree(folder.parent, downloads / folder.parent.name)
    page = tmp_path / f"reports/studies/{name}.html"
    page.parent.mkdir(parents=True)
    html = (built_site / f"reports/studies/{name}.html").read_text(encoding="utf-8")
    planted = html.replace("</tbody>", "<tr><td>planted</td><td>51.7%</td></tr></tbody>", 1)
    page.write_text(planted, encoding="utf-8")
    assert [o for o in Walker(tmp_path, GIVEN).orphans(page) if "51.7 in" in o]
