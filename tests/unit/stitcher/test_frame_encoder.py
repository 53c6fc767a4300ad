"""Image sequences of every kind of picture become a video of the right colours, and say what they could not keep."""

from __future__ import annotations

import errno
import struct
import subprocess
import zlib
from collections.abc import Awaitable, Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.media.media_reader import MediaReader
from helios_gui.media.presets import read_presets
from helios_gui.sources.frame_presets import frame_encoding
from helios_gui.stitcher import FfmpegStitcher
from helios_gui.types import FrameEncoding, FrameSequence, StitchError, StitchOptions, StitchReport
from tests.support.frame_renderer import colour_of, png

PATCH = 3
"""The frame whose colour all frames have here: 111, 57, 161."""

TIFF_RAW, TIFF_JPEG = (struct.pack("<HHIHH", 259, 3, 1, kind, 0) for kind in (1, 7))
"""The tag of a TIFF file that says how it is compressed."""

Encode = Callable[..., Awaitable[StitchReport]]


def run(*arguments: str | Path) -> None:
    subprocess.run([str(find_ffmpeg()), "-v", "error", "-nostdin", "-y", *map(str, arguments)], check=True)


def write_pngs(folder: Path, frames: range = range(1, 4), **look: int) -> FrameSequence:
    for frame in frames:
        (folder / f"f_{frame:04d}.png").write_bytes(png(PATCH, **look))
    return FrameSequence(folder / "f_####.png", frames)


def convert(folder: Path, name: str, *options: str) -> FrameSequence:
    """Make frames of another kind of the PNG ones."""
    source = write_pngs(folder)
    run(
        "-start_number", "1", "-i", folder / "f_%04d.png", "-start_number", "1", *options, "-f", "image2", folder / name
    )
    return FrameSequence(folder / name, source.frames)


@pytest.fixture
def encode(shared_reader: MediaReader) -> Encode:
    """A function that encodes sequences, with the processes that all tests of this file share."""

    async def encode(sequence: FrameSequence, output: Path, *more: FrameSequence, **options: object) -> StitchReport:
        wanted = StitchOptions(**{"rate": Fraction(24000, 1001), **options})  # type: ignore[arg-type]
        return await FfmpegStitcher(reader=shared_reader).encode_frames([sequence, *more], output, wanted)

    return encode


def first_pixel(path: Path, alpha: bool = False) -> tuple[int, ...]:
    """The first pixel of the first frame as BT.709 makes it red, green and blue."""
    decoder = ("-c:v", "libvpx-vp9") if alpha and path.suffix == ".webm" else ()
    scaled = "scale=in_color_matrix=bt709:flags=bicubic+accurate_rnd+full_chroma_int"
    words = ["-i", path, "-frames:v", "1", "-vf", scaled, "-pix_fmt", "rgba", "-f", "rawvideo", "-"]
    command = [str(find_ffmpeg()), "-v", "error", "-nostdin", *decoder, *map(str, words)]
    return tuple(subprocess.run(command, check=True, capture_output=True).stdout[: 4 if alpha else 3])


def near(shown: tuple[int, ...], wanted: tuple[int, ...], most: int = 2) -> bool:
    return all(abs(one - other) <= most for one, other in zip(shown, wanted, strict=True))


def tags(path: Path) -> tuple[str, int, int, int, int, Fraction]:
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        frame = next(film.decode(stream))
        rate = stream.average_rate or Fraction(0)
        colours = map(int, (frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range))
        return (stream.codec_context.codec.canonical_name, *colours, Fraction(rate))  # type: ignore[return-value]


@pytest.mark.parametrize(("name", "codec"), [("film.mp4", "h264"), ("film.mov", "h264"), ("film.webm", "vp9")])
async def test_opaque_frames_are_tagged_as_bt709_at_their_exact_rate(
    name: str, codec: str, tmp_path: Path, encode: Encode
) -> None:
    report = await encode(write_pngs(tmp_path), tmp_path / name, frames=3)
    assert tags(tmp_path / name) == (codec, 1, 1, 1, 1, Fraction(24000, 1001))
    assert near(first_pixel(tmp_path / name), colour_of(PATCH))
    assert (report.frames, report.notes) == (3, ())


