"""What a model's tokens cost, from the dated list in ``data/prices.yaml``."""

from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Annotated, NamedTuple, Protocol

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from smallprint import messages, paths, strict_yaml
from smallprint.evals.shelf import AskingError

FILE = paths.DATA / "prices.yaml"
MILLION = 1_000_000
CHARACTERS_PER_TOKEN = 4
TOOL_TOKENS = 1000


class Price(NamedTuple):
    """USD per million tokens.

    Attributes
    ----------
    cache_write, cache_read : float
        For input tokens written to and read from the provider's own cache.
    batch : float
        Factor on all of them in batch mode, 1 where no discount is known.
    date, source : str
        Day the price was looked up, and the page it stands on.
    """

    input: float
    output: float
    cache_write: float
    cache_read: float
    batch: float
    date: str
    source: str


USD = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Entry(BaseModel):
    """One entry of the list; prices in USD per million tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    model: Annotated[str, Field(min_length=1)]
    input: USD
    output: USD
    cache_write: USD | None = None
    cache_read: USD | None = None
    batch: Annotated[float, Field(gt=0, le=1)] = 1.0
    date: date
    source: Annotated[str, Field(min_length=1)]


class Usage(Protocol):
    """Inspect's `ModelUsage`, as far as it is priced; `input_tokens` are those not cached."""

    input_tokens: int
    output_tokens: int
    input_tokens_cache_write: int | None
    input_tokens_cache_read: int | None


def price(model: str) -> Price | None:
    """The price of an Inspect model name, or None if the list has none.

    The first entry whose pattern matches the whole name counts; ``*`` stands
    for any characters.

    Raises
    ------
    AskingError
        With a line for each place of the list that cannot be read.
    """
    for entry in _entries(FILE):
        if fnmatchcase(model, entry.model):
            return Price(
                input=entry.input,
                output=entry.output,
                cache_write=entry.input if entry.cache_write is None else entry.cache_write,
                cache_read=entry.input if entry.cache_read is None else entry.cache_read,
                batch=entry.batch,
                date=str(entry.date),
                source=entry.source,
            )
    return None


def cost(price: Price, usage: Usage, *, batch: bool = False) -> float:
    """USD of one reply, from the token counts that the provider reported."""
    dollars = (
        usage.input_tokens * price.input
        + usage.output_tokens * price.output
        + (usage.input_tokens_cache_write or 0) * price.cache_write
        + (usage.input_tokens_cache_read or 0) * price.cache_read
    ) / MILLION
    return dollars * (price.batch if batch else 1.0)


def estimate(price: Price, text: str, output_tokens: float, *, batch: bool = False) -> float:
    """USD to expect for one request, at four characters a token."""
    dollars = len(text) / CHARACTERS_PER_TOKEN * price.input + output_tokens * price.output
    return dollars / MILLION * (price.batch if batch else 1.0)


def worst(price: Price, text: str, max_tokens: int, *, batch: bool = False) -> float:
    """Most that one request can cost, in USD.

    No tokenizer makes more tokens than the text has bytes; a thousand more
    stand for roles, separators and the provider's text about tools.
    """
    dearest = max(price.input, price.cache_write, price.cache_read)
    dollars = (len(text.encode()) + TOOL_TOKENS) * dearest + max_tokens * price.output
    return dollars / MILLION * (price.batch if batch else 1.0)


@cache
def _entries(file: Path) -> list[_Entry]:
    try:
        raw, twice = strict_yaml.parse(file.read_text(encoding="utf-8"))
        problems = [f"line {line}: '{key}' a second time; keep one" for line, key in twice]
        found = TypeAdapter(list[_Entry]).validate_python(raw)
    except ValidationError as error:
        problems = [_problem(raw, one) for one in error.errors(include_url=False)]
    except OSError as error:
        problems = [f"cannot be read ({error.strerror})"]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problems = [f"{strict_yaml.described(error)}; mend that line"]
    if problems:
        raise AskingError(messages.screen(f"{file}: {one}" for one in problems))
    return found


def _problem(raw: object, error: dict) -> str:
    """A problem in the words of its entry and field."""
    place, fields = error["loc"], ", ".join(_Entry.model_fields)
    if not place:
        return f"found {type(raw).__name__}; allowed: a list of entries with {fields}"
    entry = raw[place[0]] if isinstance(raw[place[0]], dict) else {}
    where = ": ".join([f"entry {place[0] + 1} ({entry.get('model')})", *map(str, place[1:])])
    unknown = error["type"] == "extra_forbidden"
    near = messages.nearest(place[-1], _Entry.model_fields) if unknown else ""
    return f"{where}: {error['msg']}{near}; an entry has {fields}"
