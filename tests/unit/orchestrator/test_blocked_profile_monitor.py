"""Jobs that were blocked go on when somebody has fixed what blocks them, and only then, and only they."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from helios_gui.orchestrator import blocked_profile_monitor
from helios_gui.orchestrator.executor import JobExecutor, RenderFailedError
from helios_gui.orchestrator.manager import JobManager
from helios_gui.stitcher import MediaVerifier
from helios_gui.types import (
    CredentialsError,
    ExecutionPolicy,
    FailureKind,
    HeliosError,
    JobExecutionOptions,
    JobState,
    UserInputError,
    WorkerAdapter,
    WorkerJob,
    WorkerPool,
    WorkerResult,
)
from tests.support.instant import Gate, InstantWorkers, TextStitcher, fails
from tests.support.jobs import contents, job_in, open_manager, text_job, until

EXPIRED = CredentialsError("The sign-in has expired.", "Sign in again.")


class Cloud(InstantWorkers):
    """Workers behind a sign-in: while ``signed_out``, every attempt is refused. ``asked`` counts looks for readiness.

    ``blind``: it does not see, when asked, that attempts are refused.
    """

    def __init__(self) -> None:
        super().__init__()
        self.signed_out = False
        self.blind = False
        self.asked = 0
        self.refused = 0

    async def ready(self) -> HeliosError | None:
        self.asked += 1
        return EXPIRED if self.signed_out and not self.blind else None

    async def execute(self, job: WorkerJob) -> WorkerResult:
        if self.signed_out:
            self.refused += 1
            return WorkerResult(None, FailureKind.BLOCKED, f"{EXPIRED}")
        result = await super().execute(job)
        if job.chunk.id == 1:
            self.signed_out = self.signed_out or self.runs[1] == 1
        return result


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks come one right after the other."""
    monkeypatch.setattr(blocked_profile_monitor, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(blocked_profile_monitor, "_LONGEST_PAUSE", 0.02)


def one_at_a_time() -> ExecutionPolicy:
    return ExecutionPolicy(concurrency=1, retries=1, retry_delay=0.01)


async def submit(manager: JobManager, folder: Path, chunks: int = 4, **options: object) -> str:
    folder.mkdir()
    return await manager.submit_job(text_job(chunks), JobExecutionOptions(job_dir=folder, **options))


async def blocked(manager: JobManager, *job_ids: str) -> None:
    await until(lambda: all(job_in(manager, job_id).blocked for job_id in job_ids))
    for job_id in job_ids:
        assert (await manager.wait_job(job_id)).state is JobState.PAUSED


async def completed(manager: JobManager, *job_ids: str) -> None:
    await until(lambda: all(job_in(manager, job_id).state is JobState.COMPLETED for job_id in job_ids))


async def test_blocked_jobs_go_on_in_their_order_and_render_nothing_twice(tmp_path: Path) -> None:
    cloud = Cloud()
    async with open_manager(tmp_path, one_at_a_time(), adapter=cloud, stitcher=TextStitcher(), max_jobs=1) as manager:
        jobs = [await submit(manager, tmp_path / name) for name in "abc"]
        await manager.move_job(jobs[2], 0)
        await blocked(manager, *jobs)
        seen = cloud.asked
        await until(lambda: cloud.asked > seen + 2)
        assert cloud.refused <= 3, "nothing is tried while the adapter is not ready"
        started = len(cloud.attempts)
        cloud.signed_out = False
        await completed(manager, *jobs)
        order = list(dict.fromkeys(attempt.split(".")[0] for attempt in cloud.attempts[started:]))
        assert order == [jobs[2], jobs[0], jobs[1]]
        assert cloud.runs == dict.fromkeys(range(4), 3)
        for name in "abc":
            assert contents(tmp_path / name, text_job(4)) == list("0123")


async def test_a_job_a_person_paused_stays_paused(tmp_path: Path) -> None:
    cloud, gate = Cloud(), Gate()
    async with open_manager(tmp_path, one_at_a_time(), adapter=cloud, stitcher=TextStitcher()) as manager:
        cloud.acts[0] = gate
        theirs = await submit(manager, tmp_path / "theirs")
        await until(lambda: gate.waiting)
        await manager.pause_job(theirs)
        gate.open()
        await manager.wait_job(theirs)
        ours, stays = await submit(manager, tmp_path / "ours"), await submit(manager, tmp_path / "stays")
        await blocked(manager, ours, stays)
        await manager.pause_job(stays)
        assert not job_in(manager, stays).blocked
        assert job_in(manager, stays).state is JobState.PAUSED
        cloud.signed_out = False
        await completed(manager, ours)
        asked = cloud.asked
        await submit(manager, tmp_path / "later")
        await until(lambda: all(job.state in (JobState.COMPLETED, JobState.PAUSED) for job in manager.list_jobs()))
        assert cloud.asked == asked, "nobody asks when no job waits for the answer"
        for job_id in (theirs, stays):
            assert job_in(manager, job_id).state is JobState.PAUSED


async def test_chunks_that_failed_by_themselves_are_left_alone(tmp_path: Path) -> None:
    cloud = Cloud()
    cloud.acts[0] = fails(kind=FailureKind.FATAL)
    async with open_manager(tmp_path, one_at_a_time(), adapter=cloud, stitcher=TextStitcher()) as manager:
        job_id = await submit(manager, tmp_path / "job")
        await blocked(manager, job_id)
        cloud.signed_out = False
        await until(lambda: job_in(manager, job_id).state is JobState.FAILED)
        assert cloud.runs[0] == 1
        assert job_in(manager, job_id).chunks_done == 3


async def test_readiness_that_turns_out_wrong_is_believed_once(tmp_path: Path) -> None:
    cloud = Cloud()
    cloud.blind = True
    async with open_manager(tmp_path, one_at_a_time(), adapter=cloud, stitcher=TextStitcher()) as manager:
        job_id = await submit(manager, tmp_path / "job")
        await until(lambda: cloud.asked > 5)
        await blocked(manager, job_id)
        assert cloud.refused == 2
        cloud.blind = False
        asked = cloud.asked
        await until(lambda: cloud.asked > asked + 1)
        cloud.signed_out = False
        await completed(manager, job_id)
        assert set(cloud.runs.values()) == {1}


async def test_somebody_who_comes_back_need_not_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocked_profile_monitor, "_FIRST_PAUSE", 600.0)
    monkeypatch.setattr(blocked_profile_monitor, "_LONGEST_PAUSE", 600.0)
    cloud = Cloud()
    async with open_manager(tmp_path, one_at_a_time(), adapter=cloud, stitcher=TextStitcher()) as manager:
        manager.check_blocked()
        job_id = await submit(manager, tmp_path / "job")
        await blocked(manager, job_id)
        assert cloud.asked == 0
        waiting = asyncio.create_task(manager.wait_job(job_id, while_blocked=True))
        manager.check_blocked()
        await until(lambda: cloud.asked == 1)
        assert not waiting.done()
        cloud.signed_out = False
        manager.check_blocked()
        assert (await waiting).state is JobState.COMPLETED


