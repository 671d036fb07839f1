"""Texts of a session with their numbers put in; braces of formulas and attributes stay."""

import re

from smallprint.site.quoting import fill

KEPT = re.compile(r"(\$[^$\n]+\$|\{[.#][^{}\n]*\})")


def filled(text: str, study: str, name: str) -> str:
    """Put estimates in place of placeholders, outside of formulas between dollar signs.

    Raises
    ------
    SiteError
        If a placeholder names an estimate that is not recorded.
    """
    pieces = KEPT.split(text)
    pieces[::2] = [fill(piece, study, name) for piece in pieces[::2]]
    return "".join(pieces)
