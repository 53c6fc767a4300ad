"""What is wrong with a text that is no JSON, in the chosen language: Python's decoder says it in English."""

from __future__ import annotations

import json

from helios_gui.translation import mark, tr

_MISTAKES = {
    "Expecting property name": mark('a name in quotation marks (") or } is expected'),
    "Expecting ':' delimiter": mark("a colon (:) is expected"),
    "Expecting ',' delimiter": mark("a comma (,) or the end of the list or object is expected"),
    "Expecting value": mark("a value is expected"),
    "Illegal trailing comma": mark("a comma is not followed by anything"),
    "Extra data": mark("something follows behind the end"),
    "Unterminated string": mark('the quotation mark (") at the end of the text that begins here is missing'),
    "Invalid control character": mark("a line break, tab or control character stands within a text"),
    "Invalid \\uXXXX escape": mark("\\u is not followed by four hexadecimal digits"),
    "Invalid \\escape": mark("a backslash within a text stands before a character that needs none; write \\\\ for one"),
}
"""How what Python's decoder says begins (3.11 to 3.13) → what it means."""


def mistake_in(error: ValueError) -> str:
    """Return in words why a text is no JSON, and where; ``error`` is what ``json`` raised."""
    if not isinstance(error, json.JSONDecodeError):
        return str(error)
    meaning = next((text for begin, text in _MISTAKES.items() if error.msg.startswith(begin)), "")
    return tr(
        "{mistake}: line {line} column {column}",
        mistake=tr(meaning) if meaning else error.msg,
        line=error.lineno,
        column=error.colno,
    )
