"""Who hears of a job's changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from helios_gui.orchestrator.live_chunk import LiveChunk
    from helios_gui.orchestrator.live_job import LiveJob
    from helios_gui.types import Attempt


class ChangeListener(Protocol):
    """Hears of every change of a job, at once and on the event loop."""

    def job_changed(self, job: LiveJob) -> None: ...
    def chunk_changed(self, job: LiveJob, chunk: LiveChunk, *, durable: bool) -> None: ...
    def attempt_changed(self, job: LiveJob, attempt: Attempt) -> None: ...


class SilentListener:
    """Nobody listens: a job run without journal or window, or one that was removed."""

    def job_changed(self, job: LiveJob) -> None:
        """Ignored."""

    def chunk_changed(self, job: LiveJob, chunk: LiveChunk, *, durable: bool) -> None:
        """Ignored."""

    def attempt_changed(self, job: LiveJob, attempt: Attempt) -> None:
        """Ignored."""
