"""The text at the end of a render: the video that was made, or what failed and how to continue."""

from __future__ import annotations

from collections.abc import Iterator

from helios_gui.cli.output import ExitCode
from helios_gui.cli.render.reporters.base import ChunkFailure, RenderOutcome
from helios_gui.types import JobSummary
from helios_gui.utils.format import count

_MAX_FAILURES = 10
"""Failed chunks that are shown with their reason; of the others only the ids are listed."""


def outcome_lines(outcome: RenderOutcome) -> list[str]:
    """Return the lines to print at the end. For a job that is done: one line, ``Done: <path> (<report>)``."""
    if outcome.exit_code is ExitCode.DONE:
        summary = outcome.summary
        return [f"Done: {outcome.video or summary.job_dir} ({summary.report or summary.reason})"]
    if outcome.exit_code is ExitCode.INTERRUPTED:
        unconfirmed = [f"{outcome.summary.aftermath}."] if outcome.summary.aftermath else []
        return [f"Interrupted. {_chunks_done(outcome.summary)} Resume with: {outcome.resume_command}", *unconfirmed]
    return list(_failed(outcome))


def _chunks_done(summary: JobSummary) -> str:
    if summary.chunks_total == 1:
        return f"The only chunk is {'done' if summary.chunks_done else 'not done'}."
    verb = "is" if summary.chunks_done == 1 else "are"
    return f"{summary.chunks_done} of {summary.chunks_total} chunks {verb} done."


def _failed(outcome: RenderOutcome) -> Iterator[str]:
    if outcome.failures:
        failed, total = len(outcome.failures), outcome.summary.chunks_total
        yield f"Failed: {failed} of {count(total, 'chunk', 'chunks')}."
        for failure in outcome.failures[:_MAX_FAILURES]:
            yield from _failure_lines(failure)
        rest = outcome.failures[_MAX_FAILURES:]
        if rest:
            yield ""
            yield f"… and {count(len(rest), 'chunk', 'chunks')} more: {_id_ranges(rest)}"
    else:
        yield f"Failed: {outcome.summary.reason}"
    if outcome.merge_log is not None:
        yield f"  log: {outcome.merge_log}"
    yield ""
    yield f"{_chunks_done(outcome.summary)} After the cause is fixed, resume with: {outcome.resume_command}"


def _failure_lines(failure: ChunkFailure) -> Iterator[str]:
    chunk = failure.chunk
    attempts = count(chunk.attempts, "attempt", "attempts")
    yield ""
    yield f"Chunk {chunk.id}, frames {chunk.start_frame}–{chunk.end_frame}, {attempts}: {chunk.reason}"
    yield from (f"  | {line}" for line in failure.log_tail)
    if failure.log is not None:
        yield f"  log: {failure.log}"


def _id_ranges(failures: tuple[ChunkFailure, ...]) -> str:
    """Return the chunks' ids with consecutive ones as ranges: ``4, 7–12``."""
    ranges: list[list[int]] = []
    for failure in failures:
        if ranges and failure.chunk.id == ranges[-1][-1] + 1:
            ranges[-1][1:] = [failure.chunk.id]
        else:
            ranges.append([failure.chunk.id])
    return ", ".join("–".join(map(str, ids)) for ids in ranges)
