"""Image sequences as sources: found in folders, checked frame by frame, and made into one video."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import pytest

from helios_gui.cli import main
from helios_gui.jobfile.command_line import parse_command
from helios_gui.media.numbered_pictures import find_sequences, one_of_each
from helios_gui.media.picture_files import is_animated
from helios_gui.sources.pictures import PicturesFacts, PicturesKind, PicturesRequest
from helios_gui.sources.planned_job import PlannedJob, plan_source_job
from helios_gui.sources.registry import find_kind, is_source, source_named
from helios_gui.types import UserInputError
from tests.support.numbered_video import run_ffmpeg


def write(folder: Path, names: list[str]) -> None:
    """Write a small picture under each name; its red is the number in the name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        number = int("".join(filter(str.isdigit, name)) or 0)
        frame = av.VideoFrame(64, 36, "rgb24")
        frame.planes[0].update(bytes((number % 256, 0, 0)) * (frame.planes[0].buffer_size // 3))
        frame.save(str(folder / name))


@pytest.mark.parametrize(
    ("names", "patterns"),
    [
        (["a_0001.png", "a_0002.png", "a_0010.png"], {"a_####.png": (1, 2, 10)}),
        (["a9.png", "a10.png", "a11.png"], {"a%d.png": (9, 10, 11)}),
        (["a_998.png", "a_999.png", "b_1.png", "note.txt"], {"a_###.png": (998, 999), "b_%d.png": (1,)}),
        (["x.0099.png", "x.0100.png", "x.1000.png"], {"x.####.png": (99, 100, 1000)}),
        ([".hid_01.png", "plain.png"], {}),
        (["a_001.png", "a_1.png"], {"a_###.png": (1,)}),
    ],
)
def test_sequences_are_found_by_their_names(tmp_path: Path, names: list[str], patterns: dict[str, object]) -> None:
    for name in names:
        (tmp_path / name).touch()
    assert {str(one.pattern): one.frames for one in find_sequences(tmp_path)} == patterns


def test_all_pictures_of_a_sequence_are_one_source() -> None:
    paths = [
        Path(name) for name in ("a/f_2.png", "b.html", "a/f_1.png", "a/g_1.png", "c/f_1.png", "a/f_1.exr", "b.html")
    ]
    kept = ["a/f_2.png", "b.html", "a/g_1.png", "c/f_1.png", "a/f_1.exr"]
    assert [path.as_posix() for path in one_of_each(paths)] == kept


async def planned(source: Path, **options: object) -> tuple[PlannedJob, PicturesFacts]:
    kind = find_kind(source)
    assert isinstance(kind, PicturesKind)
    request = PicturesRequest(source=source, **options)  # type: ignore[arg-type]
    facts = await kind.read(request, print)
    return plan_source_job(kind, request, facts), facts


async def test_a_folder_of_pictures_is_checked_and_linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "Größe 1"
    write(folder, [f"shot_{number:04}.png" for number in range(7, 12)])
    assert is_source(folder)
    job, facts = await planned(folder, chunk_size=3, fps=Fraction(24000, 1001))
    assert (facts.width, facts.height, facts.first_frame, facts.frames) == (64, 36, 7, 5)
    assert job.path == tmp_path / "Größe 1.helios.json"
    spec = job.spec
    assert [chunk.frames for chunk in spec.chunks] == [range(7, 10), range(10, 12)]
    assert spec.output_file == "Größe 1.mp4"
    assert job.notes == ()
    monkeypatch.chdir(tmp_path)
    for chunk in spec.chunks:
        assert main(parse_command(chunk.command)[1:]) == 0
    made = sorted((tmp_path / ".Größe 1_frames").iterdir())
    assert [file.name for file in made] == [f"{number:04}.png" for number in range(7, 12)]
    assert made[0].read_bytes() == (folder / "shot_0007.png").read_bytes()
    still = tmp_path / "still.png"
    await PicturesKind().still(PicturesRequest(source=folder), facts, 9, still, print)
    with av.open(str(still)) as picture:
        assert bytes(next(picture.decode(video=0)).reformat(format="rgb24").planes[0])[:3] == bytes((9, 0, 0))


async def test_a_gap_is_named_and_has_to_be_wanted(tmp_path: Path) -> None:
    write(tmp_path / "shot", [f"{number:03}.png" for number in (1, 2, 5, 6, 9)])
    with pytest.raises(UserInputError, match="Frames are not there: 3-4, 7-8") as raised:
        await planned(tmp_path / "shot")
    assert "1-2,5-6,9 are there" in raised.value.hint
    job, facts = await planned(tmp_path / "shot", frame_list="1-2,5-6,9")
    assert facts.frame_list == "1-2,5-6,9"
    assert [chunk.frames for chunk in job.spec.chunks] == [range(1, 3), range(5, 7), range(9, 10)]
    assert "Frames are not there: 3-4, 7-8." in job.notes
    with pytest.raises(UserInputError, match="Frames are not there: 10-12"):
        await planned(tmp_path / "shot", first_frame=9, frames=4)


async def test_one_picture_stands_for_its_sequence(tmp_path: Path) -> None:
    write(tmp_path, ["a_01.png", "a_02.png", "b_01.png", "b_02.png", "plain.png"])
    assert is_source(tmp_path / "b_01.png")
    assert not is_source(tmp_path / "plain.png")
    job, facts = await planned(tmp_path / "b_02.png")
    assert facts.pattern.name == "b_##.png"
    assert (job.path.name, job.spec.output_file) == ("b.helios.json", "b.mp4")
    assert job.spec.metadata.total_frames == 2
    with pytest.raises(UserInputError, match=r"several image sequences: a_##\.png, b_##\.png"):
        await planned(tmp_path)
    (tmp_path / "job.helios.json").write_text("{}")
    assert not is_source(tmp_path), "it has job files"


@pytest.mark.parametrize(
    ("source", "title"),
    [("sc01 v1.2", "sc01 v1.2"), ("sc01 v1.2/plate.0001.png", "plate"), ("sc01 v1.2/0001.png", "sc01 v1.2")],
)
def test_jobs_are_called_like_the_sequence(tmp_path: Path, source: str, title: str) -> None:
    write(tmp_path / "sc01 v1.2", ["0001.png", "plate.0001.png"])
    assert PicturesKind().title(tmp_path / source) == title


@pytest.mark.parametrize("name", ["b_##.png", "b_%02d.png", "b_{frame:02}.png"])
async def test_a_pattern_names_its_sequence(tmp_path: Path, name: str) -> None:
    write(tmp_path, ["a_01.png", "b_03.png", "b_04.png", "plain.png"])
    assert source_named(tmp_path / name) == tmp_path / "b_03.png"
    assert source_named(tmp_path / "plain.png") == tmp_path / "plain.png"
    with pytest.raises(UserInputError, match=r"no pictures named b_###\.png") as refusal:
        await planned(source_named(tmp_path / "b_###.png"))
    assert "as many #" in refusal.value.hint
    with pytest.raises(UserInputError, match="cannot be read"):
        source_named(tmp_path / "gone" / name)
    (tmp_path / name).write_bytes((tmp_path / "a_01.png").read_bytes())
    assert source_named(tmp_path / name) == tmp_path / name, "a file may be called so"


async def test_frames_of_several_sizes_are_refused_before_they_are_rendered(tmp_path: Path) -> None:
    write(tmp_path / "shot", [f"{number:03}.png" for number in range(1, 9)])
    for number in (6, 7, 8):
        picture = str(tmp_path / "shot" / f"00{number}.png")
        run_ffmpeg("-f", "lavfi", "-i", "color=red:s=32x18", "-frames:v", "1", picture)
    with pytest.raises(UserInputError, match="Frame 6 is 32 × 18, and the first one is 64 × 36") as refusal:
        await planned(tmp_path / "shot")
    assert "Make a video of each part" in refusal.value.hint
    first, _ = await planned(tmp_path / "shot", frames=5)
    assert (first.spec.metadata.width, first.spec.metadata.height) == (64, 36)
    second, _ = await planned(tmp_path / "shot", first_frame=6, frames=3)
    assert (second.spec.metadata.width, second.spec.metadata.height) == (32, 18)


async def test_size_and_codec_are_checked(tmp_path: Path) -> None:
    write(tmp_path / "s", ["1.png", "2.png"])
    with pytest.raises(UserInputError, match="keep their size, which is 64 × 36"):
        await planned(tmp_path / "s", width=32)
    with pytest.raises(UserInputError, match="no codec"):
        await planned(tmp_path / "s", codec="wmv")
    job, _ = await planned(tmp_path / "s", codec="prores")
    assert job.spec.output_file == "s.mov"
    assert "--video-codec prores_ks" in (job.spec.merge_command or "")


@pytest.mark.parametrize("head", ["100%done_", "%04d_", "a##_", "{frame}_", "x#"])
async def test_names_with_a_second_place_for_numbers_are_refused(head: str, tmp_path: Path) -> None:
    write(tmp_path / "shot", [f"{head}{number:03}.png" for number in (1, 2)])
    with pytest.raises(UserInputError, match="second place that reads like a frame's number"):
        await planned(tmp_path / "shot")


async def test_a_still_of_linear_light_is_that_of_the_video(tmp_path: Path) -> None:
    for pixels in ("gbrpf32le", "grayf32le"):
        folder = tmp_path / pixels
        folder.mkdir()
        linear = f"nullsrc=s=32x16:r=25:d=0.08,format=gbrpf32le,geq=r=0.18:g=0.18:b=0.18,format={pixels}"
        run_ffmpeg("-f", "lavfi", "-i", linear, str(folder / "e_%04d.exr"))
        _, facts = await planned(folder)
        still = tmp_path / f"{pixels}.png"
        await PicturesKind().still(PicturesRequest(source=folder), facts, 1, still, print)
        with av.open(str(still)) as picture:
            shown = bytes(next(picture.decode(video=0)).reformat(format="rgb24").planes[0])[:3]
        assert all(abs(value - 104) <= 2 for value in shown), tuple(shown)


async def test_a_preset_says_how_frames_are_encoded(tmp_path: Path) -> None:
    write(tmp_path / "s", ["1.png", "2.png"])
    job, _ = await planned(tmp_path / "s", preset="prores")
    encoding = job.spec.frame_encoding
    assert encoding is not None
    assert (encoding.encoder, encoding.options["profile"], job.spec.output_file) == ("prores_ks", "hq", "s.mov")
    assert job.spec.merge_command is None
    with pytest.raises(UserInputError, match="is not for videos"):
        await planned(tmp_path / "s", preset="png-frames")
    with pytest.raises(UserInputError, match="say the same"):
        await planned(tmp_path / "s", preset="prores", codec="h264")
    with pytest.raises(UserInputError, match="no preset"):
        await planned(tmp_path / "s", preset="nothing")
    clear = ["-f", "lavfi", "-i", "color=red@0.5:s=64x36,format=rgba", "-frames:v", "2"]
    run_ffmpeg(*clear, str(tmp_path / "s" / "%d.png"))
    for preset, dark in (("h265", True), ("prores", False)):
        job, _ = await planned(tmp_path / "s", preset=preset)
        assert any("transparent" in note for note in job.notes) is dark


async def test_an_animation_is_no_frame(tmp_path: Path) -> None:
    run_ffmpeg("-f", "lavfi", "-i", "testsrc2=s=32x16:d=0.2", "-f", "apng", str(tmp_path / "f_0001.png"))
    with pytest.raises(UserInputError, match=r"frame 1 cannot be read \(it is an animation"):
        await PicturesKind().read(PicturesRequest(source=tmp_path / "f_0001.png"), print)
    head = b"RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0"
    assert is_animated("webp", head + b"\x02" + bytes(12))
    assert not is_animated("webp", head + b"\x10" + bytes(12))


async def test_pictures_of_scanned_film_are_refused_before_their_job_is_made(tmp_path: Path) -> None:
    run_ffmpeg("-f", "lavfi", "-i", "color=red:s=16x16", "-frames:v", "2", str(tmp_path / "d_%04d.dpx"))
    for number in (1, 2):
        file = tmp_path / f"d_{number:04d}.dpx"
        data = bytearray(file.read_bytes())
        data[801] = 3  # SMPTE 268M: its transfer is logarithmic
        file.write_bytes(data)
    with pytest.raises(UserInputError, match="logarithmic values, as of scanned film") as refused:
        await planned(tmp_path)
    assert "Render frames for a BT.709 screen" in refused.value.hint


def lab_tiff() -> bytes:
    """Return a TIFF picture in CIE L*a*b*, which FFmpeg does not decode."""
    pixels, size = bytes((128, 0, 0)) * 64 * 48, (64, 48)
    tags = {256: size[0], 257: size[1], 258: 8, 259: 1, 262: 8, 273: 200, 277: 3, 278: size[1], 279: len(pixels)}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)
    return head.ljust(200, b"\0") + pixels


def test_pictures_that_cannot_be_decoded_are_refused_with_a_way_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        (tmp_path / f"f_{number}.tif").write_bytes(lab_tiff())
    assert main(["new", str(tmp_path / "f_#.tif")]) == 2
    told = capsys.readouterr().err
    assert "frame 0 cannot be decoded" in told
    assert "save all of them as RGB pictures, such as PNG" in told
    assert "log" not in told
