"""Which pages there are: a study's own, and one for each model that was asked here.

A notebook's parameters cell is the one declaration of what identifies a run: its
names and default values give the run id of the page without a model. A model's
page takes the same names from the ``run.json`` beside its logs.
"""

import ast
import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from smallprint import messages, paths
from smallprint.provenance import run_id

CONTROL = "control/"
TAG = "parameters"
# What the parameters that the notebooks share may be; a study checks its own.
ALLOWED = {"profile": ("quick", "full")}
KINDS = {str: "text, in quotes if it looks like something else", int: "a whole number"}
LEAST = {"samples": 1, "seed": 0}
MOST = 2**31 - 1
NAMES = ("model", "judge", "weak_model", "strong_model")
# The design of a model that was trained here and answered there and then, without Inspect.
FINE_TUNED = "fine-tuned"


class RunRecord(BaseModel):
    """What ``run.json`` says was asked; fields that are not listed are kept for the notebook."""

    model_config = ConfigDict(extra="allow", frozen=True)

    study: str
    model: str = Field(min_length=1)
    judge: str = ""
    samples: int = Field(ge=1)
    design: str = ""

    @property
    def transcribed(self) -> bool:
        """Whether there are transcripts: the model was asked through Inspect."""
        return _has_transcripts(self.study, self.design)


@dataclass(frozen=True)
class StudyPage:
    """One executed notebook of the site.

    Attributes
    ----------
    study : str
        Slug of the study.
    parameters : dict
        Every parameter that the notebook declares, with this page's values.
    folder : Path or None
        The model's logs and outcomes; None for the study's own page.
    """

    study: str
    parameters: dict
    folder: Path | None = None

    @property
    def name(self) -> str:
        """The page's name, without suffix, in ``reports/studies`` and ``reports/downloads``."""
        return page_name(self.study, self.parameters.get("model", ""))

    @property
    def run(self) -> str:
        """The run id; names the file of its estimates."""
        return run_id(self.parameters)

    @property
    def transcribed(self) -> bool:
        """Whether this is the page of a model with transcripts."""
        return self.folder is not None and _has_transcripts(
            self.study, self.parameters.get("design", "")
        )

    @property
    def assignments(self) -> list[str]:
        """The parameters as arguments of ``smallprint.execute``; JSON, which is YAML too."""
        return [f"{name}={json.dumps(value)}" for name, value in self.parameters.items()]


def _has_transcripts(study: str, design: str) -> bool:
    # Slow to import, and a notebook is executed without it.
    from smallprint import live

    return study in live.SOURCES and design != FINE_TUNED


def page_name(study: str, model: str = "") -> str:
    """The name of a study's page for a model, or of its own page.

    >>> page_name("scheming", "anthropic/claude-opus-4")
    'scheming--anthropic--claude-opus-4'
    """
    return f"{study}--{paths.slug(model)}" if model else study


def defaults(notebook: Path) -> dict:
    """The parameters that a notebook declares, with their default values, in its order.

    Raises
    ------
    ValueError
        If no cell is tagged ``parameters`` or one of its values is no literal.
    """
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        tagged = [cell for cell in cells if TAG in cell["metadata"].get("tags", [])]
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        why = messages.line(str(error))
        raise ValueError(f"{notebook}: not a readable notebook ({why}); name an .ipynb") from None
    if not tagged:
        raise ValueError(f"{notebook}: no cell is tagged `{TAG}`; tag the one with the parameters")
    found = {}
    for statement in ast.parse("".join(tagged[0]["source"])).body:
        try:
            (target,) = statement.targets
            found[target.id] = ast.literal_eval(statement.value)
        except (AttributeError, ValueError):
            raise ValueError(
                f"{notebook}: the parameters cell holds `{ast.unparse(statement)}`; "
                "allowed are lines like `name = value` with a literal value"
            ) from None
    return found


def checked(declared: dict, chosen: dict) -> dict:
    """The declared parameters with the chosen values in their place.

    Raises
    ------
    ValueError
        With a line for each that is unknown, of another type than the default, or out of range.
    """
    problems = [line for name, value in chosen.items() for line in _wrong(declared, name, value)]
    if problems:
        raise ValueError(messages.screen(problems))
    return declared | chosen


def _wrong(declared: dict, name: str, value: object) -> list[str]:
    if name not in declared:
        near = messages.nearest(name, declared)
        return [f"parameter {name!r}: no such parameter{near}; there are {', '.join(declared)}"]
    usual, given = declared[name], messages.line(repr(value))
    if type(value) is not type(usual):
        kind = KINDS.get(type(usual), type(usual).__name__)
        return [f"parameter {name}: found {given}; allowed: {kind}, as in {usual!r}"]
    if name in ALLOWED and value not in ALLOWED[name]:
        near = messages.nearest(value, ALLOWED[name])
        return [f"parameter {name}: found {given}{near}; allowed: {', '.join(ALLOWED[name])}"]
    if name in LEAST and not LEAST[name] <= value <= MOST:
        return [f"parameter {name}: found {given}; allowed: {LEAST[name]} to {MOST}"]
    return messages.odd_name(f"parameter {name}", value) if value and name in NAMES else []


def pages(study: str, chosen: dict, notebooks: Path, logs: Path = paths.LOGS) -> list[StudyPage]:
    """The study's own page, then one for each model asked here, by name.

    Parameters
    ----------
    study : str
        Slug of the study.
    chosen : dict
        Values that replace the notebook's defaults on every page; names that it
        does not declare are left out.
    notebooks, logs : Path
        The folders of the notebooks and of the logs.

    Raises
    ------
    ValueError
        If the notebook's parameters or a ``run.json`` cannot be read.
    """
    declared = defaults(notebooks / f"{study}.ipynb")
    shared = {name: value for name, value in chosen.items() if name in declared}
    declared = checked(declared, shared)
    found = [StudyPage(study, declared)]
    if "model" not in declared:
        return found
    for folder in folders(study, logs):
        asked = read(folder / "run.json")
        if not asked.model.startswith(CONTROL):
            said = {name: value for name, value in asked if name in declared}
            found.append(StudyPage(study, declared | said, folder))
    return found


def folders(study: str, logs: Path = paths.LOGS) -> list[Path]:
    """The folders of a study's models, control agents too, whose outcomes are complete."""
    found = (logs / study).glob("*/run.json")
    return sorted(file.parent for file in found if (file.parent / "outcomes.csv").is_file())


def read(file: Path) -> RunRecord:
    """Read one ``run.json``.

    Raises
    ------
    ValueError
        If it is damaged or belongs to another folder; the message says what to do.
    """
    try:
        record = RunRecord.model_validate_json(file.read_bytes())
    except ValidationError as error:
        first = messages.fields(error)[0]
        raise ValueError(f"{file}: {first}; run `make rerun` for this model again") from None
    if (record.study, paths.slug(record.model)) != (file.parent.parent.name, file.parent.name):
        raise ValueError(
            f"{file}: says study {record.study!r} and model {record.model!r}, whose folder is "
            f"{record.study}/{paths.slug(record.model)}; move the folder back or delete it"
        )
    return record
