"""The queue's commands, with real processes and a real journal."""

from __future__ import annotations

from pathlib import Path

import pytest

from helios_gui.orchestrator.manager import JobManager
from helios_gui.types import (
    AttemptState,
    ChunkChanged,
    ChunkState,
    Event,
    ExecutionPolicy,
    JobAdded,
    JobChanged,
    JobExecutionOptions,
    JobRemoved,
    JobState,
    NotFoundError,
    QueueReordered,
    UserInputError,
)
from tests.support.jobs import COUNTED, contents, job_in, open_manager, python, render, runs, text_job, until

# Waits until the file "go" is there, then writes its output.
GATED = "import os,sys,time\nwhile not os.path.exists('go'): time.sleep(.01)\n" + COUNTED
FAILS_UNTIL_FIXED = "import os,sys\nif sys.argv[2]=='1' and not os.path.exists('fixed'): sys.exit(3)\n" + COUNTED


def state_of(manager: JobManager, job_id: str) -> JobState:
    return job_in(manager, job_id).state


def counts_of(manager: JobManager, job_id: str) -> dict[ChunkState, int]:
    return dict(job_in(manager, job_id).counts)


async def test_a_job_renders_every_chunk_once(tmp_path: Path) -> None:
    spec = text_job(8)
    async with open_manager(tmp_path) as manager:
        job_id = await render(manager, spec, tmp_path)
        status = await manager.get_job(job_id)
        assert status is not None
        assert status.summary.state is JobState.COMPLETED
        assert status.summary.frames_done == status.summary.frames_total == 80
        assert {chunk.state for chunk in status.chunks} == {ChunkState.COMPLETED}
        assert contents(tmp_path, spec) == [str(index) for index in range(8)]
        assert sorted(runs(tmp_path), key=int) == [str(index) for index in range(8)]
        assert not (tmp_path / ".helios").exists()


async def test_scouting_renders_chunks_across_the_range_first(tmp_path: Path) -> None:
    spec = text_job(9)
    async with open_manager(tmp_path, ExecutionPolicy(concurrency=1)) as manager:
        options = JobExecutionOptions(job_dir=tmp_path, scout=0)
        job_id = await manager.submit_job(spec, options, start=False)
        assert job_in(manager, job_id).scout == 0
        await manager.options.set_choices(job_id, scout=3)
        await manager.resume_job(job_id)
        await manager.wait_job(job_id)
        assert runs(tmp_path) == ["0", "4", "8", "3", "6", "1", "2", "5", "7"]
        assert contents(tmp_path, spec) == [str(index) for index in range(9)]
    async with open_manager(tmp_path) as manager:
        assert job_in(manager, job_id).scout == 3


def states_told(events: list[Event]) -> list[JobState]:
    return [event.summary.state for event in events if isinstance(event, JobChanged)]


async def test_events_tell_the_whole_story_in_order(tmp_path: Path) -> None:
    events: list[Event] = []
    async with open_manager(tmp_path) as manager:
        manager.subscribe(events.extend)
        job_id = await manager.submit_job(text_job(3, GATED), JobExecutionOptions(job_dir=tmp_path))
        # The journal collects changes for a moment, and might else never see the job running.
        await until(lambda: JobState.RUNNING in states_told(events))
        (tmp_path / "go").touch()
        await manager.wait_job(job_id)
        await manager.delete_job(job_id)
    assert isinstance(events[0], JobAdded)
    states = states_told(events)
    assert states.index(JobState.RUNNING) < states.index(JobState.COMPLETED)
    completed = [e for e in events if isinstance(e, ChunkChanged) and e.chunk.state is ChunkState.COMPLETED]
    assert {event.chunk.id for event in completed} == {0, 1, 2}
    assert events[-1] == JobRemoved(job_id)


async def test_a_failing_chunk_is_retried_and_the_others_go_on(tmp_path: Path) -> None:
    async with open_manager(tmp_path) as manager:
        job_id = await render(manager, text_job(4, FAILS_UNTIL_FIXED), tmp_path)
        status = await manager.get_job(job_id)
        assert status is not None
        assert status.summary.state is JobState.FAILED
        assert "Chunk 1 failed" in status.summary.reason
        assert "exit code 3" in status.summary.reason
        assert [chunk.state for chunk in status.chunks].count(ChunkState.COMPLETED) == 3
        attempts = await manager.attempts(job_id, 1)
        assert [(each.number, each.state, each.exit_code) for each in attempts] == [
            (1, AttemptState.FAILED, 3),
            (2, AttemptState.FAILED, 3),
        ]
        (tmp_path / "fixed").touch()
        await manager.retry_chunks(job_id)
        assert (await manager.wait_job(job_id)).state is JobState.COMPLETED
        assert sorted(runs(tmp_path)) == ["0", "1", "2", "3"]


