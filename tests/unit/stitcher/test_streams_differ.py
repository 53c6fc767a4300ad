"""Chunks that differ in what players do with a stream: refused by name, never joined without a word."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.media.media_reader import MediaReader
from helios_gui.stitcher import FfmpegStitcher, probe
from helios_gui.types import StitchError, StitchOptions, StitchReport
from tests.support.any_ffmpeg import colours, turn

PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=64x48:r=30:d=0.1")
TONE = ("-f", "lavfi", "-i", "sine=d=0.1:r=48000")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
PQ = colours("bt2020", "smpte2084", "bt2020nc", "tv")
BT709 = colours("bt709", "bt709", "bt709", "tv")
HEVC = ("-c:v", "libx265", "-pix_fmt", "yuv420p10le", *PQ, "-x265-params")
LIGHT = "log-level=none:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L({},1):max-cll=1000,400"
VP9 = ("-c:v", "libvpx-vp9", "-pix_fmt", "{}", "-auto-alt-ref", "0", "-cpu-used", "8", "-b:v", "200k")
TEXT = ("-i", "{text}", "-map", "0", "-map", "1", "-c:s", "srt")
TURN = "turned by "
TURNED, PORTRAIT = (f"{TURN}180",), (f"{TURN}270",)
DATA = ("-f", "data", "-i", "{text}", "-map", "0", "-map", "1", "-c:d", "copy")
TWO_TONES = (*PICTURE, *TONE, *TONE, "-map", "0", "-map", "1", "-map", "2", *X264, "-c:a", "pcm_s16le")

CASES = {
    "turned": (".mp4", (*PICTURE, *X264), (*PICTURE, *X264, *TURNED), "turned by 180°"),
    "pixel aspect": (".mkv", (*PICTURE, "-c:v", "ffv1"), (*PICTURE, "-vf", "setsar=16/11", "-c:v", "ffv1"), "16:11"),
    "fields": (
        ".mov",
        (*PICTURE, "-c:v", "prores_ks"),
        (*PICTURE, "-vf", "setfield=tff", "-flags", "+ildct+ilme", "-c:v", "prores_ks"),
        "interlaced (tb)",
    ),
    "HDR among SDR": (
        ".mkv",
        (*PICTURE, "-c:v", "ffv1", "-pix_fmt", "yuv420p10le", *BT709),
        (*PICTURE, "-c:v", "ffv1", "-pix_fmt", "yuv420p10le", *PQ),
        "HDR (bt2020/smpte2084/bt2020nc/tv)",
    ),
    "colour tags": (
        ".mov",
        (*PICTURE, "-c:v", "png", *BT709),
        (*PICTURE, "-c:v", "png"),
        "tagged with the colours gbr/pc",
    ),
    "range": (
        ".mkv",
        (*PICTURE, "-c:v", "ffv1", "-pix_fmt", "yuv420p", "-color_range", "tv"),
        (*PICTURE, "-c:v", "ffv1", "-pix_fmt", "yuv420p", "-color_range", "pc"),
        "tagged with the colours pc",
    ),
    "mastering display": (
        ".mp4",
        (*PICTURE, *HEVC, LIGHT.format(10000000)),
        (*PICTURE, *HEVC, LIGHT.format(40000000)),
        "L(40000000,1) with light levels 1000,400",
    ),
    "transparency beside the pixels": (
        ".webm",
        (*PICTURE, *(word.format("yuva420p") for word in VP9)),
        (*PICTURE, *(word.format("yuv420p") for word in VP9)),
        "without transparency",
    ),
    "count of sound tracks": (
        ".mov",
        TWO_TONES,
        (*PICTURE, *TONE, *X264, "-c:a", "pcm_s16le"),
        "with 1 sound track, the other is with 2 sound tracks",
    ),
    "count of pictures": (
        ".mov",
        (*PICTURE, *PICTURE, "-map", "0", "-map", "1", *X264),
        (*PICTURE, *X264),
        "with 1 video track, the other is with 2 video tracks",
    ),
    "count of subtitles": (
        ".mkv",
        (*PICTURE, *TEXT, *X264),
        (*PICTURE, *X264),
        "with 0 subtitle tracks, the other is with 1 subtitle track",
    ),
    "count of data tracks": (
        ".ts",
        (*PICTURE, *DATA, *X264),
        (*PICTURE, *X264),
        "with 0 data tracks, the other is with 1 data track",
    ),
    "codec of the second sound": (
        ".mov",
        TWO_TONES,
        (*TWO_TONES, "-c:a:1", "pcm_s24le"),
        "pcm_s24le audio in sound track 2",
    ),
    "channels of the second sound": (
        ".mov",
        TWO_TONES,
        (*TWO_TONES, "-ac:a:1", "2"),
        "audio of 2 channels in sound track 2",
    ),
    "layout": (
        ".mov",
        (*PICTURE, *TONE, *X264, "-c:a", "pcm_s16le", "-af", "aformat=channel_layouts=quad"),
        (*PICTURE, *TONE, *X264, "-c:a", "pcm_s16le", "-af", "aformat=channel_layouts=4.0"),
        "audio of the layout 4.0",
    ),
    "language": (
        ".mov",
        (*TWO_TONES, "-metadata:s:a:1", "language=fra"),
        (*TWO_TONES, "-metadata:s:a:1", "language=ger"),
        "in the language ger in sound track 2",
    ),
    "second picture": (
        ".mov",
        (*PICTURE, *PICTURE, "-map", "0", "-map", "1", *X264),
        (*PICTURE, *PICTURE, "-map", "0", "-map", "1", *X264, "-s:v:1", "32x32"),
        "32×32 in video track 2",
    ),
}


READERS: list[MediaReader] = []


@pytest.fixture(scope="module", autouse=True)
def _use_reader(shared_reader: MediaReader) -> Iterator[None]:
    READERS.append(shared_reader)
    yield
    READERS.clear()


async def stitch(chunks: list[Path], output: Path, options: StitchOptions) -> StitchReport:
    return await FfmpegStitcher(reader=READERS[0]).stitch(chunks, output, options)


def made(path: Path, *arguments: str) -> Path:
    """Make a chunk; a turned one in two steps."""
    *words, last = arguments
    degrees = int(last.removeprefix(TURN)) if last.startswith(TURN) else 0
    plain = path.with_name(f"plain_{path.name}") if degrees else path
    how = words if degrees else arguments
    subprocess.run([str(find_ffmpeg()), "-v", "error", "-nostdin", "-y", *how, str(plain)], check=True)
    return turn(plain, path, degrees) if degrees else path


async def refusal(tmp_path: Path, case: str, options: StitchOptions) -> StitchError:
    suffix, usual, odd, _ = CASES[case]
    text = tmp_path / "lines.srt"
    text.write_text("1\n00:00:00,000 --> 00:00:00,050\nHello\n")
    usual, odd = (tuple(word.replace("{text}", str(text)) for word in how) for how in (usual, odd))
    chunks = [made(tmp_path / f"part_0{suffix}", *usual), made(tmp_path / f"part_1{suffix}", *odd)]
    output = tmp_path / f"film{suffix}"
    with pytest.raises(StitchError) as caught:
        await stitch(chunks, output, options)
    assert not output.exists()
    return caught.value


@pytest.mark.parametrize("case", CASES)
async def test_a_chunk_unlike_the_others_is_refused_by_name(tmp_path, case):
    error = await refusal(tmp_path, case, StitchOptions())
    assert str(error).startswith("part_1")
    assert CASES[case][3] in str(error)
    assert "encode them anew" in error.hint


@pytest.mark.parametrize("case", ["HDR among SDR", "fields"])
async def test_what_encoding_anew_would_not_mend_is_refused_even_then(tmp_path, case):
    error = await refusal(tmp_path, case, StitchOptions(reencode=True))
    assert CASES[case][3] in str(error)
    assert error.hint == "Render it again with the settings of the others."


@pytest.mark.parametrize("anew", [False, True])
@pytest.mark.parametrize("place", [0, 1, 2])
async def test_a_chunk_without_a_picture_is_refused_by_name(tmp_path, place, anew):
    look = ("-c:v", "ffv1", "-pix_fmt", "yuv420p10le", *PQ)
    chunks = [
        made(tmp_path / f"part_{index}.mkv", *(TONE if index == place else (*PICTURE, *look))) for index in range(3)
    ]
    with pytest.raises(StitchError, match=rf"^part_{place}\.mkv has no video to stitch"):
        await stitch(chunks, tmp_path / "film.mkv", StitchOptions(reencode=anew))


async def test_a_size_that_the_job_does_not_promise_is_said(tmp_path):
    chunks = [made(tmp_path / f"part_{index}.mp4", *PICTURE, *X264) for index in range(2)]
    report = await stitch(chunks, tmp_path / "film.mp4", StitchOptions(width=128, height=96))
    assert "the video is 64×48, as the chunks are, not 128×96 as the job says" in str(report)


async def test_a_turned_or_stretched_picture_has_the_promised_size(tmp_path):
    turned = ("-vf", "setsar=2/1", *PORTRAIT)
    chunks = [made(tmp_path / f"part_{index}.mp4", *PICTURE, *X264, *turned) for index in range(2)]
    for width, height in ((48, 128), (48, 64)):
        report = await stitch(chunks, tmp_path / "film.mp4", StitchOptions(width=width, height=height))
        assert "as the job says" not in str(report)


SPEECH = ("-metadata:s:a:0", "language={}", "-metadata:s:a:1", "language={}")


async def test_languages_that_change_places_are_not_mixed_even_when_encoded_anew(tmp_path):
    chunks = []
    for index, (first, second) in enumerate((("eng", "fra"), ("fra", "eng"))):
        speech = [word.format(lang) for word, lang in zip(SPEECH, ("", first, "", second), strict=True)]
        chunks.append(made(tmp_path / f"part_{index}.mkv", *TWO_TONES, *speech))
    for anew in (False, True):
        with pytest.raises(StitchError, match=r"is in the language fra.*, the other is in the language eng"):
            await stitch(chunks, tmp_path / "film.mkv", StitchOptions(reencode=anew))
    untold = made(tmp_path / "part_2.mkv", *TWO_TONES)
    report = await stitch([chunks[0], untold], tmp_path / "film.mkv", StitchOptions(reencode=True))
    assert report.frames == 6  # which does not say is believed


async def test_tracks_that_cannot_be_put_end_to_end_are_left_out_and_said(tmp_path):
    lines = tmp_path / "lines.srt"
    lines.write_text("1\n00:00:00,000 --> 00:00:00,050\nHello\n")
    with_text = (*PICTURE, "-i", str(lines), "-map", "0", "-map", "1", *X264, "-c:s")
    two = (*PICTURE, *PICTURE, "-map", "0", "-map", "1", *X264, "-s:v:1")
    for name, usual, odd, said in (
        ("text", (*with_text, "srt"), (*with_text, "ass"), "left out, as the chunks differ in it: subtitle track 1"),
        ("video", (*two, "64x48"), (*two, "32x24"), "left out, as the chunks differ in it: video track 2"),
    ):
        chunks = [made(tmp_path / f"{name}_{index}.mkv", *how) for index, how in enumerate((usual, odd))]
        report = await stitch(chunks, tmp_path / "film.mkv", StitchOptions(reencode=True))
        assert said in report.notes
        assert [stream.kind for stream in probe(tmp_path / "film.mkv").streams] == ["video"]


async def test_a_cover_picture_that_not_all_chunks_have_is_said(tmp_path):
    cover = tmp_path / "cover.png"
    made(cover, "-f", "lavfi", "-i", "color=red:s=32x32", "-frames:v", "1")
    plain = [made(tmp_path / f"part_{index}.mp4", *PICTURE, *X264) for index in range(2)]
    how = ("-i", str(plain[1]), "-i", str(cover), "-map", "0", "-map", "1", "-c", "copy", "-disposition:v:1")
    covered = made(tmp_path / "covered.mp4", *how, "attached_pic")
    for suffix in (".mp4", ".mkv"):
        film = tmp_path / f"film{suffix}"
        report = await stitch([plain[0], covered], film, StitchOptions())
        assert "the cover picture is that of covered.mp4; other chunks have none, or another" in report.notes
        assert any(stream.is_cover or stream.kind == "attachment" for stream in probe(film).streams)
    assert "cover" not in str(await stitch([covered, covered], tmp_path / "film.mp4", StitchOptions()))
