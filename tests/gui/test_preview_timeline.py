"""Frames in time, and times in words."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios_gui.ui.preview.timeline import Timeline, evenly_spaced, timecode

RATES = st.sampled_from([Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(60), Fraction(120)])
GAPS = st.lists(st.floats(min_value=0.004, max_value=5), min_size=1, max_size=60)


@given(RATES, st.integers(min_value=1, max_value=500_000), st.data())
def test_an_even_timeline_finds_every_frame_by_its_start_and_by_its_middle(
    rate: Fraction, frames: int, data: st.DataObject
) -> None:
    timeline = Timeline(rate, frames)
    index = data.draw(st.integers(min_value=0, max_value=timeline.last))
    assert timeline.nearest(round(timeline.start(index), 6)) == index
    assert timeline.showing(int(timeline.middle(index) * 1000) / 1000) == index


@given(GAPS, st.data())
def test_an_uneven_timeline_finds_every_frame_by_its_start_and_by_its_middle(
    gaps: list[float], data: st.DataObject
) -> None:
    starts = [10.0]
    for gap in gaps:
        starts.append(starts[-1] + gap)
    timeline = Timeline.from_starts(tuple(starts))
    index = data.draw(st.integers(min_value=0, max_value=timeline.last))
    assert timeline.start(0) == 0
    assert timeline.nearest(round(timeline.start(index), 6)) == index
    assert timeline.showing(int(timeline.middle(index) * 1000) / 1000) == index


def test_times_outside_the_video_give_its_ends() -> None:
    for timeline in (Timeline(Fraction(24), 48), Timeline.from_starts((0.0, 1.0, 5.0))):
        assert timeline.nearest(-3) == timeline.showing(-3) == 0
        assert timeline.nearest(99) == timeline.showing(99) == timeline.last


def test_a_timeline_ends_with_its_last_frame() -> None:
    assert Timeline(Fraction(24), 48).duration == pytest.approx(2)
    assert Timeline.from_starts((7.0,)).frames == 1


def test_evenly_spaced_forgives_rounded_time_stamps_only() -> None:
    milliseconds = tuple(round(index / 24, 3) for index in range(48))
    assert evenly_spaced(milliseconds, 0.0015)
    assert not evenly_spaced((*milliseconds, 2.5), 0.0015)
    assert evenly_spaced((), 0)
    assert evenly_spaced((1.0,), 0)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "00:00.00"),
        (4.12, "00:04.12"),
        (4.129, "00:04.12"),
        (59.999, "00:59.99"),
        (60, "01:00.00"),
        (3599.99, "59:59.99"),
        (3723.5, "1:02:03.50"),
        (-1, "00:00.00"),
    ],
)
def test_timecode(seconds: float, text: str) -> None:
    assert timecode(seconds) == text


@given(st.integers(min_value=0, max_value=359_999))
def test_timecode_keeps_every_hundredth(hundredths: int) -> None:
    text = timecode(hundredths / 100)
    minutes, rest = text.split(":")[-2:]
    hours = int(text.split(":")[0]) if text.count(":") == 2 else 0
    assert round((hours * 60 + int(minutes)) * 6000 + float(rest) * 100) == hundredths
