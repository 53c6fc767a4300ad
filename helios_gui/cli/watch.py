"""From the engine's batches of events to a reporter: one job's, in an order that makes sense to read."""

from __future__ import annotations

from collections.abc import Sequence

from helios_gui.cli.progress_text import blocked
from helios_gui.cli.reporting import Reporter
from helios_gui.types import ChunkChanged, EngineProblem, Event, JobChanged, JobStatus, JobSummary, ProfileNotice


class Watch:
    """A subscriber of the engine for one job. ``summary`` is the job as last heard of.

    ``resume`` is the command that goes on with it, where somebody waits who can mend what blocks it.
    """

    def __init__(self, status: JobStatus, reporter: Reporter, resume: str = "") -> None:
        self.summary: JobSummary = status.summary
        self._job_id = status.summary.id
        self._states = {chunk.id: chunk.state for chunk in status.chunks}
        self._reporter = reporter
        self._resume = resume

    def __call__(self, events: Sequence[Event]) -> None:
        """Pass on what concerns the job, chunks first: a job is seen to end after its last chunk."""
        changed: JobSummary | None = None
        for event in events:
            if isinstance(event, ChunkChanged) and event.job_id == self._job_id:
                before = self._states[event.chunk.id]
                self._states[event.chunk.id] = event.chunk.state
                self._reporter.chunk_changed(event.chunk, before)
            elif isinstance(event, JobChanged) and event.summary.id == self._job_id:
                changed = event.summary
            elif isinstance(event, EngineProblem):
                self._reporter.note(event.message)
            elif isinstance(event, ProfileNotice):
                self._reporter.note(f"{event.message} {event.advice}".rstrip())
        if changed is not None:
            if self._resume and changed.blocked != self.summary.blocked:
                words = blocked(changed, self._resume) if changed.blocked else "Mended: the job goes on."
                self._reporter.note(words)
            self.summary = changed
            self._reporter.job_changed(changed)
