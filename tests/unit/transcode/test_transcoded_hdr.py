"""HDR videos encoded anew: their levels stay, or are named beforehand where a preset does not keep them."""

from __future__ import annotations

from pathlib import Path

import pytest

from helios_gui.media.media_reader import MediaReader
from helios_gui.sources.video import VideoKind, VideoRequest
from helios_gui.stitcher import probe
from helios_gui.types import VerificationError
from tests.support.numbered_video import make_numbered
from tests.support.picture_boxes import crop, dolby_vision, with_boxes
from tests.support.transcoded import transcoded

HDR = (
    "hdr10=1:repeat-headers=1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:log-level=error:"
    "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50):max-cll=1000,400"
)


@pytest.mark.parametrize("preset", ["h265", "av1"])
async def test_hdr_stays(preset: str, tmp_path: Path, shared_reader: MediaReader) -> None:
    source = make_numbered(
        tmp_path / "a.mkv",
        40,
        ("-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", HDR, "-color_primaries", "bt2020",
         "-color_trc", "smpte2084", "-colorspace", "bt2020nc", "-color_range", "tv"),
    )  # fmt: skip
    before = probe(source).video
    made = (await transcoded(VideoRequest(source=source, preset=preset, chunk_size=15), shared_reader)).info.video
    assert before is not None
    assert made is not None
    assert before.mastering
    assert before.light_level == "1000,400"
    assert (made.pixel_format, made.colour, made.mastering, made.light_level) == (
        "yuv420p10le",
        before.colour,
        before.mastering,
        before.light_level,
    )


@pytest.mark.parametrize("told", ["both", "light"])
@pytest.mark.parametrize("preset", ["h265", "vp9", "prores"])
async def test_hdr_levels_that_a_preset_does_not_keep_are_named_beforehand(
    preset: str, told: str, tmp_path: Path, shared_reader: MediaReader
) -> None:
    levels = ":".join(word for word in HDR.split(":") if told == "both" or not word.startswith("master-display"))
    source = make_numbered(
        tmp_path / "a.mkv", 2, ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le",
                                "-x265-params", levels)
    )  # fmt: skip
    before = probe(source).video
    request = VideoRequest(source=source, preset=preset, chunk_size=2)
    made = await transcoded(request, shared_reader)
    assert before is not None
    assert made.info.video is not None
    assert (bool(before.mastering), before.light_level) == (told == "both", "1000,400")
    notes = " ".join(VideoKind().notes(request, made.facts, tmp_path / "a.helios.json"))
    for words, was, is_now in (
        ("the mastering display", before.mastering, made.info.video.mastering),
        ("the light levels", before.light_level, made.info.video.light_level),
    ):
        assert (words in notes) is (was != is_now)


HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-tag:v", "hvc1")


async def test_what_no_preset_keeps_of_the_picture_is_named_beforehand(
    tmp_path: Path, shared_reader: MediaReader
) -> None:
    source = with_boxes(make_numbered(tmp_path / "a.mp4", 2, HEVC), dolby_vision(), crop(32, 32))
    made = await transcoded(VideoRequest(source=source, preset="h264", chunk_size=2), shared_reader)
    assert made.info.video is not None
    assert made.info.video.dolby_vision == ""
    assert "Dolby Vision is left out; the HDR10 or HLG picture below it stays." in made.facts.notes
    assert "All of the picture is shown, which the source crops to 32×32." in made.facts.notes


async def test_colours_that_need_dolby_vision_are_not_encoded_without_it(tmp_path: Path) -> None:
    source = with_boxes(make_numbered(tmp_path / "a.mp4", 2, HEVC), dolby_vision(5, 0))
    with pytest.raises(VerificationError, match=r"Dolby Vision 5\.0: in any other form, its colours would be wrong"):
        await VideoKind().read(VideoRequest(source=source, preset="h264"), lambda line: None)