async def test_a_missing_program_fails_at_once_and_says_so(tmp_path: Path) -> None:
    spec = text_job(1)
    spec = spec.model_copy(
        update={"chunks": (spec.chunks[0].model_copy(update={"command": "no-such-renderer part_0.txt"}),)}
    )
    async with open_manager(tmp_path, ExecutionPolicy(retries=5)) as manager:
        job_id = await render(manager, spec, tmp_path)
        (summary,) = manager.list_jobs()
        assert summary.state is JobState.FAILED
        assert "no-such-renderer" in summary.reason
        assert len(await manager.attempts(job_id)) == 1


async def test_success_without_output_is_a_failure(tmp_path: Path) -> None:
    async with open_manager(tmp_path, ExecutionPolicy(retries=0)) as manager:
        await render(manager, text_job(1, "pass"), tmp_path)
        (summary,) = manager.list_jobs()
        assert summary.state is JobState.FAILED
        assert "part_0.txt" in summary.reason


async def test_failures_from_the_start_stop_the_job(tmp_path: Path) -> None:
    policy = ExecutionPolicy(concurrency=1, retries=0, stop_after_failures=3)
    async with open_manager(tmp_path, policy) as manager:
        job_id = await render(manager, text_job(50, "import sys; sys.exit(1)"), tmp_path)
        counts = counts_of(manager, job_id)
        assert counts == {ChunkState.FAILED: 3, ChunkState.PENDING: 47}
        (summary,) = manager.list_jobs()
        assert summary.state is JobState.FAILED
        assert "(stopped: the first 3 chunks that were tried failed, and none succeeded; fix" in summary.reason


async def test_the_limits_of_a_job_can_be_turned_off(tmp_path: Path) -> None:
    async with open_manager(tmp_path, ExecutionPolicy(concurrency=2, retries=0)) as manager:
        job_id = await render(manager, text_job(8, "import sys; sys.exit(1)"), tmp_path)
        assert counts_of(manager, job_id) == {ChunkState.FAILED: 5, ChunkState.PENDING: 3}
        await manager.options.set_limits(job_id, stop_after_failures=0)
        await manager.resume_job(job_id)
        await manager.wait_job(job_id)
        assert counts_of(manager, job_id) == {ChunkState.FAILED: 8}


async def test_pause_lets_running_chunks_finish_and_starts_no_more(tmp_path: Path) -> None:
    async with open_manager(tmp_path) as manager:
        job_id = await manager.submit_job(text_job(6, GATED), JobExecutionOptions(job_dir=tmp_path))
        await until(lambda: counts_of(manager, job_id).get(ChunkState.RUNNING) == 2)
        await manager.pause_job(job_id)
        assert state_of(manager, job_id) is JobState.PAUSED
        (tmp_path / "go").touch()
        summary = await manager.wait_job(job_id)
        assert summary.state is JobState.PAUSED
        assert counts_of(manager, job_id) == {ChunkState.COMPLETED: 2, ChunkState.PENDING: 4}
        await manager.resume_job(job_id)
        assert (await manager.wait_job(job_id)).state is JobState.COMPLETED
        assert len(runs(tmp_path)) == 6


async def test_a_pause_taken_back_while_chunks_still_run(tmp_path: Path) -> None:
    async with open_manager(tmp_path) as manager:
        job_id = await manager.submit_job(text_job(6, GATED), JobExecutionOptions(job_dir=tmp_path))
        await until(lambda: counts_of(manager, job_id).get(ChunkState.RUNNING) == 2)
        await manager.pause_job(job_id)
        await manager.resume_job(job_id)
        (tmp_path / "go").touch()
        assert (await manager.wait_job(job_id)).state is JobState.COMPLETED
        assert len(runs(tmp_path)) == 6


async def test_cancel_stops_everything_and_resume_picks_up(tmp_path: Path) -> None:
    async with open_manager(tmp_path) as manager:
        job_id = await manager.submit_job(text_job(6, GATED), JobExecutionOptions(job_dir=tmp_path))
        await until(lambda: counts_of(manager, job_id).get(ChunkState.RUNNING) == 2)
        await manager.cancel_job(job_id)
        assert state_of(manager, job_id) is JobState.CANCELLED
        assert counts_of(manager, job_id) == {ChunkState.CANCELLED: 6}
        (tmp_path / "go").touch()
        await manager.resume_job(job_id)
        assert (await manager.wait_job(job_id)).state is JobState.COMPLETED
        assert len(runs(tmp_path)) == 6


