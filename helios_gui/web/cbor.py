"""Messages of the Chrome DevTools Protocol in CBOR (RFC 8949), for a browser's ``--remote-debugging-pipe=cbor``.

A picture is in them as it is, where JSON holds it in Base64. Of CBOR they use maps and arrays of indefinite length,
each inside an envelope (tag 24) that tells its length, and 64-bit floats. Text is UTF-8 or, in a byte string, UTF-16;
bytes have a tag before them (22, "expected to be written in Base64").
"""

from __future__ import annotations

import struct
from typing import Any

HEADER = 7
"""Bytes of a message before its content: the envelope, with its length in the last four."""

_ENVELOPE = b"\xd8\x18\x5a"
_LEGACY_ENVELOPE = 0x5A  # without the number of the tag
_MAP, _ARRAY, _STOP = 0xBF, 0x9F, 0xFF
_ENVELOPE_TAG, _BASE64_TAG = 0xD8, 0xD6
_FALSE, _TRUE, _NULL, _FLOAT = 0xF4, 0xF5, 0xF6, 0xFB
_UNSIGNED, _NEGATIVE, _BYTES, _TEXT = 0, 1, 2, 3
_LENGTHS = {24: ">B", 25: ">H", 26: ">I", 27: ">Q"}
_LARGEST_WHOLE = 2**53  # JSON writes such numbers without a point
_SMALLEST, _LARGEST = -(2**31), 2**31 - 1


class MessageError(ValueError):
    """Bytes of the browser are no message."""


def encode(message: dict[str, Any]) -> bytes:
    """Return a message; its values are those of JSON."""
    return _encode(message)


def length_of(header: bytes) -> int:
    """Return how many bytes follow the header of a message.

    Raises:
        MessageError: It is none.
    """
    if not header.startswith(_ENVELOPE):
        raise MessageError
    return int.from_bytes(header[len(_ENVELOPE) : HEADER], "big")


def decode(content: bytes) -> dict[str, Any]:
    """Return a message of which the header was read. What JSON holds in Base64 is ``bytes``.

    Raises:
        MessageError: It is none.
    """
    try:
        value, _ = _decode(memoryview(content), 0)
    except (IndexError, struct.error) as error:
        raise MessageError from error
    if not isinstance(value, dict):
        raise MessageError
    return value


def _encode(value: Any) -> bytes:
    if isinstance(value, str):
        text = value.encode()
        return _start(_TEXT, len(text)) + text
    if isinstance(value, bool) or value is None:
        return bytes([_NULL if value is None else _TRUE if value else _FALSE])
    if isinstance(value, int) and _SMALLEST <= value <= _LARGEST:
        return _start(_UNSIGNED, value) if value >= 0 else _start(_NEGATIVE, -1 - value)
    if isinstance(value, int | float):
        return bytes([_FLOAT]) + struct.pack(">d", value)
    if isinstance(value, dict):
        return _envelope(_MAP, b"".join(_encode(str(key)) + _encode(one) for key, one in value.items()))
    return _envelope(_ARRAY, b"".join(_encode(one) for one in value))


def _envelope(kind: int, content: bytes) -> bytes:
    return _ENVELOPE + struct.pack(">I", len(content) + 2) + bytes([kind]) + content + bytes([_STOP])


def _start(kind: int, number: int) -> bytes:
    if number < 24:
        return bytes([kind << 5 | number])
    low = next(low for low, form in _LENGTHS.items() if number < 1 << 8 * struct.calcsize(form))
    return bytes([kind << 5 | low]) + struct.pack(_LENGTHS[low], number)


def _decode(data: memoryview, place: int) -> tuple[Any, int]:
    """Return the value at a place, and the place after it."""
    first = data[place]
    if first == _ENVELOPE_TAG:
        return _decode(data, place + (6 if data[place + 1] == _LEGACY_ENVELOPE else HEADER))
    if first == _MAP:
        return _decode_map(data, place + 1)
    if first == _ARRAY:
        return _decode_array(data, place + 1)
    if first == _BASE64_TAG:
        length, begin = _read_number(data, place + 1)
        return bytes(data[begin : begin + length]), begin + length
    if first == _FLOAT:
        number = struct.unpack_from(">d", data, place + 1)[0]
        return int(number) if number.is_integer() and abs(number) <= _LARGEST_WHOLE else number, place + 9
    if first in (_FALSE, _TRUE, _NULL):
        return {_FALSE: False, _TRUE: True, _NULL: None}[first], place + 1
    kind = first >> 5
    number, begin = _read_number(data, place)
    if kind == _UNSIGNED:
        return number, begin
    if kind == _NEGATIVE:
        return -1 - number, begin
    if kind in (_BYTES, _TEXT):
        text = str(data[begin : begin + number], "utf-8" if kind == _TEXT else "utf-16-le", "surrogatepass")
        return text, begin + number
    raise MessageError


def _decode_map(data: memoryview, place: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    while data[place] != _STOP:
        key, place = _decode(data, place)
        found[key], place = _decode(data, place)
    return found, place + 1


def _decode_array(data: memoryview, place: int) -> tuple[list[Any], int]:
    found = []
    while data[place] != _STOP:
        value, place = _decode(data, place)
        found.append(value)
    return found, place + 1


def _read_number(data: memoryview, place: int) -> tuple[int, int]:
    """Return the number in the low bits of a value's first byte or after it, and the place after that."""
    low = data[place] & 0x1F
    if low < 24:
        return low, place + 1
    form = _LENGTHS.get(low)
    if form is None:
        raise MessageError
    return struct.unpack_from(form, data, place + 1)[0], place + 1 + struct.calcsize(form)
