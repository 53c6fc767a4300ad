"""What a finished video lacks of its source is told, or refused where it is not in time."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.stitcher.changes import picture_changes
from helios_gui.stitcher.extras import Extras, ExtraTrack, TrackLabel, TrackSegment, lost_extras, plan_extras
from helios_gui.stitcher.source_film import FrameTimes, SourceFilm, read_film
from helios_gui.stitcher.source_tracks import check_source_sounds, early_sounds
from helios_gui.types import MediaInfo, SourceTracks, StitchError, StreamInfo
from helios_gui.utils.work_threads import Stop
from tests.support.media_here import ReaderHere
from tests.support.picture_boxes import dolby_vision

TICK = Fraction(1, 1000)
RATE = Fraction(30)
PICTURE = StreamInfo("video", "h264", 30, TICK, 1.0, 64, 48, "yuv420p", RATE, start=Fraction(0))
SOUND = StreamInfo("audio", "aac", 47, TICK, 1.0, sample_rate=48_000, channels=2, index=1, start=Fraction(0))
COVER = StreamInfo("video", "png", 1, TICK, index=2, disposition=frozenset({"attached_pic"}))
SOURCE, MADE = Path("/source.mkv"), Path("/film.mp4")


def info(path: Path, *streams: StreamInfo) -> MediaInfo:
    return MediaInfo(path, "matroska", streams)


def extra(stream: StreamInfo, **label: Any) -> ExtraTrack:
    return ExtraTrack(stream, 0, (TrackSegment(SOURCE, stream.index),), TrackLabel(**label), stream.index)


@pytest.mark.parametrize(
    ("wanted", "made", "lost"),
    [
        (Extras(tracks=(extra(COVER),)), (PICTURE,), ["the cover picture"]),
        (Extras(tracks=(extra(COVER),)), (PICTURE, COVER), []),
        (
            Extras(tracks=(extra(replace(SOUND, kind="subtitle", language="fra")),)),
            (PICTURE,),
            ["subtitle track 1 (fra)"],
        ),
        (
            Extras(tracks=(extra(SOUND, disposition=frozenset({"default", "forced", "comment"})),)),
            (PICTURE, SOUND),
            ["the mark comment, forced of sound track 1"],
        ),
        (Extras(picture=TrackLabel({"language": "eng"})), (PICTURE,), ["the language eng of the video"]),
        (Extras(sound=TrackLabel({"title": "Left"})), (PICTURE, SOUND), ["the title Left of the sound"]),
    ],
)
def test_what_a_container_does_not_hold_is_told(wanted: Extras, made: tuple[StreamInfo, ...], lost: list[str]) -> None:
    told = [f"a .mp4 file does not hold {what}; it was left out" for what in lost]
    assert list(lost_extras(wanted, info(MADE, *made), ".mp4")) == told


def test_a_track_that_not_all_chunks_have_is_told() -> None:
    text = StreamInfo("subtitle", "subrip", 1, TICK, index=1)
    chunks = [info(Path(f"/part_{number}.mkv"), PICTURE, *more) for number, more in enumerate(((text,), ()))]
    extras = plan_extras(chunks, RATE, ".mkv")
    assert extras.tracks == ()
    assert "left out, as part_1.mkv has none: subtitle track 1" in extras.notes


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("tt", "progressive", ["the frames are no longer marked as interlaced (tt)"]),
        ("tt", "tt", []),
        ("progressive", "", []),
        ("", "tt", []),
    ],
)
def test_fields_that_are_lost_are_told(before: str, after: str, told: list[str]) -> None:
    pictures = (replace(PICTURE, field_order=fields) for fields in (before, after))
    assert list(picture_changes(*pictures, ".mp4", codec_was_asked=False)) == told


LEFT_OUT = "Dolby Vision was left out; the picture below it stays"
RECORD = {"dvvC": dolby_vision()}


@pytest.mark.parametrize(
    ("boxes", "names", "told"),
    [
        ({}, (), [LEFT_OUT, "HDR10+ was left out; the picture below it stays"]),
        ({}, ("HDR10+",), [LEFT_OUT]),
        (RECORD, ("Dolby Vision", "HDR10+"), []),
    ],
)
def test_dynamic_light_that_an_encoder_drops_is_told(
    boxes: dict[str, bytes], names: tuple[str, ...], told: list[str]
) -> None:
    before = replace(PICTURE, boxes=RECORD, dynamic_light=("Dolby Vision", "HDR10+"))
    after = replace(PICTURE, boxes=boxes, dynamic_light=names)
    assert list(picture_changes(before, after, ".mp4", codec_was_asked=False)) == told


def test_a_record_without_what_it_announces_is_refused() -> None:
    pictures = (replace(PICTURE, boxes=RECORD, dynamic_light=names) for names in (("Dolby Vision",), ()))
    with pytest.raises(StitchError, match="says that it is Dolby Vision, and is not"):
        list(picture_changes(*pictures, ".mp4", codec_was_asked=False))


def source_film(sound: StreamInfo, *, whole: bool = True) -> SourceFilm:
    """Return the second that begins at the source's first frame, or half a second later."""
    begin = Fraction(0) if whole else Fraction(1, 2)
    found = info(SOURCE, PICTURE, sound)
    return SourceFilm(found, begin, begin + 1, is_whole=whole, first=0, times=None, wish=SourceTracks(SOURCE, 0))


