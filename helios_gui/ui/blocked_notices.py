"""One notice for each profile whose jobs are blocked until a person acts, such as signing in again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

from helios_gui.translation import tr
from helios_gui.types import Event, HeliosError, JobAdded, JobChanged, JobRemoved, JobSummary
from helios_gui.ui.widgets.notice_bar import Notice, NoticeBoard

RECOVERY_NOTICE_MS = 8_000
"""Milliseconds for which a notice says that a profile works again; it needs no action."""


class BlockedNotices(QObject):
    """Shows one notice per blocked profile, until no job waits for that profile any more.

    ``check_blocked`` is called when the app becomes active again: perhaps the person has signed in meanwhile.
    """

    def __init__(self, notices: NoticeBoard, check_blocked: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._notices = notices
        self._check_blocked = check_blocked
        self._profiles: dict[str, str] = {}
        self._shown: dict[str, Notice] = {}
        self._recovery_notice: Notice | None = None
        self._recovery_timer = QTimer(self, singleShot=True, interval=RECOVERY_NOTICE_MS)
        self._recovery_timer.timeout.connect(self._dismiss_recovery)
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.applicationStateChanged.connect(self._check_when_active)

    def apply(self, events: Sequence[Event]) -> None:
        """Take a batch of the engine's events."""
        for event in events:
            if isinstance(event, JobAdded | JobChanged):
                self._note_job(event.summary)
            elif isinstance(event, JobRemoved):
                self._release(event.job_id, goes_on=False)

    def _note_job(self, job: JobSummary) -> None:
        if not job.blocked:
            self._release(job.id, goes_on=job.in_line or job.state.is_active)
            return
        self._profiles[job.id] = job.profile
        if job.profile not in self._shown:
            self._dismiss_recovery()
            advice = tr(
                "Jobs that use the profile “{profile}” are paused. They continue automatically once this is fixed; "
                "press Render to try now. No chunk is rendered twice."
            )
            error = HeliosError(job.reason, advice.format(profile=job.profile))
            self._shown[job.profile] = self._notices.show_error(error)

    def _release(self, job_id: str, *, goes_on: bool) -> None:
        profile = self._profiles.pop(job_id, None)
        if profile is None or profile in self._profiles.values():
            return
        self._dismiss(self._shown.pop(profile))
        if goes_on:
            self._dismiss_recovery()
            words = tr("“{profile}” works again: its jobs continue.", profile=profile)
            self._recovery_notice = self._notices.show_info(words)
            self._recovery_timer.start()

    def _dismiss_recovery(self) -> None:
        self._recovery_timer.stop()
        self._dismiss(self._recovery_notice)
        self._recovery_notice = None

    def _dismiss(self, notice: Notice | None) -> None:
        if notice in self._notices.notices():  # one that a person dismissed is gone for good
            notice.dismiss()

    def _check_when_active(self, state: Qt.ApplicationState) -> None:
        if state is Qt.ApplicationState.ApplicationActive:
            self._check_blocked()
