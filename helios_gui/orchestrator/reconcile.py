"""After a restart: end what is still running from before, and trust only outputs that verify."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable

from helios_gui.media.media_verifier import is_media_name
from helios_gui.orchestrator.attempts import attempt_id
from helios_gui.orchestrator.delivery import merge_id
from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.translation import tr
from helios_gui.types import ChunkState, FrameVerifier, UserInputError, VerificationError, WorkerAdapter

# A file system may keep times as coarsely as 2 seconds (FAT).
_CLOCK_SLACK_SECONDS = 2.0


async def reconcile(
    job: LiveJob, verify: FrameVerifier, last_start: float | None, restored: Collection[LiveChunk] = ()
) -> None:
    """Bring the journal's word about the job's chunks in line with what is there. No worker of before runs any more.

    A completed chunk whose output no longer verifies is pending again; a chunk whose output was finished in the moment
    before the app died is completed: one written since ``last_start``, when the job last began to run (seconds since
    the epoch), unless it is among the ``restored``, whose output is older than the attempt.
    """
    doubtful = sorted(job.unverified, key=lambda chunk: chunk.index)
    completed = [chunk for chunk in doubtful if chunk.state is ChunkState.COMPLETED]
    open_chunks = [chunk for chunk in doubtful if chunk.state is not ChunkState.COMPLETED]
    await asyncio.gather(*(_verify_completed(job, chunk, verify) for chunk in completed))
    replaceable = [chunk for chunk in open_chunks if chunk not in restored]
    found = await asyncio.to_thread(_made_since, last_start, job, replaceable)
    await asyncio.gather(*(_accept_finished(job, chunk, verify) for chunk in found))
    for chunk in job.chunks_in(ChunkState.RUNNING, ChunkState.RETRYING, ChunkState.UNKNOWN):
        job.move_chunk(chunk, ChunkState.PENDING, tr("the app ended while it was running"))
    job.mark_verified(tuple(job.unverified))


async def accept_completed(job: LiveJob, chunk_ids: Collection[int], verify: FrameVerifier) -> list[LiveChunk]:
    """Take chunks of a new job for completed where their outputs verify, and return these.

    Raises ``UserInputError`` for chunks that the job does not have.
    """
    known = {chunk.spec.id for chunk in job.chunks}
    unknown = sorted(set(chunk_ids) - known)
    if unknown:
        raise UserInputError(tr("The job has no chunk {ids}.", ids=", ".join(map(str, unknown))))
    chunks = [chunk for chunk in job.chunks if chunk.spec.id in set(chunk_ids)]
    await asyncio.gather(*(_accept_finished(job, chunk, verify, tr("was rendered before")) for chunk in chunks))
    return [chunk for chunk in chunks if chunk.state is ChunkState.COMPLETED]


async def stop_leftover_workers(job: LiveJob, adapter: WorkerAdapter, local: WorkerAdapter) -> None:
    """Stop what an app that died left running for the job: attempts, and the job's own merge command."""
    unfinished = [chunk for chunk in job.chunks if chunk.state is not ChunkState.COMPLETED]
    await adapter.reclaim(_possible_attempts(job, unfinished))
    await local.reclaim({merge_id(job.id)})


def _possible_attempts(job: LiveJob, chunks: Iterable[LiveChunk]) -> set[str]:
    """Return attempts that may still run: the last one in the journal, and the next, which may not be written yet."""
    return {
        attempt_id(job.id, chunk.spec.id, number) for chunk in chunks for number in (chunk.attempts, chunk.attempts + 1)
    }


def _made_since(since: float | None, job: LiveJob, chunks: Iterable[LiveChunk]) -> list[LiveChunk]:
    """Chunks whose output is media (so its frames can be counted) written ``since`` then."""
    if since is None:
        return []
    found = []
    for chunk in chunks:
        output = job.output_of(chunk)
        if is_media_name(output):
            try:
                if output.stat().st_mtime >= since - _CLOCK_SLACK_SECONDS:
                    found.append(chunk)
            except OSError:
                continue
    return found


async def _verify_completed(job: LiveJob, chunk: LiveChunk, verify: FrameVerifier) -> None:
    """Make a completed chunk pending if its output does not verify; request it unless the options leave it out."""
    try:
        await verify(job.output_of(chunk), chunk.spec)
    except (VerificationError, OSError) as error:
        if job.options.chunk_ids is None or chunk.spec.id in job.options.chunk_ids:
            job.request_chunks([chunk], f"{error}")
        elif chunk.state is ChunkState.COMPLETED:
            job.move_chunk(chunk, ChunkState.PENDING, f"{error}")


async def _accept_finished(job: LiveJob, chunk: LiveChunk, verify: FrameVerifier, reason: str = "") -> None:
    try:
        await verify(job.output_of(chunk), chunk.spec)
    except (VerificationError, OSError):
        return
    job.move_chunk(chunk, ChunkState.COMPLETED, reason or tr("was finished when the app ended"))
