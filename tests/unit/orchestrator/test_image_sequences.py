"""Chunks that write image sequences: verified frame by frame, put in place, and encoded once."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import pytest

from helios_gui.adapters.local.adapter import LocalAdapter
from helios_gui.jobfile.job_files import build_job
from helios_gui.orchestrator.executor import JobExecutor, RenderFailedError
from helios_gui.stitcher import FfmpegStitcher, MediaVerifier
from helios_gui.types import ExecutionPolicy, JobExecutionOptions, JobSpec
from tests.support.frame_jobs import frames_job, written_frames
from tests.support.frame_renderer import colour_of
from tests.support.jobs import runs
from tests.unit.orchestrator.test_executor import Reports

ONE_TRY = ExecutionPolicy(retries=0)


async def render(folder: Path, spec: JobSpec, **options: object) -> str:
    """Render a job for real; return its report."""
    heard = Reports()
    verifier = MediaVerifier()
    executor = JobExecutor(LocalAdapter(), verifier, FfmpegStitcher(), policy=ONE_TRY)
    try:
        await executor.execute(spec, JobExecutionOptions(job_dir=folder, **options), heard)  # type: ignore[arg-type]
    finally:
        await verifier.aclose()
    return heard.report


@pytest.mark.parametrize("start", [0, 1, 1001, 9998])
async def test_a_job_ends_as_the_frames_that_its_chunks_write(start: int, tmp_path: Path) -> None:
    report = await render(tmp_path, frames_job(tmp_path, start=start, outputFile="frames/f_####.png"))
    assert written_frames(tmp_path / "frames") == sorted(f"f_{frame:04d}.png" for frame in range(start, start + 6))
    assert report == f"6 frames ({start}-{start + 5}) in frames/f_####.png, complete"
    assert not list((tmp_path / ".helios").rglob("*.png"))


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("f_####.png", "f_%04d.png"),
        ("out/f_%04d.png", "./out/f_####.png"),
        ("f_{frame:04}.png", "f_%04d.png"),
        ("f.#.png", "f.%d.png"),
        ("100%/f_####.png", "100%/f_####.png"),
    ],
)
async def test_the_pattern_may_be_written_in_another_way_in_the_command(
    pattern: str, written: str, tmp_path: Path
) -> None:
    folder = tmp_path / "50% done"
    folder.mkdir()
    await render(folder, frames_job(folder, pattern=pattern, written=written, sizes=(2, 2)))
    assert len(written_frames((folder / pattern).parent)) == 4
    assert runs(folder) == ["0", "2"]


async def test_frames_are_encoded_once_at_their_exact_rate(tmp_path: Path) -> None:
    report = await render(tmp_path, frames_job(tmp_path, sizes=(3, 2, 4), start=7, outputFile="film.mp4"))
    assert report.startswith("3 chunks, 9 frames")
    with av.open(str(tmp_path / "film.mp4")) as film:
        stream = film.streams.video[0]
        assert (stream.average_rate, stream.codec_context.pix_fmt) == (Fraction(24), "yuv420p")
        pictures = [frame.reformat(format="rgb24", src_colorspace="ITU709") for frame in film.decode(stream)]
    assert len(pictures) == 9
    for frame, picture in enumerate(pictures, 7):
        shown = tuple(bytes(picture.planes[0])[:3])
        # Each frame is a cut to another colour, which costs x264 some exactness beside what 8 bits of YUV do.
        assert all(abs(a - b) <= 4 for a, b in zip(shown, colour_of(frame), strict=True)), frame


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("missing", "frames 1-2, 4 are missing"),
        ("cut", "frames 1-2, 4 end in the middle of the picture"),
        ("empty", "frames 1-2, 4 are empty"),
        ("larger", "frames 1-2, 4 are 64×16 instead of 32×16"),
    ],
)
async def test_frames_that_are_not_right_are_named(how: str, words: str, tmp_path: Path) -> None:
    spec = frames_job(tmp_path, "odd=1,2,4", f"how={how}", sizes=(8,))
    with pytest.raises(RenderFailedError, match=words):
        await render(tmp_path, spec)
    assert not (tmp_path / "frames").exists() or not written_frames(tmp_path / "frames")


async def test_frames_that_are_left_out_are_no_gaps(tmp_path: Path) -> None:
    document = json.loads(frames_job(tmp_path, sizes=(3, 2)).to_json())
    document["chunks"][1] |= {"startFrame": 10, "frameStep": 3}
    document["chunks"][1]["command"] = document["chunks"][1]["command"].replace(" 3 2", " 10 2 step=3")
    spec = build_job(document, "job.json", tmp_path)
    report = await render(tmp_path, spec)
    assert written_frames(tmp_path / "frames") == [f"f_{frame:04d}.png" for frame in (0, 1, 2, 10, 13)]
    assert report == "5 frames (0-2, 10, 13) in frames/f_####.png, complete"


async def test_frames_of_other_numbers_are_named_and_kept_to_look_at(tmp_path: Path) -> None:
    spec = frames_job(tmp_path, sizes=(3,), written="frames/f_%04d.png")
    chunk = spec.chunks[0]
    wrong = chunk.model_copy(update={"command": chunk.command.replace(" 0 3", " 1 3")})  # as FFmpeg counts
    with pytest.raises(RenderFailedError, match=r"frame 0 is missing; frame 3 is there instead.*What it wrote is in"):
        await render(tmp_path, spec.model_copy(update={"chunks": (wrong,)}))
    kept = sorted(path.name for path in (tmp_path / ".helios").rglob("*.png"))
    assert kept == ["f_0001.png", "f_0002.png", "f_0003.png"]


async def test_a_frame_too_many_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(RenderFailedError, match="frame 3 was written, too, which is not the chunk's"):
        await render(tmp_path, frames_job(tmp_path, "more=1", sizes=(3,)))


async def test_frames_that_a_failed_attempt_would_have_replaced_stay(tmp_path: Path) -> None:
    await render(tmp_path, frames_job(tmp_path, sizes=(3,)))
    before = {path: path.read_bytes() for path in (tmp_path / "frames").iterdir()}
    for written in ("frames/f_####.png", str(tmp_path / "frames" / ".." / "frames" / "f_%04d.png")):
        with pytest.raises(RenderFailedError, match="frame 1 is missing"):
            await render(tmp_path, frames_job(tmp_path, "odd=1", "how=missing", sizes=(3,), written=written))
        assert {path: path.read_bytes() for path in (tmp_path / "frames").iterdir()} == before


async def test_a_command_that_hides_where_it_writes_is_verified_in_place(tmp_path: Path) -> None:
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "f_0001.png").write_text("old")
    (tmp_path / "elsewhere").symlink_to(tmp_path / "frames")
    await render(tmp_path, frames_job(tmp_path, sizes=(2, 2), written="elsewhere/f_%04d.png"))
    assert written_frames(tmp_path / "frames") == [f"f_{frame:04d}.png" for frame in range(4)]
    assert b"old" not in (tmp_path / "frames" / "f_0001.png").read_bytes()
    assert not [path for path in (tmp_path / "frames").iterdir() if path.name.startswith(".")]
