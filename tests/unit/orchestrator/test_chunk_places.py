"""Somebody's own file under the name of a chunk: it is replaced only where somebody has agreed to that."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from helios_gui.orchestrator.journal_rows import _OUTPUTS, SCHEMA
from helios_gui.orchestrator.manager import JobManager
from helios_gui.types import ChunkState, FailureKind, JobSpec, JobState, ReplacedFiles, WorkerJob, WorkerResult
from tests.support.frame_jobs import frames_job
from tests.support.instant import InstantWorkers, TextStitcher
from tests.support.jobs import COUNTED, job_in, open_manager, python, runs, text_job, until
from tests.support.queue_steps import ended, options, stitched

OWN = "somebody's"


async def first_found(manager: JobManager, spec: JobSpec, folder: Path, **more: object) -> ReplacedFiles | None:
    """What a new job of this file would replace where its chunks go."""
    found = await manager.replacements.of_new_job(spec, options(folder, source=folder / "job.json", **more))
    return None if found is None else found.chunk_files


async def test_files_under_the_names_of_chunks_stop_the_job_with_one_sentence_for_all(tmp_path: Path) -> None:
    workers, spec = InstantWorkers(), stitched(50)
    for number in range(1, 50):
        (tmp_path / f"part_{number}.txt").write_text(OWN)
    async with open_manager(tmp_path, adapter=workers, stitcher=TextStitcher()) as manager:
        found = await first_found(manager, spec, tmp_path)
        assert found == ReplacedFiles(tmp_path / "part_1.txt", 49)
        job_id = await manager.submit_job(spec, options(tmp_path))
        assert await ended(manager, job_id) is JobState.FAILED
        reason = job_in(manager, job_id).reason
        assert reason.startswith("49 files exist already where chunks of this job go")
        assert f"{tmp_path / 'part_1.txt'} is the first" in reason
        assert not workers.runs
        assert (tmp_path / "part_7.txt").read_text() == OWN

        await manager.replacements.agree(job_id)
        assert await manager.replacements.of_job(job_id) is None
        await manager.resume_job(job_id)
        assert await ended(manager, job_id) is JobState.COMPLETED
        assert (tmp_path / "part_7.txt").read_text() == "7"


async def test_only_chunks_that_are_rendered_count(tmp_path: Path) -> None:
    (tmp_path / "part_1.txt").write_text(OWN)
    async with open_manager(tmp_path, adapter=InstantWorkers(), stitcher=TextStitcher()) as manager:
        job_id = await manager.submit_job(stitched(3), options(tmp_path, chunk_ids=(0, 2)))
        await ended(manager, job_id)
        assert job_in(manager, job_id).counts[ChunkState.COMPLETED] == 2
        await manager.resume_job(job_id)  # the one that is left
        assert await ended(manager, job_id) is JobState.FAILED
        assert "part_1.txt exists already, where a chunk of this job goes" in job_in(manager, job_id).reason
    assert (tmp_path / "part_1.txt").read_text() == OWN


async def test_what_jobs_of_this_journal_have_made_is_rendered_again_unasked(tmp_path: Path) -> None:
    async with open_manager(tmp_path, adapter=InstantWorkers(), stitcher=TextStitcher()) as manager:
        source = tmp_path / "job.json"
        first = await manager.submit_job(stitched(3), options(tmp_path, source=source))
        assert await ended(manager, first) is JobState.COMPLETED
        again = await manager.submit_job(stitched(3), options(tmp_path, source=source))
        assert await ended(manager, again) is JobState.COMPLETED
        await manager.retry_chunks(again, [1])
        assert await ended(manager, again) is JobState.COMPLETED
        assert await first_found(manager, stitched(3), tmp_path) is None
        for job_id in (first, again):
            await manager.delete_job(job_id)
    async with open_manager(tmp_path, adapter=InstantWorkers(), stitcher=TextStitcher()) as manager:
        assert not manager.list_jobs()
        assert await first_found(manager, stitched(3), tmp_path) is None
        copy = tmp_path / "part_2.copy"
        shutil.copyfile(tmp_path / "part_2.txt", copy)
        copy.replace(tmp_path / "part_2.txt")  # a restored folder: another inode and time, the same bytes
        (tmp_path / "part_1.txt").write_text("x")
        assert await first_found(manager, stitched(3), tmp_path) == ReplacedFiles(tmp_path / "part_1.txt", 1)


@pytest.mark.parametrize("how", ["failed", "cancelled", "died"])
async def test_what_an_attempt_has_left_is_no_file_of_others(how: str, tmp_path: Path) -> None:
    """Also where it was cut short, by a command that writes in place, and the job is rendered from its beginning."""
    half = tmp_path / "part_1.txt"

    async def leave_half(job: WorkerJob) -> WorkerResult | None:
        half.write_text("half")
        if how != "failed":
            await asyncio.sleep(60)
        return WorkerResult(exit_code=3, failure=FailureKind.FATAL, message="no licence")

    workers = InstantWorkers()
    workers.acts[1] = leave_half
    async with open_manager(tmp_path, adapter=workers, stitcher=TextStitcher()) as manager:
        job_id = await manager.submit_job(stitched(2), options(tmp_path, source=tmp_path / "job.json"))
        await until(half.exists)
        if how == "cancelled":
            await manager.cancel_job(job_id)
        if how != "died":
            await ended(manager, job_id)
            assert await first_found(manager, stitched(2), tmp_path) is None
            os.utime(half, (time.time() + 60,) * 2)  # somebody's, who has mended it by hand
            assert await first_found(manager, stitched(2), tmp_path) == ReplacedFiles(half, 1)
            os.utime(half, (time.time() - 60,) * 2)
            assert await first_found(manager, stitched(2), tmp_path) == ReplacedFiles(half, 1)
            return
        await manager._journal.flushed()
        shutil.copyfile(tmp_path / "jobs.sqlite", tmp_path / "dead.sqlite")
        shutil.copyfile(tmp_path / "jobs.sqlite-wal", tmp_path / "dead.sqlite-wal")
    half.write_text("half")
    for suffix in ("", "-wal"):
        (tmp_path / f"dead.sqlite{suffix}").replace(tmp_path / f"jobs.sqlite{suffix}")
    async with open_manager(tmp_path, adapter=InstantWorkers(), stitcher=TextStitcher()) as manager:
        assert await first_found(manager, stitched(2), tmp_path) is None


async def test_the_good_output_that_a_failed_retry_leaves_is_still_known(tmp_path: Path) -> None:
    workers = InstantWorkers()
    async with open_manager(tmp_path, adapter=workers, stitcher=TextStitcher()) as manager:
        job_id = await manager.submit_job(stitched(2), options(tmp_path, source=tmp_path / "job.json"))
        assert await ended(manager, job_id) is JobState.COMPLETED
        os.utime(tmp_path / "part_0.txt")

        async def fail(job: WorkerJob) -> WorkerResult:
            return WorkerResult(exit_code=3, failure=FailureKind.FATAL, message="no licence")

        workers.acts[0] = fail
        await manager.retry_chunks(job_id, [0])
        assert await ended(manager, job_id) is JobState.FAILED
        assert await first_found(manager, stitched(2), tmp_path) is None


async def test_missing_chunks_are_completed_without_a_question(tmp_path: Path) -> None:
    (tmp_path / "part_1.txt").write_text(OWN)
    async with open_manager(tmp_path, adapter=InstantWorkers(), stitcher=TextStitcher()) as manager:
        job_id = await manager.submit_job(stitched(2), options(tmp_path, keep_finished=True))
        assert await ended(manager, job_id) is JobState.COMPLETED
        assert (tmp_path / "part_1.txt").read_text() == OWN
        assert await first_found(manager, stitched(2), tmp_path) == ReplacedFiles(tmp_path / "part_1.txt", 1)


async def test_frames_that_become_a_video_are_looked_after_too(tmp_path: Path) -> None:
    frames = tmp_path / "frames"

    def job(sizes: tuple[int, ...]) -> JobSpec:
        return frames_job(tmp_path, sizes=sizes, outputFile="film.mp4")

    async with open_manager(tmp_path) as manager:
        frames.mkdir()
        (frames / "f_0002.png").write_text(OWN)
        found = await first_found(manager, job((2, 2)), tmp_path)
        assert found == ReplacedFiles(frames / "f_0002.png", 1)
        (frames / "f_0002.png").unlink()
        source = tmp_path / "job.json"
        job_id = await manager.submit_job(job((2, 2)), options(tmp_path, source=source))
        assert await ended(manager, job_id) is JobState.COMPLETED
        assert await first_found(manager, job((2, 2)), tmp_path) is None
        (frames / "f_0003.png").unlink()
        assert await first_found(manager, job((2, 2)), tmp_path) is None
        assert await first_found(manager, job((4,)), tmp_path) is None  # planned anew, in longer chunks
        (frames / "f_0001.png").write_bytes(b"painted by hand")
        found = await first_found(manager, job((2, 2)), tmp_path)
        assert found is not None
        assert found.count == 2  # it is not known which of the two
    assert (frames / "f_0001.png").read_bytes() == b"painted by hand"


async def test_a_journal_of_an_earlier_version_knows_what_it_has_made(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    spec = text_job(2, COUNTED.replace("runs.txt", "../runs.txt"))
    chunks = [
        spec.chunks[0],
        spec.chunks[1].model_copy(
            update={
                "output_file": str(tmp_path / "sub" / "one.txt"),
                "command": python(COUNTED, str(tmp_path / "sub" / "one.txt"), "1"),
            }
        ),
    ]
    spec = JobSpec.model_validate_json(spec.model_copy(update={"chunks": tuple(chunks)}).to_json())
    async with open_manager(tmp_path) as manager:
        job_id = await manager.submit_job(spec, options(tmp_path, source=tmp_path / "job.json"))
        await ended(manager, job_id)
        assert job_in(manager, job_id).counts[ChunkState.COMPLETED] == 2, runs(tmp_path)
    with closing(sqlite3.connect(tmp_path / "jobs.sqlite", isolation_level=None)) as journal:
        now = journal.execute("SELECT place, made_digest FROM outputs ORDER BY place").fetchall()
        journal.execute("DROP TABLE outputs")
        for later in ("work_seconds", "revision"):
            journal.execute(f"ALTER TABLE jobs DROP COLUMN {later}")
        journal.execute(f"PRAGMA user_version={SCHEMA.index(_OUTPUTS)}")
    async with open_manager(tmp_path) as manager:
        assert await first_found(manager, spec, tmp_path) is None
        (tmp_path / "part_0.txt").write_text(OWN)
        assert await first_found(manager, spec, tmp_path) == ReplacedFiles(tmp_path / "part_0.txt", 1)
    with closing(sqlite3.connect(tmp_path / "jobs.sqlite")) as journal:
        assert journal.execute("SELECT place, made_digest FROM outputs ORDER BY place").fetchall() == now
    assert json.loads(spec.to_json())["chunks"][1]["outputFile"] == str(tmp_path / "sub" / "one.txt")
