"""Whose a finished video or its frames are, and the words in which a person is asked about them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.new_job import make_live_job
from helios_gui.orchestrator.replacements import (
    SessionVideoRecords,
    claim_place,
    find_replacement,
    record_delivery,
    replacement_in_words,
)
from helios_gui.stitcher.workspace import delivered_note
from helios_gui.types import JobState, Replacement
from tests.support.frame_jobs import frames_job
from tests.support.instant import Gate, InstantWorkers, TextStitcher
from tests.support.jobs import job_in, open_manager, python, until
from tests.support.queue_steps import ended, options, stitched


async def words(job: LiveJob, records: SessionVideoRecords) -> str:
    """What is said about replacing what lies in the place of a job's video; empty if that is the job's own."""
    found = await find_replacement(job, records)
    return "" if found is None else replacement_in_words(found)


async def test_what_was_put_in_its_place_right_before_the_app_died_is_the_jobs_own(tmp_path: Path) -> None:
    video, records = tmp_path / "out.txt", SessionVideoRecords()
    job = make_live_job("j1", stitched(2), options(tmp_path))
    video.write_text("whole")
    assert "exists already, and this job did not make it" in await words(job, records)
    note, status = delivered_note(video, "j1"), video.stat()
    note.parent.mkdir(parents=True)
    note.write_text(f"{status.st_size} {status.st_mtime_ns} {status.st_ino}")
    assert await words(job, records) == ""
    assert not note.exists(), "it is recorded now"
    assert await words(job, records) == ""
    video.write_text("somebody else's")
    assert "exists already" in await words(job, records)


async def test_a_link_that_leads_nowhere_is_nobodys_video(tmp_path: Path) -> None:
    merge = python("open('out.txt','w').write('whole')")
    job = make_live_job("j1", stitched(2).model_copy(update={"merge_command": merge}), options(tmp_path))
    records = SessionVideoRecords()
    await claim_place(job, records)  # and then the app was killed
    note = delivered_note(job.output, "j1")
    note.parent.mkdir(parents=True)
    note.write_text("5 5 5")
    job.output.symlink_to(tmp_path / "nowhere")
    assert "exists already" in await words(job, records)


async def test_frames_are_the_jobs_own_until_somebody_changes_them(tmp_path: Path) -> None:
    spec, records = frames_job(tmp_path, outputFile="frames/f_####.png"), SessionVideoRecords()
    job, other = (make_live_job(job_id, spec, options(tmp_path)) for job_id in ("j1", "j2"))
    frames = [tmp_path / "frames" / f"f_{number:04}.png" for number in range(6)]
    frames[0].parent.mkdir()
    for frame in frames:
        frame.write_text("frame")
    assert (await words(job, records)).endswith("exist already, and this job did not make them as they are.")
    await record_delivery(job, records)
    assert await words(job, records) == ""
    assert f"the job “{job.name}” made them" in await words(other, records)
    frames[3].write_text("retouched")
    assert (await words(job, records)).endswith("exist already, and this job did not make them as they are.")
    frames[3].unlink()
    assert await words(job, records) == "", "it is to make them again"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("film.mp4", "/job/film.mp4 is being made by the job “Titles” now."),
        ("f_####.png", "Frames of /job/f_####.png are being made by the job “Titles” now."),
    ],
)
def test_who_is_making_it_now_is_named(name: str, said: str) -> None:
    assert replacement_in_words(Replacement(Path("/job", name), "Titles", process=7)) == said


async def test_a_job_in_line_is_about_to_make_the_same_video(tmp_path: Path) -> None:
    gate, workers = Gate(), InstantWorkers()
    workers.acts = {0: gate}
    folders = [tmp_path / name for name in ("first", "job")]
    for folder in folders:
        folder.mkdir()
    async with open_manager(tmp_path, adapter=workers, stitcher=TextStitcher(), max_jobs=1) as manager:
        await manager.submit_job(stitched(1), options(folders[0]))
        await until(lambda: gate.waiting)
        waiting = await manager.submit_job(stitched(1), options(folders[1]))
        found = await manager.replacements.of_new_job(stitched(1), options(folders[1]))
        assert found is not None
        assert (found.made_by, found.process) == (job_in(manager, waiting).name, os.getpid())
        gate.open()
        assert await ended(manager, waiting) is JobState.COMPLETED
