"""Tables of values, one row for each job that is made of a source."""

from __future__ import annotations

import codecs
import csv
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from helios_gui.translation import mark, tr, tr_count
from helios_gui.types import UserInputError
from helios_gui.utils.json_mistakes import mistake_in

MOST_ROWS = 10_000
_HEAD = 1024
_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_OTHER_DELIMITERS = (";", "\t")
_CSV_MISTAKES = {
    "unexpected end of data": mark('the quotation mark (") at the end of a value is missing'),
    "expected after": mark('something stands between the quotation mark (") at the end of a value and the next one'),
    "field larger than": mark("a value is longer than 131,072 characters"),
}
"""What Python's reader says (a part of it) → what it means."""
"""With which spreadsheets write .csv files where the comma belongs to numbers."""
_MOST_EXACT = 2**53 - 1
"""The greatest whole number that pages read exactly (``Number.MAX_SAFE_INTEGER``)."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its number, from 1, and the values of its columns, as JSON has them."""

    number: int
    values: Mapping[str, object]

    @property
    def tokens(self) -> dict[str, str]:
        """Return the values as texts, for the names of outputs."""
        return {name: value if isinstance(value, str) else json.dumps(value) for name, value in self.values.items()}


def is_table(path: Path) -> bool:
    """Return whether a file looks like one with rows. It reads the disk."""
    suffix = path.suffix.lower()
    if suffix != ".json":
        return suffix in _DELIMITERS
    try:
        with path.open("rb") as file:
            return file.read(_HEAD).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")
    except OSError:
        return False


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a CSV or TSV file with a heading, or of a JSON file with a list of objects.

    A value of CSV is JSON where it can be read as such (``3``, ``true``), else text. A CSV file may have semicolons or
    tabs instead of commas, as spreadsheets of many languages write it; rows without any value are left out.

    Raises:
        UserInputError: There is no such file, or it holds no table.
    """
    suffix = path.suffix.lower()
    try:
        text = _decode(path.read_bytes())
    except UnicodeDecodeError as error:
        reason = tr("it is not UTF-8 text")
        raise UserInputError(
            tr("{path} cannot be read: {reason}.", path=path, reason=reason),
            tr("Save it as UTF-8; in Excel that is “CSV UTF-8”."),
        ) from error
    except OSError as error:
        raise UserInputError(
            tr("{path} cannot be read: {reason}.", path=path, reason=error.strerror),
            tr("Give a CSV or JSON file with rows."),
        ) from error
    if suffix in _DELIMITERS:
        rows = list(_rows_of_csv(text, path, _delimiter(text, suffix)))
    elif suffix == ".json":
        rows = _rows_of_json(text, path)
    else:
        raise UserInputError(
            tr("Rows are not read from {name}.", name=path.name), tr("Give a .csv, .tsv or .json file.")
        )
    if not rows:
        raise UserInputError(tr("{name} has no rows.", name=path.name), tr("Put one row for each video into it."))
    if len(rows) > MOST_ROWS:
        raise UserInputError(
            tr("{name} has {number} rows.", name=path.name, number=len(rows)),
            tr("Divide it: at most {most} are possible.", most=MOST_ROWS),
        )
    return rows


def _decode(data: bytes) -> str:
    is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if is_wide else "utf-8-sig")


def _delimiter(text: str, suffix: str) -> str:
    """Return what is between the names of columns: the usual of the suffix, or another one that alone is there."""
    heading, usual = text.partition("\n")[0], _DELIMITERS[suffix]
    if suffix != ".csv" or usual in heading:
        return usual
    return next((other for other in _OTHER_DELIMITERS if other in heading), usual)


def _rows_of_csv(text: str, path: Path, delimiter: str) -> Iterator[Row]:
    lines = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip() for name in next(lines, [])]
        if "" in names or len(set(names)) < len(names):
            raise UserInputError(
                tr("{name} has a column without a name, or two of one name.", name=path.name),
                tr("Give each column a name of its own in the first line."),
            )
        number = 0
        for cells in lines:
            if not any(cells):
                continue
            number += 1
            if len(cells) != len(names):
                raise UserInputError(
                    tr_count(
                        "Row {row} of {name} has {number} value, the row of headings has {headings}.",
                        "Row {row} of {name} has {number} values, the row of headings has {headings}.",
                        len(cells),
                        row=number,
                        name=path.name,
                        headings=len(names),
                    ),
                    tr("Correct it; values with a comma need quotes."),
                )
            yield Row(number, dict(zip(names, map(_value_of_cell, cells), strict=True)))
    except csv.Error as error:
        raise UserInputError(
            tr(
                "Line {line} of {name} is no CSV: {error}.",
                line=lines.line_num,
                name=path.name,
                error=_csv_mistake(error),
            ),
            tr("Correct it."),
        ) from error


def _csv_mistake(error: csv.Error) -> str:
    """Return in words what Python's reader says in English."""
    meaning = next((text for part, text in _CSV_MISTAKES.items() if part in str(error)), "")
    return tr(meaning) if meaning else str(error)


def _rows_of_json(text: str, path: Path) -> list[Row]:
    try:
        found = json.loads(text, parse_constant=_refuse)
    except ValueError as error:
        raise UserInputError(
            tr("{name} is no JSON: {error}.", name=path.name, error=mistake_in(error)), tr("Correct it.")
        ) from error
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise UserInputError(
            tr("{name} is no list of objects.", name=path.name), tr("Write [{…}, {…}], an object for each row.")
        )
    return [Row(number, values) for number, values in enumerate(found, 1)]


def _value_of_cell(text: str) -> object:
    """Return the value of a cell: numbers only where they are shown as they are written, unlike 12.90."""
    value = value_of(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return value if json.dumps(value) == text.strip() and not text.strip().endswith(".0") else text


def value_of(text: str) -> object:
    """Return the JSON value of a text; else the text, also of numbers that a page cannot read as they are."""
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text
    is_inexact = isinstance(value, int) and abs(value) > _MOST_EXACT
    return text if is_inexact or value in (math.inf, -math.inf) else value


def _refuse(name: str) -> object:
    """Refuse NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(tr("it has no {name}", name=name))
