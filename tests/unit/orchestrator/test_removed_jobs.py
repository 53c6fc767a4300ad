"""Jobs that are removed from the queue and brought back."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from helios_gui.orchestrator import deletions, removed_jobs
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.types import ChunkState, JobExecutionOptions, JobRemoved, JobState, NotFoundError
from tests.support.instant import Gate, InstantWorkers, fails
from tests.support.jobs import job_in, open_manager, render, runs, text_job, until


async def test_a_removed_job_comes_back_as_it_was(tmp_path: Path) -> None:
    broken = "import os,sys\nif sys.argv[2]=='1': sys.exit(3)\nopen(sys.argv[1],'w').write('done')"
    async with open_manager(tmp_path) as manager:
        first = await render(manager, text_job(3, broken), tmp_path / "a")
        second = await render(manager, text_job(1), tmp_path / "b")
        before, attempts = await manager.get_job(first), await manager.attempts(first)
        await manager.delete_job(first, restorable=True)
        assert [job.id for job in manager.list_jobs()] == [second]
        assert not any(attempt.log_path.exists() for attempt in attempts)
        await manager.restore_jobs([first])
        assert [job.id for job in manager.list_jobs()] == [first, second]
        assert await manager.get_job(first) == before
        assert await manager.attempts(first) == attempts
        assert all(attempt.log_path.exists() for attempt in attempts)
        with pytest.raises(NotFoundError):
            await manager.restore_jobs([first])
    async with open_manager(tmp_path) as manager:
        assert [job.id for job in manager.list_jobs()] == [first, second]
        assert job_in(manager, first).counts == {ChunkState.COMPLETED: 2, ChunkState.FAILED: 1}
        assert await manager.attempts(first) == attempts


async def test_what_ran_goes_on_after_it_came_back(tmp_path: Path) -> None:
    workers = InstantWorkers()
    workers.acts[1] = fails(times=2)
    async with open_manager(tmp_path, adapter=workers) as manager:
        job_id = await render(manager, text_job(3), tmp_path / "a")
        assert job_in(manager, job_id).state is JobState.FAILED
        await manager.delete_job(job_id, restorable=True)
        await manager.restore_jobs([job_id])
        await manager.retry_chunks(job_id)
        assert (await manager.wait_job(job_id)).state is JobState.COMPLETED
        assert workers.runs == {0: 1, 1: 3, 2: 1}


async def test_all_is_forgotten_when_the_program_ends(tmp_path: Path) -> None:
    async with open_manager(tmp_path) as manager:
        kept = await render(manager, text_job(1), tmp_path / "a")
        lost = await render(manager, text_job(1), tmp_path / "b")
        await manager.delete_job(kept, restorable=True)
        await manager.delete_job(lost)
        with pytest.raises(NotFoundError):
            await manager.restore_jobs([lost])
        assert [path.name for path in (tmp_path / "logs" / ".removed").iterdir()] == [kept]
    assert list((tmp_path / "logs" / ".removed").iterdir()) == []
    assert runs(tmp_path / "a") == ["0"], "what was rendered stays"


async def test_logs_that_a_crash_has_left_are_deleted_a_day_later(tmp_path: Path) -> None:
    old, new = (tmp_path / "logs" / ".removed" / name for name in ("old", "new"))
    for folder in (old, new):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    (old.parent / "gone").symlink_to("nowhere")
    async with open_manager(tmp_path):
        assert not old.exists()
        assert new.exists()


async def test_jobs_come_back_to_their_places_in_the_states_they_had(tmp_path: Path) -> None:
    workers, gate = InstantWorkers(), Gate()
    workers.acts[0] = gate
    async with open_manager(tmp_path, adapter=workers, max_jobs=1) as manager:
        options = JobExecutionOptions(job_dir=tmp_path)
        ids = [await manager.submit_job(text_job(1), options, start=place in (1, 2)) for place in range(6)]
        await manager.pause_job(ids[2])
        await until(lambda: job_in(manager, ids[1]).state is JobState.RUNNING)
        states = [job.state for job in manager.list_jobs()]
        removed = [ids[place] for place in (0, 1, 2, 4, 5)]
        await asyncio.gather(*(manager.delete_job(job_id, restorable=True) for job_id in removed))
        assert [job.id for job in manager.list_jobs()] == [ids[3]]
        await manager.restore_jobs(removed)
        assert [job.id for job in manager.list_jobs()] == ids
        states[1] = JobState.CANCELLED  # it ran
        assert [job.state for job in manager.list_jobs()] == states


async def test_many_leave_in_one_step_but_those_that_have_to_be_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletions, "_WAVE_SECONDS", 0.01)
    workers, adapter_stops = InstantWorkers(), asyncio.Event()

    async def finish(job_id: str, *, completed: bool, deleted: bool = False) -> None:
        if deleted and job_id == ids[1]:
            await adapter_stops.wait()

    workers.finish = finish  # type: ignore[method-assign]
    async with open_manager(tmp_path, adapter=workers) as manager:
        options = JobExecutionOptions(job_dir=tmp_path)
        ids = [await manager.submit_job(text_job(1), options, start=False) for _ in range(5)]
        slow = await render(manager, text_job(1), tmp_path / "slow")
        ids.insert(1, slow)
        await manager.move_jobs([slow], 1)
        removed: list[int] = []
        manager.subscribe(lambda events: removed.append(sum(isinstance(event, JobRemoved) for event in events)))
        task = asyncio.create_task(manager.delete_jobs([*ids[:4], "nobody"], restorable=True))
        await until(lambda: [job.id for job in manager.list_jobs()] == [ids[1], *ids[4:]])
        with pytest.raises(NotFoundError, match="is being removed"):
            await manager.retry_chunks(slow, [0])
        adapter_stops.set()
        errors = await task
        assert list(errors) == ["nobody"]
        assert isinstance(errors["nobody"], NotFoundError)
        assert sum(removed) == 4
        assert [number for number in removed if number][-1] == 1
        assert [job.id for job in manager.list_jobs()] == ids[4:]
        await manager.restore_jobs(ids[:4])
        assert [job.id for job in manager.list_jobs()] == ids
        assert [job.position for job in manager.list_jobs()] == list(range(6))
        removed.clear()
        monkeypatch.setattr(deletions, "_WAVE_SECONDS", 60)
        assert await manager.delete_jobs(ids) == {}
        assert [number for number in removed if number] == [6]


async def test_a_job_that_cannot_be_ended_stays_and_keeps_no_other(tmp_path: Path) -> None:
    async with open_manager(tmp_path) as manager:
        options = JobExecutionOptions(job_dir=tmp_path)
        ids = [await manager.submit_job(text_job(1), options, start=False) for _ in range(3)]
        end = manager._deletions._end

        async def fail(job: LiveJob) -> None:
            if job.id == ids[1]:
                raise RuntimeError("a defect")
            await end(job)

        manager._deletions._end = fail
        with pytest.raises(RuntimeError):
            await manager.delete_jobs(ids)
        assert [job.id for job in manager.list_jobs()] == [ids[1]]
        manager._deletions._end = end
        await manager.delete_job(ids[1])
        assert manager.list_jobs() == []


async def test_only_the_latest_can_be_brought_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removed_jobs, "_MOST_KEPT", 1)
    async with open_manager(tmp_path) as manager:
        first, second = [await render(manager, text_job(1), tmp_path / name) for name in "ab"]
        for job_id in (first, second):
            await manager.delete_job(job_id, restorable=True)
        assert [path.name for path in (tmp_path / "logs" / ".removed").iterdir()] == [second]
        with pytest.raises(NotFoundError):
            await manager.restore_jobs([first])
        await manager.restore_jobs([second])
        assert [job.id for job in manager.list_jobs()] == [second]


async def test_a_job_whose_logs_cannot_be_put_aside_comes_back_too(tmp_path: Path) -> None:
    async with open_manager(tmp_path) as manager:
        job_id = await render(manager, text_job(1), tmp_path / "a")
        (tmp_path / "logs" / ".removed").write_text("in the way")
        await manager.delete_job(job_id, restorable=True)
        await manager.restore_jobs([job_id])
        assert job_in(manager, job_id).state is JobState.COMPLETED
