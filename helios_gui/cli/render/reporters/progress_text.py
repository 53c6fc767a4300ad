"""Messages about a render's progress that the live display and the plain lines share."""

from __future__ import annotations

from helios_gui.cli.output import printable_line
from helios_gui.translation import mark, tr, tr_count
from helios_gui.types import ChunkState, ChunkStatus, JobStatus, JobSummary
from helios_gui.types.cost import CostEstimate
from helios_gui.utils.format import format_duration, format_money, format_percent

MAX_FAILURE_MESSAGES = 20
"""Failures that are printed when they happen; of a large job that fails as a whole, the end lists the others."""

STOP_NOW_HINT = mark("(press Ctrl-C again to stop immediately)")


class FailureMessages:
    """Makes messages for failures when they happen, up to a number of them."""

    def __init__(self) -> None:
        self._count = 0
        self._remarked: set[tuple[int, int]] = set()

    def message(self, chunk: ChunkStatus, before: ChunkState) -> str:
        """Return the message for this change of a chunk; empty where nothing is to be printed."""
        if chunk.state is ChunkState.RUNNING and chunk.reason:
            return self._remark(chunk)
        if chunk.state is before or chunk.state not in (ChunkState.FAILED, ChunkState.RETRYING, ChunkState.UNKNOWN):
            return ""
        self._count += 1
        if self._count > MAX_FAILURE_MESSAGES:
            is_first = self._count == MAX_FAILURE_MESSAGES + 1
            return tr("More chunks fail; from here on only their number is shown.") if is_first else ""
        if chunk.state is ChunkState.FAILED:
            return tr("Chunk {id} failed: {reason}", id=chunk.id, reason=chunk.reason)
        return tr(
            "Chunk {id}, attempt {attempts}: {reason}; it will be tried again",
            id=chunk.id,
            attempts=chunk.attempts,
            reason=chunk.reason.removesuffix("."),
        )

    def _remark(self, chunk: ChunkStatus) -> str:
        """Return what is remarkable about a running chunk, once for each attempt."""
        attempt = (chunk.id, chunk.attempts)
        if attempt in self._remarked or len(self._remarked) >= MAX_FAILURE_MESSAGES:
            return ""
        self._remarked.add(attempt)
        return tr("Chunk {id}, attempt {attempts}: {reason}", id=chunk.id, attempts=chunk.attempts, reason=chunk.reason)


def estimate_message(estimate: CostEstimate) -> str:
    """Return what the render may cost and what the estimate is based on; a warning is on a line of its own."""
    lines = (
        tr("Estimated cost: {headline}. {basis}", headline=estimate.headline, basis=estimate.basis),
        estimate.warning,
    )
    return "\n".join(filter(None, lines))


def start_message(status: JobStatus) -> str:
    """Return one line about the job that is about to be rendered."""
    summary = status.summary
    chunks = tr_count("{number} chunk", "{number} chunks", summary.chunks_total)
    frames = tr_count("{number} frame", "{number} frames", summary.frames_total)
    text = tr(
        "{name}: {chunks}, {frames}, profile {profile}",
        name=printable_line(summary.name),
        chunks=chunks,
        frames=frames,
        profile=printable_line(summary.profile),
    )
    chunk_ids = status.options.chunk_ids
    if chunk_ids is not None:
        text += tr("; only chunk {chunk_ids}", chunk_ids=", ".join(map(str, chunk_ids)))
    if summary.chunks_done:
        text += tr(
            ". {chunks_done} of {chunks_total} chunks are done already",
            chunks_done=summary.chunks_done,
            chunks_total=summary.chunks_total,
        )
    return text


def blocked_message(summary: JobSummary, resume_command: str) -> str:
    """Return what the job is blocked by, that it waits, and how to leave it."""
    return tr(
        "{reason} Waiting; the job continues as soon as this is solved. "
        "Press Ctrl-C to leave, and resume later with: {resume_command}",
        reason=summary.reason,
        resume_command=resume_command,
    )


def failed_in_words(summary: JobSummary) -> str:
    """Return how many chunks failed, such as ``3 failed``; empty when none did."""
    failed = summary.counts.get(ChunkState.FAILED, 0)
    return tr("{failed} failed", failed=failed) if failed else ""


def retrying_in_words(summary: JobSummary) -> str:
    """Return how many chunks wait to be tried again, such as ``2 to retry``; empty when none does."""
    retrying = summary.counts.get(ChunkState.RETRYING, 0)
    return tr("{retrying} to retry", retrying=retrying) if retrying else ""


def progress_figures(summary: JobSummary) -> str:
    """Return the job's progress in numbers: ``44 %  5/12 chunks  31.2 frames/s  0:12 left  $0.21 of about $0.48``."""
    parts = [
        format_percent(summary.progress),
        tr("{chunks_done}/{chunks_total} chunks", chunks_done=summary.chunks_done, chunks_total=summary.chunks_total),
    ]
    parts += filter(None, (failed_in_words(summary), retrying_in_words(summary)))
    if summary.frames_per_second:
        parts.append(tr("{speed:.1f} frames/s", speed=summary.frames_per_second))
    if summary.eta is not None:
        parts.append(tr("{time} left", time=format_duration(summary.eta)))
    if summary.cost:
        expected = summary.expected_cost
        parts.append(
            format_money(summary.cost)
            + (tr(" of about {money}", money=format_money(expected)) if expected is not None else "")
        )
    return "  ".join(parts)
