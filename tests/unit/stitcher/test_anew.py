"""Encoding anew what does not fit together, as most chunks are: codec, pixels, alpha, depth, colours."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import pytest

from helios_gui.stitcher import FfmpegStitcher, probe
from helios_gui.types import StitchError, StitchOptions
from tests.support.any_ffmpeg import colours
from tests.support.media_maker import media_maker

HDR = colours("bt2020", "smpte2084", "bt2020nc", "tv")
X265 = ("libx265", "-preset", "ultrafast", "-x265-params", "log-level=none")
BT709 = colours("bt709", "bt709", "bt709", "tv")
HALF = "format={pixels},colorchannelmixer=aa=0.5"


def chunk(studio, name: str, start: int, *, codec, pixels: str, size: str, rate: int = 25, alpha: bool = False):
    path = studio.folder / name
    source = f"testsrc2=s={size}:r={rate},trim=start_frame={start}:end_frame={start + 4},setpts=PTS-STARTPTS"
    if alpha:
        source += "," + HALF.format(pixels=pixels)
    encoder, *settings = codec
    studio.run("-f", "lavfi", "-i", source, "-c:v", encoder, "-pix_fmt", pixels, *settings, str(path))
    return path


@pytest.mark.parametrize(
    ("suffix", "target", "codec", "pixels", "alpha"),
    [
        (".mp4", ".mp4", X265, "yuv420p", False),
        (".mp4", ".mov", (*X265, *HDR), "yuv420p10le", False),
        (".mkv", ".mp4", X265, "yuv444p", False),
        (".mp4", ".mp4", ("libx264", "-preset", "ultrafast"), "yuv420p10le", False),
        (".mp4", ".mp4", ("libsvtav1", "-preset", "12"), "yuv420p", False),
        (".mov", ".mov", ("qtrle",), "rgb24", False),
        (".mov", ".mov", ("qtrle",), "argb", True),
        (".mov", ".mov", ("png",), "rgba", True),
        (".mov", ".mov", ("dnxhd", "-profile:v", "dnxhr_hq"), "yuv422p", False),
        (".mov", ".mov", ("dnxhd", "-profile:v", "dnxhr_hqx"), "yuv422p10le", False),
        (".mxf", ".mxf", ("dnxhd", "-profile:v", "dnxhr_hqx"), "yuv422p10le", False),
        (".mov", ".mov", ("prores_ks", "-profile:v", "lt"), "yuv422p10le", False),
        (".mov", ".mov", ("prores_ks", "-profile:v", "4444"), "yuva444p10le", True),
        (".mkv", ".mkv", ("ffv1",), "yuv422p10le", False),
        (".mov", ".mov", ("v210",), "yuv422p10le", False),
        (".mov", ".mov", ("cfhd",), "yuv422p10le", False),
        (".avi", ".avi", ("mpeg4",), "yuv420p", False),
    ],
)
async def test_one_chunk_of_another_size(studio, tmp_path, suffix, target, codec, pixels, alpha):
    sizes = ("256x144", "256x144", "320x240")
    parts = [
        chunk(studio, f"part_{index}{suffix}", 4 * index, codec=codec, pixels=pixels, size=size, alpha=alpha)
        for index, size in enumerate(sizes)
    ]
    output = tmp_path / f"film{target}"
    options = StitchOptions(frames=12, rate=Fraction(25), reencode=True)
    report = await FfmpegStitcher().stitch(parts, output, options)
    usual, made = probe(parts[0]).video, probe(output).video
    for name in ("codec", "pixel_format", "width", "height", "alpha", "colour", "sample_aspect", "mastering"):
        assert getattr(made, name) == getattr(usual, name), name
    if codec[0] in ("prores_ks", "dnxhd"):
        assert made.profile == usual.profile
    assert report.notes == (f"evened out: part_2{suffix} is 320×240, the others are 256×144",)
    assert difference(parts[0], output) < 6
    if alpha:
        assert corner_alpha(output) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    "tags",
    [(), BT709, HDR, colours("bt470bg", "gamma28"), ("-color_range", "pc")],
    ids=["untold", "bt709", "hdr", "gamma28", "full"],
)
async def test_newer_versions_of_ffmpeg_tell_no_other_colours(studio, tmp_path, shared_reader, tags):
    """From FFmpeg 8 on encoders tell what the frames tell, and the frames what the scaler took them for."""
    codec = ("libx264", "-preset", "ultrafast", *tags)
    sizes = ("128x72", "128x72", "64x36")
    parts = [
        chunk(studio, f"part_{index}.mp4", 4 * index, codec=codec, pixels="yuv420p", size=size)
        for index, size in enumerate(sizes)
    ]
    options = StitchOptions(frames=12, rate=Fraction(25), reencode=True)
    output = tmp_path / "film.mp4"
    await FfmpegStitcher(Path(media_maker()), shared_reader).stitch(parts, output, options)
    assert probe(output).video.colour == probe(parts[0]).video.colour
    assert difference(parts[0], output) < 6


@pytest.mark.parametrize(
    ("target", "codec", "sound"),
    [
        (".mov", "h264", "aac"),
        (".mkv", "h264", "aac"),
        (".flv", "h264", "aac"),
        (".ts", "h264", "aac"),
        (".mxf", "h264", "pcm_s16le"),
        (".mpg", "mpeg2video", "mp2"),
        (".ogv", "theora", "vorbis"),
        (".gif", "gif", ""),
    ],
)
async def test_what_a_container_cannot_hold_becomes_what_it_can(studio, tmp_path, shared_reader, target, codec, sound):
    windows = {"codec": ("wmv2", "-q:v", "3"), "rate": 25, "size": "176x144"}
    parts = [studio.chunk(f"part_{index}.wmv", 0, 5, audio="wmav2", **windows) for index in range(2)]
    output, options = tmp_path / f"film{target}", StitchOptions(frames=10, rate=Fraction(25), reencode=True)
    report = await FfmpegStitcher(reader=shared_reader).stitch(parts, output, options)
    assert (report.frames, report.video_codec, report.audio_codec) == (10, codec, sound)
    assert ("a .gif file holds no sound; it was left out" in report.notes) is (target == ".gif")
    assert difference(parts[0], output) < (20 if target == ".gif" else 9)  # a GIF has few colours


async def test_opus_takes_sound_with_loudspeakers_at_the_side(studio, tmp_path, shared_reader):
    path = tmp_path / "part.mkv"
    sound = ("-f", "lavfi", "-i", "anullsrc=cl=5.1(side):r=48000", "-t", "0.2", "-c:a", "flac")
    studio.run("-f", "lavfi", "-i", "testsrc2=s=64x36:r=25:d=0.2", *sound, "-c:v", "libvpx-vp9", str(path))
    report = await FfmpegStitcher(reader=shared_reader).stitch([path, path], tmp_path / "film.webm")
    assert report.audio_codec == "opus"
    assert report.notes == ("the layout of the sound's channels, 5.1(side), became 5.1",)


async def test_a_layout_that_is_not_told_is_said(studio, tmp_path, shared_reader):
    notes = {}
    for layout, channels in (("quad", 4), ("5.1", 6)):
        path = tmp_path / f"{channels}.mov"
        sound = ("-f", "lavfi", "-i", f"anullsrc=cl={layout}:r=48000", "-t", "0.2", "-c:a", "pcm_s16le")
        studio.run("-f", "lavfi", "-i", "testsrc2=s=64x36:r=25:d=0.2", *sound, "-c:v", "mpeg4", str(path))
        report = await FfmpegStitcher(reader=shared_reader).stitch([path, path], tmp_path / f"{channels}.mkv")
        notes[layout] = report.notes
    assert notes == {
        "quad": ("a .mkv file does not tell that the sound's channels are quad; players take others for them",),
        "5.1": (),
    }


def difference(part, film) -> float:
    """The mean difference of the first four pictures' brightness, of 255."""
    total = count = 0
    with av.open(str(part)) as first, av.open(str(film)) as second:
        for one, two in zip(first.decode(video=0), second.decode(video=0), strict=False):
            before, after = (bytes(frame.reformat(format="gray").planes[0]) for frame in (one, two))
            total += sum(abs(x - y) for x, y in zip(before, after, strict=True))
            count += len(before)
    return total / count


