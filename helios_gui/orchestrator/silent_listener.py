"""A listener that does nothing, for jobs whose changes are not shown or written."""

from __future__ import annotations


class SilentListener:
    """Ignores every change: for a job without a journal, or one that was removed from the queue."""

    def job_changed(self, job: object) -> None:
        """Ignore the change."""

    def chunk_changed(self, job: object, chunk: object, *, durable: bool) -> None:
        """Ignore the change."""

    def attempt_changed(self, job: object, attempt: object) -> None:
        """Ignore the change."""
