"""Reading what a worker answered, be it ours or another one that speaks the same format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from helios_gui.types import AttemptResult, WorkerCapabilities
from helios_gui.utils.json_text import read_json

RESULT_LIMIT = 8 * 1024 * 1024
"""Bytes a result may have; more than any answer, less than what could do harm."""


def read_answer(payload: bytes | str) -> AttemptResult | None:
    """Return the result in ``{statusCode, body}`` (``body`` being JSON text) or as it is.

    Return ``None`` if it is no result.
    """
    document = _parse(payload)
    if isinstance(document, Mapping) and "body" in document and "exitCode" not in document:
        body = document["body"]
        document = _parse(body) if isinstance(body, str | bytes) else body
    if not isinstance(document, Mapping) or "exitCode" not in document:
        return None
    try:
        return AttemptResult.model_validate(document)
    except ValidationError:
        return _read_original(document)


def read_refusal(payload: bytes | str) -> tuple[int, str] | None:
    """Return the status and message of a worker that answered with nothing else; the status is 0 where it says none.

    So do the original's function (``{statusCode, body: {message}}``) and its server (``{message}``) when they cannot
    render.
    """
    document = _parse(payload)
    status: object = 0
    if isinstance(document, Mapping) and "body" in document:
        status, body = document.get("statusCode"), document["body"]
        document = _parse(body) if isinstance(body, str | bytes) else body
    if not isinstance(document, Mapping) or not isinstance(document.get("message"), str):
        return None
    return (status if isinstance(status, int) else 0), document["message"]


def read_capabilities(payload: bytes | str) -> WorkerCapabilities | None:
    """Return what a function or a server says that it can render with; ``None`` for a worker that does not."""
    document = _parse(payload)
    if isinstance(document, Mapping) and isinstance(document.get("body"), str):
        document = _parse(document["body"])
    if not isinstance(document, Mapping) or "capabilities" not in document:
        return None
    try:
        return WorkerCapabilities.model_validate(document["capabilities"])
    except ValidationError:
        return None


def read_result(data: bytes) -> AttemptResult | None:
    """Return the result in a ``result.json``; ``None`` if it is none."""
    try:
        return AttemptResult.model_validate_json(data)
    except ValidationError:
        return None


def _read_original(document: Mapping[str, Any]) -> AttemptResult | None:
    """Read only the fields of the original, for workers whose other fields mean something else."""
    code = document["exitCode"]
    if isinstance(code, bool | float | str):
        return None
    output, stdout, stderr, message = (_text(document.get(name)) for name in ("output", "stdout", "stderr", "message"))
    try:
        return AttemptResult(exit_code=code, output=output, stdout=stdout, stderr=stderr, message=message)
    except ValidationError:
        return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def _parse(payload: bytes | str) -> object:
    try:
        return read_json(payload)
    except ValueError:
        return None
