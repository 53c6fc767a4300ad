"""Tables of values, one row for each job that is made of a source."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from helios_gui.translation import tr
from helios_gui.types import UserInputError

MOST_ROWS = 10_000
_HEAD = 1024
_DELIMITERS = {".csv": ",", ".tsv": "\t"}


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

    A value of CSV is JSON where it can be read as such (``3``, ``true``), else text.

    Raises:
        UserInputError: There is no such file, or it holds no table.
    """
    suffix = path.suffix.lower()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else tr("it is not UTF-8 text")
        raise UserInputError(
            tr("{path} cannot be read: {reason}.", path=path, reason=reason), tr("Give a CSV or JSON file with rows.")
        ) from error
    if suffix in _DELIMITERS:
        rows = list(_rows_of_csv(text, path, _DELIMITERS[suffix]))
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


def _rows_of_csv(text: str, path: Path, delimiter: str) -> Iterator[Row]:
    lines = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    try:
        names = next(lines, [])
        if "" in names or len(set(names)) < len(names):
            raise UserInputError(
                tr("{name} has a column without a name, or two of one name.", name=path.name),
                tr("Give each column a name of its own in the first line."),
            )
        number = 0
        for cells in lines:
            if not cells:
                continue
            number += 1
            if len(cells) != len(names):
                raise UserInputError(
                    tr(
                        "Row {row} of {name} has {cells} values for {columns} columns.",
                        row=number,
                        name=path.name,
                        cells=len(cells),
                        columns=len(names),
                    ),
                    tr("Correct it; values with a comma need quotes."),
                )
            yield Row(number, dict(zip(names, map(value_of, cells), strict=True)))
    except csv.Error as error:
        raise UserInputError(
            tr("Line {line} of {name} is no CSV: {error}.", line=lines.line_num, name=path.name, error=error),
            tr("Correct it."),
        ) from error


def _rows_of_json(text: str, path: Path) -> list[Row]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise UserInputError(
            tr("{name} is no JSON: {error}.", name=path.name, error=error), tr("Correct it.")
        ) from error
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise UserInputError(
            tr("{name} is no list of objects.", name=path.name), tr("Write [{…}, {…}], an object for each row.")
        )
    return [Row(number, values) for number, values in enumerate(found, 1)]


def value_of(text: str) -> object:
    """Return the JSON value of a text, else the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text
