"""Any commands, in any order, many at once, with restarts in between, and what is always true of the queue then."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path

from helios_gui.orchestrator.manager import JobManager
from helios_gui.orchestrator.repository import SqliteJobRepository
from helios_gui.types import (
    ChunkChanged,
    ChunkState,
    ChunkStatus,
    Event,
    ExecutionPolicy,
    FailureKind,
    HeliosError,
    JobAdded,
    JobChanged,
    JobExecutionOptions,
    JobMetadata,
    JobRemoved,
    JobSpec,
    JobState,
    JobSummary,
    NotFoundError,
    QueueReordered,
    RenderChunk,
    WorkerJob,
    WorkerPool,
    WorkerResult,
)
from tests.support.instant import InstantWorkers, TextStitcher
from tests.support.jobs import open_manager
from tests.support.waiting import PATIENCE

POLICY = ExecutionPolicy(concurrency=3, retries=1, retry_delay=0.001)
BEHAVIOURS = ("quick", "quick", "slow", "slow", "flaky", "fatal", "unknown", "raises", "silent")
COMMANDS = ("pause", "resume", "resume", "cancel", "delete", "retry", "retry some", "restitch", "move", "set profile")
STEPS = 250
JOBS_LIMIT = 6


class ActingWorkers(InstantWorkers):
    """Workers that do what the last word of the command says; ``made`` counts the outputs per job and chunk.

    They write into a ``record``, which several processes can share, when they begin and end a chunk.
    """

    def __init__(self, record: Path) -> None:
        super().__init__()
        self.made: Counter[tuple[str, int]] = Counter()
        self._record = record

    async def execute(self, job: WorkerJob) -> WorkerResult:
        self._note("begins", job)
        try:
            return await self._act(job)
        finally:
            self._note("ends", job)

    def _note(self, what: str, job: WorkerJob) -> None:
        with self._record.open("a") as record:
            record.write(f"{what} {job.job_id} {job.chunk.id} {os.getpid()}\n")

    async def _act(self, job: WorkerJob) -> WorkerResult:
        first = job.attempt_id.endswith(".1")
        behaviour = job.command[-1]
        await asyncio.sleep(0.01 if behaviour == "slow" else 0)
        if behaviour == "fatal" or (first and behaviour == "flaky"):
            kind = FailureKind.FATAL if behaviour == "fatal" else FailureKind.TRANSIENT
            return WorkerResult(exit_code=1, failure=kind, message=f"chunk {job.chunk.id} is broken")
        if first and behaviour == "unknown":
            return WorkerResult(exit_code=None, failure=FailureKind.UNKNOWN, message="no answer")
        if first and behaviour == "raises":
            raise HeliosError("The worker is away.")
        if first and behaviour == "silent":
            return WorkerResult(exit_code=0)
        job.output.write_text(str(job.chunk.id))
        self.made[job.job_id, job.chunk.id] += 1
        return WorkerResult(exit_code=0)


class View:
    """The queue as somebody sees it who listed it once and then only heard events."""

    def __init__(self, jobs: Sequence[JobSummary]) -> None:
        self.jobs = {job.id: job for job in jobs}
        self.order = [job.id for job in jobs]
        self.chunks: dict[tuple[str, int], ChunkStatus] = {}

    def __call__(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, JobAdded):
                assert event.summary.id not in self.jobs
                self.order.append(event.summary.id)
                self.jobs[event.summary.id] = event.summary
            elif isinstance(event, JobChanged):
                assert event.summary.id in self.jobs, "a change of a job nobody knows"
                self.jobs[event.summary.id] = event.summary
            elif isinstance(event, JobRemoved):
                del self.jobs[event.job_id]
                self.order.remove(event.job_id)
            elif isinstance(event, QueueReordered):
                assert set(event.job_ids) == set(self.jobs)
                self.order = list(event.job_ids)
            elif isinstance(event, ChunkChanged):
                assert event.job_id in self.jobs
                self.chunks[event.job_id, event.chunk.id] = event.chunk

    @property
    def summaries(self) -> list[JobSummary]:
        return [replace(self.jobs[job_id], position=place) for place, job_id in enumerate(self.order)]


def record_of(folder: Path) -> Path:
    """Where workers note what they do in a walk's folder."""
    return folder / "rendered.txt"


