"""Closing the queue, and what is known of its jobs when it is opened again."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from helios_gui.types import (
    HeliosError,
    JobState,
    WorkerJob,
    WorkerResult,
)
from tests.support.instant import Gate, InstantWorkers, TextStitcher, slow_to_stop
from tests.support.jobs import job_in, open_manager, text_job, until
from tests.support.queue_steps import ended, options, stitched


async def test_closing_while_it_is_stitched(tmp_path: Path) -> None:
    stitcher = TextStitcher()
    stitcher.hold = asyncio.Event()
    workers = InstantWorkers()
    async with open_manager(tmp_path, adapter=workers, stitcher=stitcher) as manager:
        job_id = await manager.submit_job(stitched(2), options(tmp_path))
        waiting = asyncio.create_task(ended(manager, job_id))
        await until(lambda: stitcher.working)
    assert await waiting is JobState.INTERRUPTED
    stitcher.hold = None
    async with open_manager(tmp_path, adapter=workers, stitcher=stitcher) as manager:
        assert job_in(manager, job_id).state is JobState.INTERRUPTED
        await manager.resume_job(job_id)
        assert await ended(manager, job_id) is JobState.COMPLETED
        assert workers.runs == {0: 1, 1: 1}


async def test_closing_leaves_each_job_what_it_was(tmp_path: Path) -> None:
    gate, workers = Gate(), InstantWorkers()
    workers.acts = {0: gate}
    async with open_manager(tmp_path, adapter=workers, max_jobs=2) as manager:
        ids = {name: await manager.submit_job(text_job(2), options(tmp_path / name)) for name in "abc"}
        await until(lambda: gate.waiting == 2)
        await manager.pause_job(ids["b"])
        queued = asyncio.create_task(ended(manager, ids["c"]))
        await asyncio.sleep(0)
    assert await queued is JobState.PENDING
    with pytest.raises(HeliosError, match="closing"):
        await manager.submit_job(text_job(1), options(tmp_path))
    with pytest.raises(HeliosError, match="closing"):
        await manager.resume_job(ids["a"])
    async with open_manager(tmp_path) as manager:
        states = {name: job_in(manager, job_id).state for name, job_id in ids.items()}
        assert states == {"a": JobState.INTERRUPTED, "b": JobState.PAUSED, "c": JobState.PENDING}
        assert job_in(manager, ids["a"]).reason == "The app was closed while the job was running."


async def test_closing_while_a_job_is_being_cancelled(tmp_path: Path) -> None:
    stopping, workers = asyncio.Event(), InstantWorkers()

    workers.acts = {0: slow_to_stop(stopping)}
    async with open_manager(tmp_path, adapter=workers) as manager:
        job_id = await manager.submit_job(text_job(2), options(tmp_path))
        await until(lambda: workers.in_flight)
        cancelling = asyncio.create_task(manager.cancel_job(job_id))
        await stopping.wait()
    await cancelling
    async with open_manager(tmp_path) as manager:
        assert job_in(manager, job_id).state is JobState.CANCELLED


async def test_closing_in_a_hurry_still_writes_the_journal(tmp_path: Path) -> None:
    asked, hurried, workers = asyncio.Event(), asyncio.Event(), InstantWorkers()

    async def stops_only_when_told_twice(job: WorkerJob) -> WorkerResult | None:
        try:
            await asyncio.sleep(60)
        finally:
            asked.set()
            try:
                await asyncio.sleep(60)
            finally:
                hurried.set()
        return None

    workers.acts = {0: stops_only_when_told_twice}

    async def session() -> None:
        async with open_manager(tmp_path, adapter=workers) as manager:
            await manager.submit_job(text_job(2), options(tmp_path))
            await until(lambda: workers.in_flight)

    closing = asyncio.create_task(session())
    await asked.wait()
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert hurried.is_set()
    async with open_manager(tmp_path) as manager:
        (job,) = manager.list_jobs()
        assert job.state is JobState.INTERRUPTED


async def test_chunks_that_another_job_replaced_during_a_pause_are_rendered_again_and_told(tmp_path: Path) -> None:
    workers = InstantWorkers()

    async def write_theirs(job: WorkerJob) -> WorkerResult:
        job.output.write_text("X")
        return WorkerResult(exit_code=0)

    async with open_manager(tmp_path, adapter=workers, stitcher=TextStitcher()) as manager:
        first = await manager.submit_job(stitched(3), options(tmp_path, chunk_ids=(0, 1)))
        await ended(manager, first)
        workers.acts = dict.fromkeys(range(3), write_theirs)
        second = await manager.submit_job(stitched(3).model_copy(update={"output_file": "b.txt"}), options(tmp_path))
        assert await ended(manager, second) is JobState.COMPLETED
        workers.acts = {}
        await manager.resume_job(first)
        assert await ended(manager, first) is JobState.COMPLETED
        assert ((tmp_path / "out.txt").read_text(), (tmp_path / "b.txt").read_text()) == ("012", "XXX")
        told = "2 finished chunks were rendered again, because their files had been changed or replaced"
        assert job_in(manager, first).report.endswith(told)
        await manager.restitch(second)
        assert await ended(manager, second) is JobState.FAILED
        assert job_in(manager, second).reason.startswith("part_0.txt was changed or replaced after it was rendered.")
        assert (tmp_path / "b.txt").read_text() == "XXX"


async def test_chunks_are_known_again_after_a_restart_and_where_the_folder_was_copied_back(tmp_path: Path) -> None:
    work = tmp_path / "work"
    async with open_manager(tmp_path, adapter=InstantWorkers(), stitcher=TextStitcher()) as manager:
        job_id = await manager.submit_job(stitched(3), options(work, chunk_ids=(0, 1)))
        await ended(manager, job_id)
    shutil.copytree(work, tmp_path / "backup")
    shutil.rmtree(work)
    shutil.copytree(tmp_path / "backup", work, copy_function=shutil.copyfile)
    (work / "part_1.txt").write_text("X")  # and this one somebody has changed
    workers = InstantWorkers()
    async with open_manager(tmp_path, adapter=workers, stitcher=TextStitcher()) as manager:
        await manager.resume_job(job_id)
        assert await ended(manager, job_id) is JobState.COMPLETED
    assert (work / "out.txt").read_text() == "012"
    assert workers.runs == {1: 1, 2: 1}