def corner_alpha(film) -> float:
    with av.open(str(film)) as container:
        frame = next(container.decode(video=0)).reformat(format="rgba")
        return bytes(frame.planes[0])[3] / 255


async def test_what_cannot_be_made_again_is_named(studio, tmp_path):
    parts = [
        chunk(studio, f"part_{index}.mkv", 4 * index, codec=("asv1",), pixels="yuv420p", size=size)
        for index, size in enumerate(("256x144", "256x144", "320x240"))
    ]
    report = await FfmpegStitcher().stitch(parts, tmp_path / "film.mkv", StitchOptions(frames=12, reencode=True))
    assert "the video is h264, as asv1 could not be made" in report.notes


async def test_a_pixel_format_that_the_encoder_does_not_know_is_named(studio, tmp_path):
    parts = [
        chunk(studio, f"part_{index}.mov", 4 * index, codec=("qtrle",), pixels="argb", size="256x144", alpha=True)
        for index in range(2)
    ]
    options = StitchOptions(frames=8, reencode=True, video_codec="libx264")
    report = await FfmpegStitcher().stitch(parts, tmp_path / "film.mp4", options)
    assert any(note.startswith("the pixels are yuv") and note.endswith("h264 takes no argb") for note in report.notes)
    assert not any("could not be made" in note for note in report.notes)


