"""Templates of scenario texts: filling them in, and checking their placeholders."""

from collections.abc import Mapping
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, meta
from jinja2.sandbox import SandboxedEnvironment

from smallprint.scenarios.problems import Found, Place, Problems

ENVIRONMENT = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


@lru_cache(maxsize=4096)
def placeholders(template: str) -> frozenset[str]:
    """The names a template asks for; raises jinja2.TemplateSyntaxError."""
    return frozenset(meta.find_undeclared_variables(ENVIRONMENT.parse(template)))


def fill(template: str, names: Mapping[str, object]) -> str:
    """The template with the names filled in; an unknown name raises UndefinedError."""
    return _compiled(template).render(names)


def check_template(file: str, place: Place, text: str, known: set[str], problems: Problems) -> None:
    """Add a problem for a broken template and for each placeholder that is not known."""
    try:
        unknown = sorted(placeholders(text) - known)
    except TemplateSyntaxError as error:
        found = Found(f"a broken template ({error.message})")
        problems.add(file, place, found, "{{ name }}", "mend the braces")
        return
    for name in unknown:
        problems.choose(file, place, name, sorted(known), "placeholder")


@lru_cache(maxsize=4096)
def _compiled(template: str) -> Template:
    return ENVIRONMENT.from_string(template)
