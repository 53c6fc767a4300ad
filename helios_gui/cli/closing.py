"""The last words of a render for people: what was made, or what went wrong and how to go on."""

from __future__ import annotations

from collections.abc import Iterator

from helios_gui.cli.output import ExitCode
from helios_gui.cli.reporting import ChunkFailure, Outcome
from helios_gui.types import JobSummary
from helios_gui.utils.format import count

_MOST_CAUSES = 10


def closing_lines(outcome: Outcome) -> list[str]:
    """What to print at the end. The last line of a job that is done is ``Done: <path> (<report>)``."""
    if outcome.exit_code is ExitCode.DONE:
        return [_done(outcome)]
    if outcome.exit_code is ExitCode.INTERRUPTED:
        late = [f"{outcome.summary.aftermath}."] if outcome.summary.aftermath else []
        return [f"Interrupted. {_progress(outcome.summary)} Resume with: {outcome.resume}", *late]
    return list(_failed(outcome))


def _done(outcome: Outcome) -> str:
    summary = outcome.summary
    return f"Done: {outcome.delivered or summary.job_dir} ({summary.report or summary.reason})"


def _progress(summary: JobSummary) -> str:
    if summary.chunks_total == 1:
        return f"The only chunk is {'done' if summary.chunks_done else 'not done'}."
    verb = "is" if summary.chunks_done == 1 else "are"
    return f"{summary.chunks_done} of {summary.chunks_total} chunks {verb} done."


def _failed(outcome: Outcome) -> Iterator[str]:
    if outcome.failures:
        failed, total = len(outcome.failures), outcome.summary.chunks_total
        yield f"Failed: {failed} of {count(total, 'chunk', 'chunks')}."
        for failure in outcome.failures[:_MOST_CAUSES]:
            yield from _explain(failure)
        rest = outcome.failures[_MOST_CAUSES:]
        if rest:
            yield ""
            yield f"… and {count(len(rest), 'chunk', 'chunks')} more: {_ids(rest)}"
    else:
        yield f"Failed: {outcome.summary.reason}"
    if outcome.log is not None:
        yield f"  log: {outcome.log}"
    yield ""
    yield f"{_progress(outcome.summary)} When the cause is mended, go on with: {outcome.resume}"


def _explain(failure: ChunkFailure) -> Iterator[str]:
    chunk = failure.chunk
    attempts = count(chunk.attempts, "attempt", "attempts")
    yield ""
    yield f"Chunk {chunk.id}, frames {chunk.start_frame}–{chunk.end_frame}, {attempts}: {chunk.reason}"
    yield from (f"  | {line}" for line in failure.tail)
    if failure.log is not None:
        yield f"  log: {failure.log}"


def _ids(failures: tuple[ChunkFailure, ...]) -> str:
    """The ids, runs of them shortened: ``4, 7–12``."""
    runs: list[list[int]] = []
    for failure in failures:
        if runs and failure.chunk.id == runs[-1][-1] + 1:
            runs[-1][1:] = [failure.chunk.id]
        else:
            runs.append([failure.chunk.id])
    return ", ".join("–".join(map(str, run)) for run in runs)
