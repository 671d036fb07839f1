"""The data dictionary: every column and field of the downloads, from their schema."""

import re
from types import UnionType
from typing import Literal, Union, get_args, get_origin

import pandas as pd
from pydantic import BaseModel

from smallprint import estimates
from smallprint.claims import Claim, Value
from smallprint.display import Inline, plain, table
from smallprint.estimates import RunFile

# What the schema's docstrings do not say, by field or, where a name means two things, by class.
MEANINGS = {
    "study": "slug of the study",
    "tier": "kind of evidence",
    "quantity": "what the number is, in words",
    "unit": "unit of value and interval",
    "model": "model it was measured on, where it is one model's",
    "condition": "factor and level of each thing that was varied",
    "seed": "random seed, where the number depends on one",
    "note": "what a reader should know before using the number",
    "run": "run that wrote it: its parameters and a hash of them",
    "manifest": "parameters, commit, package versions, hashes and times of the run",
    "estimates": "ids of the estimates that it rests on",
    "RunFile.estimates": "the numbers",
    "audits": "derived numbers and wordings of the study, recomputed",
    "confounds": "verdicts on rival explanations",
    "headlines": "the three verdicts on each headline",
    "quotations": "each headline’s number as quoted, and its range over specifications",
    "evidence": "what organisms, control agents or named models say about a headline",
    "notes": "derived numbers beside which the study prints nothing",
    "what": "what was computed",
    "cells": "notebook cell, by execution count, that recorded each estimate",
    "claims": "ids of the claims it speaks to",
    "says": "what the study or its sources say",
    "Evidence.says": "what the measurement says about the headline",
    "recomputed": "what the printed counts give",
    "result": "outcome of the audit",
    "confound": "rival explanation, a word of the taxonomy",
    "manipulation": "change of one thing that would separate it from the claim",
    "finding": "what the numbers say",
    "verdict": "whether it is separated",
    "headline": "the headline in words",
    "Claim.headline": "whether a press summary would quote it",
    "reproducible": "same numbers from the same analysis",
    "robust": "same numbers from other defensible analyses",
    "replicable": "same numbers from new data",
    "flip_point": "the choice that turns the answer",
    "low": "lower limit of the interval",
    "high": "upper limit of the interval",
    "level": "nominal coverage of the interval",
    "interval_method": "how the interval was computed",
    "Audit.id": "unique within a run",
    "Claim.id": "letter of the source and a number",
    "Claim.sources": "keys of the sources in the claims file",
    "Claim.confidence": "how the source was read, a code of the vocabulary",
    "measured_by": "how the study measured it",
    "values": "the printed numbers",
    "Value.unit": "unit as printed",
    "Value.missing": "why there is no value",
}
WORDS = {
    "str": "text",
    "int": "whole number",
    "float": "number",
    "bool": "yes or no",
    "dict": "names with values",
}
FIELD = re.compile(r"^ {4}(\S.*?) : .*\n((?: {8}.*\n?|\n)+)", re.MULTILINE)


def markdown() -> str:
    """The whole dictionary as Markdown."""
    csv = _csv_columns()
    parts = [
        "## `estimates.csv`: a row an estimate {#sec-csv}",
        table(pd.DataFrame(csv)).data,
        "## `estimates.json`: one run {#sec-json}",
    ]
    for model in _records(RunFile):
        parts += [f"### {model.__name__} {{#field-{model.__name__.lower()}}}", _summary(model)]
        parts.append(table(pd.DataFrame(fields(model))).data)
    parts.append("## `claims.yaml`: what the study prints {#sec-claims}")
    for model in (Claim, Value):
        parts += [f"### {model.__name__} {{#claim-{model.__name__.lower()}}}", _summary(model)]
        parts.append(table(pd.DataFrame(fields(model))).data)
    return "\n\n".join(parts) + "\n"


def fields(model: type[BaseModel]) -> list[dict]:
    """Name, type, whether it is always there, and meaning of each field of a record."""
    return [
        {
            "field": Inline(f"`{name}`"),
            "type": Inline(_type(field.annotation)),
            "always there": "yes" if field.is_required() else "no",
            "meaning": meaning(model, name),
        }
        for name, field in model.model_fields.items()
    ]


def meaning(model: type[BaseModel], name: str) -> str:
    """What a field means: as the record's docstring says it, else from this module; or ''."""
    own = f"{model.__name__}.{name}"
    return _documented(model).get(name) or MEANINGS.get(own) or MEANINGS.get(name, "")


def _documented(model: type[BaseModel]) -> dict[str, str]:
    found = {}
    for match in FIELD.finditer((model.__doc__ or "") + "\n"):
        for name in match[1].split(", "):
            found[name] = " ".join(match[2].split())
    return found


def _summary(model: type[BaseModel]) -> str:
    return plain((model.__doc__ or "").strip().splitlines()[0])


def _records(model: type[BaseModel]) -> list[type[BaseModel]]:
    """The record and every record it holds, outermost first."""
    found = [model]
    for field in model.model_fields.values():
        for held in _held(field.annotation):
            found += [one for one in _records(held) if one not in found]
    return found


def _held(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [one for argument in get_args(annotation) for one in _held(argument)]


def _type(annotation: object) -> str:
    """A type in words; one of several given words as these words."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return "one of " + ", ".join(f"`{plain(word)}`" for word in arguments)
    if origin in (Union, UnionType):
        known = [_type(one) for one in arguments if one is not type(None)]
        return " or ".join(dict.fromkeys(known)) + (
            " or nothing" if len(known) < len(arguments) else ""
        )
    if origin is tuple:
        return "list of " + _type(arguments[0])
    if origin is dict:
        return f"{_type(arguments[0])} to {_type(arguments[1])}"
    if origin is not None:  # Annotated
        return _type(arguments[0])
    name = getattr(annotation, "__name__", str(annotation))
    return WORDS.get(name, name)


def _csv_columns() -> list[dict]:
    """The columns that `estimates.table` writes, in its order."""
    record = next(one for one in _records(RunFile) if one.__name__ == "Estimate")
    example = estimates.read(next(iter(sorted(estimates.paths.ESTIMATES.glob("*/reference.json")))))
    return [
        {"column": Inline(f"`{name}`"), "meaning": meaning(record, name)}
        for name in estimates.table([example]).columns
    ]
