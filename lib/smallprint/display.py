"""How estimates look in a notebook and on a page: prose, tables, cards, badges.

Everything returns Markdown, with our own HTML inside where Markdown has no
word for it: Quarto asks another host for scripts as soon as a notebook holds
an output of type HTML. Text from data is escaped; numbers carry the id of their
estimate.
"""

import re
from collections.abc import Iterable, Sequence

import pandas as pd
from IPython.display import Markdown

from smallprint import vocabulary
from smallprint.records import Estimate, RunFile
from smallprint.shown import Inline as Inline
from smallprint.shown import interval_text as interval_text
from smallprint.shown import linked as linked
from smallprint.shown import number as number
from smallprint.shown import percent as percent
from smallprint.shown import plain as plain
from smallprint.shown import provenance_text as provenance_text
from smallprint.shown import quoted as quoted
from smallprint.shown import value_text as value_text

# Arrow's strings, the default where pyarrow is installed, would turn `Inline` into plain text.
pd.set_option("mode.string_storage", "python")


class _Shown:
    """Lets ``{x}`` and ``{x:ci}`` in a template show an estimate."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __format__(self, spec: str) -> str:
        if isinstance(self.value, Estimate):
            return number(self.value, with_interval=spec == "ci")
        return _cell(self.value) if not spec else format(self.value, spec)


def prose(template: str, **values: object) -> Markdown:
    """A paragraph whose numbers are estimates.

    ``{x}`` shows the value of estimate ``x``, ``{x:ci}`` its interval too. A
    number typed into the template instead of passed in is the author's own
    words and must be one that no data can change.
    """
    shown = {name: _Shown(value) for name, value in values.items()}
    return Markdown(template.format(**shown))


def _cell(value: object) -> str:
    if isinstance(value, Estimate):
        return number(value, with_interval=True)
    if isinstance(value, Inline):
        return value
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return ""
    return plain(value)


def table(frame: pd.DataFrame) -> Markdown:
    """A frame as a Markdown pipe table; cells may be estimates.

    Pandoc sets relative column widths from the dashes, so these follow the
    text a reader sees, not the markup behind it.
    """
    shown = frame.map(_cell)
    header = [_cell(name) for name in frame.columns]
    dashes = ["-" * _width([name, *shown.iloc[:, i]]) for i, name in enumerate(header)]
    lines = [header, dashes, *shown.itertuples(index=False)]
    return Markdown("\n".join("| " + " | ".join(line) + " |" for line in lines))


def _width(cells: Iterable[str]) -> int:
    """Characters a column asks for: its longest cell, within 5 and 60."""
    seen = (re.sub(r"<[^>]*>|@\w+", "", cell.replace("<br>", " ")) for cell in cells)
    return min(max(5, *map(len, seen)), 60)


def badge(kind: str, word: str) -> Inline:
    """A word in a coloured box; the word, not the colour, carries the meaning."""
    return Inline(f'<span class="{kind} {kind}-{word.replace(" ", "-")}">{plain(word)}</span>')


def tier(name: str) -> Inline:
    """A tier's badge with its meaning as tooltip."""
    meaning = plain(vocabulary.TIERS[name])
    return Inline(f'<span class="tier tier-{name}" title="{meaning}">{name}</span>')


def card(
    what: str, estimates: Sequence[Estimate], condition: str, source: str, instead: str = ""
) -> str:
    """One headline: the numbers as quoted, their intervals, and what they were measured on.

    `instead` stands in the place of the intervals where there are none.
    """
    values = " / ".join(number(estimate) for estimate in estimates)
    intervals = "; ".join(f"{interval_text(e)}, n = {e.n}" for e in estimates if e.interval)
    level = {f"{e.interval.level:.0%}" for e in estimates if e.interval}
    sure = f"{'/'.join(sorted(level))} interval {intervals}" if level else plain(instead)
    return (
        '<div class="headline-card">'
        f'<div class="headline-value">{values}</div>'
        f'<div class="headline-interval">{sure}</div>'
        f'<div class="headline-what">{plain(what)}</div>'
        f'<div class="headline-condition">{plain(condition)}</div>'
        f'<div class="headline-source">{tier(estimates[0].tier)} {plain(source)}</div>'
        "</div>"
    )


def cards(made: Iterable[str]) -> Markdown:
    """Headline cards side by side."""
    return Markdown(f'<div class="headline-cards">{"".join(made)}</div>')


def audit_table(run: RunFile) -> Markdown:
    """The reproduction audit, a row a derived number or wording."""
    by_id = {estimate.id: estimate for estimate in run.estimates}
    rows = [
        {
            "claims": " ".join(audit.claims),
            "what the sources say": linked(audit.says, (by_id[id] for id in audit.estimates)),
            "recomputed here": linked(audit.recomputed, (by_id[id] for id in audit.estimates)),
            "result": badge("audit", audit.result),
        }
        for audit in run.audits
    ]
    return table(pd.DataFrame(rows))


