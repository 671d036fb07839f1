"""Reading the files of a scenario folder, whatever its study."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError

from smallprint import messages, paths, strict_yaml
from smallprint.scenarios.problems import Problems, ScenarioError
from smallprint.scenarios.schema import Record

Kind = TypeVar("Kind", bound=Record)


def find(study: str, folder: Path) -> Path:
    """The study's folder; ScenarioError with the known studies where there is none."""
    known = sorted(each.name for each in Path(folder).glob("*") if each.is_dir())
    if study not in known:
        near, there = messages.nearest(study, known), ", ".join(known) or "none"
        raise ScenarioError(messages.line(f"no scenarios for '{study}'{near}; studies: {there}"))
    return Path(folder) / study


def read_files(
    place: Path, kinds: Mapping[str, type[Record]], problems: Problems
) -> dict[str, Record | None]:
    """The files ``<name>.yaml`` as their records; None for each that has a problem."""
    return {name: read_file(place / f"{name}.yaml", kind, problems) for name, kind in kinds.items()}


def read_file(path: Path, kind: type[Kind], problems: Problems) -> Kind | None:
    """One file as its record, or None when a problem was added."""
    place = shown(path)
    if not path.is_file():
        problems.say(place, f"found no such file; allowed: a mapping of {_fields(kind)}; fix: add")
        return None
    try:
        raw, twice = strict_yaml.parse(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        what = strict_yaml.described(error)
        problems.say(place, f"{what}; allowed: YAML; fix: mend that line")
        return None
    for line, key in twice:
        fix = "allowed: once; fix: remove or rename one of them"
        problems.say(place, f"line {line}: found key '{key}' a second time; {fix}")
    if twice:
        return None
    if not isinstance(raw, dict):
        problems.add(place, (), raw, f"a mapping of {_fields(kind)}", "write these sections")
        return None
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            problems.add_invalid(place, detail)
        return None


def _fields(kind: type[Record]) -> str:
    return ", ".join(kind.model_fields)


def shown(path: Path) -> str:
    """A path as messages show it: from the project's root where it lies below."""
    path = path.resolve()
    return str(path.relative_to(paths.ROOT) if path.is_relative_to(paths.ROOT) else path)
