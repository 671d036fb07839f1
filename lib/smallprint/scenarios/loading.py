"""Reading a scenario folder, and saying all that is wrong with it at once."""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError

from smallprint import paths
from smallprint.scenarios import checks
from smallprint.scenarios.problems import Problems, ScenarioError
from smallprint.scenarios.schema import (
    FirmFile,
    Judge,
    Pack,
    PackFile,
    PromptFile,
    PublishedFile,
    Record,
    RulesFile,
)

FILES = {
    "pack": PackFile,
    "prompt": PromptFile,
    "rules": RulesFile,
    "judge": Judge,
    "published": PublishedFile,
}
Kind = TypeVar("Kind", bound=Record)


class _Loader(yaml.SafeLoader):
    """A safe loader that refuses a key given twice, where YAML keeps the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    problem = f"key '{key.value}' a second time"
                    raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def load(study: str, folder: Path = paths.SCENARIOS) -> Pack:
    """Read and check the scenarios of one study.

    Parameters
    ----------
    study : str
        Slug of the study; the files are in ``<folder>/<study>/``.

    Raises
    ------
    ScenarioError
        With one line for each problem found: file, place, what was found, what is
        allowed and what to do.
    """
    place, problems = Path(folder) / study, Problems()
    if not study or not place.is_dir():
        known = sorted(each.name for each in Path(folder).glob("*") if each.is_dir())
        raise ScenarioError(f"no scenarios for '{study}'; studies: {', '.join(known) or 'none'}")
    parts = {name: _read(place / f"{name}.yaml", kind, problems) for name, kind in FILES.items()}
    firms = {
        path.name: _read(path, FirmFile, problems) for path in sorted(place.glob("firm-*.yaml"))
    }
    if not firms:
        problems.say(_shown(place), "found no firm-<name>.yaml; allowed: at least one; fix: add it")
    checks.check(_shown(place), study, parts, firms, problems)
    if problems.lines:
        raise ScenarioError("\n".join(problems.lines))
    return Pack(
        file=parts["pack"],
        firm_files={firm.firm: firm for firm in firms.values()},
        **{name: parts[name] for name in FILES if name != "pack"},
    )


def _read(path: Path, kind: type[Kind], problems: Problems) -> Kind | None:
    """One file as its record, or None when a problem was added."""
    shown = _shown(path)
    if not path.is_file():
        problems.say(shown, f"found no such file; allowed: a mapping of {_fields(kind)}; fix: add")
        return None
    try:
        raw = yaml.load(path.read_bytes(), _Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problems.say(shown, f"{_syntax(error)}; allowed: YAML; fix: mend that line")
        return None
    if not isinstance(raw, dict):
        problems.add(shown, (), raw, f"a mapping of {_fields(kind)}", "write these sections")
        return None
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            problems.add_invalid(shown, detail)
        return None


def _syntax(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable text"
    return f"{where}found broken YAML ({what})"


def _fields(kind: type[Record]) -> str:
    return ", ".join(kind.model_fields)


def _shown(path: Path) -> str:
    path = path.resolve()
    return str(path.relative_to(paths.ROOT) if path.is_relative_to(paths.ROOT) else path)
