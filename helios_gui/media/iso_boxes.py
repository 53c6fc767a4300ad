"""The boxes that QuickTime and MP4 files are made of (ISO/IEC 14496-12)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

HEADER = 8
_LARGE = 1
"""The size of a box whose true size is in the eight bytes that follow (ISO/IEC 14496-12, 4.2)."""
_MOST = 1 << 20
"""Boxes beside each other that are looked at: no usual file has as many, and one made to take long is not to."""

Span = tuple[int, int]
"""Where something begins and ends in a file, in bytes."""


def all_boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, Span, int]]:
    """Yield the boxes that lie between two places of a file: kind, where each is, and where its content begins."""
    for _ in range(_MOST):
        if start + HEADER > end:
            return
        file.seek(start)
        head = file.read(16)
        size, begin = int.from_bytes(head[:4], "big"), start + HEADER
        if size == _LARGE:
            size, begin = int.from_bytes(head[8:16], "big"), start + 16
        size = size or end - start
        if size < begin - start or len(head) < HEADER:
            return
        yield head[4:8], (start, min(start + size, end)), begin
        start += size


def contents(file: BinaryIO, kind: bytes, start: int, end: int) -> Iterator[Span]:
    """Yield where the content of each box of a kind begins and ends."""
    for found, (_, last), begin in all_boxes(file, start, end):
        if found == kind:
            yield begin, last


def contents_within(file: BinaryIO, kinds: tuple[bytes, ...], start: int, end: int) -> Iterator[Span]:
    """Yield where the content of boxes begins and ends that are the last of ``kinds``, each within the one before."""
    if not kinds:
        yield start, end
        return
    for span in contents(file, kinds[0], start, end):
        yield from contents_within(file, kinds[1:], *span)
