"""Keys never reach a log, a page or an error: what providers raise is cleaned first."""

import os
import re

NAMES = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
SHORTEST = 8
REDACTED = "[redacted]"


def redact(text: str) -> str:
    """`text` without the values of environment variables whose names suggest a secret.

    Values shorter than eight characters are left alone: they are settings, and
    replacing them would garble ordinary words.
    """
    for secret in _secrets():
        text = text.replace(secret, REDACTED)
    return text


def redact_error(error: BaseException) -> None:
    """Clean an exception, and those it was raised from, in place.

    In place because retries are decided by the exception's type, and because
    providers keep the server's answer in further attributes.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        error.args = redact_data(error.args)
        for name in ("message", "body", "request_id"):
            if getattr(error, name, None) is not None:
                setattr(error, name, redact_data(getattr(error, name)))
        error = error.__cause__ or error.__context__


def _secrets() -> list[str]:
    """Longest first, so that one secret inside another leaves nothing behind."""
    values = {value.strip() for name, value in os.environ.items() if NAMES.search(name)}
    return sorted((value for value in values if len(value) >= SHORTEST), key=len, reverse=True)


def redact_data(value):
    """`redact` applied to every string inside dicts, lists and tuples."""
    match value:
        case str():
            return redact(value)
        case dict():
            return {redact_data(key): redact_data(item) for key, item in value.items()}
        case list() | tuple():
            return type(value)(redact_data(item) for item in value)
    return value
