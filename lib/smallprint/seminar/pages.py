"""What the site shows of a session: the fragments that its page and the course's page include."""

import re
from collections.abc import Sequence

import pandas as pd

from smallprint.display import Inline, given, table
from smallprint.seminar import predictions
from smallprint.seminar.sessions import HALF, MINUTES, Session
from smallprint.seminar.texts import filled

SOLUTION = re.compile(r"^::: solution\n(.*?)^:::\s*$", re.MULTILINE | re.DOTALL)
BUILT = "built"


def course(sessions: Sequence[Session]) -> str:
    """The sessions of the course as a table with links to what each has."""
    rows = [
        {
            "session": Inline(f"[{each.heading.title}]({each.slug}.qmd)"),
            "before it": each.heading.prerequisites,
            "materials": Inline(_materials(each)),
            "half the time": ", ".join(slide.title for slide in each.slides() if slide.kept),
        }
        for each in sessions
    ]
    return given(table(pd.DataFrame(rows))).data + "\n"


def session(of: Session) -> str:
    """Everything on a session's page below its title."""
    study, name = of.heading.study, f"{of.slug}.md"
    aims = "\n".join(f"- {aim}" for aim in of.heading.objectives)
    asked = "\n".join(
        predictions.form(each.ask, each.estimate, study, name) for each in of.heading.predictions
    )
    exercises = filled(_hidden(of.parts["Exercises"]), study, name)
    exit_question = filled(_hidden(of.parts["Exit question"]), study, name)
    notes = filled(of.parts["Instructor notes"], study, name)
    return (
        f"**Before the session:** {of.heading.prerequisites}\n\n**Materials:** {_materials(of)}\n\n"
        f"After the session you can:\n\n{aims}\n\n"
        f"## Predict first {{#sec-predict}}\n\nCommit to a number before you open the study. "
        f"It stays on this page.\n\n{asked}\n"
        f"## Plan of {MINUTES} minutes {{#sec-plan}}\n\n{_plan(of)}\n"
        f"## Exercises {{#sec-exercises}}\n\n{_lower(exercises)}\n\n"
        f"## Exit question {{#sec-exit}}\n\n{exit_question}\n\n"
        f"## Notes for instructors {{#sec-notes}}\n\n"
        f'::: {{.callout-note collapse="true" title="Open if you teach this session"}}\n'
        f"{_lower(notes)}\n:::\n\n{predictions.script()}"
    )


def _plan(of: Session) -> str:
    rows = [
        {
            "slide": slide.title,
            "minutes": slide.minutes,
            f"in {HALF} minutes": "yes" if slide.kept else "cut",
        }
        for slide in of.slides()
    ]
    return given(table(pd.DataFrame(rows))).data + "\n"


def _materials(of: Session) -> str:
    links = {
        "slides": f"{BUILT}/{of.slug}.html",
        "handout": f"{BUILT}/{of.slug}.pdf",
    }
    if of.heading.notebook:
        links["student notebook"] = f"{BUILT}/student/{of.slug}.ipynb"
        links["solved notebook"] = f"{BUILT}/solution/{of.slug}.ipynb"
    return ", ".join(f"[{name}]({link})" for name, link in links.items())


def _hidden(text: str) -> str:
    """Solutions as callouts that the reader opens."""
    return SOLUTION.sub(
        lambda found: f'::: {{.callout-tip collapse="true" title="Solution"}}\n{found[1]}:::',
        text + "\n",
    )


def _lower(text: str) -> str:
    """Headings of level two become level three, as parts of a page."""
    return re.sub(r"^## ", "### ", text, flags=re.MULTILINE)
