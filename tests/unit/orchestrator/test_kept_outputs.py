"""What an app had pushed aside when it died: it is put back, unless what took its place is good."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from helios_gui.orchestrator.kept_outputs import find_written_in_place, kept_path, restore_kept
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.made_files import record_without_digest
from helios_gui.orchestrator.silent_listener import SilentListener
from helios_gui.types import ChunkState, JobExecutionOptions, RenderChunk, VerificationError
from tests.support.jobs import text_job

FRAMES = 3


def job_of(folder: Path, *names: str) -> LiveJob:
    """Return a job as found in the journal, all of whose chunks were running; they write these outputs."""
    spec = text_job(len(names), frames=FRAMES)
    chunks = (chunk.model_copy(update={"output_file": name}) for chunk, name in zip(spec.chunks, names, strict=True))
    spec = spec.model_copy(update={"chunks": tuple(chunks)})
    job = LiveJob("job", spec, JobExecutionOptions(job_dir=folder), folder / "out.mp4", name="Job")
    for chunk in job.chunks:
        job.move_chunk(chunk, ChunkState.RUNNING)
    return LiveJob.restore(job.status(), SilentListener())


async def verify(path: Path, chunk: RenderChunk) -> None:
    """Outputs that hold "good" are finished."""
    files = [path] if chunk.pattern is None else [path.with_name(f"f_{frame}.png") for frame in chunk.frames]
    for file in files:
        if not file.exists() or file.read_text() != "good":
            raise VerificationError(f"{file.name} is not finished.")


def files_in(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("name", "in_place", "after"),
    [
        ("a.mov", None, "earlier"),
        ("a.mov", "half", "earlier"),
        ("a.mov", "good", "good"),
        ("a.txt", "good", "earlier"),  # nobody can tell whether it is finished
    ],
)
async def test_an_earlier_output_is_put_back_unless_a_finished_one_is_there(
    name: str, in_place: str | None, after: str, tmp_path: Path
) -> None:
    job = job_of(tmp_path, name, "other.mov")
    kept_path(tmp_path / name, "job").write_text("earlier")
    if in_place is not None:
        (tmp_path / name).write_text(in_place)
    (tmp_path / ".b.mov.job.kept").write_text("of another output")
    restored = await restore_kept(job, verify)
    assert restored == ({job.chunks[0]} if after == "earlier" else set())
    assert files_in(tmp_path) == {name: after, ".b.mov.job.kept": "of another output"}


async def test_the_newest_of_several_is_put_back_and_the_others_go(tmp_path: Path) -> None:
    job = job_of(tmp_path, "a.mov")
    for job_id, age in (("job", 300), ("second", 100), ("third", 200)):
        kept = kept_path(tmp_path / "a.mov", job_id)
        kept.write_text(job_id)
        os.utime(kept, (1_000_000_000 - age,) * 2)
    kept_path(tmp_path / "a.mov", "link").symlink_to("to a file that is gone")
    assert await restore_kept(job, verify) == {job.chunks[0]}
    assert files_in(tmp_path) == {"a.mov": "second"}


@pytest.mark.parametrize("written", [["good", "good", "good"], ["good", "half"]], ids=["all frames", "not all"])
async def test_frames_of_a_sequence_are_put_back_or_stay_together(written: list[str], tmp_path: Path) -> None:
    job = job_of(tmp_path, "f_%d.png")
    for frame in (0, 1):
        kept_path(tmp_path / f"f_{frame}.png", "job").write_text("earlier")
    for frame, content in enumerate(written):
        (tmp_path / f"f_{frame}.png").write_text(content)
    is_whole = len(written) == FRAMES
    assert await restore_kept(job, verify) == (set() if is_whole else {job.chunks[0]})
    frames = ["good"] * 3 if is_whole else ["earlier"] * 2
    assert files_in(tmp_path) == {f"f_{frame}.png": content for frame, content in enumerate(frames)}


async def test_a_folder_that_is_gone_keeps_nothing(tmp_path: Path) -> None:
    job = job_of(tmp_path / "gone", "a.mov")
    assert await restore_kept(job, verify) == set()
    assert find_written_in_place(job) == {}


def test_what_a_command_wrote_in_the_place_of_a_pushed_aside_output_is_known(tmp_path: Path) -> None:
    job = job_of(tmp_path, "a.mov", "b.mov", "c.mov", "f_%d.png")
    frames = [tmp_path / f"f_{frame}.png" for frame in range(3 * FRAMES, 4 * FRAMES)]
    for file in (tmp_path / "a.mov", tmp_path / "b.mov", *frames):
        file.write_text("new")
    for pushed_aside in (tmp_path / "a.mov", tmp_path / "c.mov", frames[1]):
        kept_path(pushed_aside, "job").write_text("earlier")
    kept_path(tmp_path / "b.mov", "other").write_text("of another job")
    assert find_written_in_place(job) == {
        0: record_without_digest(tmp_path / "a.mov"),
        3: record_without_digest(*frames),
    }
    job.mark_verified(job.chunks)
    assert find_written_in_place(job) == {}