DISPLAY = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"


@pytest.mark.parametrize(
    ("codec", "suffix", "kept"),
    [("hevc", ".mkv", True), ("h264", ".mp4", True), ("av1", ".mp4", True), ("vp9", ".webm", False)],
)
async def test_hdr_levels_are_kept_or_named(studio, tmp_path, codec, suffix, kept):
    part = tmp_path / "part.mp4"
    x265 = f"log-level=none:master-display={DISPLAY}:max-cll=1000,400"
    how = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", x265, "-pix_fmt", "yuv420p10le", *HDR)
    tagged = "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc"  # newer encoders ask the frames
    studio.run("-f", "lavfi", "-i", f"testsrc2=s=64x64:r=25:d=0.12,format=yuv420p10le,{tagged}", *how, str(part))
    output = tmp_path / f"film{suffix}"
    if not kept:  # FFmpeg 8 and newer hand the levels on by themselves, to any encoder
        studio.run("-i", str(part), "-c:v", "libvpx-vp9", "-cpu-used", "8", str(tmp_path / "plain.webm"))
        kept = bool(probe(tmp_path / "plain.webm").video.mastering)
    options = StitchOptions(frames=3, video_codec=codec)
    report = await FfmpegStitcher().stitch([part], output, options)
    made = probe(output).video
    assert (made.pixel_format, made.colour.transfer) == ("yuv420p10le", "smpte2084")
    assert (made.mastering, made.light_level) == ((DISPLAY, "1000,400") if kept else ("", ""))
    assert ("mastering display" in str(report.notes)) is ("light levels" in str(report.notes)) is not kept


@pytest.mark.parametrize("codec", ["libvpx", "libvpx-vp9"])
@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".avi"])
async def test_transparency_beside_the_picture_is_not_lost_unsaid(studio, tmp_path, codec, suffix):
    how = (codec, "-cpu-used", "8", "-auto-alt-ref", "0")
    parts = [
        chunk(studio, f"part_{index}.webm", 4 * index, codec=how, pixels="yuva420p", size="128x72", alpha=True)
        for index in range(2)
    ]
    output = tmp_path / f"film{suffix}"
    with pytest.raises(StitchError, match=f"A {suffix} file does not keep the transparency") as refused:
        await FfmpegStitcher().stitch(parts, output, StitchOptions(frames=8))
    assert ".mkv or .webm" in refused.value.hint
    assert ("it would be opaque" in refused.value.hint) is (suffix == ".mp4")
    report = await FfmpegStitcher().stitch(parts, output, StitchOptions(frames=8, reencode=True))
    opaque = any(note.startswith("the video is opaque, as ") for note in report.notes)
    assert opaque is not probe(output).video.alpha
    assert opaque is (suffix == ".mp4")
    if not opaque:
        assert corner_alpha(output) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(("codec", "suffix"), [("utvideo", ".avi"), ("wmv2", ".wmv"), ("flv", ".flv")])
async def test_older_codecs_are_made_again_or_named(studio, tmp_path, codec, suffix):
    parts = [
        chunk(studio, f"part_{index}{suffix}", 4 * index, codec=(codec,), pixels="yuv420p", size=size)
        for index, size in enumerate(("128x72", "128x72", "160x90"))
    ]
    same = await FfmpegStitcher().stitch(parts, tmp_path / f"film{suffix}", StitchOptions(frames=12, reencode=True))
    assert same.video_codec == probe(parts[0]).video.codec
    other = await FfmpegStitcher().stitch(parts, tmp_path / "film.mp4", StitchOptions(frames=12, reencode=True))
    assert f"the video is h264, as {same.video_codec} could not be made" in other.notes


@pytest.mark.parametrize("suffix", [".mov", ".mkv"])
async def test_frames_that_an_edit_list_hides_are_left_out_when_encoded_anew(studio, tmp_path, suffix):
    whole = studio.chunk("whole.mov", 0, 12, audio=None, codec=("libx264", "-preset", "ultrafast", "-g", "12"))
    cut = tmp_path / "cut.mov"
    studio.run("-ss", "0.1", "-i", str(whole), "-c", "copy", str(cut))
    output = tmp_path / f"film{suffix}"
    report = await FfmpegStitcher().stitch([whole, cut], output, StitchOptions(frames=21, reencode=True))
    assert any("cut.mov hides 3 of its frames with an edit list" in note for note in report.notes)
    assert studio.numbers(output) == [*range(12), *range(3, 12)]


