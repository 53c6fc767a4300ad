"""Pictures keep their colours, size, fields and transparency in chunks, or it is said what becomes of them."""

from __future__ import annotations

import json
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import av.error
import pytest
from av.filter import Graph

from helios_gui.cli import main
from helios_gui.media.picture_digest import digest_of
from helios_gui.media.presets import read_preset
from helios_gui.sources.registry import find_kind
from helios_gui.sources.video import VideoKind, VideoRequest
from helios_gui.stitcher import probe
from helios_gui.transcode.encoding import plan_encoding
from helios_gui.transcode.render import Transcoding, transcode
from helios_gui.types import StreamInfo, UserInputError
from helios_gui.utils.work_threads import Stop
from tests.support.cli import run_cli
from tests.support.numbered_video import make_numbered, numbered_input, numbers_in, run_ffmpeg

BARS = "pal75bars=s=128x64:r=30,trim=end_frame=6"
BT709 = ("-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709")
COLOURED = {
    "limited": ("a.mov", "yuv420p", ("-c:v", "libx264", "-crf", "4", *BT709, "-color_range", "tv")),
    "full": ("a.mov", "yuvj420p", ("-c:v", "libx264", "-crf", "4", *BT709, "-color_range", "pc")),
    "jpeg": ("a.avi", "yuvj422p", ("-c:v", "mjpeg", "-q:v", "2")),
    "rgb": ("a.mov", "rgb24", ("-c:v", "png")),
    "ten bits": ("a.mkv", "yuv422p10le", ("-c:v", "ffv1", *BT709, "-color_range", "tv")),
    "palette": ("a.gif", "pal8", ("-vf", "split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=none")),
    "gray": (
        "a.mkv",
        "gray",
        (
            "-c:v",
            "ffv1",
        ),
    ),
}


def chunk(source: Path, preset: str, name: str, start: int, count: int) -> Path:
    target = source.parent / name
    transcode(Transcoding(source, read_preset(preset)), target, start, count, lambda done: None, Stop())
    return target


def colours(path: Path) -> list[tuple[int, int, int]]:
    """Return what is shown in the middles of the first picture's eight upper bars."""
    raw = path.with_suffix(".rgb")
    run_ffmpeg("-i", str(path), "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", str(raw))
    data, step = raw.read_bytes(), 128 * 3
    places = [(int((bar + 0.5) * 128 / 8), 16) for bar in range(8)]
    return [(data[y * step + x * 3], data[y * step + x * 3 + 1], data[y * step + x * 3 + 2]) for x, y in places]


@pytest.mark.parametrize(
    ("preset", "suffix", "name"),
    [
        *(("h265", ".mp4", name) for name in COLOURED),
        *(("prores", ".mov", name) for name in ("full", "rgb", "gray")),
        ("vp9", ".webm", "rgb"),
    ],
)
def test_colours_stay(name: str, preset: str, suffix: str, tmp_path: Path) -> None:
    file, pixels, encoding = COLOURED[name]
    source = tmp_path / file
    run_ffmpeg("-f", "lavfi", "-i", BARS, "-frames:v", "6", "-pix_fmt", pixels, *encoding, str(source))
    made = chunk(source, preset, f"b{suffix}", 1, 4)
    worst = max(
        abs(one - other)
        for before, after in zip(colours(source), colours(made), strict=True)
        for one, other in zip(before, after, strict=True)
    )
    assert worst <= 7, (colours(source), colours(made))
    info = probe(made).video
    assert info is not None
    assert info.packets == 4
    before = probe(source).video
    assert before is not None
    if before.colour.matrix not in ("", "gbr"):
        assert info.colour.matrix == before.colour.matrix


def test_fields_stay_where_the_codec_has_them(tmp_path: Path) -> None:
    how = ("-vf", "setfield=tff", "-c:v", "mpeg2video", "-q:v", "2", "-flags", "+ildct+ilme")
    source = make_numbered(tmp_path / "a.ts", 30, how)
    before = probe(source).video
    assert before is not None
    assert before.field_order == "tt"
    for preset, name in (("h264", "b.mp4"), ("prores", "b.mov")):
        made = chunk(source, preset, name, 7, 11)
        info = probe(made).video
        assert info is not None
        assert info.field_order in ("tt", "tb")
        assert numbers_in(made) == list(range(7, 18))


