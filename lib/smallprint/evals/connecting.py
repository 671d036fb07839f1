"""The Inspect model behind a name, made safe: no keys in errors, no downloads to count tokens."""

import re

from inspect_ai.model import GenerateConfig, Model, get_model

from smallprint.evals import prices
from smallprint.evals.gate import short
from smallprint.evals.redaction import redact_data, redact_error
from smallprint.evals.shelf import AskingError


def connect(
    name: str,
    base_url: str | None = None,
    model_args: dict | None = None,
    config: GenerateConfig | None = None,
) -> Model:
    """The Inspect model of that name, cleaned of keys in errors.

    Raises
    ------
    AskingError
        One line: no key, unknown provider, missing package.
    """
    try:
        model = get_model(
            name,
            base_url=base_url,
            config=config or GenerateConfig(),
            memoize=False,
            **(model_args or {}),
        )
    except Exception as error:
        raise AskingError(f"{name}: {_plain(error)}") from None
    _redact_errors(model)
    _count_offline(model)
    return model


def _redact_errors(model: Model) -> None:
    """Clean what the provider raises before Inspect prints or logs it."""
    generate = model.api.generate

    async def cleaned(*args, **kwargs):
        try:
            result = await generate(*args, **kwargs)
        except Exception as error:
            redact_error(error)
            raise
        output, call = result if isinstance(result, tuple) else (result, None)
        if isinstance(output, Exception):
            redact_error(output)
            if call is not None:
                call.request, call.response = redact_data(call.request), redact_data(call.response)
        return result

    model.api.generate = cleaned


def _count_offline(model: Model) -> None:
    """Count tokens roughly instead of with a vocabulary that would be downloaded.

    Only models that report no usage of their own are counted at all.
    """

    async def count(text: str) -> int:
        return len(text) // prices.CHARACTERS_PER_TOKEN

    model.api.count_text_tokens = count


def _plain(error: BaseException) -> str:
    """Inspect's messages to users, without its markup, on one line."""
    text = str(getattr(error, "message", error))
    return short(re.sub(r"\[/?(bold|italic|blue|red|link)[^\]]*\]", "", text))
