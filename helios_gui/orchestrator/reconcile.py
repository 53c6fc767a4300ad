"""After a restart: end what is still running from before, and trust only outputs that verify."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress

from helios_gui.media.frame_files import frames_in_words
from helios_gui.orchestrator.attempts import attempt_id
from helios_gui.orchestrator.delivery import merge_id
from helios_gui.orchestrator.job_files import chunk_files, missing_frames
from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.made_files import find_changed, record_files, record_without_digest
from helios_gui.translation import tr, tr_count
from helios_gui.types import ChunkState, FrameVerifier, MadeFile, UserInputError, VerificationError, WorkerAdapter


async def reconcile(job: LiveJob, verify: FrameVerifier, finished: Mapping[int, MadeFile]) -> None:
    """Bring the journal's word about the job's chunks in line with what is there. No worker of before runs any more.

    A completed chunk whose output no longer verifies is pending again. A chunk whose output was put in its place in the
    moment before the app died is completed: its file is the one noted in ``finished``, by the chunk's id. Any other
    file there, whatever its name and frames, may be another job's.
    """
    doubtful = sorted(job.unverified, key=lambda chunk: chunk.index)
    completed = [chunk for chunk in doubtful if chunk.state is ChunkState.COMPLETED]
    open_chunks = [chunk for chunk in doubtful if chunk.state is not ChunkState.COMPLETED]
    await asyncio.gather(*(_verify_completed(job, chunk, verify) for chunk in completed))
    found = await asyncio.to_thread(_find_finished, job, open_chunks, finished)
    await asyncio.gather(*(_accept_finished(job, chunk, verify, made) for chunk, made in found))
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
    await asyncio.gather(*(_accept_finished(job, chunk, verify, reason=tr("was rendered before")) for chunk in chunks))
    return [chunk for chunk in chunks if chunk.state is ChunkState.COMPLETED]


async def keep_finished(job: LiveJob, verify: FrameVerifier) -> None:
    """Take chunks that were never tried for completed where their outputs verify, whoever has made these."""
    waiting = [chunk for chunk in job.chunks_to_render() if not chunk.attempts]
    await asyncio.gather(*(_accept_finished(job, chunk, verify, reason=tr("was rendered before")) for chunk in waiting))
    for chunk in waiting:
        if chunk.state is ChunkState.COMPLETED:
            with suppress(OSError):
                job.set_made(chunk, await asyncio.to_thread(record_files, *chunk_files(job, chunk)))


async def renew_replaced(job: LiveJob) -> list[LiveChunk]:
    """Make completed chunks pending whose output was changed or replaced since it was made, and return them.

    They are requested, too, unless the job's options leave them out.
    """
    replaced = []
    for chunk, made in await asyncio.to_thread(find_changed, job, job.chunks_in(ChunkState.COMPLETED)):
        if made is not None:
            job.set_made(chunk, made)
        elif chunk.state is ChunkState.COMPLETED:
            replaced.append(chunk)
            _reset_chunk(job, chunk, await asyncio.to_thread(_why_not_as_made, job, chunk))
    return replaced


def _why_not_as_made(job: LiveJob, chunk: LiveChunk) -> str:
    output = job.output_of(chunk)
    if chunk.spec.pattern is not None:
        missing = missing_frames(job, chunk)
        if not missing:
            return tr("Frames of {name} were changed or replaced after they were rendered.", name=output.name)
        return tr_count(
            "{name}: frame {frames} is missing.",
            "{name}: frames {frames} are missing.",
            len(missing),
            name=output.name,
            frames=frames_in_words(missing),
        )
    if output.exists():
        return tr("{name} was changed or replaced after it was rendered.", name=output.name)
    return tr("{name} is missing.", name=output.name)


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


def _find_finished(
    job: LiveJob, chunks: Iterable[LiveChunk], finished: Mapping[int, MadeFile]
) -> list[tuple[LiveChunk, MadeFile]]:
    """Return the chunks whose output is the file that was noted when it was finished, with its digest."""
    found = []
    for chunk in chunks:
        files = chunk_files(job, chunk)
        if chunk.spec.id in finished:
            with suppress(OSError):
                if record_without_digest(*files) == finished[chunk.spec.id]:
                    found.append((chunk, record_files(*files)))
    return found


async def _verify_completed(job: LiveJob, chunk: LiveChunk, verify: FrameVerifier) -> None:
    """Make a completed chunk pending if its output does not verify; request it unless the options leave it out."""
    try:
        await verify(job.output_of(chunk), chunk.spec)
    except (VerificationError, OSError) as error:
        _reset_chunk(job, chunk, f"{error}")


def _reset_chunk(job: LiveJob, chunk: LiveChunk, reason: str) -> None:
    if job.options.chunk_ids is None or chunk.spec.id in job.options.chunk_ids:
        job.request_chunks([chunk], reason)
    elif chunk.state is ChunkState.COMPLETED:
        job.move_chunk(chunk, ChunkState.PENDING, reason)


async def _accept_finished(
    job: LiveJob, chunk: LiveChunk, verify: FrameVerifier, made: MadeFile | None = None, reason: str = ""
) -> None:
    try:
        await verify(job.output_of(chunk), chunk.spec)
    except (VerificationError, OSError):
        return
    job.set_made(chunk, made)
    job.move_chunk(chunk, ChunkState.COMPLETED, reason or tr("was finished when the app ended"))
