"""Numbers in texts that are not notebooks: placeholders filled from reference runs.

``{id}`` stands for an estimate of the study the text is about, ``{id:ci}`` for
the estimate with its interval, ``{study/id}`` for an estimate of another study.
"""

import re
from functools import lru_cache

from smallprint import display, estimates, reference
from smallprint.estimates import Estimate
from smallprint.site.errors import SiteError

# Braces that begin with # or . hold attributes, as in pandoc's Markdown.
PLACEHOLDER = re.compile(r"\{(?![#.])(?:(?P<study>[a-z-]+)/)?(?P<id>[^{}]+?)(?P<ci>:ci)?\}")


@lru_cache
def recorded(study: str) -> dict[str, Estimate]:
    """The estimates of a study's reference run, by id.

    Raises
    ------
    SiteError
        If the study has no reference run.
    """
    path = reference.path(study)
    if not path.is_file():
        raise SiteError(f"{study} has no reference run; write it with `make reference`")
    return {estimate.id: estimate for estimate in estimates.read(path).estimates}


def fill(text: str, study: str, name: str) -> str:
    """Put the numbers of reference runs into a text.

    Parameters
    ----------
    text : str
        Markdown with placeholders.
    study : str
        The study that an id without a study belongs to.
    name : str
        What messages call the text.

    Raises
    ------
    SiteError
        If a placeholder names an estimate that is not recorded.
    """

    def number(match: re.Match) -> str:
        of = match["study"] or study
        found = recorded(of).get(match["id"])
        if found is None:
            raise SiteError(f"{name}: {of} records no estimate {match['id']!r}; name another")
        return display.number(found, with_interval=bool(match["ci"]))

    return PLACEHOLDER.sub(number, text)
