"""What chunks do not tell, or tell of their shape: taken as players take it when they are evened out, and said."""

from __future__ import annotations

from fractions import Fraction

import av
import pytest

from helios_gui.stitcher import FfmpegStitcher, probe
from helios_gui.types import StitchError, StitchOptions
from tests.support.any_ffmpeg import colours, turn

ORANGE = (192, 48, 16)
"""A colour of which the matrices of BT.601 and BT.709 make quite different YUV."""
BT709 = ("bt709", "bt709", "bt709", "tv")
BT601 = ("", "", "smpte170m")
SMALL, LARGE = "128x72", "1280x720"
UNTOLD = "does not say how its colours are stored; it was taken as players take pictures of its size"


@pytest.fixture
def stitcher(shared_reader):
    return FfmpegStitcher(reader=shared_reader)


def orange(studio, name: str, matrix: str, tags=(), size: str = SMALL, count: int = 2):
    """Return a chunk of frames of one colour, stored by ``matrix`` (``rgb``: as it is)."""
    path = studio.folder / name
    told = colours(*tags, filters=f"scale=out_color_matrix={matrix},format=yuv420p")
    yuv = (*told, "-c:v", "libx264", "-preset", "ultrafast", "-crf", "1")
    how = ("-c:v", "qtrle", "-pix_fmt", "rgb24") if matrix == "rgb" else yuv
    studio.run("-f", "lavfi", "-i", f"color=0xC03010:s={size}:r=25:d={count / 25}", *how, str(path))
    return path


def shown(studio, film, matrix: str) -> list[tuple[int, ...]]:
    """Return the colour in the middle of each frame, as a player shows it that takes YUV by ``matrix``."""
    rgb = studio.folder / "shown.rgb"
    middle = f"scale=in_color_matrix={matrix},format=rgb24,crop=2:2"
    studio.run("-i", str(film), "-vf", middle, "-f", "rawvideo", str(rgb))
    pixels = rgb.read_bytes()
    return [tuple(pixels[begin : begin + 3]) for begin in range(0, len(pixels), 12)]


CASES = {
    "small, untold among BT.709": (("bt601", (), SMALL), ("bt709", BT709, SMALL), "bt709", True),
    "large, untold among BT.709": (("bt709", (), LARGE), ("bt709", BT709, LARGE), "bt709", False),
    "small, BT.709 among untold": (("bt709", BT709, SMALL), ("bt601", (), SMALL), "bt601", False),
    "large, BT.601 among untold": (("bt601", BT601, LARGE), ("bt709", (), LARGE), "bt709", False),
    "large among small, both untold": (("bt709", (), LARGE), ("bt601", (), SMALL), "bt601", True),
    "small among large, both untold": (("bt601", (), SMALL), ("bt709", (), LARGE), "bt709", True),
    "RGB among large, untold": (("rgb", (), LARGE), ("bt709", (), LARGE), "bt709", False),
    "RGB among small, untold": (("rgb", (), SMALL), ("bt601", (), SMALL), "bt601", False),
    "large, untold among RGB": (("bt709", (), LARGE), ("rgb", (), LARGE), "bt709", True),
}


@pytest.mark.parametrize("what", CASES)
async def test_untold_colours_are_those_that_players_show(studio, stitcher, tmp_path, what):
    odd, usual, matrix, said = CASES[what]
    parts = [orange(studio, f"part_{index}.mov", *(odd if index == 1 else usual)) for index in range(3)]
    output = tmp_path / "film.mov"
    report = await stitcher.stitch(parts, output, StitchOptions(frames=6, reencode=True))
    assert shown(studio, output, matrix) == [pytest.approx(ORANGE, abs=5)] * 6
    assert (f"part_1.mov {UNTOLD}" in report.notes) is said


@pytest.mark.parametrize(("suffix", "codec"), [(".wmv", "wmv2"), (".avi", "mpeg4"), (".mkv", "mpeg4")])
@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_colours_stay_where_nothing_tells_the_matrix(studio, stitcher, tmp_path, suffix, codec, size):
    """Players take the matrix of BT.601 for small pictures then; Matroska tells the one there is."""
    stored = "bt709" if size == SMALL else "bt601"
    tags = BT709 if size == SMALL else BT601
    parts = [orange(studio, f"part_{index}.mov", stored, tags, size) for index in range(2)]
    output = tmp_path / f"film{suffix}"
    await stitcher.stitch(parts, output, StitchOptions(frames=4, video_codec=codec))
    taken = stored if suffix == ".mkv" else "bt601" if size == SMALL else "bt709"
    assert shown(studio, output, taken) == [pytest.approx(ORANGE, abs=7)] * 4


