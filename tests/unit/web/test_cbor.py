"""Messages of a browser in CBOR."""

from __future__ import annotations

from typing import Any

import pytest

from helios_gui.web import cbor

VALUES: list[Any] = [
    0, 23, 24, 255, 256, 65535, 65536, 2**31 - 1, -1, -24, -25, -300, -(2**31), 1.5, -0.001, float(2**40),
    True, False, None, "", "Grüße 日本 \U0001f600", "x" * 70_000, [], {}, [1, [2, {"a": []}]], {"a": {"b": {"c": 1}}},
]  # fmt: skip


def test_what_is_sent_is_read_again() -> None:
    for value in VALUES:
        message = cbor.encode({"id": 1, "params": {"value": value}})
        assert cbor.length_of(message[: cbor.HEADER]) == len(message) - cbor.HEADER
        assert cbor.decode(message[cbor.HEADER :]) == {"id": 1, "params": {"value": value}}


def test_text_in_utf_16_and_bytes_are_read() -> None:
    def message(value: bytes) -> bytes:
        return b"\xbf\x61a" + value + b"\xff"

    text = "Grüße".encode("utf-16-le")
    assert cbor.decode(message(bytes([0x40 | len(text)]) + text)) == {"a": "Grüße"}
    assert cbor.decode(message(b"\xd6\x43\x00\xff\x80")) == {"a": b"\x00\xff\x80"}
    assert cbor.decode(message(b"\xd8\x5a\x00\x00\x00\x03\x9f\x01\xff")) == {"a": [1]}, "an envelope of older browsers"


@pytest.mark.parametrize("content", [b"", b"\xbf\x61a", b"\x9f\xff", b"\xbf\x61a\xe0\xff", b"\xbf\x61a\x1c\xff"])
def test_what_is_no_message_is_refused(content: bytes) -> None:
    with pytest.raises(cbor.MessageError):
        cbor.decode(content)
    with pytest.raises(cbor.MessageError):
        cbor.length_of(b'{"id":1')
