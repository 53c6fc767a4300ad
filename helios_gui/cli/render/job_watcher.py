"""Passes the engine's events about one job on to a reporter."""

from __future__ import annotations

from collections.abc import Sequence

from helios_gui.cli.render.reporters.base import Reporter
from helios_gui.cli.render.reporters.progress_text import blocked_message
from helios_gui.translation import tr
from helios_gui.types import (
    ChunkChanged,
    EngineProblem,
    Event,
    JobChanged,
    JobState,
    JobStatus,
    JobSummary,
    ProfileNotice,
)


class JobWatcher:
    """A subscriber of the engine for one job.

    Args:
        status: The job before it starts.
        reporter: Gets the changes.
        resume_command: The command that continues the job. Where it is given, the reporter is told when the job is
            blocked and when it continues; leave it empty where nobody is there to solve the problem.

    Attributes:
        summary: The job at its last change.
    """

    def __init__(self, status: JobStatus, reporter: Reporter, resume_command: str = "") -> None:
        self.summary: JobSummary = status.summary
        self._job_id = status.summary.id
        self._states = {chunk.id: chunk.state for chunk in status.chunks}
        self._reporter = reporter
        self._resume_command = resume_command

    def __call__(self, events: Sequence[Event]) -> None:
        """Pass on the events about the job: chunks first, so that a job ends after its last chunk."""
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
            if self._resume_command and changed.blocked != self.summary.blocked:
                self._note_blocking(changed)
            self._note_waiting(changed)
            if changed.waits_for != self.summary.waits_for and changed.state in (JobState.PENDING, JobState.RUNNING):
                waits = changed.waits_for is not None
                note = tr("{reason}; it goes on by itself (or with --now)", reason=changed.reason) if waits else ""
                self._reporter.note(note or tr("The job goes on."))
            self.summary = changed
            self._reporter.job_changed(changed)

    def _note_waiting(self, summary: JobSummary) -> None:
        waits = summary.standing.after and (summary.in_line or summary.held_up)
        if waits and summary.reason and summary.reason != self.summary.reason:
            self._reporter.note(tr("“{job}” {waits}.", job=summary.name, waits=summary.reason))

    def _note_blocking(self, summary: JobSummary) -> None:
        is_blocked = summary.blocked
        self._reporter.note(
            blocked_message(summary, self._resume_command) if is_blocked else tr("Solved: the job continues.")
        )
