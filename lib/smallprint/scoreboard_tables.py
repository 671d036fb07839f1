"""The scoreboard's tables and lists, as Markdown with estimates in them."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from smallprint import display as show
from smallprint.display import Inline
from smallprint.records import Estimate
from smallprint.scoreboard import WORDS, Headline, Record
from smallprint.site import titles
from smallprint.vocabulary import ANSWERS, CONFOUNDS

# Relative widths of the headline table's columns.
WIDTHS = (10, 24, 11, 14, 8, 10, 8, 9, 32)
SCRIPT = Path(__file__).parent / "site" / "tables.js"


def title(study: str) -> str:
    """A study's name as its page says it."""
    return titles.studies()[study]


def headline_table(headlines: Iterable[Headline]) -> Markdown:
    """One row a headline, in a box that a script makes sortable; it reads well without."""
    rows = [_headline_row(headline) for headline in headlines]
    frame = pd.DataFrame(rows)
    kept = {"study": "study", **{name: name for name in WORDS}}
    frame.columns = [
        Inline(f'<span data-filter="">{name}</span>') if name in kept else name
        for name in frame.columns
    ]
    head, _, *lines = show.table(frame).data.splitlines()
    widths = "| " + " | ".join("-" * width for width in WIDTHS) + " |"
    shown = "\n".join([head, widths, *lines])
    return Markdown(f"::: {{.sortable}}\n\n{shown}\n\n:::")


def script() -> Markdown:
    """The script that sorts and filters, inside the page: both renderers keep it."""
    code = SCRIPT.read_text(encoding="utf-8")
    return Markdown(f"```{{=html}}\n<script>\n(() => {{\n{code}}})();\n</script>\n```")


def _headline_row(headline: Headline) -> dict:
    page = f"{headline.study}.ipynb"
    verdict, sentence = (
        show.linked(said, (*headline.quoted, *headline.shown))
        for said in (headline.verdict.headline, headline.sentence)
    )
    text = f"**{verdict}**<br>{sentence}"
    return {
        "study": Inline(f"[{title(headline.study)}]({page}#sec-supports)"),
        "headline and verdict": Inline(text),
        "as quoted": _quoted(headline),
        "lowest to highest specification": _spread(headline),
        "as strong or stronger": headline.spread.get("share"),
        **{name: _answer(getattr(headline.verdict, name)) for name in WORDS},
        "small models and scripts": Inline("<br>".join(_evidence(headline))),
    }


def _quoted(headline: Headline) -> Inline:
    if not headline.quoted:
        return Inline("no number")
    return Inline("<br>".join(_with_interval(estimate) for estimate in headline.quoted))


def _with_interval(estimate: Estimate) -> str:
    missing = "" if estimate.interval else " (no interval)"
    return show.number(estimate, with_interval=bool(estimate.interval)) + missing


def _spread(headline: Headline) -> Inline:
    if not headline.spread:
        return Inline("not varied")
    low, middle, high = (
        show.number(headline.spread[name]) for name in ("minimum", "median", "maximum")
    )
    over = f"<br>{headline.specifications} specifications" if headline.specifications else ""
    return Inline(f"{low} to {high}, median {middle}{over}")


def _evidence(headline: Headline) -> list[str]:
    """What organisms, scripts and models say, else which rivals rest on them."""
    said = [
        f"{show.tier(found.tier)} {show.linked(found.says, shown)}"
        for found, shown in headline.evidence
    ]
    rested = [
        f"{show.tier(rival.tier)} {rival.verdict}: {rival.confound}" for rival in headline.rivals
    ]
    return said or rested or ["none"]


def _answer(answer: str) -> Inline:
    return Inline(
        f'<span data-sort="{ANSWERS.index(answer)}">{show.badge("answer", answer)}</span>'
    )


def matrix_table(records: Sequence[Record]) -> Markdown:
    """Rival explanations by studies; every verdict leads to its row on the study's page."""
    rows = [
        {
            "rival explanation": Inline(f'<span title="{show.plain(meaning)}">{confound}</span>'),
            **{title(record.study): _verdicts(record, confound) for record in records},
        }
        for confound, meaning in CONFOUNDS.items()
    ]
    return show.table(pd.DataFrame(rows))


def _verdicts(record: Record, confound: str) -> Inline:
    found = [
        f"[{show.badge('verdict', verdict.verdict)}]({record.study}.ipynb#rival-{row})"
        + (f" {show.tier(verdict.tier)}" if verdict.tier else "")
        for row, verdict in record.verdicts(confound)
    ]
    return Inline("<br>".join(found) or "not raised")


def concessions(records: Iterable[Record]) -> Markdown:
    """What each study's authors concede, with sources, as lists under the studies' names."""
    parts = []
    for record in records:
        points = record.concessions()
        lines = [
            f"- {show.plain(point.says)} ({', '.join(point.confounds)}) "
            f"{record.claims.cite(point.sources)}"
            for point in points
        ]
        parts.append(f"**{title(record.study)}**\n\n" + "\n".join(lines))
    return Markdown("\n\n".join(parts))
