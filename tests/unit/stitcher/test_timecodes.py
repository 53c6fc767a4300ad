"""Timecodes of later frames, with and without dropped numbers."""

from __future__ import annotations

from fractions import Fraction

import pytest

from helios_gui.stitcher.timecodes import frame_number, later_timecode

NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("timecode", "frames", "rate", "later"),
    [
        ("01:00:00:20", 12, Fraction(30), "01:00:01:02"),
        ("23:59:59:24", 1, Fraction(25), "00:00:00:00"),
        ("00:00:59;29", 1, NTSC, "00:01:00;02"),  # SMPTE ST 12: two numbers are left out each minute …
        ("00:09:59;29", 1, NTSC, "00:10:00;00"),  # … but not each tenth
        ("01:00:00;00", 17982, NTSC, "01:10:00;00"),
        ("00:00:59;59", 1, Fraction(60000, 1001), "00:01:00;04"),
        ("reel 7", 5, Fraction(25), "reel 7"),
    ],
)
def test_the_timecode_of_a_later_frame(timecode: str, frames: int, rate: Fraction, later: str) -> None:
    assert later_timecode(timecode, frames, rate) == later


@pytest.mark.parametrize("rate", [NTSC, Fraction(60000, 1001)])
def test_every_number_is_that_of_its_timecode(rate: Fraction) -> None:
    start = "00:08:50;00"
    first = frame_number(start, rate)
    assert first is not None
    for frames in range(0, 9000, 7):
        assert frame_number(later_timecode(start, frames, rate), rate) == first + frames