@pytest.mark.parametrize(
    ("name", "options", "off"),
    [
        ("j_%03d.jpg", ("-q:v", "1", "-pix_fmt", "yuvj444p"), 3),
        ("j_%03d.jpg", ("-q:v", "1", "-pix_fmt", "yuvj420p"), 3),
        ("t_%d.tif", (), 2),
        ("t_%d.tiff", ("-pix_fmt", "rgb48le"), 2),
        ("w_%04d.webp", ("-c:v", "libwebp", "-quality", "100"), 4),
        ("w_%04d.webp", ("-c:v", "libwebp", "-lossless", "1"), 2),
        ("d_%04d.dpx", ("-pix_fmt", "gbrp10be"), 2),
        ("p_%04d.png", ("-pix_fmt", "rgb48be"), 2),
        ("p_%04d.png", ("-vf", "split[a][b];[a]palettegen=reserve_transparent=0[p];[b][p]paletteuse"), 3),
    ],
)
async def test_every_kind_of_picture_keeps_its_colours(
    name: str, options: tuple[str, ...], off: int, tmp_path: Path, encode: Encode
) -> None:
    sequence = convert(tmp_path, name, *options)
    report = await encode(sequence, tmp_path / "film.mp4")
    assert near(first_pixel(tmp_path / "film.mp4"), colour_of(PATCH), off), first_pixel(tmp_path / "film.mp4")
    assert report.frames == 3


def add_gamma(file: Path, gamma: float, *, says_srgb: bool = False) -> None:
    """Add the chunks to a PNG picture that say its gamma and, with ``says_srgb``, that it is for a screen of sRGB."""
    chunks = [b"gAMA" + struct.pack(">I", round(100_000 / gamma)), *([b"sRGB\0"] if says_srgb else [])]
    added = b"".join(struct.pack(">I", len(one) - 4) + one + struct.pack(">I", zlib.crc32(one)) for one in chunks)
    data = file.read_bytes()
    file.write_bytes(data[:33] + added + data[33:])  # behind the header


@pytest.mark.parametrize("says_srgb", [True, False])
async def test_pictures_that_say_the_gamma_of_a_screen_are_those_of_a_screen(
    says_srgb: bool, tmp_path: Path, encode: Encode
) -> None:
    """ImageMagick writes it into every PNG picture; one of another program may be among them."""
    sequence = write_pngs(tmp_path)
    for file in sequence.files[1:]:
        add_gamma(file, 2.2, says_srgb=says_srgb)
    await encode(sequence, tmp_path / "film.mp4")
    assert tags(tmp_path / "film.mp4")[1:4] == (1, 1, 1)
    assert near(first_pixel(tmp_path / "film.mp4"), colour_of(PATCH))


async def test_pictures_that_say_another_gamma_are_refused(tmp_path: Path, encode: Encode) -> None:
    sequence = write_pngs(tmp_path)
    for file in sequence.files:
        add_gamma(file, 2.8)
    with pytest.raises(StitchError, match="have the transfer bt470bg"):
        await encode(sequence, tmp_path / "film.mp4")


async def test_grey_frames_stay_grey(tmp_path: Path, encode: Encode) -> None:
    sequence = convert(tmp_path, "g_%04d.png", "-vf", "format=gray,geq=lum=180", "-pix_fmt", "gray")
    await encode(sequence, tmp_path / "film.mp4")
    assert near(first_pixel(tmp_path / "film.mp4"), (180, 180, 180))