async def test_cancelling_a_waiting_job(tmp_path: Path) -> None:
    async with open_manager(tmp_path) as manager:
        job_id = await manager.submit_job(text_job(2), JobExecutionOptions(job_dir=tmp_path), start=False)
        assert state_of(manager, job_id) is JobState.PENDING
        await manager.cancel_job(job_id)
        assert state_of(manager, job_id) is JobState.CANCELLED
        assert runs(tmp_path) == []


async def test_one_finished_chunk_rendered_again(tmp_path: Path) -> None:
    async with open_manager(tmp_path) as manager:
        job_id = await render(manager, text_job(3), tmp_path)
        await manager.retry_chunks(job_id, [1])
        assert (await manager.wait_job(job_id)).state is JobState.COMPLETED
        assert sorted(runs(tmp_path)) == ["0", "1", "1", "2"]
        with pytest.raises(NotFoundError, match="no chunk 9"):
            await manager.retry_chunks(job_id, [9])


async def test_a_chunk_retried_while_the_job_runs(tmp_path: Path) -> None:
    async with open_manager(tmp_path, ExecutionPolicy(concurrency=2, retries=0)) as manager:
        code = "import os,sys,time\nif sys.argv[2]=='0' and not os.path.exists('fixed'): sys.exit(3)\n"
        code += "while not os.path.exists('go'): time.sleep(.01)\n" + COUNTED
        job_id = await manager.submit_job(text_job(4, code), JobExecutionOptions(job_dir=tmp_path))
        await until(lambda: counts_of(manager, job_id).get(ChunkState.FAILED) == 1)
        (tmp_path / "fixed").touch()
        await manager.retry_chunks(job_id, [0])
        (tmp_path / "go").touch()
        assert (await manager.wait_job(job_id)).state is JobState.COMPLETED


async def test_some_chunks_only(tmp_path: Path) -> None:
    async with open_manager(tmp_path) as manager:
        job_id = await render(manager, text_job(5), tmp_path, chunk_ids=(1, 3))
        assert sorted(runs(tmp_path)) == ["1", "3"]
        (summary,) = manager.list_jobs()
        assert summary.state is JobState.PENDING
        assert summary.reason == "2 of 5 chunks rendered, as asked"
        with pytest.raises(UserInputError, match="no chunk 7"):
            await render(manager, text_job(5), tmp_path, chunk_ids=(7,))
        assert (await manager.get_job(job_id)) is not None


async def test_the_queue_runs_in_order_and_can_be_moved(tmp_path: Path) -> None:
    events: list[Event] = []
    async with open_manager(tmp_path, ExecutionPolicy(concurrency=1), max_jobs=1) as manager:
        manager.subscribe(events.extend)
        folders = [tmp_path / name for name in "abc"]
        ids = []
        for folder in folders:
            folder.mkdir()
            ids.append(await manager.submit_job(text_job(1, GATED), JobExecutionOptions(job_dir=folder)))
        assert [job.id for job in manager.list_jobs()] == ids
        await manager.move_job(ids[2], 1)
        assert [job.id for job in manager.list_jobs()] == [ids[0], ids[2], ids[1]]
        assert QueueReordered((ids[0], ids[2], ids[1])) in events
        for folder in folders:
            (folder / "go").touch()
        finished = [(await manager.wait_job(job_id)).finished_at for job_id in (ids[0], ids[2], ids[1])]
        assert finished == sorted(finished)
        assert QueueReordered((ids[0], ids[2], ids[1])) in events


async def test_two_jobs_that_write_the_same_files_take_turns(tmp_path: Path) -> None:
    async with open_manager(tmp_path) as manager:
        first = await manager.submit_job(text_job(2, GATED), JobExecutionOptions(job_dir=tmp_path))
        second = await manager.submit_job(text_job(2), JobExecutionOptions(job_dir=tmp_path))
        await until(lambda: counts_of(manager, first).get(ChunkState.RUNNING) == 2)
        status = await manager.get_job(second)
        assert status is not None
        assert "writes the same files" in status.summary.reason
        (tmp_path / "go").touch()
        assert (await manager.wait_job(second)).state is JobState.COMPLETED


