"""One notice for each thing only a person can mend, however many jobs wait for it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from helios_gui.types import HeliosError, JobSummary
from helios_gui.ui.notices import NoticeBoard


class BlockedJobs:
    """Watches jobs for being blocked and tells each cause once, until no job waits for it any more."""

    def __init__(self, notices: NoticeBoard) -> None:
        self._notices = notices
        self._causes: dict[str, str] = {}

    def take(self, job: JobSummary) -> None:
        """A job as it is now."""
        known = set(self._causes.values())
        if not job.blocked:
            self._causes.pop(job.id, None)
            return
        self._causes[job.id] = job.reason
        if job.reason not in known:
            advice = QCoreApplication.translate(
                "BlockedJobs", "The jobs that need it are paused. Mend it and press Render; nothing is rendered twice."
            )
            self._notices.show_error(HeliosError(job.reason, advice))