async def test_linear_light_goes_through_the_transfer_of_bt709(tmp_path: Path, encode: Encode) -> None:
    """0.18, the grey of a test card, is 0.409 there (ITU-R BT.709, item 1.2)."""
    linear = "nullsrc=s=32x16:r=25:d=0.12,format=gbrpf32le,geq=r=0.18:g=0.18:b=0.18"
    run("-f", "lavfi", "-i", linear, "-start_number", "1", tmp_path / "e_%04d.exr")
    report = await encode(FrameSequence(tmp_path / "e_%04d.exr", range(1, 4)), tmp_path / "film.mp4")
    assert near(first_pixel(tmp_path / "film.mp4"), (104, 104, 104))
    assert "linear light was brought to BT.709" in str(report)


async def test_grey_linear_light_stays_grey(tmp_path: Path, encode: Encode) -> None:
    linear = "nullsrc=s=32x16:r=25:d=0.04,format=gbrpf32le,geq=r=0.18:g=0.18:b=0.18,format=grayf32le"
    run("-f", "lavfi", "-i", linear, "-start_number", "1", "-frames:v", "1", tmp_path / "e_%04d.exr")
    await encode(FrameSequence(tmp_path / "e_%04d.exr", range(1, 2)), tmp_path / "film.mp4")
    assert near(first_pixel(tmp_path / "film.mp4"), (104, 104, 104))


async def test_grey_tiff_pictures_are_those_of_a_screen(tmp_path: Path, encode: Encode) -> None:
    await encode(convert(tmp_path, "g_%d.tif", "-vf", "format=gray,geq=lum=180"), tmp_path / "film.mp4")
    assert near(first_pixel(tmp_path / "film.mp4"), (180, 180, 180))


async def test_pictures_that_ffmpeg_takes_for_other_ones_are_refused(tmp_path: Path, encode: Encode) -> None:
    sequence = convert(tmp_path, "t_%d.tif", "-compression_algo", "raw")
    second = sequence.files[1]
    data = second.read_bytes()
    assert data.count(TIFF_RAW) == 1
    second.write_bytes(data.replace(TIFF_RAW, TIFF_JPEG))
    with pytest.raises(StitchError, match="frame 2 cannot be decoded"):
        await encode(sequence, tmp_path / "film.mp4")


async def test_pictures_that_are_turned_differently_are_refused(tmp_path: Path, encode: Encode) -> None:
    sequence = convert(tmp_path, "j_%03d.jpg", "-q:v", "1")
    for number, file in enumerate(sequence.files):
        data = file.read_bytes()
        file.write_bytes(data[:2] + exif(6 if number == 1 else 1) + data[2:])
    with pytest.raises(StitchError, match="frame 2 says to turn it another way than the others"):
        await encode(sequence, tmp_path / "film.mp4")
    assert not (tmp_path / "film.mp4").exists()


def exif(orientation: int) -> bytes:
    """Return the part of a JPEG file that says how it is turned."""
    tags = b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHHI", 0x112, 3, 1, orientation, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", len(tags) + 2) + tags


@pytest.mark.parametrize(("name", "codec"), [("film.mov", "prores"), ("film.webm", "vp9"), ("film.mkv", "ffv1")])
@pytest.mark.parametrize("bits", [8, 16])
async def test_transparency_is_kept_where_the_container_takes_it(
    name: str, codec: str, bits: int, tmp_path: Path, encode: Encode
) -> None:
    report = await encode(write_pngs(tmp_path, alpha=120, bits=bits), tmp_path / name)
    assert tags(tmp_path / name)[0] == codec
    assert near(first_pixel(tmp_path / name, alpha=True), (*colour_of(PATCH), 120), 3)
    assert "transparent" not in str(report)


async def test_transparency_that_cannot_be_kept_lies_on_black(tmp_path: Path, encode: Encode) -> None:
    for bits in (8, 16):
        report = await encode(write_pngs(tmp_path, alpha=120, bits=bits), tmp_path / "film.mp4")
        on_black = tuple(round(value * 120 / 255) for value in colour_of(PATCH))
        assert near(first_pixel(tmp_path / "film.mp4"), on_black), first_pixel(tmp_path / "film.mp4")
        assert "transparent parts lie on black: h264 in a .mp4 file keeps no transparency" in str(report)


