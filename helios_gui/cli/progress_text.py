"""Sentences about a render's progress that the live display and the plain lines share."""

from __future__ import annotations

from helios_gui.cli.output import one_line
from helios_gui.types import ChunkState, ChunkStatus, JobStatus, JobSummary
from helios_gui.types.cost import CostEstimate
from helios_gui.utils.format import clock, count, money, percent

MOST_FAILURES_SHOWN = 20
"""Failures told as they happen; when all of a large job fails, the end says it better."""


class FailureTeller:
    """Puts failures into words as they happen, up to a number of them."""

    def __init__(self) -> None:
        self._told = 0

    def words(self, chunk: ChunkStatus, before: ChunkState) -> str:
        """What to say about this change of a chunk; empty for nothing."""
        if chunk.state is before or chunk.state not in (ChunkState.FAILED, ChunkState.RETRYING, ChunkState.UNKNOWN):
            return ""
        self._told += 1
        if self._told > MOST_FAILURES_SHOWN:
            last = self._told == MOST_FAILURES_SHOWN + 1
            return "More chunks fail; only their number is shown from here on." if last else ""
        if chunk.state is ChunkState.FAILED:
            return f"Chunk {chunk.id} failed: {chunk.reason}"
        return f"Chunk {chunk.id}, attempt {chunk.attempts}: {chunk.reason}; it will be tried again"


def cost(estimate: CostEstimate) -> str:
    """What the render may cost, and why that is believed; what the spend limit means for it on a line of its own."""
    lines = (f"Estimated cost: {estimate.headline}. {estimate.basis}", estimate.warning)
    return "\n".join(filter(None, lines))


def opening(status: JobStatus) -> str:
    """What is about to be rendered."""
    summary = status.summary
    size = f"{count(summary.chunks_total, 'chunk', 'chunks')}, {count(summary.frames_total, 'frame', 'frames')}"
    text = f"{one_line(summary.name)}: {size}, profile {summary.profile}"
    asked = status.options.chunk_ids
    if asked is not None:
        text += f"; only chunk {', '.join(map(str, asked))}"
    if summary.chunks_done:
        text += f". {summary.chunks_done} of {summary.chunks_total} chunks are done already"
    return text


def blocked(summary: JobSummary, resume: str) -> str:
    """What the job waits for, that it waits, and how to leave."""
    return f"{summary.reason} Waiting; then the job goes on by itself. Ctrl-C leaves, to go on with: {resume}"


def figures(summary: JobSummary) -> str:
    """The job's progress in numbers: ``44 %  5/12 chunks  31.2 frames/s  0:12 left  $0.21 of about $0.48``."""
    parts = [percent(summary.progress), f"{summary.chunks_done}/{summary.chunks_total} chunks"]
    failed, retrying = (summary.counts.get(state, 0) for state in (ChunkState.FAILED, ChunkState.RETRYING))
    if failed:
        parts.append(f"{failed} failed")
    if retrying:
        parts.append(f"{retrying} to retry")
    if summary.frames_per_second:
        parts.append(f"{summary.frames_per_second:.1f} frames/s")
    if summary.eta is not None:
        parts.append(f"{clock(summary.eta)} left")
    if summary.cost:
        expected = summary.expected_cost
        parts.append(money(summary.cost) + (f" of about {money(expected)}" if expected is not None else ""))
    return "  ".join(parts)
