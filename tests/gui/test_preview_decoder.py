"""Our own decoder: exact frames out of every container, and words when it cannot."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.ui.preview.media import FrameReader, MediaError
from tests.gui.preview_media import AUDIO_ONLY, FRAMES, HEIGHT, RECIPES, WIDTH, frame_number, make_media, make_plain

JUMPS = (0, 1, 2, 30, 29, 47, 0, 13, 12, 11, 46, 5)


@pytest.mark.parametrize("name", RECIPES)
def test_every_jump_lands_on_its_frame(media: Path, name: str) -> None:
    with FrameReader(make_media(media, name)) as reader:
        assert reader.facts.timeline.frames == FRAMES
        for index in JUMPS:
            true_index, image = reader.read(index)
            assert (true_index, frame_number(image)) == (index, index)
            assert (image.width(), image.height()) == (WIDTH, HEIGHT)


def test_every_frame_in_order(media: Path) -> None:
    with FrameReader(make_media(media, "long-gop.mp4")) as reader:
        assert [frame_number(reader.read(index)[1]) for index in range(FRAMES)] == list(range(FRAMES))


def test_a_frame_past_the_end_is_the_last_one(media: Path) -> None:
    with FrameReader(make_media(media, "h264.mp4")) as reader:
        index, image = reader.read(FRAMES + 100)
        assert (index, frame_number(image)) == (FRAMES - 1, FRAMES - 1)
        assert frame_number(reader.read(3)[1]) == 3


def test_facts(media: Path) -> None:
    with FrameReader(make_media(media, "av1.mp4")) as reader:
        assert (reader.facts.codec, reader.facts.has_alpha, reader.facts.has_audio) == ("av1", False, True)
    with FrameReader(make_media(media, "prores.mov")) as reader:
        assert (reader.facts.codec, reader.facts.has_alpha, reader.facts.has_audio) == ("prores", True, True)
    with FrameReader(make_media(media, "ntsc.mp4")) as reader:
        assert reader.facts.timeline.rate == Fraction(30000, 1001)
        assert reader.facts.has_audio is False
    with FrameReader(make_media(media, "variable.mp4")) as reader:
        assert reader.facts.timeline.starts[24:27] == pytest.approx((1.0, 1 + 1 / 12, 1 + 2 / 12))
    with FrameReader(make_media(media, "stream.ts")) as reader:
        assert reader.facts.container == "mpegts"


def test_alpha_is_kept(media: Path) -> None:
    with FrameReader(make_media(media, "prores.mov")) as reader:
        _, image = reader.read(0)
        assert image.pixelColor(5, 5).alpha() == 255
        assert image.pixelColor(5, HEIGHT - 5).alpha() == 0


@pytest.mark.parametrize(("size", "matrix"), [("1280x720", "bt709"), ("320x180", "bt601")])
def test_untagged_video_is_taken_for_bt709_when_large_and_bt601_when_small(
    tmp_path: Path, size: str, matrix: str
) -> None:
    with FrameReader(make_plain(tmp_path / "plain.mp4", size, "0xC83232", matrix)) as reader:
        colour = reader.read(0)[1].pixelColor(50, 50)
    assert [colour.red(), colour.green(), colour.blue()] == pytest.approx([200, 50, 50], abs=5)


def test_what_is_no_video_is_refused_in_words(media: Path, tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.mp4"
    garbage.write_bytes(b"no video at all" * 100)
    with pytest.raises(MediaError, match=r"garbage\.mp4 cannot be read as a video"):
        FrameReader(garbage)
    with pytest.raises(MediaError, match=r"sound\.m4a contains no video"):
        FrameReader(make_media(media, AUDIO_ONLY))