@pytest.mark.parametrize(
    ("file", "encoding"),
    [
        ("a.mkv", ("-c:v", "ffv1", "-pix_fmt", "yuv420p", "-field_order", "tt")),
        (
            "a.mxf",
            ("-c:v", "mpeg2video", "-pix_fmt", "yuv420p", "-flags", "+ildct+ilme", "-bf", "2"),
        ),  # is counted
    ],
)
def test_fields_become_pictures_alike_in_chunks_and_at_once(
    tmp_path: Path, file: str, encoding: tuple[str, ...]
) -> None:
    source = tmp_path / file
    motion = "testsrc2=s=128x64:r=60:d=1,interlace=scan=tff,setfield=tff,fps=30"
    run_ffmpeg("-f", "lavfi", "-i", motion, "-vf", "setfield=tff", *encoding, str(source))
    before = probe(source).video
    assert before is not None
    assert before.field_order in ("tt", "tb")  # FFmpeg 7.1 and later take the frames' word, whatever is asked for
    preset = json.loads(read_preset("h265").to_json())
    preset["video"]["options"] = {"x265-params": "lossless=1"}
    made = [
        chunk(source, json.dumps(preset), f"{start}_{count}.mkv", start, count)
        for start, count in ((0, 30), (0, 11), (11, 1), (12, 18))
    ]
    whole, *parts = [pictures(path) for path in made]
    assert [picture for part in parts for picture in part] == whole
    assert len(whole) == 30


@pytest.mark.parametrize("first", ["tff", "bff"])
@pytest.mark.parametrize(
    ("file", "encoding"),
    [
        ("a.mkv", ("-c:v", "ffv1")),
        ("a.mkv", ("-c:v", "ffvhuff")),  # whose frames do not say it
        ("a.mov", ("-c:v", "mpeg2video", "-q:v", "2", "-flags", "+ildct+ilme")),
        ("a.avi", ("-c:v", "mpeg4", "-q:v", "2", "-flags", "+ildct+ilme")),  # a container that does not say it
    ],
)
def test_fields_are_taken_in_the_order_in_which_they_are_shown(
    tmp_path: Path, file: str, encoding: tuple[str, ...], first: str
) -> None:
    source = tmp_path / file
    mode = "interleave_top" if first == "tff" else "interleave_bottom"
    order = ("-top", str(int(first == "tff"))) if "+ildct+ilme" in encoding else ()
    fields = f"tinterlace=mode={mode},setfield={first},format=yuv420p"
    run_ffmpeg("-f", "lavfi", "-i", "testsrc2=s=128x64:r=60:d=0.5", "-vf", fields, *encoding, *order, str(source))
    picture = probe(source).video
    assert picture is not None
    assert picture.first_field == first
    preset = json.loads(read_preset("h265").to_json())
    preset["video"]["options"] = {"x265-params": "lossless=1"}
    assert pictures(chunk(source, json.dumps(preset), "made.mkv", 0, 15)) == _woven(source, first)


def _woven(path: Path, first_field: str) -> list[bytes]:
    """Return digests of the pictures that FFmpeg's filter makes of fields of this order."""
    with av.open(str(path)) as container:
        graph = Graph()
        stream = container.streams.video[0]
        first, last = graph.add_buffer(stream), graph.add("buffersink")
        bwdif = graph.add("bwdif", f"mode=send_frame:parity={first_field}:deint=all")
        first.link_to(bwdif)
        bwdif.link_to(last)
        graph.configure()
        found = []
        for frame in (*container.decode(stream), None):
            graph.push(frame)
            with suppress(BlockingIOError, av.error.EOFError):
                while True:
                    found.append(digest_of(graph.pull()))
        return found