async def contradictions(folder: Path) -> list[str]:
    """What does not fit together in the journal of a walk that is over, and chunks that were rendered twice at once."""
    found = []
    repository = SqliteJobRepository(folder / "jobs.sqlite")
    await repository.open()
    try:
        for job in await repository.list_jobs():
            status = await repository.load_job(job.id)
            assert status is not None
            states = Counter(chunk.state for chunk in status.chunks)
            tried = Counter(attempt.chunk_id for attempt in await repository.attempts(job.id))
            counted = {chunk.id: chunk.attempts for chunk in status.chunks}
            outputs = [job.job_dir / chunk.output_file for chunk in status.spec.chunks]
            done = [chunk.index for chunk in status.chunks if chunk.state is ChunkState.COMPLETED]
            facts = {
                f"{job.counts} of {dict(states)}": states == job.counts,
                "completed, but for some chunks": job.state is not JobState.COMPLETED or len(done) == len(outputs),
                "chunks without output": all(outputs[index].exists() for index in done),
                f"{counted} attempts, {dict(tried)} known": Counter(counted) == tried,
                "still active": not job.state.is_active,
            }
            found += [f"{job.id} ({job.state}): {what}" for what, holds in facts.items() if not holds]
    finally:
        await repository.close()
    return found + _rendered_at_once(record_of(folder))


def _rendered_at_once(record: Path) -> list[str]:
    found, under_way = [], Counter[tuple[str, str]]()
    for line in record.read_text().splitlines():
        what, job_id, chunk_id, _ = line.split()
        under_way[job_id, chunk_id] += 1 if what == "begins" else -1
        if under_way[job_id, chunk_id] > 1:
            found.append(f"{job_id}: chunk {chunk_id} is rendered twice at once")
    return found


def lasting(summary: JobSummary) -> JobSummary:
    """A summary without what only a running app knows."""
    return replace(summary, stitch_progress=0.0, frames_per_second=None, eta=None, in_line=False)


