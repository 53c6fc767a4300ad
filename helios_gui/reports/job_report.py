"""The facts of a job's report, as data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from helios_gui import __version__, product
from helios_gui.types import Attempt, AttemptState, ChunkState, ChunkStatus, JobState, JobStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedAttempt:
    """One attempt. Times are seconds since the epoch, ``seconds`` is what it is charged for."""

    number: int
    state: AttemptState
    profile: str
    worker: str
    started: float
    finished: float | None
    seconds: float | None
    exit_code: int | None
    cause: str
    log: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedChunk:
    """One chunk. ``size`` (bytes) and ``sha256`` are of its output when it was made; ``None`` and empty if unknown."""

    id: int
    first_frame: int
    last_frame: int
    frames: int
    state: ChunkState
    reason: str
    output: str
    size: int | None
    sha256: str
    attempts: tuple[ReportedAttempt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReport:
    """All that is known of a job. ``missing`` are the first and last frames of chunks that are not completed.

    ``is_complete`` says that every chunk is completed and the output was delivered. ``seconds`` is the time of all
    attempts together, ``wasted_seconds`` the part of it in attempts that did not succeed; ``work_seconds`` how long
    the job was rendered and joined, in all its runs; ``cost`` is in US dollars.
    """

    program: str
    id: str
    name: str
    state: JobState
    reason: str
    source: Path | None
    output: Path
    profile: str
    width: int
    height: int
    fps: str
    frames: int
    added: float
    started: float | None
    finished: float | None
    work_seconds: float
    is_complete: bool
    missing: tuple[tuple[int, int], ...]
    seconds: float
    wasted_seconds: float
    cost: float
    stitch_report: str
    chunks: tuple[ReportedChunk, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the report with the keys of its JSON form, in camel case; paths are texts."""
        return {_camel_name(key): _camel(value) for key, value in asdict(self).items()}


def make_report(status: JobStatus, attempts: Sequence[Attempt]) -> JobReport:
    """Put the report of a job together.

    Args:
        status: The job.
        attempts: All attempts at its chunks.
    """
    of_chunk: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        of_chunk[attempt.chunk_id].append(attempt)
    outputs = {chunk.id: chunk.output_file for chunk in status.spec.chunks}
    chunks = tuple(_chunk_facts(chunk, outputs.get(chunk.id, ""), of_chunk[chunk.id]) for chunk in status.chunks)
    summary, metadata = status.summary, status.spec.metadata
    open_chunks = [chunk for chunk in chunks if chunk.state is not ChunkState.COMPLETED]
    return JobReport(
        program=f"{product.NAME} {__version__}",
        id=summary.id,
        name=summary.name,
        state=summary.state,
        reason=summary.reason,
        source=summary.source,
        output=summary.output,
        profile=summary.profile,
        width=metadata.width,
        height=metadata.height,
        fps=str(metadata.rate),
        frames=sum(chunk.frames for chunk in chunks),
        added=summary.added_at,
        started=summary.started_at,
        finished=summary.finished_at,
        work_seconds=summary.work_seconds,
        is_complete=summary.state is JobState.COMPLETED and not open_chunks,
        missing=tuple((chunk.first_frame, chunk.last_frame) for chunk in open_chunks),
        seconds=sum(attempt.seconds or 0.0 for attempt in attempts),
        wasted_seconds=sum(
            attempt.seconds or 0.0 for attempt in attempts if attempt.state is not AttemptState.SUCCEEDED
        ),
        cost=summary.cost,
        stitch_report=summary.report,
        chunks=chunks,
    )


def _chunk_facts(chunk: ChunkStatus, output: str, attempts: Sequence[Attempt]) -> ReportedChunk:
    return ReportedChunk(
        id=chunk.id,
        first_frame=chunk.start_frame,
        last_frame=chunk.end_frame,
        frames=chunk.frame_count,
        state=chunk.state,
        reason=chunk.reason,
        output=output,
        size=chunk.made.size if chunk.made else None,
        sha256=chunk.made.digest if chunk.made else "",
        attempts=tuple(
            ReportedAttempt(
                number=attempt.number,
                state=attempt.state,
                profile=attempt.profile,
                worker=attempt.worker,
                started=attempt.started_at,
                finished=attempt.finished_at,
                seconds=attempt.seconds,
                exit_code=attempt.exit_code,
                cause=attempt.cause,
                log=attempt.log_path,
            )
            for attempt in sorted(attempts, key=lambda attempt: attempt.number)
        ),
    )


def _camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {_camel_name(key): _camel(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_camel(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def _camel_name(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
