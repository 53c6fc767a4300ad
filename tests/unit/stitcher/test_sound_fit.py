"""Which of a chunk's decoded samples belong beside its frames."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.stitcher.sound_fit import SampleFit, Timing, fit_samples, frame_samples, lies_ready, timing_of
from helios_gui.types import MediaInfo, StreamInfo

NEED = 24_000
EXACT = Timing(start=0, tick=2, lead_in=0, timed=True, longest_delay=2_400)
MILLISECONDS = replace(EXACT, tick=49)


@pytest.mark.parametrize(
    ("decoded", "timing", "skip"),
    [
        # What FFmpeg 5.1 and 9.0 decode of half a second, and when it begins, for chunks that FFmpeg made.
        (24_576, EXACT, 0),  # AAC in .mp4, whose lead-in the decoder leaves out
        (25_600, replace(MILLISECONDS, start=-1_008, lead_in=1_024), 1_024),  # AAC in .mkv, .flv
        (25_600, replace(EXACT, start=-1_024, lead_in=1_024), 1_024),  # AAC in .ts
        (24_000, replace(MILLISECONDS, start=-360), 0),  # Opus in .mkv, .webm: the muxer moved the picture
        (24_648, EXACT, 0),  # Opus in .mp4
        (24_128, MILLISECONDS, 0),  # Vorbis in .webm
        (25_105, replace(MILLISECONDS, start=-1_104, lead_in=1_105), 1_105),  # MP3 in .mkv
        (25_344, replace(EXACT, timed=False, lead_in=1_105), 1_105),  # MP3 in .avi, which keeps no times
        (24_576, replace(MILLISECONDS, start=-240, lead_in=256), 256),  # AC-3 in .mkv
        (26_000, replace(EXACT, start=-2_112, lead_in=1_024), 2_112),  # an encoder with a delay of its own
        (25_000, replace(EXACT, start=-1_000), 1_000),  # sound that begins with frames that are not there
    ],
)
def test_what_comes_before_the_frames_is_left_out(decoded: int, timing: Timing, skip: int) -> None:
    assert fit_samples(decoded, NEED, timing) == SampleFit(0, skip, min(NEED, decoded - skip), NEED)


def test_sound_that_begins_late_does_so_in_the_film() -> None:
    assert fit_samples(12_000, NEED, replace(EXACT, start=12_000)) == SampleFit(12_000, 0, 12_000, NEED)
    assert fit_samples(24_000, NEED, replace(EXACT, start=12_000)) == SampleFit(12_000, 0, 12_000, NEED)
    assert fit_samples(6_000, NEED, replace(EXACT, start=12_000)) == SampleFit(12_000, 0, 6_000, NEED)
    assert fit_samples(24_000, NEED, replace(EXACT, start=30_000)) == SampleFit(24_000, 0, 0, NEED)


def test_sound_that_is_too_short_is_followed_by_silence() -> None:
    found = fit_samples(20_000, NEED, EXACT)
    assert found == SampleFit(0, 0, 20_000, NEED)
    assert found.missing == 4_000


def test_sound_of_an_avi_file_without_a_lead_in_is_let_be() -> None:
    assert fit_samples(24_000, NEED, replace(EXACT, timed=False, lead_in=1_105)).skip == 0
    assert fit_samples(24_600, NEED, replace(EXACT, timed=False, lead_in=1_105)).skip == 0


@pytest.mark.parametrize("off", [-2, -1, 0, 1, 2])
def test_rounding_is_let_be_and_the_next_chunk_makes_up_for_it(off: int) -> None:
    assert fit_samples(NEED + off, NEED, EXACT) == SampleFit(0, 0, NEED + off, NEED + off)
    assert fit_samples(NEED + 1_024 + off, NEED, replace(EXACT, start=-1_024, lead_in=1_024)).need == NEED + off


def test_frames_whose_samples_are_no_whole_number() -> None:
    rate = Fraction(30_000, 1_001)
    assert frame_samples([1] * 5, rate, 48_000) == [0, 1_602, 3_203, 4_805, 6_406, 8_008]
    assert frame_samples([30_000], rate, 44_100)[-1] == 44_100 * 1_001


def chunk(sound: StreamInfo | None, container: str = "mov,mp4") -> MediaInfo:
    picture = StreamInfo("video", "h264", 15, Fraction(1, 15_360), start=Fraction(0), rate=Fraction(30))
    return MediaInfo(Path("part.mov"), container, (picture, *([sound] if sound else [])))


PCM = StreamInfo(
    "audio", "pcm_s16le", 15, Fraction(1, 48_000), duration=0.5, sample_rate=48_000, channels=2, start=Fraction(0)
)


def test_which_sounds_can_be_laid_end_to_end_as_they_are() -> None:
    ready = chunk(PCM)
    assert lies_ready([ready], Fraction(30))
    assert lies_ready([ready] * 3, Fraction(30))
    for other in (
        chunk(None),
        chunk(replace(PCM, codec="aac")),
        chunk(replace(PCM, duration=0.6)),
        chunk(replace(PCM, duration=0.4)),
        chunk(replace(PCM, start=Fraction(1, 10))),
        chunk(replace(PCM, start=Fraction(-1, 10))),
    ):
        assert not lies_ready([ready, other, ready], Fraction(30))
        assert not lies_ready([other], Fraction(30))


def test_one_sample_too_many_each_time_must_not_add_up() -> None:
    longer = chunk(replace(PCM, duration=0.5 + 1 / 48_000))
    assert lies_ready([longer] * 1_000, Fraction(30))
    assert not lies_ready([longer] * 2_000, Fraction(30))


def test_times_of_a_sound() -> None:
    opus = replace(PCM, codec="opus", time_base=Fraction(1, 1_000), start=Fraction(-7, 1_000), lead_in=312)
    moved = chunk(opus, "matroska,webm")
    assert timing_of(moved, opus, 48_000) == Timing(-24, 49, 0, True, 2_400)
    assert timing_of(moved, opus, 96_000) == Timing(-48, 97, 0, True, 4_800)
    mp3 = replace(PCM, codec="mp3")
    assert timing_of(chunk(mp3, "avi"), mp3, 48_000) == Timing(0, 4, 1_105, False, 2_400)
    mp2 = replace(PCM, codec="mp2")
    late = timing_of(chunk(mp2, "avi"), mp2, 48_000)
    assert fit_samples(NEED + 192, NEED, late) == SampleFit(0, 481, NEED + 192 - 481, NEED)
