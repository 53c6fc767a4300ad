"""Read JSON strictly: report repeated keys, NaN and lone surrogates, which other readers accept silently."""

from __future__ import annotations

import codecs
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from helios_gui.translation import tr
from helios_gui.utils.json_mistakes import mistake_in

Location = tuple[str | int, ...]
"""The path of a value in a JSON document: keys and list indexes, from the root."""

_MOST_SPACE = 1_000
_DEEPEST = 100  # no real document is nested deeper, and json.dumps can write it
_MOST_PROBLEMS = 1_000
_MOST_KEYS = 1_400_000
_MOST_VALUES = 3_000_000
_LONGEST_TEXT = 4_000_000
_MOST_BYTES_OF_WIDE_TEXT = 24 * 1024 * 1024
_LONG_TEXT = re.compile(rb'(?:"|\A)[^"]{%d}' % _LONGEST_TEXT)
_WIDE = re.compile(rb"[\xf0-\xf4]")
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class JsonTextError(ValueError):
    """The text is not JSON; the message tells why and where."""


class _RepeatingObject(dict[str, object]):
    """An object with keys that were given more than once, of which the last value is kept."""

    repeated: tuple[str, ...] = ()


def decode_json(data: bytes) -> tuple[object, list[tuple[Location, str]]]:
    """Decode a JSON document.

    Returns:
        The document, and the problems of what could be read nevertheless: the location and a message for each.

    Raises:
        JsonTextError: If ``data`` is not UTF-8 or not JSON.
    """
    if data.startswith(_UTF16_MARKS):
        raise JsonTextError(tr("is UTF-16 text; save it as UTF-8 without a byte-order mark"))
    _check_size(data)
    problems: list[tuple[Location, str]] = []
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
        problems.append(((), tr("starts with a byte-order mark; save it as UTF-8 without one")))
    text = ""
    try:
        text = data.decode("utf-8")
        document = json.loads(text, object_pairs_hook=_Objects().make)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise JsonTextError(tr("is not UTF-8 text: line {line} column {column}", line=line, column=column)) from error
    except json.JSONDecodeError as error:
        raise JsonTextError(_syntax_problem(text, error)) from error
    except RecursionError as error:
        raise JsonTextError(tr("is nested more than {deepest} levels deep", deepest=_DEEPEST)) from error
    except JsonTextError:
        raise
    except ValueError as error:  # the interpreter's limit on the digits of an integer
        raise JsonTextError(tr("holds a whole number with thousands of digits")) from error
    problems.extend(islice(find_json_problems(document), _MOST_PROBLEMS))
    return document, problems


def _syntax_problem(text: str, error: json.JSONDecodeError) -> str:
    """Return what is wrong with a text that is not JSON; usual mistakes in words of their own."""
    place = {"line": error.lineno, "column": error.colno}
    here = text[error.pos : error.pos + 1]
    after = text[error.pos + 1 : error.pos + _MOST_SPACE].lstrip()[:1]
    before = text[max(0, error.pos - _MOST_SPACE) : error.pos].rstrip()[-1:]
    if not text.strip():
        return tr("is empty")
    if here in ("/", "#"):
        return tr("has a comment in line {line} column {column}; JSON has none: remove it", **place)
    if "," in (before, here) and {before, here, after} & {"}", "]"}:
        return tr("has a comma too many near line {line} column {column}", **place)
    if here in ("'", "“", "”"):
        return tr('has other quotation marks than " in line {line} column {column}', **place)
    if error.pos == 0:
        return tr("is no JSON text, which starts with {brace}", brace="{")
    return tr("is not JSON: {mistake}", mistake=mistake_in(error))


def _check_size(data: bytes) -> None:
    """Refuse what would take far more memory than it has bytes.

    An empty list is three bytes in a file and a hundred in memory; with one emoji, all characters of a text take four.
    """
    if data.count(b",") + data.count(b"[") + data.count(b"{") > _MOST_VALUES:
        raise JsonTextError(tr("holds more than {most_values:,} values", most_values=_MOST_VALUES))
    if _LONG_TEXT.search(data):
        raise JsonTextError(
            tr("holds more than {longest_text:,} characters without a quotation mark", longest_text=_LONGEST_TEXT)
        )
    if len(data) > _MOST_BYTES_OF_WIDE_TEXT and _WIDE.search(data):
        raise JsonTextError(tr("is too large for a file with emoji or other characters beyond the usual ones"))


class _Objects:
    """Makes the objects of one document, and counts their keys: each may be a text of its own."""

    def __init__(self) -> None:
        self._keys = 0

    def make(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        """Return an object. Raises ``JsonTextError`` when the document holds too many keys."""
        self._keys += len(pairs)
        if self._keys > _MOST_KEYS:
            raise JsonTextError(tr("holds more than {most_keys:,} keys", most_keys=_MOST_KEYS))
        result = dict(pairs)
        if len(result) == len(pairs):
            return result
        marked = _RepeatingObject(result)
        marked.repeated = tuple(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        return marked


def find_json_problems(document: object) -> Iterator[tuple[Location, str]]:
    """Find what a JSON document should not hold: the location and a message for each problem.

    The search is not recursive, as a document may be nested very deep.
    """
    path: list[str | int] = []
    waiting: list[Iterator[tuple[str | int, object]]] = [iter([("", document)])]
    while waiting:
        key, value = next(waiting[-1], (None, None))
        if key is None:
            waiting.pop()
            del path[-1:]
        elif isinstance(value, str):
            if not is_unicode(value):
                yield (*path, key)[1:], tr("contains half of a surrogate pair, which is not a character")
        elif isinstance(value, float):
            if not math.isfinite(value):
                yield (*path, key)[1:], tr("must be a finite number, not {text}", text=json.dumps(value))
        elif isinstance(value, (dict, list)):
            if len(path) >= _DEEPEST:
                yield (*path, key)[1:4], tr("is nested more than {deepest} levels deep", deepest=_DEEPEST)
                continue
            if isinstance(value, dict):
                yield from _find_key_problems((*path, key)[1:], value)
            path.append(key)
            waiting.append(iter(value.items() if isinstance(value, dict) else enumerate(value)))


def _find_key_problems(location: Location, value: dict[str, object]) -> Iterator[tuple[Location, str]]:
    if isinstance(value, _RepeatingObject):
        for key in value.repeated:
            yield (*location, key), tr("is given more than once")
    for key in value:
        if not is_unicode(key):
            yield location, tr("has a key with half of a surrogate pair, which is not a character")


def is_unicode(text: str) -> bool:
    """Return whether ``text`` can be encoded: it has no half of a surrogate pair."""
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