async def test_usual_colours_are_not_taken_for_hdr(studio, stitcher, tmp_path):
    """Nothing that is tagged says what an untagged chunk would be: players show it as usual colours."""
    hdr = ("bt2020", "smpte2084", "bt2020nc")
    parts = [orange(studio, f"part_{index}.mov", "bt709", () if index == 1 else hdr) for index in range(3)]
    with pytest.raises(StitchError, match="the others are HDR") as refused:
        await stitcher.stitch(parts, tmp_path / "film.mov", StitchOptions(frames=6, reencode=True))
    assert "anew" not in refused.value.hint


@pytest.mark.parametrize("pixels", ["rgb24", "rgba64le", "gray", "yuv420p10le", "yuv422p12le", "yuv444p", "gbrp10le"])
async def test_dnxhr_is_made_of_any_pixels(studio, stitcher, tmp_path, pixels):
    part = tmp_path / "part.mkv"
    codec = "ffv1" if pixels in ("gbrp10le", "gray") or pixels.startswith("yuv") else "png"
    studio.run("-f", "lavfi", "-i", "testsrc2=s=256x144:r=25:d=0.08", "-c:v", codec, "-pix_fmt", pixels, str(part))
    report = await stitcher.stitch([part], tmp_path / "film.mov", StitchOptions(frames=2, video_codec="dnxhd"))
    made = probe(tmp_path / "film.mov").video
    assert (made.codec, report.frames) == ("dnxhd", 2)
    deep = "10le" in pixels or "12le" in pixels or "64" in pixels or "rgb" in pixels or "444" in pixels
    assert ("10" in made.pixel_format) is deep
    assert made.pixel_format.startswith("gbr") is pixels.startswith(("rgb", "gbr"))


def shape(film) -> Fraction:
    """Return the width of the picture by its height, as players show it."""
    video = probe(film).video
    shape = video.sample_aspect * video.width / video.height
    return 1 / shape if video.rotation % 180 else shape


def outlines(film) -> set[tuple[int, int, int, int]]:
    """Return where the white square of each frame lies: left, top, right and bottom, in square pixels."""
    found = set()
    with av.open(str(film)) as container:
        aspect = container.streams.video[0].sample_aspect_ratio or 1
        for frame in container.decode(video=0):
            plane = frame.planes[0]
            rows = [bytes(plane)[y * plane.line_size :][: frame.width] for y in range(frame.height)]
            lit = [(x, y) for y, row in enumerate(rows) for x, value in enumerate(row) if value > 128]
            xs, ys = [x for x, _ in lit], [y for _, y in lit]
            found.add((round(min(xs) * aspect), min(ys), round((max(xs) + 1) * aspect), max(ys) + 1))
    return found


@pytest.mark.parametrize("promised", [None, (96, 144), (144, 96), (72, 144)])
async def test_pixels_that_are_not_square_stay_in_shape_when_most_are_turned(studio, stitcher, tmp_path, promised):
    """A square of light of 48 by 48 square pixels, in the turned chunks and in the other."""
    parts = []
    for index in range(3):
        plain, part = tmp_path / f"plain_{index}.mov", tmp_path / f"part_{index}.mov"
        source = "color=black:s=144x96:r=25:d=0.08,drawbox=x=54:y=24:w=36:h=48:c=white:t=fill,setsar=4/3"
        upright = "color=black:s=96x144:r=25:d=0.08,drawbox=x=24:y=48:w=48:h=48:c=white:t=fill,setsar=1"
        studio.run("-f", "lavfi", "-i", upright if index == 1 else source, "-c:v", "libx264", "-crf", "1", str(plain))
        parts.append(plain if index == 1 else turn(plain, part, 90))
    width, height = promised or (None, None)
    output = tmp_path / "film.mov"
    options = StitchOptions(frames=6, reencode=True, width=width, height=height)
    report = await stitcher.stitch(parts, output, options)
    made = probe(output).video
    assert (made.width, made.height, made.rotation) == (*(promised or (96, 144)), 0)
    assert shape(output) == (Fraction(96 * 3, 144 * 4) if promised in (None, (96, 144)) else Fraction(*promised))
    for left, top, right, bottom in outlines(output):
        assert (right - left) / (bottom - top) == pytest.approx(1, abs=0.08)
    assert ("were fitted into 144×96" in str(report.notes)) is (promised == (144, 96))
