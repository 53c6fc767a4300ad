"""The boxes of QuickTime and MP4 files, also of broken ones."""

from __future__ import annotations

import io

import pytest

from helios_gui.media.iso_boxes import all_boxes, contents_within
from tests.support.picture_boxes import box


def kinds(data: bytes) -> list[bytes]:
    return [kind for kind, _, _ in all_boxes(io.BytesIO(data), 0, len(data))]


def test_boxes_within_boxes_are_found_with_sizes_of_all_kinds():
    inner = box(b"trak", b"abc")
    large = (1).to_bytes(4, "big") + b"moov" + (16 + len(inner)).to_bytes(8, "big") + inner
    to_the_end = bytes(4) + b"mdat" + b"frames"
    data = box(b"free") + large + to_the_end
    assert kinds(data) == [b"free", b"moov", b"mdat"]
    assert [data[start:end] for start, end in contents_within(io.BytesIO(data), (b"moov", b"trak"), 0, len(data))] == [
        b"abc"
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0\0",
        b"\0\0\0\7moov",
        b"\0\0\0\1moov",
        (1).to_bytes(4, "big") + b"moov" + (3).to_bytes(8, "big"),
    ],
)
def test_boxes_that_are_none_end_the_search(data):
    assert kinds(data) == []


def test_a_box_that_says_more_than_there_is_ends_with_the_file():
    (found,) = all_boxes(io.BytesIO(b"\xff\xff\xff\xffmoovabc"), 0, 11)
    assert found == (b"moov", (0, 11), 8)
