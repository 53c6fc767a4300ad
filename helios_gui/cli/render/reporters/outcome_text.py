"""The text at the end of a render: the video that was made, or what failed and how to continue."""

from __future__ import annotations

from collections.abc import Iterator

from helios_gui.cli.output import ExitCode
from helios_gui.cli.render.reporters.base import ChunkFailure, JobOutcome
from helios_gui.translation import tr, tr_count
from helios_gui.types import JobSummary
from helios_gui.utils.failed_chunks import failed_chunks_in_words

_MAX_FAILURES = 10
"""Failed chunks that are shown with their reason; of the others only the ids are listed."""


def outcome_lines(outcome: JobOutcome) -> list[str]:
    """Return the lines to print at the end. For a job that is done: one line, ``Done: <path> (<report>)``."""
    if outcome.exit_code is ExitCode.DONE:
        summary = outcome.summary
        place, report = outcome.video or summary.job_dir, summary.report or summary.reason
        return [tr("Done: {place} ({report})", place=place, report=report)]
    if outcome.exit_code is ExitCode.INTERRUPTED:
        unconfirmed = [f"{outcome.summary.stop_note}."] if outcome.summary.stop_note else []
        return [
            tr(
                "Interrupted. {chunks_done} Resume with: {resume_command}",
                chunks_done=_chunks_done(outcome.summary),
                resume_command=outcome.resume_command,
            ),
            *unconfirmed,
        ]
    return list(_failed(outcome))


def _chunks_done(summary: JobSummary) -> str:
    if summary.chunks_total == 1:
        return tr("The only chunk is done.") if summary.chunks_done else tr("The only chunk is not done.")
    return tr_count(
        "{number} of {chunks_total} chunks is done.",
        "{number} of {chunks_total} chunks are done.",
        summary.chunks_done,
        chunks_total=summary.chunks_total,
    )


def _failed(outcome: JobOutcome) -> Iterator[str]:
    if outcome.failures:
        failed, total = len(outcome.failures), outcome.summary.chunks_total
        yield tr(
            "Failed: {failed} of {count}.", failed=failed, count=tr_count("{number} chunk", "{number} chunks", total)
        )
        if stopped := _stopped_early(outcome):
            yield stopped
        for failure in outcome.failures[:_MAX_FAILURES]:
            yield from _failure_lines(failure)
        rest = outcome.failures[_MAX_FAILURES:]
        if rest:
            yield ""
            yield tr(
                "… and {count} more: {ids}",
                count=tr_count("{number} chunk", "{number} chunks", len(rest)),
                ids=_id_ranges(rest),
            )
    else:
        yield tr("Failed: {reason}", reason=outcome.summary.reason)
    if outcome.merge_log is not None:
        yield "  " + tr("log: {path}", path=outcome.merge_log)
    yield ""
    yield tr(
        "{chunks_done} After the cause is fixed, resume with: {resume_command}",
        chunks_done=_chunks_done(outcome.summary),
        resume_command=outcome.resume_command,
    )
    if outcome.restitch_command:
        yield tr("To encode the chunks anew instead: {restitch_command}", restitch_command=outcome.restitch_command)


def _stopped_early(outcome: JobOutcome) -> str:
    """Return what the job's reason says besides which chunks failed: why the others were not rendered."""
    causes = [(failure.chunk.id, failure.chunk.reason) for failure in outcome.failures]
    words = failed_chunks_in_words(causes, outcome.summary.chunks_total)
    rest = outcome.summary.reason.removeprefix(words).strip().removeprefix("(").removesuffix(")")
    return "" if rest == outcome.summary.reason else f"{rest[:1].upper()}{rest[1:]}"


def _failure_lines(failure: ChunkFailure) -> Iterator[str]:
    chunk = failure.chunk
    attempts = tr_count("{number} attempt", "{number} attempts", chunk.attempts)
    yield ""
    yield tr(
        "Chunk {id}, frames {start_frame}–{end_frame}, {attempts}: {reason}",
        id=chunk.id,
        start_frame=chunk.start_frame,
        end_frame=chunk.end_frame,
        attempts=attempts,
        reason=chunk.reason,
    )
    yield from (f"  | {line}" for line in failure.log_tail)
    if failure.log is not None:
        yield "  " + tr("log: {path}", path=failure.log)


def _id_ranges(failures: tuple[ChunkFailure, ...]) -> str:
    """Return the chunks' ids with consecutive ones as ranges: ``4, 7–12``."""
    ranges: list[list[int]] = []
    for failure in failures:
        if ranges and failure.chunk.id == ranges[-1][-1] + 1:
            ranges[-1][1:] = [failure.chunk.id]
        else:
            ranges.append([failure.chunk.id])
    return ", ".join("–".join(map(str, ids)) for ids in ranges)
