"""A job in memory as others see it: immutable, and true for a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helios_gui.orchestrator.job_messages import with_aftermath
from helios_gui.orchestrator.states import JobPhase
from helios_gui.types import ChunkState, JobSummary

if TYPE_CHECKING:
    from helios_gui.orchestrator.live_job import LiveJob


def summary_of(job: LiveJob) -> JobSummary:
    """The job's row of the queue, now."""
    executing = job.phase is JobPhase.EXECUTING
    return JobSummary(
        id=job.id,
        name=job.name,
        state=job.state,
        profile=job.options.profile,
        job_dir=job.options.job_dir,
        output=job.output,
        frames_total=job.frames_total,
        chunks_total=len(job.chunks),
        added_at=job.added_at,
        position=job.position,
        reason=job.aftermath if job.stopping else with_aftermath(job.reason, job.aftermath),
        source=job.options.source,
        frames_done=job.frames_done,
        counts={state: count for state, count in job.counts.items() if count},
        stitch_progress=job.stitch_progress,
        frames_per_second=job.meter.frames_per_second() if executing else None,
        eta=job.meter.eta(job.frames_total - job.frames_done) if executing else None,
        started_at=job.started_at,
        finished_at=job.finished_at,
        report=job.report,
        in_line=job.wants_to_run and job.phase is JobPhase.WAITING,
        cost=job.cost,
        expected_cost=_expected_cost(job) if executing else None,
        blocked=bool(job.blocked),
        stopping=job.stopping,
        aftermath=job.aftermath,
    )


def _expected_cost(job: LiveJob) -> float | None:
    """What the job will have cost in all. Chunks count as equal: to look at each, this is asked for too often."""
    if job.options.chunk_ids is not None:
        return None  # then not all that is left is rendered
    left = sum(job.counts[state] for state in ChunkState if not state.is_settled)
    rest = job.spending.expected(job.frames_total * left / len(job.chunks))
    return None if rest is None else job.cost + rest