async def test_one_transparent_frame_among_opaque_ones_is_seen(tmp_path: Path, encode: Encode) -> None:
    sequence = write_pngs(tmp_path, alpha=255)
    await encode(sequence, tmp_path / "film.mov")
    assert tags(tmp_path / "film.mov")[0] == "h264"
    sequence.files[1].write_bytes(png(PATCH, alpha=20))
    await encode(sequence, tmp_path / "film.mov")
    assert tags(tmp_path / "film.mov")[0] == "prores"


async def test_transparent_linear_frames_are_divided_by_their_alpha(tmp_path: Path, encode: Encode) -> None:
    linear = "nullsrc=s=32x16:r=25:d=0.04,format=gbrapf32le,geq=r=0.09:g=0.09:b=0.09:a=0.5"
    run("-f", "lavfi", "-i", linear, "-start_number", "1", "-frames:v", "1", tmp_path / "e_%04d.exr")
    sequence = FrameSequence(tmp_path / "e_%04d.exr", range(1, 2))
    await encode(sequence, tmp_path / "film.mov")
    assert near(first_pixel(tmp_path / "film.mov", alpha=True), (104, 104, 104, 128), 3)
    await encode(sequence, tmp_path / "film.mp4")
    assert near(first_pixel(tmp_path / "film.mp4"), (70, 70, 70), 3)  # 0.09 alone, on black


async def test_odd_sizes_get_their_last_pixels_doubled(tmp_path: Path, encode: Encode) -> None:
    report = await encode(write_pngs(tmp_path, width=33, height=17), tmp_path / "film.mp4")
    with av.open(str(tmp_path / "film.mp4")) as film:
        assert (film.streams.video[0].width, film.streams.video[0].height) == (34, 18)
    assert "34×18" in str(report)


async def test_narrow_pictures_are_encoded(tmp_path: Path, encode: Encode) -> None:
    """x265 wrote past its memory with them."""
    frames = write_pngs(tmp_path, range(17), width=34, height=16)
    report = await encode(frames, tmp_path / "film.mp4", video_codec="hevc")
    assert (report.frames, report.video_codec) == (17, "hevc")


async def test_other_sizes_are_refused_unless_they_may_be_evened_out(tmp_path: Path, encode: Encode) -> None:
    few, more = write_pngs(tmp_path, range(4)), write_pngs(tmp_path, range(4, 6), width=64, height=32)
    with pytest.raises(StitchError, match="Frames 4-5 are 64×32, but most are 32×16"):
        await encode(few, tmp_path / "film.mp4", write_pngs(tmp_path, range(6, 8)), more)
    assert not (tmp_path / "film.mp4").exists()
    report = await encode(few, tmp_path / "film.mp4", more, reencode=True, width=32, height=16)
    assert (report.frames, "scaled to 32×16" in str(report)) == (6, True)


@pytest.mark.parametrize("codec", ["prores", "hevc", "ffv1", "libx264rgb"])
async def test_a_codec_that_is_asked_for_is_used(codec: str, tmp_path: Path, encode: Encode) -> None:
    report = await encode(write_pngs(tmp_path), tmp_path / "film.mkv", video_codec=codec)
    assert report.video_codec == {"libx264rgb": "h264"}.get(codec, codec)
    assert near(first_pixel(tmp_path / "film.mkv"), colour_of(PATCH))


