"""Problems of values in words for people; pydantic's own are English, and for programmers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from helios_gui.translation import mark, tr

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_MOST = 3

_MESSAGES = {
    "missing": mark("is missing"),
    "extra_forbidden": mark("is not known"),
    "bool_type": mark("must be true or false, not {given}"),
    "bool_parsing": mark("must be true or false, not {given}"),
    "int_type": mark("must be a whole number, not {given}"),
    "int_parsing": mark("must be a whole number, not {given}"),
    "int_from_float": mark("must be a whole number, not {given}"),
    "float_type": mark("must be a number, not {given}"),
    "float_parsing": mark("must be a number, not {given}"),
    "finite_number": mark("must be a finite number, not {given}"),
    "string_type": mark("must be text, not {given}"),
    "path_type": mark("must be text, not {given}"),
    "tuple_type": mark("must be a list, not {given}"),
    "list_type": mark("must be a list, not {given}"),
    "model_type": mark("must be an object, not {given}"),
    "dict_type": mark("must be an object, not {given}"),
    "literal_error": mark("must be one of {expected}, not {given}"),
    "enum": mark("must be one of {expected}, not {given}"),
    "string_too_long": mark("must have at most {max_length:,} characters"),
    "too_long": mark("must have at most {max_length:,} entries"),
    "string_too_short": mark("must not be empty"),
    "too_short": mark("must not be empty"),
    "string_pattern_mismatch": mark("has characters that are not allowed, or is not in the form that is expected"),
    "greater_than": mark("must be more than {gt}, not {given}"),
    "greater_than_equal": mark("must be at least {ge}, not {given}"),
    "less_than": mark("must be less than {lt}, not {given}"),
    "less_than_equal": mark("must be at most {le}, not {given}"),
    "frame_rate": mark("must be a rate such as 30 or “24000/1001”, not {given}"),
}
"""Type of an error → the end of a sentence that begins with the place of the value."""


def problem_in_words(detail: ErrorDetails) -> str:
    """Return what is wrong with a value: the end of a sentence about it, or what its own check says."""
    values = detail.get("ctx", {})
    if detail["type"] == "value_error":
        return str(values["error"])
    template = _MESSAGES.get(detail["type"])
    if template is None:
        return detail["msg"]
    return tr(
        template, given=describe_value(detail["input"]), **{name: _plain(value) for name, value in values.items()}
    )


def problems_in_words(error: ValidationError, most: int = _MOST) -> str:
    """Return the first problems, each with its place."""
    return "; ".join(_with_place(detail) for detail in error.errors(include_url=False)[:most])


def dotted(location: Sequence[int | str]) -> str:
    """Return a place in a document, such as ``chunks.3.command``."""
    return ".".join(map(str, location))


def _with_place(detail: ErrorDetails) -> str:
    words = problem_in_words(detail)
    return f"{dotted(detail['loc'])}: {words}" if detail["loc"] else words


def _plain(bound: object) -> object:
    if isinstance(bound, str):
        return bound.replace(" or ", ", ")  # before the last of several
    return int(bound) if isinstance(bound, float) and bound.is_integer() else bound


def describe_value(value: object) -> str:
    """Return a short text for a value of any size, for messages."""
    if isinstance(value, Mapping):
        return tr("an object")
    if isinstance(value, list):
        return tr("a list")
    text = json.dumps(value[:41] if isinstance(value, str) else value, default=str)
    return text if len(text) <= 40 else f"{text[:37]}…"