def pictures(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [digest_of(frame) for frame in container.decode(video=0)]


@pytest.mark.parametrize(
    ("file", "encoding"),
    [
        ("a.mov", ("-c:v", "prores_ks", "-pix_fmt", "yuva444p10le")),
        ("a.webm", ("-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-auto-alt-ref", "0")),
        ("a.mov", ("-c:v", "qtrle", "-pix_fmt", "argb")),
    ],
)
@pytest.mark.parametrize(("preset", "suffix"), [("prores", ".mov"), ("vp9", ".webm")])
def test_transparency_stays(file: str, encoding: tuple[str, ...], preset: str, suffix: str, tmp_path: Path) -> None:
    source = tmp_path / file
    fading = "color=red:s=128x64:r=30,format=rgba,geq=r=255:g=0:b=0:a='X*2'"
    run_ffmpeg("-f", "lavfi", "-i", fading, "-frames:v", "8", *encoding, str(source))
    before, made = probe(source).video, chunk(source, preset, f"b{suffix}", 2, 5)
    after = probe(made).video
    assert before is not None
    assert after is not None
    assert before.alpha
    assert after.alpha
    assert alpha_at(made, 96) == pytest.approx(192, abs=6)
    assert alpha_at(made, 16) == pytest.approx(32, abs=6)


def alpha_at(path: Path, x: int) -> int:
    decoder = ["-c:v", "libvpx-vp9"] if path.suffix == ".webm" else []
    raw = path.with_suffix(".raw")
    run_ffmpeg(*decoder, "-i", str(path), "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgba", str(raw))
    return raw.read_bytes()[(32 * 128 + x) * 4 + 3]


@pytest.mark.parametrize("size", ["34x16", "16x34"])
def test_narrow_pictures_are_encoded(size: str, tmp_path: Path) -> None:
    """x265 wrote past its memory with them: in a process of its own, which ended with that."""
    source, made = tmp_path / "a.mkv", tmp_path / "b.mp4"
    run_ffmpeg("-f", "lavfi", "-i", f"testsrc2=s={size}:r=24,trim=end_frame=17", "-c:v", "ffv1", str(source))
    run_cli(tmp_path, "transcode", str(source), "-o", str(made), "--preset", "h265", "--start", "0", "--count", "17")
    assert len(pictures(made)) == 17


async def test_what_a_preset_does_not_hold_is_said_before(tmp_path: Path) -> None:
    source = tmp_path / "a.mov"
    run_ffmpeg("-f", "lavfi", "-i", "color=red:s=127x63:r=30,format=rgba", "-frames:v", "8", "-c:v", "prores_ks",
               "-pix_fmt", "yuva444p10le", str(source))  # fmt: skip
    kind, request = VideoKind(), VideoRequest(source=source, preset="h264")
    notes = kind.notes(request, await kind.read(request, print), tmp_path / "a.helios.json")
    assert notes == (
        "H.264 needs an even size: the picture becomes 128 × 64.",
        "H.264 holds 8 bits a colour; the source has 12.",
        "H.264 holds no transparency: it is left out.",
    )


async def test_a_size_that_is_asked_for(tmp_path: Path) -> None:
    source = make_numbered(tmp_path / "a.mkv", 12, ("-c:v", "ffv1"))
    kind = VideoKind()
    request = VideoRequest(source=source, preset="h264", width=256)
    spec = kind.plan(request, await kind.read(request, print), tmp_path / "a.helios.json")
    assert (spec.metadata.width, spec.metadata.height) == (256, 128)
    assert spec.chunks[0].command.endswith("--preset h264 --fps 30 --width 256")
    odd = VideoRequest(source=source, preset="h264", width=255)
    with pytest.raises(UserInputError, match="needs an even width and height"):
        kind.plan(odd, await kind.read(request, print), tmp_path / "a.helios.json")
    made = tmp_path / "b.mp4"
    arguments = ["transcode", str(source), "-o", str(made), "--count", "12", "--preset", "h264", "--width", "256"]
    assert main(arguments) == 0
    info = probe(made).video
    assert info is not None
    assert (info.width, info.height) == (256, 128)
    assert numbers_in(made) == list(range(12))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--preset", "none"], "There is no preset “none”."),
        (["--preset", "prores"], "The preset prores makes no .mp4 files."),
        (["--start", "20"], "a.mkv has 12 frames, and 21 are asked for."),
        (["--fps", "many"], "“many” is no frame rate."),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = make_numbered(tmp_path / "a.mkv", 12, ("-c:v", "ffv1"))
    made = tmp_path / "b.mp4"
    made.write_bytes(b"older")
    assert main(["transcode", str(source), "-o", str(made), *options]) in (1, 2)
    assert said in capsys.readouterr().err
    assert said.startswith("a.mkv has") or made.read_bytes() == b"older"


STREAMS = {
    "a.h264": ("-c:v", "libx264", "-bf", "2", "-g", "5"),
    "a.hevc": ("-c:v", "libx265", "-x265-params", "log-level=error"),
    "a.m2v": ("-c:v", "mpeg2video", "-q:v", "2", "-bf", "2", "-g", "5"),
    "a.y4m": ("-pix_fmt", "yuv420p"),
    "a.ivf": ("-c:v", "libvpx-vp9", "-b:v", "1M"),
    "a.apng": ("-pix_fmt", "rgb24"),
    "a.dv": ("-vf", "scale=720:576,setsar=16/15", "-r", "25", "-c:v", "dvvideo", "-pix_fmt", "yuv420p"),
}


@pytest.mark.parametrize("name", STREAMS)
async def test_raw_streams_and_animations_are_videos_too(name: str, tmp_path: Path) -> None:
    source = make_numbered(tmp_path / name, 12, STREAMS[name], rate="25")
    kind = find_kind(source)
    assert isinstance(kind, VideoKind)
    facts = await kind.read(VideoRequest(source=source), print)
    assert (facts.frames, facts.fps) == (12, 25)
    made = tmp_path / "b.mp4"
    assert main(["transcode", str(source), "-o", str(made), "--start", "7", "--count", "4", "--preset", "h264"]) == 0
    assert numbers_in(made) == [7, 8, 9, 10]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"This is text.", "a.mp4 cannot be read as a video"),
        (b"", "a.mp4 cannot be read as a video"),
        (None, "There is no video"),
    ],
)
async def test_what_is_no_video_is_named(content: bytes | None, said: str, tmp_path: Path) -> None:
    source = tmp_path / "a.mp4"
    if content is not None:
        source.write_bytes(content)
    with pytest.raises(UserInputError, match=said):
        await VideoKind().read(VideoRequest(source=source), print)


