"""JSON read strictly: what other readers pass over in silence (a key twice, NaN, half characters) is named."""

from __future__ import annotations

import codecs
import json
import math
from collections import Counter
from collections.abc import Iterator

Location = tuple[str | int, ...]
"""Where something is in a JSON document: keys and list indexes from the root."""

_DEEPEST = 100  # far past any real document, well within what can be written back
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class JsonTextError(ValueError):
    """The text is not JSON at all; the message says why and where."""


class _RepeatingObject(dict[str, object]):
    """An object that gave some keys twice (the last value counts)."""

    repeated: tuple[str, ...] = ()


def decode_json(data: bytes) -> tuple[object, list[tuple[Location, str]]]:
    """The document in ``data``, and what is wrong with it although it can be read.

    Raises ``JsonTextError`` when it cannot: not UTF-8, or not JSON (with line and column).
    """
    if data.startswith(_UTF16_MARKS):
        raise JsonTextError("is UTF-16 text; save it as UTF-8 without a byte-order mark")
    problems: list[tuple[Location, str]] = []
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
        problems.append(((), "starts with a byte-order mark; save it as UTF-8 without one"))
    try:
        document = json.loads(data.decode("utf-8"), object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise JsonTextError(f"is not UTF-8 text: line {line} column {column}") from error
    except json.JSONDecodeError as error:
        raise JsonTextError(f"is not JSON: {error.msg}: line {error.lineno} column {error.colno}") from error
    except RecursionError as error:
        raise JsonTextError(f"is nested more than {_DEEPEST} levels deep") from error
    except ValueError as error:  # the interpreter's limit on the digits of an integer
        raise JsonTextError("holds a whole number with thousands of digits") from error
    problems.extend(_look_through(document))
    return document, problems


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    marked = _RepeatingObject(result)
    marked.repeated = tuple(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
    return marked


def _look_through(document: object) -> Iterator[tuple[Location, str]]:
    """Walks the whole document (not recursively: its depth is not ours to trust)."""
    waiting: list[tuple[Location, object]] = [((), document)]
    while waiting:
        location, value = waiting.pop()
        if isinstance(value, str):
            if not _is_unicode(value):
                yield location, "contains half of a surrogate pair, which is not a character"
        elif isinstance(value, float):
            if not math.isfinite(value):
                yield location, f"must be a finite number, not {json.dumps(value)}"
        elif isinstance(value, (dict, list)):
            if len(location) >= _DEEPEST:
                yield location[:3], f"is nested more than {_DEEPEST} levels deep"
                continue
            if isinstance(value, dict):
                yield from _look_at_keys(location, value)
            children = value.items() if isinstance(value, dict) else enumerate(value)
            waiting.extend(((*location, key), child) for key, child in children)


def _look_at_keys(location: Location, value: dict[str, object]) -> Iterator[tuple[Location, str]]:
    if isinstance(value, _RepeatingObject):
        for key in value.repeated:
            yield (*location, key), "is given more than once"
    for key in value:
        if not _is_unicode(key):
            yield location, "has a key with half of a surrogate pair, which is not a character"


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
