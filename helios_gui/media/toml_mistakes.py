"""What is wrong with a text that is no TOML, in the chosen language: Python's parser says it in English."""

from __future__ import annotations

import re

from helios_gui.translation import mark, tr

_PLACE = re.compile(r"(?P<message>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL)
_MISTAKES = {
    "Invalid value": mark("a value is expected; texts stand in quotation marks"),
    "Expected '=' after a key": mark("an equals sign (=) is expected after the name"),
    "Expected newline or end of document": mark("something follows behind the value or the heading"),
    "Expected ']": mark("the bracket (]) at the end of a heading is missing"),
    "Unclosed array": mark("a comma (,) or the bracket (]) at the end of the list is missing"),
    "Unclosed inline table": mark("a comma (,) or the brace (}) at the end of the table is missing"),
    "Unterminated string": mark("the quotation mark at the end of a text is missing"),
    'Expected "': mark("the quotation mark at the end of a text is missing"),
    "Unescaped '\\' in a string": mark(
        "a backslash within a text stands before a character that needs none; write \\\\ for one"
    ),
    "Escaped character is not": mark("\\u is not followed by the number of a character"),
    "Invalid hex value": mark("\\u is not followed by hexadecimal digits"),
    "Invalid date or datetime": mark("a date or time that there is not"),
    "Invalid initial character for a key": mark("a name is expected"),
    "Invalid statement": mark("a name, a heading or a comment (#) is expected"),
    "Illegal character": mark("a line break or control character stands where none may be"),
    "Found invalid character": mark("a line break or control character stands where none may be"),
    "Cannot overwrite": mark("a name is given a second value"),
    "Duplicate inline table key": mark("a name is given a second value"),
    "Cannot declare": mark("a heading is there twice"),
    "Cannot redefine": mark("a heading is there twice"),
    "Cannot mutate": mark("something is added to a table or list that is complete"),
}
"""How what Python's parser says begins (3.11 to 3.13) → what it means."""


def toml_mistake_in(error: ValueError) -> str:
    """Return in words why a text is no TOML, and where; ``error`` is what ``tomllib`` raised."""
    found = _PLACE.fullmatch(str(error))
    if found is None:
        return str(error)
    message = found["message"]
    meaning = next((text for begin, text in _MISTAKES.items() if message.startswith(begin)), "")
    mistake = tr(meaning) if meaning else message
    if found["line"] is None:
        return tr("{mistake}: at the end", mistake=mistake)
    return tr("{mistake}: line {line} column {column}", mistake=mistake, line=found["line"], column=found["column"])
