"""Builds the seminar kit: ``python -m smallprint.seminar``."""

from pathlib import Path

from smallprint import commands, folders, paths
from smallprint.estimates import write_atomically
from smallprint.seminar import exercises, handouts, pages, sessions, slides
from smallprint.seminar.pages import BUILT
from smallprint.site.errors import SiteError

FRAGMENTS = paths.REPORTS / "_generated" / "seminar"


def build(source: Path = sessions.FOLDER, fragments: Path = FRAGMENTS) -> None:
    """Write slides, handouts and notebooks below ``built``, and the fragments of the pages."""
    course = sessions.read_all(source)
    with folders.replaced(source / BUILT) as built:
        slides.share(built)
        for session in course:
            slides.write(session, built)
            handouts.write(session, built)
            if session.heading.notebook:
                exercises.write(source / "notebooks" / f"{session.slug}.ipynb", built)
    for session in course:
        write_atomically(fragments / f"{session.slug}.md", pages.session(session))
    write_atomically(fragments / "course.md", pages.course(course))


def main(arguments: list[str] | None = None) -> None:
    """Build the kit."""
    commands.places("smallprint.seminar", __doc__, given=arguments)
    try:
        build()
    except (SiteError, ValueError) as error:
        commands.end(f"The seminar kit was not built: {error}", 1)


if __name__ == "__main__":
    main()
