"""Read JSON strictly: report repeated keys, NaN and lone surrogates, which other readers accept silently."""

from __future__ import annotations

import codecs
import json
import math
from collections import Counter
from collections.abc import Iterator

from helios_gui.translation import tr

Location = tuple[str | int, ...]
"""The path of a value in a JSON document: keys and list indexes, from the root."""

_DEEPEST = 100  # no real document is nested deeper, and json.dumps can write it
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
    problems: list[tuple[Location, str]] = []
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
        problems.append(((), tr("starts with a byte-order mark; save it as UTF-8 without one")))
    try:
        document = json.loads(data.decode("utf-8"), object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise JsonTextError(tr("is not UTF-8 text: line {line} column {column}", line=line, column=column)) from error
    except json.JSONDecodeError as error:
        raise JsonTextError(
            tr(
                "is not JSON: {msg}: line {lineno} column {colno}",
                msg=error.msg,
                lineno=error.lineno,
                colno=error.colno,
            )
        ) from error
    except RecursionError as error:
        raise JsonTextError(tr("is nested more than {deepest} levels deep", deepest=_DEEPEST)) from error
    except ValueError as error:  # the interpreter's limit on the digits of an integer
        raise JsonTextError(tr("holds a whole number with thousands of digits")) from error
    problems.extend(find_json_problems(document))
    return document, problems


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
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
    waiting: list[tuple[Location, object]] = [((), document)]
    while waiting:
        location, value = waiting.pop()
        if isinstance(value, str):
            if not is_unicode(value):
                yield location, tr("contains half of a surrogate pair, which is not a character")
        elif isinstance(value, float):
            if not math.isfinite(value):
                yield location, tr("must be a finite number, not {dumps}", dumps=json.dumps(value))
        elif isinstance(value, (dict, list)):
            if len(location) >= _DEEPEST:
                yield location[:3], tr("is nested more than {deepest} levels deep", deepest=_DEEPEST)
                continue
            if isinstance(value, dict):
                yield from _find_key_problems(location, value)
            children = value.items() if isinstance(value, dict) else enumerate(value)
            waiting.extend(((*location, key), child) for key, child in children)


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
