"""Jobs wait while the rules of their profile say so, finish what runs, and go on by themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from helios_gui.adapters.local.adapter import LocalAdapter
from helios_gui.conditions.conditions import Conditions, ConditionSources, find_wait
from helios_gui.orchestrator import condition_monitor
from helios_gui.types import ChunkState, ExecutionPolicy, JobExecutionOptions, JobState, WorkerPool
from helios_gui.types.waits import WaitKind
from tests.support.jobs import job_in, open_manager, runs, text_job
from tests.support.waiting import eventually

WAITING = """
import os, sys, time
open('runs.txt','a').write(sys.argv[2]+'\\n')
while not os.path.exists('go'): time.sleep(.01)
open(sys.argv[1],'w').write(sys.argv[2])
"""
NOON, NIGHT = datetime(2026, 11, 30, 12, 0), datetime(2026, 11, 30, 23, 0)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(condition_monitor, "PERIOD_SECONDS", 0.02)


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def pools(self, hours: str = "20:00-07:00") -> Callable[[str], WorkerPool]:
        check = partial(find_wait, Conditions(hours=hours), ConditionSources(now=lambda: self.now))
        policy = ExecutionPolicy(concurrency=2)
        pool = WorkerPool("Night", LocalAdapter(grace=1), policy, find_wait=check)
        return lambda name: pool


async def test_a_job_waits_for_its_hours_and_begins_by_itself(tmp_path: Path) -> None:
    clock, work = Clock(NOON), tmp_path / "work"
    work.mkdir()
    async with open_manager(tmp_path, pools=clock.pools()) as manager:
        job_id = await manager.submit_job(text_job(2), JobExecutionOptions(job_dir=work))
        await eventually(lambda: job_in(manager, job_id).waits_for is WaitKind.HOURS)
        job = job_in(manager, job_id)
        assert (job.state, job.in_line, job.reason) == (JobState.PENDING, True, "waits until 20:00")
        assert job.needs_the_computer
        assert runs(work) == []
        clock.now = NIGHT
        await eventually(lambda: job_in(manager, job_id).state is JobState.COMPLETED)
        assert job_in(manager, job_id).waits_for is None


async def test_what_runs_is_finished_and_the_rest_waits(tmp_path: Path) -> None:
    clock, work = Clock(NIGHT), tmp_path / "work"
    work.mkdir()
    async with open_manager(tmp_path, pools=clock.pools()) as manager:
        job_id = await manager.submit_job(text_job(5, WAITING), JobExecutionOptions(job_dir=work))
        await eventually(lambda: len(runs(work)) == 2)
        clock.now = NOON
        await eventually(lambda: job_in(manager, job_id).waits_for is WaitKind.HOURS)
        (work / "go").touch()
        await eventually(lambda: job_in(manager, job_id).chunks_done == 2)
        job = job_in(manager, job_id)
        assert (job.state, job.reason, job.chunks_running) == (JobState.RUNNING, "waits until 20:00", 0)
        assert len(runs(work)) == 2
        clock.now = NIGHT
        await eventually(lambda: job_in(manager, job_id).state is JobState.COMPLETED)
        assert sorted(runs(work)) == list("01234")


async def test_a_job_that_waits_can_be_paused_and_cancelled(tmp_path: Path) -> None:
    clock, work = Clock(NIGHT), tmp_path / "work"
    work.mkdir()
    async with open_manager(tmp_path, pools=clock.pools()) as manager:
        job_id = await manager.submit_job(text_job(4, WAITING), JobExecutionOptions(job_dir=work))
        await eventually(lambda: len(runs(work)) == 2)
        clock.now = NOON
        await eventually(lambda: job_in(manager, job_id).waits_for is not None)
        (work / "go").touch()
        await eventually(lambda: job_in(manager, job_id).chunks_done == 2)
        await manager.pause_job(job_id)
        await manager.wait_job(job_id)
        job = job_in(manager, job_id)
        assert (job.state, job.waits_for) == (JobState.PAUSED, None)
        await manager.resume_job(job_id)
        await eventually(lambda: job_in(manager, job_id).waits_for is not None)
        await manager.cancel_job(job_id)
        job = job_in(manager, job_id)
        assert (job.state, job.counts[ChunkState.CANCELLED]) == (JobState.CANCELLED, 2)


async def test_a_job_whose_turn_has_not_come_waits_for_nothing_else(tmp_path: Path) -> None:
    clock = Clock(NOON)
    pool = clock.pools()("Night")
    works = [tmp_path / name for name in ("first", "second")]
    async with open_manager(tmp_path, pools=lambda name: replace(pool, max_jobs=1)) as manager:
        ids = []
        for work in works:
            work.mkdir()
            ids.append(await manager.submit_job(text_job(1, WAITING), JobExecutionOptions(job_dir=work)))
        await eventually(lambda: all(job_in(manager, job_id).waits_for is WaitKind.HOURS for job_id in ids))
        clock.now = NIGHT
        await eventually(lambda: any(map(runs, works)))
        waiting = ids[bool(runs(works[0]))]  # the night may have begun between the looks at the two
        await eventually(lambda: job_in(manager, waiting).reason == "waits for its turn")
        assert job_in(manager, waiting).waits_for is None
        for work in works:
            (work / "go").touch()
        await eventually(lambda: all(job_in(manager, job_id).state is JobState.COMPLETED for job_id in ids))


async def test_now_means_now(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    async with open_manager(tmp_path, pools=Clock(NOON).pools()) as manager:
        job_id = await manager.submit_job(text_job(2), JobExecutionOptions(job_dir=work, now=True))
        await manager.wait_job(job_id)
        assert job_in(manager, job_id).state is JobState.COMPLETED


async def test_rules_that_cannot_be_looked_up_keep_nobody_waiting(tmp_path: Path) -> None:
    def fails(folder: Path) -> None:
        raise RuntimeError("no such computer")

    pool = WorkerPool("Odd", LocalAdapter(grace=1), ExecutionPolicy(concurrency=2), find_wait=fails)
    work = tmp_path / "work"
    work.mkdir()
    async with open_manager(tmp_path, pools=lambda name: pool) as manager:
        job_id = await manager.submit_job(text_job(2), JobExecutionOptions(job_dir=work))
        await manager.wait_job(job_id)
        assert job_in(manager, job_id).state is JobState.COMPLETED


async def test_a_profile_that_loses_its_hours_keeps_nobody_waiting(tmp_path: Path) -> None:
    clock, work = Clock(NOON), tmp_path / "work"
    work.mkdir()
    pools, rules = clock.pools(), True
    async with open_manager(
        tmp_path, pools=lambda name: pools(name) if rules else replace(pools(name), find_wait=None)
    ) as manager:
        job_id = await manager.submit_job(text_job(1), JobExecutionOptions(job_dir=work))
        await eventually(lambda: job_in(manager, job_id).waits_for is WaitKind.HOURS)
        rules = False
        await eventually(lambda: job_in(manager, job_id).state is JobState.COMPLETED)


async def test_it_is_left_while_a_job_waits_and_waits_after_the_next_start(tmp_path: Path) -> None:
    clock, work = Clock(NOON), tmp_path / "work"
    work.mkdir()
    async with open_manager(tmp_path, pools=clock.pools()) as manager:
        job_id = await manager.submit_job(text_job(1), JobExecutionOptions(job_dir=work))
        await eventually(lambda: job_in(manager, job_id).waits_for is WaitKind.HOURS)
    async with open_manager(tmp_path, pools=clock.pools()) as manager:
        await manager.resume_job(job_id)
        await eventually(lambda: job_in(manager, job_id).waits_for is WaitKind.HOURS)
        clock.now = NIGHT
        await eventually(lambda: job_in(manager, job_id).state is JobState.COMPLETED)
