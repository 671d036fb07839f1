"""What a model's tokens cost, from the dated list in ``data/prices.yaml``."""

from fnmatch import fnmatchcase
from functools import cache
from typing import NamedTuple, Protocol

import yaml

from smallprint import paths

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
    """
    for entry in _entries():
        if fnmatchcase(model, entry["model"]):
            return Price(
                input=entry["input"],
                output=entry["output"],
                cache_write=entry.get("cache_write", entry["input"]),
                cache_read=entry.get("cache_read", entry["input"]),
                batch=entry.get("batch", 1.0),
                date=str(entry["date"]),
                source=entry["source"],
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
def _entries() -> list[dict]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))
