"""What a worker answers its caller: results within the size a cloud lets through, and refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from helios_gui import __version__
from helios_gui.translation import tr
from helios_gui.types import CAPABILITIES_QUESTION, AttemptResult, UserInputError, WorkerCapabilities, WorkerRequest
from helios_gui.utils.model_problems import problems_in_words

_LIMIT = 2 * 1024 * 1024
"""Bytes of a result: Lambda takes 6 MB, in which the result is JSON inside JSON, at most twice as long."""

_KEPT = 2000
"""Characters that are kept of a long text."""

_TEXTS = ("output", "stdout", "stderr", "message")


def read_request(document: object) -> WorkerRequest:
    """Return the request in a JSON document. Raises ``UserInputError`` saying what is wrong with it."""
    if not isinstance(document, Mapping):
        raise UserInputError(tr("The request must be a JSON object with jobPath and chunkIndex."))
    try:
        return WorkerRequest.model_validate(dict(document), by_alias=True, by_name=False)
    except ValidationError as error:
        problems = problems_in_words(error)
        raise UserInputError(tr("The request cannot be used: {problems}.", problems=problems)) from error


def asks_for_capabilities(document: object) -> bool:
    """Return whether a function is asked what it can render with, and not to render."""
    return document == CAPABILITIES_QUESTION


def capabilities_answer(capabilities: WorkerCapabilities | None) -> dict[str, Any]:
    """Return how a function answers that."""
    found = {} if capabilities is None else {"capabilities": capabilities.to_wire()}
    return {"statusCode": 200, "body": json.dumps({"version": __version__, **found})}


def result_body(result: AttemptResult, limit: int = _LIMIT) -> dict[str, Any]:
    """Return the result as a JSON object of at most ``limit`` bytes: long texts lose their begin if they have to."""
    body = result.to_wire()
    body.setdefault("exitCode", 1)
    if _size(body) > limit:
        body.pop("wholeLog", None)
        for name in _TEXTS:
            if len(body.get(name, "")) > _KEPT:
                body[name] = "…" + body[name][-_KEPT:]
    return body


def server_body(result: AttemptResult) -> dict[str, Any]:
    """Return the result as servers name things: what was printed is ``stdout``."""
    body = result_body(result)
    body["stdout"] = body.pop("output", "")
    return body


def lambda_response(result: AttemptResult) -> dict[str, Any]:
    """Return the result as functions answer it. Callers of the original take any status but 200 for a failure."""
    body = result_body(result)
    body.pop("stdout", None)
    return {"statusCode": 200 if result.failure is None else 500, "body": json.dumps(body)}


def lambda_refusal(error: UserInputError) -> dict[str, Any]:
    """Return the answer to what is no request."""
    return {"statusCode": 400, "body": json.dumps({"message": str(error)})}


def _size(body: Mapping[str, Any]) -> int:
    return len(json.dumps(body))
