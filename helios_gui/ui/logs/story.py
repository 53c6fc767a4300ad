"""A job's own story: what happened to it, as the journal tells. No Qt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from helios_gui.translation import tr, tr_count
from helios_gui.types import Attempt, AttemptState, JobState, JobStatus, JobSummary
from helios_gui.ui.logs.levels import LogLevel

_MOST_FAILURES = 500
"""Failed attempts that are told; of more, the first and the last ones."""

_QUARTERS = (0.25, 0.5, 0.75)


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One thing that happened.

    ``moment`` is seconds since the epoch, ``None`` for what has no time of its own. ``chunk_id`` is the chunk whose
    log tells more. ``is_good`` marks what a job is for.
    """

    moment: float | None
    text: str
    level: LogLevel = LogLevel.PLAIN
    chunk_id: int | None = None
    is_good: bool = False


def job_story(status: JobStatus, attempts: Sequence[Attempt]) -> list[StoryLine]:
    """Return what happened to a job, the oldest first."""
    lines = [_added(status.summary), *_progress(status.summary, attempts), *_failures(attempts)]
    lines.sort(key=lambda line: line.moment or 0.0)
    return [*lines, *_end(status.summary)]


def _added(job: JobSummary) -> StoryLine:
    chunks = tr_count("{number} chunk", "{number} chunks", job.chunks_total)
    frames = tr_count("{number} frame", "{number} frames", job.frames_total)
    text = tr("Planned: {frames}, {chunks}, through {profile}", frames=frames, chunks=chunks, profile=job.profile)
    return StoryLine(job.added_at, text)


def _progress(job: JobSummary, attempts: Sequence[Attempt]) -> Iterator[StoryLine]:
    """Yield when rendering began, when parts of the chunks were done for the first time, and what was done again."""
    if not attempts:
        return
    ordered = sorted(attempts, key=lambda attempt: attempt.started_at)
    text = tr("Rendering began with chunk {chunk}", chunk=ordered[0].chunk_id)
    yield StoryLine(ordered[0].started_at, text, chunk_id=ordered[0].chunk_id)
    ends: dict[int, list[float]] = {}
    repeated: dict[int, Attempt] = {}
    for attempt in ordered:
        done = ends.setdefault(attempt.chunk_id, [])
        if done:
            repeated.setdefault(len(done), attempt)
        if attempt.state is AttemptState.SUCCEEDED and attempt.finished_at is not None:
            done.append(attempt.finished_at)
    yield from _milestones(job, sorted(done[0] for done in ends.values() if done))
    for attempt in repeated.values():
        text = tr("Rendering again began with chunk {chunk}", chunk=attempt.chunk_id)
        yield StoryLine(attempt.started_at, text, chunk_id=attempt.chunk_id)
    if repeated and job.chunks_done == job.chunks_total:
        yield StoryLine(max(done[-1] for done in ends.values() if done), tr("All chunks are done"), is_good=True)


def _milestones(job: JobSummary, moments: Sequence[float]) -> Iterator[StoryLine]:
    """Yield when a quarter, half, three quarters and all of the chunks were done; each was so at one of ``moments``."""
    for share in _QUARTERS:
        needed = round(share * job.chunks_total)
        if job.chunks_total >= 4 and 0 < needed <= len(moments):
            text = tr("{done} of {total} chunks are done", done=needed, total=job.chunks_total)
            yield StoryLine(moments[needed - 1], text)
    if len(moments) == job.chunks_total:
        yield StoryLine(moments[-1], tr("All chunks are done"), is_good=True)


def _failures(attempts: Sequence[Attempt]) -> Iterator[StoryLine]:
    failed = [attempt for attempt in attempts if attempt.state in (AttemptState.FAILED, AttemptState.UNKNOWN)]
    succeeded = {attempt.chunk_id for attempt in attempts if attempt.state is AttemptState.SUCCEEDED}
    failed.sort(key=lambda attempt: attempt.started_at)
    left_out = len(failed) - _MOST_FAILURES
    if left_out > 0:
        half = _MOST_FAILURES // 2
        text = tr_count("… {number} more failed attempt …", "… {number} more failed attempts …", left_out)
        yield StoryLine(_end_of(failed[half]), text, LogLevel.ERROR)
        failed = failed[:half] + failed[-half:]
    for attempt in failed:
        text = tr(
            "Chunk {chunk}, attempt {number} failed: {cause}",
            chunk=attempt.chunk_id,
            number=attempt.number,
            cause=attempt.cause or tr("nobody heard back from it"),
        )
        level = LogLevel.WARNING if attempt.chunk_id in succeeded else LogLevel.ERROR
        yield StoryLine(_end_of(attempt), text, level, attempt.chunk_id)


def _end_of(attempt: Attempt) -> float:
    return attempt.started_at if attempt.finished_at is None else attempt.finished_at


def _end(job: JobSummary) -> Iterator[StoryLine]:
    """Yield where the job is now, and what the stitcher said."""
    reason = job.reason or tr("no reason is known")
    match job.state:
        case JobState.COMPLETED:
            yield StoryLine(job.finished_at, tr("Joined: {output}", output=job.output), is_good=True)
            yield from (StoryLine(None, line) for line in job.report.splitlines() if line.strip())
        case JobState.FAILED:
            yield StoryLine(job.finished_at, tr("Failed because: {reason}", reason=reason), LogLevel.ERROR)
        case JobState.STITCHING:
            yield StoryLine(None, tr("The chunks are being joined"))
        case JobState.CANCELLED:
            yield StoryLine(job.finished_at, tr("Cancelled"), LogLevel.WARNING)
        case JobState.INTERRUPTED:
            yield StoryLine(None, tr("Interrupted: {reason}", reason=reason), LogLevel.WARNING)
        case JobState.PAUSED:
            text = tr("Paused: {reason}", reason=job.reason) if job.reason else tr("Paused")
            yield StoryLine(None, text, LogLevel.WARNING)
        case _:
            pass