async def test_a_profile_made_anew_finds_out_what_became_of_attempts(tmp_path: Path) -> None:
    first, second = Cloud(), Cloud()
    cloud: WorkerAdapter = first

    def pools(name: str) -> WorkerPool:
        if name == "gone":
            raise UserInputError("There is no such profile.")
        return WorkerPool(name, cloud, one_at_a_time())

    async with open_manager(tmp_path, stitcher=TextStitcher(), pools=pools) as manager:
        job_id = await submit(manager, tmp_path / "job")
        await blocked(manager, job_id)
        assert not any(f"{job_id}.2.1" in ids and f"{job_id}.3.1" in ids for ids in first.reclaimed)
        cloud = second
        await completed(manager, job_id)
        assert f"{job_id}.2.1" in second.reclaimed[0]
        assert first.runs + second.runs == dict.fromkeys(range(4), 1)


async def test_another_profile_is_not_taken_by_itself(tmp_path: Path) -> None:
    cloud, other = Cloud(), Cloud()
    pools = {"studio": cloud, "other": other}
    async with open_manager(
        tmp_path,
        stitcher=TextStitcher(),
        pools=lambda name: WorkerPool(name, pools[name], one_at_a_time()),
    ) as manager:
        job_id = await submit(manager, tmp_path / "job", profile="studio")
        stays = await submit(manager, tmp_path / "stays", profile="studio")
        await blocked(manager, job_id, stays)
        await manager.options.set_profile(job_id, "other")
        assert not job_in(manager, job_id).blocked
        cloud.signed_out = False
        await completed(manager, stays)
        assert (job_in(manager, job_id).state, other.asked) == (JobState.PAUSED, 0)


