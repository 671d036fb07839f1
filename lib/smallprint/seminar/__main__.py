"""Builds the seminar kit: ``python -m smallprint.seminar``."""

import sys
from pathlib import Path

from smallprint import paths
from smallprint.estimates import write_atomically
from smallprint.seminar import exercises, handouts, pages, sessions, slides
from smallprint.seminar.pages import BUILT
from smallprint.site.errors import SiteError

FRAGMENTS = paths.REPORTS / "_generated" / "seminar"


def build(source: Path = sessions.FOLDER, fragments: Path = FRAGMENTS) -> None:
    """Write slides, handouts and notebooks below ``built``, and the fragments of the pages."""
    built = source / BUILT
    slides.share(built)
    course = sessions.read_all(source)
    for session in course:
        slides.write(session, built)
        handouts.write(session, built)
        if session.heading.notebook:
            exercises.write(source / "notebooks" / f"{session.slug}.ipynb", built)
        write_atomically(fragments / f"{session.slug}.md", pages.session(session))
    write_atomically(fragments / "course.md", pages.course(course))


if __name__ == "__main__":
    try:
        build()
    except SiteError as error:
        sys.exit(f"The seminar kit was not built: {error}")
