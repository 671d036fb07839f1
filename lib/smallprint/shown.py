"""A single number or text as pages show it: formatted, escaped, tied to its estimate."""

import html
import re
from collections.abc import Iterable

from smallprint.messages import visible
from smallprint.records import Estimate

SECONDARY = ("S2", "S2+")
MINUS = "\u2212"
# Controls, and what turns the direction of writing; spaces and joiners are text.
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Inline(str):
    """Markdown or HTML made here, which must not be escaped again."""


MINUS = "\u2212"


def percent(value: float, unit: str = "") -> str:
    """A proportion as percent, with a decimal only where it says something.

    >>> percent(0.96), percent(0.551), percent(0.59, " points")
    ('96', '55.1', '59 points')
    """
    # Adding zero turns a rounded -0.0 into 0.0.
    scaled = round(100 * value, 1) + 0.0
    return f"{scaled:.0f}{unit}" if scaled == round(scaled) else f"{scaled:.1f}{unit}"


def value_text(estimate: Estimate) -> str:
    """The value with its unit, without interval."""
    value = estimate.value
    if value is None:
        return "not identifiable"
    if estimate.unit == "p-value":
        return f"{value:.3f}" if value >= 0.001 else f"{value:.0e}".replace("e-0", "e-")
    if estimate.unit == "proportion":
        text = percent(value) + "%"
    elif estimate.unit == "difference":
        text = percent(value)
        text += " point" if text in ("1", "-1") else " points"
    else:
        text = f"{value:,.0f}" if estimate.unit == "count" else _ratio(value)
    return text.replace("-", MINUS)


def quoted(estimate: Estimate) -> str:
    """The value as plain text, with a dagger where it is known from secondary sources only."""
    return value_text(estimate) + ("†" if estimate.confidence in SECONDARY else "")


def interval_text(estimate: Estimate) -> str:
    """The interval in the unit of the value, in brackets; for a bare count, out of how many."""
    if estimate.interval is None:
        return f"of {estimate.n}" if estimate.unit == "count" and estimate.n else ""
    low, high, *_ = estimate.interval
    if estimate.unit in ("proportion", "difference"):
        # Whole points would hide where a narrow interval ends.
        places = 0 if high - low >= 0.03 else 1
        low, high = (round(100 * end, places) + 0.0 for end in (low, high))
        return f"[{low:g}, {high:g}]".replace("-", MINUS)
    return f"[{_ratio(low)}, {_ratio(high)}]".replace("-", MINUS)


def _ratio(value: float) -> str:
    """Three digits, and never more than three places: nothing here is known more finely."""
    # Rounded once: 4.1452 is 4.15, though 4.145 would become 4.14.
    return f"{value:.3g}" if abs(value) >= 1 else f"{round(value, 3) + 0.0:g}"


def plain(text: object) -> str:
    r"""Text that neither HTML nor Markdown reads as markup, also in attributes and tables.

    It stays on one line, and what turns the direction of writing is written out.

    >>> plain("<b>\u202eb")
    '&lt;b&gt;&#92;u202eb'
    """
    escaped = " ".join(html.escape(str(text)).splitlines())
    escaped = UNSEEN.sub(lambda found: visible(found[0]), escaped)
    return re.sub(r"[\\`*_{}\[\]|~$^@]", lambda found: f"&#{ord(found[0])};", escaped)


def number(estimate: Estimate, with_interval: bool = False) -> Inline:
    """One number on a page, tied to its estimate.

    The tooltip says tier, condition, n, method and source; a page's script opens
    the whole estimate. A value known only from secondary sources carries a dagger.
    """
    text = value_text(estimate)
    if with_interval:
        text = f"{text} {interval_text(estimate)}".strip()
    mark = "<sup>†</sup>" if estimate.confidence in SECONDARY else ""
    return Inline(
        f'<span class="estimate" data-estimate="{plain(estimate.id)}" '
        f'data-study="{plain(estimate.study)}" title="{plain(provenance_text(estimate))}">'
        f"{text}{mark}</span>"
    )


def provenance_text(estimate: Estimate) -> str:
    """Tier, condition, n, method and source of an estimate in one line."""
    parts = [estimate.tier, estimate.quantity]
    if estimate.condition:
        parts.append(", ".join(f"{k} {v}" for k, v in estimate.condition.items()))
    if estimate.n is not None:
        parts.append(f"n = {estimate.n}")
    if estimate.interval:
        parts.append(f"{estimate.interval.level:.0%} {estimate.interval.method} interval")
    parts.append(estimate.method)
    if estimate.claims:
        parts.append("claim " + ", ".join(estimate.claims))
    if estimate.confidence:
        parts.append(f"confidence {estimate.confidence}")
    return "; ".join(parts)


def linked(text: str, estimates: Iterable[Estimate]) -> Inline:
    """Text with every `quoted` number of these estimates tied to its estimate; the rest escaped.

    A number that several of them share leads to the first. A small count is a
    common word, so it must stand before "of" and its n.
    """
    found = {quoted(e): e for e in reversed(list(estimates)) if e.value is not None}
    # The longest first, so that 9 is not found inside 96%.
    words = "|".join(_pattern(found[word], word) for word in sorted(found, key=len, reverse=True))
    if not words:
        return Inline(plain(text))
    parts = re.split(rf"(?<![\w.,\u2212-])({words})(?![\w†%]|[.,]\d)", text)
    return Inline(
        "".join(number(found[part]) if i % 2 else plain(part) for i, part in enumerate(parts))
    )


def _pattern(estimate: Estimate, word: str) -> str:
    if estimate.unit != "count" or estimate.value >= 100:
        return re.escape(word)
    return rf"{re.escape(word)}(?= of (?:the )?{estimate.n}\b)"