async def test_duplicate_and_delete(tmp_path: Path) -> None:
    async with open_manager(tmp_path) as manager:
        job_id = await render(manager, text_job(2), tmp_path)
        copy = await manager.duplicate_job(job_id)
        assert state_of(manager, copy) is JobState.PENDING
        logs = [attempt.log_path for attempt in await manager.attempts(job_id)]
        assert all(log.exists() for log in logs)
        await manager.delete_job(job_id)
        assert [job.id for job in manager.list_jobs()] == [copy]
        assert not any(log.exists() for log in logs)
        assert (tmp_path / "part_0.txt").exists()
        with pytest.raises(NotFoundError):
            await manager.resume_job(job_id)


async def test_deleting_a_running_job_stops_it(tmp_path: Path) -> None:
    async with open_manager(tmp_path) as manager:
        job_id = await manager.submit_job(text_job(4, GATED), JobExecutionOptions(job_dir=tmp_path))
        await until(lambda: counts_of(manager, job_id).get(ChunkState.RUNNING) == 2)
        await manager.delete_job(job_id)
        assert manager.list_jobs() == []


async def test_the_queue_survives_a_restart(tmp_path: Path) -> None:
    async with open_manager(tmp_path) as manager:
        done = await render(manager, text_job(2), tmp_path / "a")
        (tmp_path / "b").mkdir()
        held = await manager.submit_job(text_job(3), JobExecutionOptions(job_dir=tmp_path / "b"), start=False)
        await manager.move_job(held, 0)
    async with open_manager(tmp_path) as manager:
        assert [(job.id, job.state) for job in manager.list_jobs()] == [
            (held, JobState.PENDING),
            (done, JobState.COMPLETED),
        ]
        await manager.resume_job(held)
        assert (await manager.wait_job(held)).state is JobState.COMPLETED


async def test_closing_interrupts_and_the_next_start_resumes(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    code = COUNTED + "\nimport os,time\nwhile sys.argv[2]!='0' and not os.path.exists('go'): time.sleep(.01)"
    async with open_manager(tmp_path) as manager:
        job_id = await manager.submit_job(text_job(4, code), JobExecutionOptions(job_dir=work))
        await until(lambda: counts_of(manager, job_id).get(ChunkState.COMPLETED) == 1)
    (work / "go").touch()
    async with open_manager(tmp_path) as manager:
        assert state_of(manager, job_id) is JobState.INTERRUPTED
        await manager.resume_job(job_id)
        assert (await manager.wait_job(job_id)).state is JobState.COMPLETED
    assert runs(work).count("0") == 1


async def test_a_finished_chunk_that_went_missing_is_rendered_again(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    async with open_manager(tmp_path) as manager:
        job_id = await manager.submit_job(text_job(3, GATED), JobExecutionOptions(job_dir=work))
        (work / "go").touch()
        await until(lambda: counts_of(manager, job_id).get(ChunkState.COMPLETED, 0) >= 1)
        await manager.pause_job(job_id)
        await manager.wait_job(job_id)
    done = runs(work)
    (work / f"part_{done[0]}.txt").unlink()
    async with open_manager(tmp_path) as manager:
        await manager.resume_job(job_id)
        assert (await manager.wait_job(job_id)).state is JobState.COMPLETED
    assert runs(work).count(done[0]) == 2


async def test_a_failed_retry_gives_back_the_output_it_pushed_aside(tmp_path: Path) -> None:
    in_place = "import os,sys\nopen('part_0.txt','w').write('new')\nsys.exit(os.path.exists('broken'))"
    spec = text_job(1)
    spec = spec.model_copy(update={"chunks": (spec.chunks[0].model_copy(update={"command": python(in_place)}),)})
    async with open_manager(tmp_path, ExecutionPolicy(retries=0)) as manager:
        job_id = await render(manager, spec, tmp_path)
        (tmp_path / "part_0.txt").write_text("first")
        (tmp_path / "broken").touch()
        await manager.retry_chunks(job_id, [0])
        assert (await manager.wait_job(job_id)).state is JobState.FAILED
        assert (tmp_path / "part_0.txt").read_text() == "first"


async def test_a_subscriber_that_fails_harms_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: object) -> None:
        raise ValueError("broken window")

    async with open_manager(tmp_path) as manager:
        unsubscribe = manager.subscribe(broken)
        await render(manager, text_job(2), tmp_path)
        assert manager.list_jobs()[0].state is JobState.COMPLETED
        unsubscribe()
        unsubscribe()
    assert "a subscriber failed" in caplog.text
