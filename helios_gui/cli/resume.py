"""What the journal knows of a job file: renders of it that can be gone on with, and other processes at it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from helios_gui.orchestrator.journal_rows import StoredJob
from helios_gui.orchestrator.repository import SqliteJobRepository
from helios_gui.types import ChunkState, JobSpec, JobState, JobStatus, UserInputError


async def find_last_render(journal: Path, source: Path, note: Callable[[str], None]) -> JobStatus | None:
    """The last render of this job file, finished or not; those that had only some chunks to do, and did, don't count.

    ``note`` is told when the journal was damaged. Raises ``UserInputError`` when another living process renders
    the file now.
    """
    repository = SqliteJobRepository(journal)
    try:
        await repository.open()
        if repository.set_aside is not None:
            note(f"The journal was damaged and set aside as {repository.set_aside}. The queue starts empty.")
        stored = [job for job in await repository.stored_jobs() if job.summary.source == source]
        _refuse_rivals(stored)
        for job in sorted(stored, key=lambda job: job.summary.added_at, reverse=True):
            status = await repository.load_job(job.summary.id)
            if status is not None and not _did_its_share(status):
                return status
        return None
    finally:
        await repository.close()


def check_can_go_on(found: JobStatus | None, spec: JobSpec, source: Path) -> JobStatus:
    """The render to go on with. Raises ``UserInputError`` where there is none, or the file has changed since."""
    if found is None:
        raise UserInputError(f"There is no render of {source} to go on with.", "Start one: leave --resume out.")
    if found.spec.to_json() != spec.to_json():
        raise UserInputError(
            f"{source} has changed since its last render, so that its finished chunks may not fit any more.",
            "Render it anew: leave --resume out.",
        )
    return found


def asked_chunks_done(status: JobStatus, chunk_ids: tuple[int, ...] | None) -> bool:
    """Whether these chunks (``None``: all) are completed."""
    return all(
        chunk.state is ChunkState.COMPLETED for chunk in status.chunks if chunk_ids is None or chunk.id in chunk_ids
    )


def _did_its_share(status: JobStatus) -> bool:
    """It was asked for some chunks only, made them, and joined nothing."""
    asked = status.options.chunk_ids
    return asked is not None and status.summary.state is not JobState.COMPLETED and asked_chunks_done(status, asked)


def _refuse_rivals(stored: list[StoredJob]) -> None:
    owner = next((job.owner for job in stored if job.owner is not None), None)
    if owner is not None:
        number = owner.partition("@")[0]
        raise UserInputError(
            f"Another Helios process (number {number}) is rendering this job file now.",
            "Wait until it is done, or stop it there.",
        )