async def test_a_sound_is_no_video(tmp_path: Path) -> None:
    source = tmp_path / "a.mp4"
    run_ffmpeg("-f", "lavfi", "-i", "sine=d=1", str(source))
    with pytest.raises(UserInputError, match=r"^a\.mp4 has no video\.$") as caught:
        await VideoKind().read(VideoRequest(source=source), print)
    assert "damaged" not in caught.value.hint


async def test_a_video_without_its_end_is_named(tmp_path: Path) -> None:
    source = tmp_path / "a.mp4"
    run_ffmpeg(*numbered_input(20), "-c:v", "libx264", str(source))
    source.write_bytes(source.read_bytes()[:-300])
    with pytest.raises(UserInputError, match="cannot be read as a video"):
        await VideoKind().read(VideoRequest(source=source), print)


def test_one_or_two_frames_of_hevc_are_stored_when_they_are_shown(tmp_path: Path) -> None:
    source = make_numbered(tmp_path / "a.mkv", 3, ("-c:v", "ffv1"))
    for number, count in enumerate((1, 2, 1, 2, 2, 2)):
        made = chunk(source, "h265", f"{number}.mp4", 1, count)
        with av.open(str(made)) as container:
            stored = [(packet.pts, packet.dts) for packet in container.demux(video=0) if packet.size]
        assert stored == [(0, 0), (512, 512)][:count], number


@pytest.mark.parametrize(
    ("pixels", "taken"),
    [
        ("yuv420p", "yuv420p"),
        ("yuv422p", "yuv422p"),
        ("yuv411p", "yuv422p"),
        ("yuv422p10le", "yuv422p10le"),
        ("yuv444p", "yuv422p"),
        ("rgb24", "yuv422p"),
        ("gray", "gray"),
        ("gray10le", "yuv420p10le"),
        ("yuv420p12le", "yuv422p10le"),
    ],
)
def test_a_preset_with_several_formats_keeps_all_of_the_source(pixels: str, taken: str) -> None:
    preset = json.loads(read_preset("h265").to_json())
    formats = ["gray", "yuv420p", "yuv422p", "yuv420p10le", "yuv422p10le"]
    preset["video"] |= {"encoder": "ffv1", "pixel_formats": formats, "options": {}}
    picture = StreamInfo("video", "ffv1", 1, Fraction(1), width=64, height=64, pixel_format=pixels)
    assert plan_encoding(read_preset(json.dumps(preset)), picture, ".mkv").pixel_format == taken