@pytest.mark.parametrize("bits", [8, 16])
async def test_every_preset_of_the_program_is_followed(bits: int, tmp_path: Path, encode: Encode) -> None:
    sequence = write_pngs(tmp_path, alpha=120, bits=bits, width=64, height=64)
    for preset in read_presets().of_kind("blend"):
        if preset.makes_pictures:
            continue
        film = tmp_path / f"{preset.name}{preset.suffixes[0]}"
        said = frame_encoding(preset, film.name, (64, 64))
        report = await encode(sequence, film, frame_encoding=FrameEncoding.model_validate(said))
        with av.open(str(film)) as opened:
            pixels = opened.streams.video[0].codec_context.pix_fmt
        keeps_alpha = preset.encoding.transparent is not None
        if keeps_alpha:
            assert near(first_pixel(film, alpha=True), (*colour_of(PATCH), 120), 4), preset.name
        else:
            assert near(first_pixel(film), tuple(round(value * 120 / 255) for value in colour_of(PATCH)), 3), (
                preset.name
            )
            assert "transparent parts lie on black" in str(report)
            assert pixels in preset.encoding.pixel_formats[: 1 if bits == 8 else 2], (preset.name, pixels)
        if bits == 16 and preset.name in {"h265", "av1"}:
            assert pixels == "yuv420p10le"


async def test_options_and_the_tag_of_a_preset_reach_the_encoder(tmp_path: Path, encode: Encode) -> None:
    own = {"encoder": "libx264", "pixelFormats": ["yuv444p"], "options": {"crf": 31, "bf": 0}, "tag": "avc3"}
    await encode(write_pngs(tmp_path), tmp_path / "film.mp4", frame_encoding=FrameEncoding.model_validate(own))
    with av.open(str(tmp_path / "film.mp4")) as film:
        context = film.streams.video[0].codec_context
        assert (context.pix_fmt, context.codec_tag) == ("yuv444p", "avc3")
    data = (tmp_path / "film.mp4").read_bytes()
    assert b"crf=31.0" in data
    assert b"bframes=0" in data
    await encode(
        write_pngs(tmp_path),
        tmp_path / "narrow.mp4",
        frame_encoding=FrameEncoding(
            encoder="libx265", pixel_formats=("yuv420p",), options={"x265-params": "bframes=0"}
        ),
    )
    data = (tmp_path / "narrow.mp4").read_bytes()
    assert b"bframes=0" in data
    assert b"no-cutree" in data, "what keeps it from writing past its memory stays"
    rgb = FrameEncoding(encoder="png", pixel_formats=("rgb24",))
    await encode(write_pngs(tmp_path), tmp_path / "film.mov", frame_encoding=rgb)
    assert first_pixel(tmp_path / "film.mov") == colour_of(PATCH)


async def test_logarithmic_film_is_refused_in_words(tmp_path: Path, encode: Encode) -> None:
    sequence = convert(tmp_path, "d_%04d.dpx")
    for file in sequence.files:
        data = bytearray(file.read_bytes())
        data[801] = 3
        file.write_bytes(data)
    with pytest.raises(StitchError, match="logarithmic"):
        await encode(sequence, tmp_path / "film.mp4")


@pytest.mark.parametrize("refused", [["symlink_to"], ["symlink_to", "hardlink_to"]])
async def test_frames_are_found_where_links_cannot_be_made(
    refused: list[str], tmp_path: Path, encode: Encode, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(link: Path, target: Path) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    for name in refused:
        monkeypatch.setattr(Path, name, refuse)
    report = await encode(write_pngs(tmp_path), tmp_path / "film.mp4", width=64, height=32)
    assert near(first_pixel(tmp_path / "film.mp4"), colour_of(PATCH))
    assert "the frames are 32×16, not 64×32 as the job says" in str(report)


async def test_missing_frames_are_named_and_nothing_is_made(tmp_path: Path, encode: Encode) -> None:
    sequence = write_pngs(tmp_path, range(10, 20))
    for frame in (12, 13, 14, 18):
        (tmp_path / f"f_{frame:04d}.png").unlink()
    with pytest.raises(StitchError, match="frames 12-14, 18 are missing"):
        await encode(sequence, tmp_path / "film.mp4")
    assert not list(tmp_path.glob("film*"))
