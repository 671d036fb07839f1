"""Predict, then reveal: a reader's number beside the estimate, with nothing kept or sent."""

import re
from html import escape
from pathlib import Path

from smallprint.records import Estimate
from smallprint.shown import MINUS, number, plain, value_text
from smallprint.site.errors import SiteError
from smallprint.site.quoting import recorded

VALUE = re.compile(r"-?[\d.]+(?:e-?\d+)?")
SCRIPT = Path(__file__).with_name("predictions.js")
# Factor from an estimate's value to the unit in which people guess, and the unit's name.
UNITS = {
    "proportion": (100, "%"),
    "difference": (100, "points"),
    "ratio": (1, ""),
    "count": (1, ""),
    "p-value": (1, ""),
}


def form(ask: str, id: str, study: str, place: str) -> str:
    """Markdown of one question; without scripts the answer can be opened as it is.

    Raises
    ------
    SiteError
        If no estimate of that id is recorded, or it has no value.
    """
    of, _, name = id.rpartition("/")
    estimate = recorded(of or study).get(name)
    if estimate is None or estimate.value is None:
        raise SiteError(f"{place}: {of or study} records no number {name!r}; name another")
    factor, unit = UNITS[estimate.unit]
    # As precise as the number that is shown, so that an exact guess is exact.
    answer = VALUE.search(value_text(estimate).replace(MINUS, "-").replace(",", ""))[0]
    attributes = {"data-answer": answer, "data-unit": unit}
    if estimate.interval:
        attributes["data-low"] = f"{factor * estimate.interval.low:.6g}"
        attributes["data-high"] = f"{factor * estimate.interval.high:.6g}"
    said = " ".join(f'{key}="{escape(value)}"' for key, value in attributes.items())
    return (
        f'<div class="predict" {said}>\n<p>{plain(ask)}</p>\n'
        f"<details><summary>Show the number</summary><p>{_answer(estimate)}</p></details>\n</div>\n"
    )


def _answer(estimate: Estimate) -> str:
    return f"{number(estimate, with_interval=True)}: {plain(estimate.quantity)}"


def script() -> str:
    """The script as part of a page: from a USB stick, pages may load none."""
    return f"<script>\n{SCRIPT.read_text(encoding='utf-8')}</script>\n"
