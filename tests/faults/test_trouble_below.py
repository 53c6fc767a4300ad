"""Trouble below a running engine: full and locked journals, logs that cannot be written, folders that go away."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from pathlib import Path

from helios_gui.types import (
    ChunkState,
    EngineProblem,
    Event,
    ExecutionPolicy,
    JobExecutionOptions,
    JobState,
    WorkerJob,
)
from tests.support.instant import Gate, InstantWorkers, fails
from tests.support.jobs import COUNTED, full_disk, job_in, open_manager, runs, text_job, until

FAILS_WITHOUT = "import os,sys\nsys.exit(0 if os.path.exists('go') else 3)"


async def test_a_job_goes_on_while_the_journals_disk_is_full(tmp_path: Path) -> None:
    gate, workers, events = Gate(), InstantWorkers(), list[Event]()
    workers.acts = {0: gate}
    async with open_manager(tmp_path, adapter=workers) as manager:
        manager.subscribe(events.extend)
        job_id = await manager.submit_job(text_job(300), JobExecutionOptions(job_dir=tmp_path))
        await until(lambda: gate.waiting)
        with full_disk(manager._repository):
            await until(lambda: job_in(manager, job_id).counts.get(ChunkState.COMPLETED) == 299)
            gate.open()
            summary = await manager.wait_job(job_id)
            assert summary.state is JobState.COMPLETED
            assert len([event for event in events if isinstance(event, EngineProblem)]) == 1
            (tmp_path / "b").mkdir()
            other = await manager.submit_job(text_job(1), JobExecutionOptions(job_dir=tmp_path / "b"))
            summary = await manager.wait_job(other)
            assert summary.state is JobState.FAILED, "no other process could know of it"
            assert "journal" in summary.reason
            held = await manager.submit_job(text_job(1), JobExecutionOptions(job_dir=tmp_path / "b"), start=False)
            await manager.delete_job(held)
        await manager.resume_job(other)
        assert (await manager.wait_job(other)).state is JobState.COMPLETED
    async with open_manager(tmp_path) as manager:
        states = {job.id: job.state for job in manager.list_jobs()}
        assert states == {job_id: JobState.COMPLETED, other: JobState.COMPLETED}
        assert job_in(manager, job_id).counts == {ChunkState.COMPLETED: 300}


async def test_a_job_starts_once_another_program_lets_go_of_the_journal(tmp_path: Path) -> None:
    async with open_manager(tmp_path, adapter=InstantWorkers()) as manager:
        other = sqlite3.connect(tmp_path / "jobs.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        submitting = asyncio.create_task(manager.submit_job(text_job(2), JobExecutionOptions(job_dir=tmp_path)))
        await asyncio.sleep(0.7)
        other.execute("COMMIT")
        other.close()
        assert (await manager.wait_job(await submitting)).state is JobState.COMPLETED


async def test_a_log_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("in the way")
    async with open_manager(tmp_path, ExecutionPolicy(retries=1, retry_delay=0.01)) as manager:
        job_id = await manager.submit_job(text_job(1), JobExecutionOptions(job_dir=tmp_path))
        summary = await manager.wait_job(job_id)
        assert summary.state is JobState.FAILED
        assert "log" in summary.reason
        (tmp_path / "logs").unlink()
        await manager.resume_job(job_id)
        assert (await manager.wait_job(job_id)).state is JobState.COMPLETED


async def test_a_job_folder_that_goes_away_while_it_renders_and_comes_back(tmp_path: Path) -> None:
    work, away = tmp_path / "work", tmp_path / "away"
    work.mkdir()
    workers = InstantWorkers()

    async def take_the_folder_away(job: WorkerJob) -> None:
        work.rename(away)

    workers.acts = {1: take_the_folder_away}
    async with open_manager(tmp_path, ExecutionPolicy(concurrency=1, retries=0), adapter=workers) as manager:
        job_id = await manager.submit_job(text_job(4), JobExecutionOptions(job_dir=work))
        summary = await manager.wait_job(job_id)
        assert summary.state is JobState.FAILED
        assert not work.exists(), list(work.rglob("*"))
        await manager.resume_job(job_id)
        summary = await manager.wait_job(job_id)
        assert summary.state is JobState.FAILED
        assert f"The job's folder {work} is missing" in summary.reason
        away.rename(work)
        workers.acts = {}
        await manager.resume_job(job_id)
        assert (await manager.wait_job(job_id)).state is JobState.COMPLETED
        assert workers.runs[0] == 1
        assert not (work / ".helios").exists()


async def test_a_job_folder_that_was_moved_between_two_starts(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    async with open_manager(tmp_path, ExecutionPolicy(retries=0)) as manager:
        job_id = await manager.submit_job(text_job(2, FAILS_WITHOUT), JobExecutionOptions(job_dir=work))
        await manager.wait_job(job_id)
    shutil.move(work, tmp_path / "elsewhere")
    async with open_manager(tmp_path) as manager:
        await manager.resume_job(job_id)
        summary = await manager.wait_job(job_id)
        assert summary.state is JobState.FAILED
        assert "is missing or cannot be written to" in summary.reason
        await manager.delete_job(job_id)
        assert manager.list_jobs() == []


async def test_many_instant_failures(tmp_path: Path) -> None:
    count = 1100  # more than functions may be nested
    workers = InstantWorkers()
    workers.acts = dict.fromkeys(range(count), fails("no licence"))
    policy = ExecutionPolicy(concurrency=4, retries=1, retry_delay=0.0001, stop_after_failures=None)
    async with open_manager(tmp_path, policy, adapter=workers) as manager:
        job_id = await manager.submit_job(text_job(count), JobExecutionOptions(job_dir=tmp_path))
        summary = await manager.wait_job(job_id)
        assert summary.state is JobState.FAILED
        assert summary.reason.startswith(f"{count:,} of {count:,} chunks failed; the first is chunk 0: no licence")
        assert len(await manager.attempts(job_id)) == 2 * count
        workers.acts = {}
        await manager.retry_chunks(job_id)
        assert (await manager.wait_job(job_id)).state is JobState.COMPLETED


async def test_chunks_whose_ids_have_gaps(tmp_path: Path) -> None:
    spec = text_job(3, COUNTED)
    chunks = tuple(chunk.model_copy(update={"id": 7 * chunk.id + 5}) for chunk in spec.chunks)
    spec = spec.model_copy(update={"chunks": chunks})
    async with open_manager(tmp_path) as manager:
        job_id = await manager.submit_job(spec, JobExecutionOptions(job_dir=tmp_path, chunk_ids=(12,)))
        await manager.wait_job(job_id)
        assert runs(tmp_path) == ["1"]
        await manager.retry_chunks(job_id, [19])
        await manager.wait_job(job_id)
        assert runs(tmp_path) == ["1", "2"]
    async with open_manager(tmp_path) as manager:
        await manager.resume_job(job_id)
        assert (await manager.wait_job(job_id)).state is JobState.COMPLETED
        assert runs(tmp_path) == ["1", "2", "0"]