class Walk:
    """A walk through the commands of a manager; the same seed gives the same commands."""

    def __init__(self, folder: Path, seed: str) -> None:
        self.folder = folder
        self.seed = seed
        self.chance = random.Random(seed)
        self.workers = ActingWorkers(record_of(folder))
        self.asked: Counter[tuple[str, int]] = Counter()
        self.commands: set[asyncio.Task[None]] = set()
        self.folders = 0

    async def wander(self) -> None:
        """Walk beside other processes at the same journal: what they do, nobody here can tell beforehand."""
        await self._open()
        try:
            for _ in range(STEPS):
                await self._step()
                self._check_always()
            await asyncio.gather(*self.commands)
            for job in self.manager.list_jobs():
                with suppress(NotFoundError):
                    async with asyncio.timeout(PATIENCE):
                        await self.manager.wait_job(job.id)
        finally:
            await asyncio.gather(*self.commands)
            await self.opened.aclose()

    async def run(self) -> None:
        """Walk alone, and look at everything now and then."""
        await self._open()
        try:
            for step in range(STEPS):
                await self._step()
                self._check_always()
                if step % 40 == 39:
                    await self._settle()
            await self._settle()
        finally:
            await asyncio.gather(*self.commands)
            await self.opened.aclose()

    async def _open(self) -> None:
        pools = {name: WorkerPool(name, self.workers, POLICY, max_jobs=2) for name in ("Local", "Other")}
        self.opened = AsyncExitStack()
        self.manager: JobManager = await self.opened.enter_async_context(
            open_manager(self.folder, stitcher=TextStitcher(), pools=pools.__getitem__)
        )
        self.view = View(self.manager.list_jobs())
        self.manager.subscribe(self.view)

    async def _step(self) -> None:
        jobs = self.manager.list_jobs()
        if not jobs or (len(jobs) < JOBS_LIMIT and self.chance.random() < 0.15):
            self._start(self._submit())
        elif self.chance.random() < 0.02:
            await self.opened.aclose()  # with commands under way
            await asyncio.gather(*self.commands)
            await self._open()
        else:
            self._start(self._command(self.chance.choice(jobs).id, self.chance.choice(COMMANDS)))
        await asyncio.sleep(self.chance.choice([0, 0, 0, 0.001, 0.004, 0.012]))

    def _start(self, command: Awaitable[None]) -> None:
        async def attempt() -> None:
            try:
                async with asyncio.timeout(PATIENCE):
                    await command
            except HeliosError:
                pass  # refused, with words for people

        task = asyncio.create_task(attempt())
        self.commands.add(task)
        task.add_done_callback(self.commands.discard)

    async def _submit(self) -> None:
        shared, partly, start, merge = (self.chance.random() < share for share in (0.3, 0.2, 0.7, 0.8))
        self.folders += not shared
        folder = self.folder / ("shared" if shared else f"work-{self.seed}-{self.folders}")
        folder.mkdir(exist_ok=True)
        chunks = tuple(
            RenderChunk(
                id=3 * index + 2,
                start_frame=10 * index,
                frame_count=10,
                output_file=f"part_{index}.txt",
                command=f"render part_{index}.txt {self.chance.choice(BEHAVIOURS)}",
            )
            for index in range(self.chance.randint(1, 5))
        )
        metadata = JobMetadata(total_frames=10 * len(chunks), fps=25, width=16, height=16)
        spec = JobSpec(metadata=metadata, chunks=chunks, output_file="out.txt")
        chosen = tuple(chunk.id for chunk in chunks[:1]) if partly else None
        options = JobExecutionOptions(job_dir=folder, merge=merge, chunk_ids=chosen)
        job_id = await self.manager.submit_job(spec, options, start=start)
        if start:
            self.asked.update((job_id, chunk.id) for chunk in chunks if chosen is None or chunk.id in chosen)

    async def _command(self, job_id: str, name: str) -> None:
        manager = self.manager
        if name == "retry some":
            chunk_ids = [3 * self.chance.randint(0, 4) + 2 for _ in range(self.chance.randint(1, 4))]
            self.asked.update((job_id, chunk_id) for chunk_id in set(chunk_ids))
            await manager.retry_chunks(job_id, chunk_ids)
            return
        if name in ("resume", "retry"):
            await self._note_asked(job_id)
        plain: dict[str, Callable[[], Awaitable[object]]] = {
            "pause": lambda: manager.pause_job(job_id),
            "resume": lambda: manager.resume_job(job_id),
            "cancel": lambda: manager.cancel_job(job_id),
            "delete": lambda: manager.delete_job(job_id),
            "retry": lambda: manager.retry_chunks(job_id),
            "restitch": lambda: manager.restitch(job_id),
            "move": lambda: manager.move_job(job_id, self.chance.randint(-2, 9)),
            "set profile": lambda: manager.options.set_profile(job_id, self.chance.choice(["Local", "Other"])),
        }
        await plain[name]()

    async def _note_asked(self, job_id: str) -> None:
        status = await self.manager.get_job(job_id)
        for chunk in status.chunks if status else ():
            if chunk.state is not ChunkState.COMPLETED:
                self.asked[job_id, chunk.id] += 1

    def _check_always(self) -> None:
        jobs = self.manager.list_jobs()
        assert [job.position for job in jobs] == list(range(len(jobs)))
        assert len({job.id for job in jobs}) == len(jobs)
        for job in jobs:
            assert sum(job.counts.values()) == job.chunks_total
            assert 0 <= job.frames_done <= job.frames_total

    async def _settle(self) -> None:
        await asyncio.gather(*self.commands)
        for job in self.manager.list_jobs():
            async with asyncio.timeout(PATIENCE):
                summary = await self.manager.wait_job(job.id)
            assert not summary.state.is_active
        assert not self.workers.in_flight
        for key, count in self.workers.made.items():
            assert count <= self.asked[key], f"{key} was asked for {self.asked[key]} times and made {count} times"
        await self.manager.attempts("nobody")  # all is written and told
        listed = [lasting(job) for job in self.manager.list_jobs()]
        assert [lasting(job) for job in self.view.summaries] == listed
        repository = SqliteJobRepository(self.folder / "jobs.sqlite")
        await repository.open()
        try:
            assert [lasting(job) for job in await repository.list_jobs()] == listed
            for job in listed:
                await self._check(job, repository)
        finally:
            await repository.close()

    async def _check(self, job: JobSummary, repository: SqliteJobRepository) -> None:
        status = await self.manager.get_job(job.id)
        stored = await repository.load_job(job.id)
        assert status is not None
        assert stored is not None
        assert lasting(status.summary) == job
        assert stored.chunks == status.chunks
        assert (stored.spec, stored.options) == (status.spec, status.options)
        assert Counter(chunk.state for chunk in status.chunks) == job.counts
        for chunk in status.chunks:
            assert chunk.state in (ChunkState.PENDING, ChunkState.COMPLETED, ChunkState.FAILED, ChunkState.CANCELLED)
            assert self.view.chunks.get((job.id, chunk.id), chunk) == chunk
            if chunk.state is ChunkState.COMPLETED:
                assert (job.job_dir / status.spec.chunks[chunk.index].output_file).exists()
        if job.state is JobState.COMPLETED:
            assert {chunk.state for chunk in status.chunks} == {ChunkState.COMPLETED}
            assert not status.options.merge or job.output.exists()
        if job.state is JobState.CANCELLED:
            assert ChunkState.PENDING not in job.counts
        attempts = await self.manager.attempts(job.id)
        assert [attempt for attempt in attempts if attempt.finished_at is None] == []
        assert Counter(attempt.chunk_id for attempt in attempts) == Counter(
            {chunk.id: chunk.attempts for chunk in status.chunks if chunk.attempts}
        )
