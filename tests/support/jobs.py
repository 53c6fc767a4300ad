"""Small real jobs for tests: Python one-liners as renderers, a manager over a real journal in a folder."""

from __future__ import annotations

import sys
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from helios_gui.adapters.local.adapter import LocalAdapter
from helios_gui.jobfile.command_line import join_command
from helios_gui.orchestrator.manager import JobManager
from helios_gui.orchestrator.repository import SqliteJobRepository
from helios_gui.stitcher import FfmpegStitcher, MediaVerifier
from helios_gui.types import (
    ExecutionPolicy,
    JobExecutionOptions,
    JobMetadata,
    JobSpec,
    JobSummary,
    RenderChunk,
    VideoStitcher,
    WorkerAdapter,
    WorkerJob,
    WorkerPool,
)
from tests.support.waiting import eventually

# Writes its chunk's number to its output, and a line to runs.txt, so that executions can be counted.
COUNTED = "import sys; open('runs.txt','a').write(sys.argv[2]+'\\n'); open(sys.argv[1],'w').write(sys.argv[2])"


def python(code: str, *arguments: str) -> str:
    """A command line that runs Python code."""
    return join_command([sys.executable, "-S", "-c", code, *arguments])


def shell_attempt(folder: Path, script: str, **more: Any) -> WorkerJob:
    """An attempt that runs a script of the POSIX shell in a folder; ``more`` are other fields of ``WorkerJob``."""
    return WorkerJob(
        job_id="job",
        attempt_id=uuid.uuid4().hex,  # what ends it must not end another test's
        chunk=RenderChunk(id=0, start_frame=0, frame_count=1, output_file="out", command="-"),
        chunk_index=0,
        command=("/bin/sh", "-c", script),
        job_dir=folder,
        output=folder / "out",
        log_path=folder / "log",
        **more,
    )


def text_job(count: int, code: str = COUNTED, *, frames: int = 10) -> JobSpec:
    """A job of ``count`` chunks that each run ``code`` with (output file, chunk id) and render no media."""
    chunks = tuple(
        RenderChunk(
            id=index,
            start_frame=index * frames,
            frame_count=frames,
            output_file=f"part_{index}.txt",
            command=python(code, f"part_{index}.txt", str(index)),
        )
        for index in range(count)
    )
    return JobSpec(metadata=JobMetadata(total_frames=count * frames, fps=30, width=64, height=36), chunks=chunks)


def runs(folder: Path) -> list[str]:
    """The chunk ids that ``COUNTED`` ran for, in order."""
    record = folder / "runs.txt"
    return record.read_text().split() if record.exists() else []


@asynccontextmanager
async def open_manager(
    folder: Path,
    policy: ExecutionPolicy | None = None,
    *,
    max_jobs: int = 2,
    grace: float = 1.0,
    adapter: WorkerAdapter | None = None,
    stitcher: VideoStitcher | None = None,
    pools: Callable[[str], WorkerPool] | None = None,
) -> AsyncIterator[JobManager]:
    """A manager over this machine, whose journal and logs lie in ``folder``. Retries come quickly."""
    policy = policy or ExecutionPolicy(concurrency=2, retries=1, retry_delay=0.01)
    local = LocalAdapter(grace=grace)
    workers = adapter or local
    verifier = MediaVerifier()
    manager = JobManager(
        SqliteJobRepository(folder / "jobs.sqlite"),
        pools=pools or (lambda name: WorkerPool(name, workers, policy, max_jobs=max_jobs)),
        verify=verifier,
        stitcher=stitcher or FfmpegStitcher(),
        local=local,
        log_root=folder / "logs",
    )
    try:
        await manager.open()
        try:
            yield manager
        finally:
            await manager.close()
    finally:
        verifier.close()


async def until(condition: Callable[[], object]) -> None:
    """Wait until the condition holds."""
    await eventually(condition, "what the test waits for")


def job_in(manager: JobManager, job_id: str) -> JobSummary:
    """The job as ``list_jobs`` has it."""
    return next(job for job in manager.list_jobs() if job.id == job_id)


@contextmanager
def full_disk(repository: SqliteJobRepository) -> Iterator[None]:
    """Within it, the journal's file cannot grow any more, as when its disk is full."""
    connection = repository._connection
    assert connection is not None
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count={pages}")
    try:
        yield
    finally:
        connection.execute("PRAGMA max_page_count=1000000")


async def render(manager: JobManager, spec: JobSpec, folder: Path, **options: object) -> str:
    """Submit a job and wait for its end; its id."""
    folder.mkdir(parents=True, exist_ok=True)
    job_id = await manager.submit_job(spec, JobExecutionOptions(job_dir=folder, **options))
    await manager.wait_job(job_id)
    return job_id


def contents(folder: Path, spec: JobSpec) -> Sequence[str]:
    """What the chunks' outputs hold, in playing order."""
    return [(folder / chunk.output_file).read_text() for chunk in spec.chunks]