LATE = replace(SOUND, start=Fraction(3, 10), duration=0.7)


@pytest.mark.parametrize(
    ("original", "whole", "made", "problem"),
    [
        (SOUND, True, (SOUND,), ""),
        (SOUND, True, (), "has no sound although the source has"),
        (LATE, True, (LATE,), ""),
        (LATE, True, (replace(LATE, start=Fraction(0)),), "begins 0.000 s after its picture instead of 0.300 s"),
        (SOUND, True, (replace(SOUND, duration=0.5),), "lasts 0.500 s instead of 1.000 s"),
        (SOUND, False, (replace(SOUND, duration=0.5),), ""),
        (SOUND, False, (SOUND,), "lasts 1.000 s instead of 0.500 s"),
        (replace(SOUND, duration=0.4), False, (SOUND,), ""),  # it ends before the part begins
        (replace(SOUND, duration=None), True, (SOUND,), ""),  # nobody knows how long it is
    ],
)
def test_sounds_are_as_long_and_as_late_as_in_the_source(
    original: StreamInfo, whole: bool, made: tuple[StreamInfo, ...], problem: str
) -> None:
    film = source_film(original, whole=whole)
    extras = Extras(tracks=(extra(original),))
    if not problem:
        check_source_sounds(film, extras, info(MADE, PICTURE, *made))
        return
    with pytest.raises(StitchError) as caught:
        check_source_sounds(film, extras, info(MADE, PICTURE, *made))
    assert problem in str(caught.value)


@pytest.mark.parametrize(("start", "said"), [(Fraction(-3, 2), "had 1.50 s before the first frame"), (Fraction(0), "")])
def test_sound_from_before_the_first_frame_is_lost_in_words(start: Fraction, said: str) -> None:
    sound = replace(SOUND, start=start)
    film, kept = source_film(sound), extra(sound)
    anew = replace(kept, pieces=(replace(kept.pieces[0], path=MADE),))
    copied = replace(kept, pieces=(replace(kept.pieces[0], path=SOURCE.absolute()),))
    assert not list(early_sounds(film, Extras(tracks=(copied,))))
    found = list(early_sounds(film, Extras(tracks=(anew,))))
    assert len(found) == bool(said)
    assert all(said in text for text in found)


def test_frames_before_the_first_would_be_shown_at_the_usual_distance() -> None:
    times = FrameTimes(TICK, (0, 10, 50, 90))
    assert [times.tick(number) for number in (-2, -1, 0, 1, 3)] == [-60, -30, 0, 10, 90]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a video of six frames, a sound, and one of which the end is missing."""
    folder = tmp_path_factory.mktemp("sources")
    run = [str(find_ffmpeg()), "-v", "error", "-nostdin", "-f", "lavfi", "-i"]
    subprocess.run([*run, "testsrc2=s=64x48:r=30:d=0.2", "-c:v", "mpeg4", str(folder / "six.mkv")], check=True)
    subprocess.run([*run, "sine=d=0.2:r=48000", str(folder / "sound.wav")], check=True)
    (folder / "text.mkv").write_text("no video")
    return folder


def read(path: Path, first: int, frames: int) -> SourceFilm:
    with ReaderHere() as reader:
        return read_film(SourceTracks(path, first), frames, RATE, reader, Stop())


def test_a_part_of_a_source_is_found(sources: Path) -> None:
    film = read(sources / "six.mkv", 2, 3)
    assert (film.begin, film.seconds, film.is_whole) == (Fraction(67, 1000), Fraction(1, 10), False)
    assert read(sources / "six.mkv", 0, 6).is_whole


def test_a_source_without_pictures_is_counted_at_the_videos_rate(sources: Path) -> None:
    film = read(sources / "sound.wav", 3, 3)
    assert (film.begin, film.end, film.is_whole, film.times) == (Fraction(1, 10), Fraction(1, 5), False, None)


@pytest.mark.parametrize(
    ("name", "first", "words"),
    [("six.mkv", 3, "six.mkv has 6 frames, and the job 9"), ("text.mkv", 0, "cannot be taken from text.mkv")],
)
def test_a_source_that_does_not_have_the_frames_is_named(sources: Path, name: str, first: int, words: str) -> None:
    with pytest.raises(StitchError) as caught:
        read(sources / name, first, 6)
    assert words in str(caught.value)