def centre(film, frame: int) -> tuple[int, ...]:
    """Return the red, green and blue in the middle of a frame, by the matrix that the video tells."""
    with av.open(str(film)) as container:
        picture = next(islice(container.decode(video=0), frame, None))
        plane = picture.reformat(format="rgb24", src_colorspace=picture.colorspace).planes[0]
        begin = plane.line_size * (picture.height // 2) + 3 * (picture.width // 2)
        return tuple(bytes(plane)[begin : begin + 3])


ORANGE = (192, 48, 16)
"""A colour of which the matrices of BT.601 and BT.709 make quite different YUV."""
QTRLE = ("-c:v", "qtrle", "-pix_fmt", "rgb24")
X264_RGB = ("-c:v", "libx264rgb", "-crf", "0")
HD = colours("bt709", "bt709", "bt709", "tv", filters="scale=out_color_matrix=bt709,format=yuv444p")
X264_HD = ("-c:v", "libx264", "-crf", "1", *HD)
MIXED = {
    "alike": ([QTRLE, QTRLE, QTRLE], ".mp4"),
    "alike, told to be RGB": ([X264_RGB, X264_RGB, X264_RGB], ".mp4"),
    "one RGB": ([X264_HD, X264_RGB, X264_HD], ".mkv"),
    "one YUV": ([X264_RGB, X264_HD, X264_RGB], ".mkv"),
}


@pytest.mark.parametrize("what", MIXED)
async def test_rgb_keeps_its_colours_when_it_becomes_yuv(studio, tmp_path, what):
    parts, (codecs, suffix) = [], MIXED[what]
    for index, codec in enumerate(codecs):
        parts.append(tmp_path / f"part_{index}{'.mov' if codec is QTRLE else '.mkv'}")
        studio.run("-f", "lavfi", "-i", "color=0xC03010:s=128x72:r=25:d=0.08", *codec, str(parts[-1]))
    output = tmp_path / f"film{suffix}"
    await FfmpegStitcher().stitch(parts, output, StitchOptions(frames=6, video_codec="libx264", reencode=True))
    made = probe(output).video
    assert (made.pixel_format, made.colour.matrix) == ("yuv444p", "bt709")
    assert [centre(output, frame) for frame in range(6)] == [pytest.approx(ORANGE, abs=4)] * 6


async def test_prores_made_of_rgb_tells_its_matrix(studio, tmp_path):
    part, output = tmp_path / "part.mov", tmp_path / "film.mov"
    studio.run("-f", "lavfi", "-i", "color=0xC03010:s=128x72:r=25:d=0.08", *QTRLE, str(part))
    await FfmpegStitcher().stitch([part], output, StitchOptions(frames=2, video_codec="prores"))
    assert probe(output).video.colour.matrix == "bt709"
    assert centre(output, 0) == pytest.approx(ORANGE, abs=4)


async def test_jpeg_made_of_rgb_keeps_its_colours(studio, tmp_path):
    part, output = tmp_path / "part.mov", tmp_path / "film.avi"
    studio.run("-f", "lavfi", "-i", "color=0xC03010:s=128x72:r=25:d=0.08", *QTRLE, str(part))
    await FfmpegStitcher().stitch([part], output, StitchOptions(frames=2, video_codec="mjpeg"))
    assert centre(output, 0) == pytest.approx(ORANGE, abs=4)


async def test_frames_that_cannot_be_decoded_are_missed_when_sizes_are_evened_out(studio, tmp_path):
    """A cut through an open group of frames begins with some that need the group before."""
    open_groups = "log-level=none:open-gop=1:keyint=20:min-keyint=20:bframes=4:scenecut=0"
    x265 = ("-c:v", "libx265", "-preset", "fast", "-x265-params")
    parts = [tmp_path / name for name in ("whole.mp4", "cut.mkv", "large.mkv")]
    for part, size, settings in ((parts[0], "160x90", open_groups), (parts[2], "320x180", "log-level=none")):
        studio.run("-f", "lavfi", "-i", f"testsrc2=s={size}:r=25:d=2", *x265, settings, str(part))
    studio.run("-ss", "0.9", "-i", str(parts[0]), "-c", "copy", str(parts[1]))
    total = sum(probe(part).frames for part in parts)
    with pytest.raises(StitchError, match=rf"Only \d+ of the chunks' {total} frames can be decoded"):
        await FfmpegStitcher().stitch(parts, tmp_path / "film.mkv", StitchOptions(frames=total, reencode=True))
    assert not (tmp_path / "film.mkv").exists()


async def test_mxf_is_made_at_rates_that_smpte_has_no_name_for(studio, tmp_path, shared_reader):
    part = chunk(studio, "part.mkv", 0, codec=("ffv1",), pixels="yuv420p", size="64x48", rate=12)
    options = StitchOptions(frames=4, rate=Fraction(12), reencode=True)
    await FfmpegStitcher(reader=shared_reader).stitch([part], tmp_path / "film.mxf", options)
    film = probe(tmp_path / "film.mxf")
    assert (film.frames, film.video.rate) == (4, 12)