@pytest.mark.parametrize("error", [RuntimeError("a defect"), HeliosError("a defect")])
async def test_defects_of_an_adapter_do_not_end_the_watch(
    error: Exception, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")

    class Broken(Cloud):
        async def ready(self) -> HeliosError | None:
            if self.asked < 2:
                self.asked += 1
                raise error
            return await super().ready()

    cloud = Broken()
    async with open_manager(tmp_path, one_at_a_time(), adapter=cloud, stitcher=TextStitcher()) as manager:
        job_id = await submit(manager, tmp_path / "job")
        await blocked(manager, job_id)
        await until(lambda: cloud.asked > 3)
        cloud.signed_out = False
        await completed(manager, job_id)
    assert "a defect" in caplog.text


async def test_closing_does_not_wait_for_anybody(tmp_path: Path) -> None:
    cloud = Cloud()
    async with open_manager(tmp_path, one_at_a_time(), adapter=cloud, stitcher=TextStitcher()) as manager:
        job_id = await submit(manager, tmp_path / "job")
        await blocked(manager, job_id)
        waiting = asyncio.create_task(manager.wait_job(job_id, while_blocked=True))
        await asyncio.sleep(0)
    assert (await waiting).state is JobState.PAUSED
    cloud.signed_out = False
    async with open_manager(tmp_path, one_at_a_time(), adapter=cloud, stitcher=TextStitcher()) as manager:
        another = await submit(manager, tmp_path / "another")
        assert (await manager.wait_job(another)).state is JobState.COMPLETED
        assert job_in(manager, job_id).state is JobState.PAUSED, "after a restart nothing runs unasked"
        assert job_in(manager, job_id).reason == str(EXPIRED)


async def test_a_program_is_told_that_its_job_is_blocked(tmp_path: Path) -> None:
    cloud = Cloud()
    cloud.signed_out = True
    executor = JobExecutor(cloud, MediaVerifier(), TextStitcher())
    with pytest.raises(RenderFailedError, match="The sign-in has expired"):
        await executor.execute(text_job(2), JobExecutionOptions(job_dir=tmp_path))


async def test_a_kind_that_cannot_say_whether_it_is_ready_waits_for_a_person(tmp_path: Path) -> None:
    blocked, other = InstantWorkers(), Cloud()
    blocked.acts = {0: fails("no licence", FailureKind.BLOCKED, times=1)}
    other.signed_out = True
    policy = ExecutionPolicy(concurrency=1, retries=0)
    pools = {name: WorkerPool(name, workers, policy) for name, workers in (("Own", blocked), ("Cloud", other))}
    async with open_manager(tmp_path, pools=pools.__getitem__) as manager:
        jobs = {}
        for name in pools:
            (tmp_path / name).mkdir()
            options = JobExecutionOptions(job_dir=tmp_path / name, profile=name, merge=False)
            jobs[name] = await manager.submit_job(text_job(1), options)
        await until(lambda: all(job_in(manager, job_id).blocked for job_id in jobs.values()))
        asked = other.asked
        await until(lambda: other.asked > asked + 2)  # both were looked at as often
        assert job_in(manager, jobs["Own"]).blocked
        await manager.resume_job(jobs["Own"])
        await until(lambda: job_in(manager, jobs["Own"]).state is JobState.COMPLETED)
