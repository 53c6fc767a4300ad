"""Profiles hold references to credentials, never credentials: what looks like one is refused, and never repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic_core import PydanticCustomError

from helios_gui.translation import mark, tr

_AWS_KEY_ID = re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])")
_AWS_SECRET = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9+][A-Za-z0-9/+]{39}")
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY|\"private_key\"")
_GOOGLE_TOKEN = re.compile(r"\bya29\.[\w.-]{8,}|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}|\bAIza[\w-]{35}")

_ADVICE = (
    (_AWS_KEY_ID, mark("This holds an AWS access key. Store it with “aws configure” and name that AWS profile here.")),
    (_PRIVATE_KEY, mark("This is a private key. Keep it in a file and write the file's path here.")),
    (_GOOGLE_TOKEN, mark("This is a Google token or key. Name a key file, or a service account to act as, instead.")),
)
_AWS_SECRET_ADVICE = mark(
    "This looks like an AWS secret key. Store it with “aws configure” and name that AWS profile here."
)


def refuse_secrets(value: object) -> object:
    """Return ``value`` as it is. Raises ``PydanticCustomError`` where a text in it looks like a credential."""
    for text in _texts(value):
        advice = next((advice for pattern, advice in _ADVICE if pattern.search(text)), "")
        if not advice and _AWS_SECRET.fullmatch(text.strip()):
            advice = _AWS_SECRET_ADVICE
        if advice:
            raise PydanticCustomError("secret", "{advice}", {"advice": tr(advice)})
    return value


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
