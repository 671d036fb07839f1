"""Three small calculators for the method pages: sliders where scripts run, a table everywhere.

The script is written into the page, because a page opened from disk may not
load modules. It starts from a study's numbers and ends with a table of the same
quantity, computed by `smallprint.stats`.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from smallprint import display
from smallprint.display import Inline, percent
from smallprint.estimates import Estimate
from smallprint.site.quoting import recorded
from smallprint.stats.accuracies import accuracies_from_rates
from smallprint.stats.any_of_k import any_pass_probability
from smallprint.stats.judge_error import rogan_gladen, rogan_gladen_known_interval
from smallprint.stats.recovered_gap import performance_gap_recovered

HERE = Path(__file__).parent
MODULES = ("arithmetic.js", "widgets.js")
IMPORT = re.compile(r"^import .*\n", re.MULTILINE)
EXPORT = re.compile(r"^export (?=function|const)", re.MULTILINE)


class Explorable(NamedTuple):
    """Where the sliders start, and the table that stands without them."""

    start: dict[str, float]
    table: pd.DataFrame
    caption: str


def script() -> str:
    """The modules as one script without imports, for a script element of type module."""
    sources = ((HERE / name).read_text(encoding="utf-8") for name in MODULES)
    return "\n".join(EXPORT.sub("", IMPORT.sub("", source)) for source in sources)


def _judge_error() -> Explorable:
    headline = recorded("agentic-misalignment")["blackmail-opus-4"]
    rows = [
        {
            "specificity": percent(specificity) + "%",
            "sensitivity 100%": _corrected(headline, 1.0, specificity),
            "sensitivity 80%": _corrected(headline, 0.8, specificity),
        }
        for specificity in (1.0, 0.95, 0.9, 0.5, 0.1)
    ]
    start = {"rate": headline.value, "n": headline.n, "sensitivity": 1.0, "specificity": 1.0}
    return Explorable(
        start,
        pd.DataFrame(rows),
        "True rate behind 96 of 100 reported, by the judge’s errors: only a judge that calls "
        "nearly everything harmful could have made it.",
    )


def _corrected(headline: Estimate, sensitivity: float, specificity: float) -> str:
    if sensitivity + specificity <= 1:
        return "not identifiable"
    value = rogan_gladen(headline.value, sensitivity, specificity)
    low, high, *_ = rogan_gladen_known_interval(headline.k, headline.n, sensitivity, specificity)
    return f"{percent(value)}% [{percent(low)}, {percent(high)}]"


def _any_of_k() -> Explorable:
    tasks, rollouts = 4, (100, 300)
    rows = [
        {
            "false positives among rollouts": percent(rate) + "%",
            **{
                f"{size} rollouts a task": percent(any_pass_probability(rate, [size] * tasks)) + "%"
                for size in rollouts
            },
            "300 rollouts, two needed": percent(any_pass_probability(rate, [300] * tasks, 2)) + "%",
        }
        for rate in (0.0, 0.001, 0.002, 0.005, 0.01)
    ]
    start = {"rate": 0.002, "rollouts": 300, "tasks": tasks, "atleast": 1, "models": 6}
    return Explorable(
        start,
        pd.DataFrame(rows),
        "Chance that a model which never does it is counted, when one positive in any of four "
        "tasks is enough: a fifth of a percent of false positives makes it near certain.",
    )


def _gap_recovered() -> Explorable:
    of = recorded("weak-to-strong")
    weak, ceiling = of["teacher--chat"].value, of["ceiling--chat"].value
    student = of["accuracy--the best method found--chat"].value
    n = of["pgr-found--chat"].n
    rows = []
    for lowered in (0.0, 0.05, 0.1, 0.15, 0.18):
        top, best = ceiling - lowered, weak + (student - weak) * (1 - lowered / (ceiling - weak))
        found = performance_gap_recovered(accuracies_from_rates(weak, best, top, n))
        shown = "no number: the gap cannot be told from 0"
        if found.identified:
            shown = f"{found.estimate:.2f} [{found.interval.low:.2f}, {found.interval.high:.2f}]"
        rows.append(
            {
                "ceiling": percent(top) + "%",
                "student": percent(best) + "%",
                "gap": percent(top - weak) + " points",
                "gap recovered": shown,
            }
        )
    start = {"weak": weak, "student": round(student, 3), "ceiling": ceiling, "n": n}
    return Explorable(
        start,
        pd.DataFrame(rows),
        f"The same share of a smaller and smaller gap, on {n:,} items: the score stays, its "
        "interval grows until there is no number.",
    )


EXPLORABLES: dict[str, Callable[[], Explorable]] = {
    "judge-error": _judge_error,
    "any-of-k": _any_of_k,
    "gap-recovered": _gap_recovered,
}


def markdown(name: str) -> str:
    """One explorable as Markdown: the place of its sliders, and its table."""
    start, table, caption = EXPLORABLES[name]()
    attributes = " ".join(f'data-{key}="{value:.6g}"' for key, value in start.items())
    shown = display.table(table.map(Inline)).data
    return (
        f'::: {{#explore-{name} .explorable data-explorable="{name}" {attributes}}}\n\n'
        f"::: {{.given}}\n\n{shown}\n\n: {caption} {{#tbl-{name}}}\n\n:::\n\n:::\n"
    )


def inline_script() -> str:
    """The script as a raw block; it goes after the explorables."""
    return f'```{{=html}}\n<script type="module">\n{script()}</script>\n```\n'
