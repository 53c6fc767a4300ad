"""Finds the last render of a job file in the journal, and checks whether it can be resumed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from helios_gui.orchestrator.journal_rows import StoredJob
from helios_gui.orchestrator.repository import SqliteJobRepository
from helios_gui.types import ChunkState, JobSpec, JobState, JobStatus, UserInputError


async def find_last_render(journal: Path, source: Path, note: Callable[[str], None]) -> JobStatus | None:
    """Return the last render of a job file, finished or not. Completed renders of single chunks do not count.

    ``note`` is told when the journal was damaged. Raises ``UserInputError`` when another living process renders
    the file now.
    """
    repository = SqliteJobRepository(journal)
    try:
        await repository.open()
        if repository.set_aside is not None:
            note(f"The journal was damaged and set aside as {repository.set_aside}. The queue starts empty.")
        stored = [job for job in await repository.stored_jobs() if job.summary.source == source]
        _refuse_other_processes(stored)
        for job in sorted(stored, key=lambda job: job.summary.added_at, reverse=True):
            status = await repository.load_job(job.summary.id)
            if status is not None and not _has_completed_its_chunks(status):
                return status
        return None
    finally:
        await repository.close()


def check_resumable(found: JobStatus | None, spec: JobSpec, source: Path) -> JobStatus:
    """Return the render to resume.

    Raises:
        UserInputError: There is none, or the job file has changed since.
    """
    if found is None:
        raise UserInputError(f"There is no render of {source} to resume.", "Leave out --resume to start one.")
    if found.spec.to_json() != spec.to_json():
        raise UserInputError(
            f"{source} has changed since its last render, so its finished chunks may no longer fit.",
            "Leave out --resume to render it again.",
        )
    return found


def chunks_are_done(status: JobStatus, chunk_ids: tuple[int, ...] | None) -> bool:
    """Return whether these chunks (``None``: all) are completed."""
    return all(
        chunk.state is ChunkState.COMPLETED for chunk in status.chunks if chunk_ids is None or chunk.id in chunk_ids
    )


def _has_completed_its_chunks(status: JobStatus) -> bool:
    """Return whether only some chunks were requested, and they are completed."""
    asked = status.options.chunk_ids
    return asked is not None and status.summary.state is not JobState.COMPLETED and chunks_are_done(status, asked)


def _refuse_other_processes(stored: list[StoredJob]) -> None:
    owner = next((job.owner for job in stored if job.owner is not None), None)
    if owner is not None:
        number = owner.partition("@")[0]
        raise UserInputError(
            f"Another Helios process (number {number}) is rendering this job file now.",
            "Wait until it is done, or stop it there.",
        )
