"""Reading a claims file, and saying all that is wrong with it at once."""

from pathlib import Path

import bibtexparser
import yaml
from bibtexparser.model import DuplicateBlockKeyBlock
from pydantic import ValidationError

from smallprint import messages, paths, strict_yaml
from smallprint.claims import checks
from smallprint.claims.problems import Problems
from smallprint.claims.schema import Matrix, StudyFile
from smallprint.claims.study import Study


class ClaimsError(ValueError):
    """A claims file cannot be used; the message has one line for each problem."""


def load(study: str, folder: Path = paths.CLAIMS, bibliography: Path = paths.BIBLIOGRAPHY) -> Study:
    """Read and check the claims of one study.

    Parameters
    ----------
    study : str
        Slug of the study; the file is ``<folder>/<study>.yaml``.
    bibliography : Path
        The ``.bib`` file that every source must be in.

    Raises
    ------
    ClaimsError
        With one line for each problem found: file, place, what was found and
        what is allowed.
    """
    path = Path(folder) / f"{study}.yaml"
    problems = Problems(_shown(path))
    raw = _read(path, problems)
    if isinstance(raw, dict):
        _check_shape(raw, problems)
        checks.check(raw, study, _cite_keys(Path(bibliography), problems), problems)
    elif not problems.lines:
        problems.add((), raw, "a mapping of sections: " + ", ".join(StudyFile.model_fields))
    if problems.lines:
        raise ClaimsError(messages.screen(problems.lines, f"{_shown(path)}: and {{left}} more"))
    return _without_memory(Study.model_validate(raw))


def _shown(path: Path) -> str:
    path = path.resolve()
    return str(path.relative_to(paths.ROOT) if path.is_relative_to(paths.ROOT) else path)


def _read(path: Path, problems: Problems) -> object:
    if not path.is_file():
        known = sorted(file.stem for file in path.parent.glob("*.yaml"))
        problems.say("no such file; studies with claims: " + (", ".join(known) or "none"))
        return None
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problems.say(f"line {line}: found a byte that is not UTF-8; allowed: UTF-8 text")
        return None
    try:
        raw, twice = strict_yaml.parse(text)
    except yaml.YAMLError as error:
        problems.say(f"{strict_yaml.described(error)}; allowed: YAML")
        return None
    except (ValueError, RecursionError) as error:
        problems.say(f"found a value that YAML cannot read ({error}); allowed: plain YAML")
        return None
    for line, key in twice:
        problems.say(f"line {line}: found key '{key}' a second time; allowed: once")
    return raw


def _check_shape(raw: dict, problems: Problems) -> None:
    problems.name_items(raw)
    try:
        StudyFile.model_validate(raw)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            problems.add_invalid(detail)


def _cite_keys(path: Path, problems: Problems) -> set[str] | None:
    """Keys of the bibliography, or None when it cannot be read."""
    if not path.is_file():
        problems.say(f"needs the bibliography {_shown(path)}, which does not exist")
        return None
    try:
        library = bibtexparser.parse_string(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        problems.say(f"needs the bibliography {_shown(path)}, which is not UTF-8 text")
        return None
    for block in library.failed_blocks:
        twice = isinstance(block, DuplicateBlockKeyBlock)
        what = f"key '{block.key}' a second time" if twice else "a broken entry"
        problems.say(f"needs {_shown(path)}, where line {block.start_line + 1} has {what}")
    return set(library.entries_dict)


def _without_memory(study: Study) -> Study:
    """The study without what is known from memory only, which no page may show."""

    def known(items: tuple) -> tuple:
        return tuple(item for item in items if item.confidence != "MEM")

    def claims(items: tuple) -> tuple:
        kept = known(items)
        return tuple(item.model_copy(update={"values": known(item.values)}) for item in kept)

    kept = {name: known(getattr(study, name)) for name in ("design", "criticisms")}
    kept |= {name: claims(getattr(study, name)) for name in ("claims", "variants")}
    kept["contradictions"] = known(study.contradictions)
    kept["matrices"] = {name: _remembered(matrix) for name, matrix in study.matrices.items()}
    return study.model_copy(update=kept)


def _remembered(matrix: Matrix) -> Matrix:
    """The matrix with its cells from memory blanked."""
    rows = {}
    for model, cells in matrix.rows.items():
        codes = [column.confidence_of.get(model, column.confidence) for column in matrix.columns]
        pairs = zip(cells, codes, strict=True)
        rows[model] = tuple("not found" if code == "MEM" else cell for cell, code in pairs)
    return matrix.model_copy(update={"rows": rows})