def confound_table(run: RunFile, anchor: str = "rival") -> Markdown:
    """Every rival explanation with its manipulation, estimate and verdict.

    Row n has the anchor ``rival-n``; a second table on a page needs another `anchor`.
    """
    by_id = {estimate.id: estimate for estimate in run.estimates}
    rows = [
        {
            "rival explanation": Inline(
                f'<span id="{anchor}-{place}">{plain(verdict.confound)}</span>'
            ),
            "verdict": Inline(
                badge("verdict", verdict.verdict)
                + (f" {tier(verdict.tier)}" if verdict.tier else "")
            ),
            "manipulation": verdict.manipulation,
            "what the numbers say": linked(
                verdict.finding, (by_id[id] for id in verdict.estimates)
            ),
            "estimates": Inline("<br>".join(_labelled(by_id[id]) for id in verdict.estimates)),
        }
        for place, verdict in enumerate(run.confounds, start=1)
    ]
    return table(pd.DataFrame(rows))


def _labelled(estimate: Estimate) -> str:
    # A run has one live model, and its page says which.
    model = None if estimate.tier == "live" else estimate.model
    # What was measured here was measured in many conditions under one name.
    here = estimate.condition.values() if estimate.tier in ("vitro", "control") else ()
    about = ", ".join(dict.fromkeys(filter(None, (estimate.quantity, model, *here))))
    return f"{plain(about)}: {number(estimate, with_interval=True)}"


def headline_table(run: RunFile) -> Markdown:
    """The three verdicts on each headline, with the choice that turns it."""
    by_id = {estimate.id: estimate for estimate in run.estimates}
    rows = [
        {
            "headline": linked(verdict.headline, (by_id[id] for id in verdict.estimates)),
            **{
                name: badge("answer", getattr(verdict, name))
                for name in ("reproducible", "robust", "replicable")
            },
            "flip-point": linked(verdict.flip_point, (by_id[id] for id in verdict.estimates)),
        }
        for verdict in run.headlines
    ]
    return table(pd.DataFrame(rows))


def claim_card(
    supported: Sequence[str], not_supported: Sequence[str], change: Sequence[str]
) -> Markdown:
    """What the numbers support, what they do not, and what would change our mind."""
    columns = {
        "Supported": supported,
        "Not supported": not_supported,
        "Would change our mind": change,
    }
    lists = {
        title: "".join(f"<li>{item}</li>" for item in items) for title, items in columns.items()
    }
    # What would change our mind is set, not found: its numbers need no estimates.
    opening = {True: '<section class="given">', False: "<section>"}
    sections = "".join(
        f"{opening[items is change]}<h3>{title}</h3><ul>{lists[title]}</ul></section>"
        for title, items in columns.items()
    )
    return Markdown(f'<div class="claim-card">{sections}</div>')


def downloads(study: str, claims: bool = True) -> Markdown:
    """Links to what a page offers for download; `claims` only where it starts from some."""
    files = {
        "estimates.csv": "every estimate on this page, one row each",
        "estimates.json": "the same with manifest, audits and verdicts",
        "claims.yaml": "the published numbers this page starts from",
        f"{study}.ipynb": "this page as an executed notebook",
    }
    if not claims:
        del files["claims.yaml"]
    items = "".join(
        f'<li><a href="../downloads/{study}/{name}" download>{name}</a>: {what}</li>'
        for name, what in files.items()
    )
    return Markdown(f'<ul class="downloads">{items}</ul>')


def folded(title: str, body: Markdown) -> Markdown:
    """Markdown behind a line that a reader opens."""
    opening = f'::: {{.callout-note collapse="true" title="{plain(title)}"}}'
    return Markdown(f"{opening}\n\n{body.data}\n\n:::")


def question(text: str, answer: str, **values: object) -> Markdown:
    """A seminar question with its answer folded away; numbers as in `prose`."""
    asked = prose(f"**{text}**", **values).data
    answered = prose(answer, **values).data
    opening = '::: {.callout-tip collapse="true" title="Answer"}'
    return Markdown(f"{asked}\n\n{opening}\n\n{answered}\n\n:::")


def provenance_table(run: RunFile) -> Markdown:
    """The manifest of a run: what a stranger needs to make it again."""
    shown = {"run": run.run, **run.manifest}
    rows = [
        (name.replace("_", " "), ", ".join(f"{k} {v}" for k, v in value.items()))
        if isinstance(value, dict)
        else (name.replace("_", " "), value)
        for name, value in shown.items()
    ]
    return given(table(pd.DataFrame(rows, columns=["what", "value"])))


def given(shown: Markdown) -> Markdown:
    """A table of what was set, not found: its numbers need no estimates behind them."""
    return Markdown(f"::: {{.given}}\n\n{shown.data}\n\n:::")
