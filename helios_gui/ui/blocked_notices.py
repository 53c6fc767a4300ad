"""One notice for each profile whose jobs are blocked until a person acts, such as signing in again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

from helios_gui.types import Event, HeliosError, JobAdded, JobChanged, JobRemoved, JobSummary
from helios_gui.ui.widgets.notice_bar import Notice, NoticeBoard

GOOD_NEWS = 8_000
"""Milliseconds for which it is said that a profile works again: nobody has to do anything about that."""


class BlockedNotices(QObject):
    """Watches jobs for being blocked and tells of it once, until no job waits for that profile any more.

    ``look_again`` is called when somebody comes back to the app: perhaps from signing in.
    """

    def __init__(self, notices: NoticeBoard, look_again: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._notices = notices
        self._look_again = look_again
        self._profiles: dict[str, str] = {}
        self._told: dict[str, Notice] = {}
        self._news: Notice | None = None
        self._forget_news = QTimer(self, singleShot=True, interval=GOOD_NEWS)
        self._forget_news.timeout.connect(self._drop_news)
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.applicationStateChanged.connect(self._come_back)

    def apply(self, events: Sequence[Event]) -> None:
        """Take a batch of the engine's events."""
        for event in events:
            if isinstance(event, JobAdded | JobChanged):
                self._take(event.summary)
            elif isinstance(event, JobRemoved):
                self._release(event.job_id, goes_on=False)

    def _take(self, job: JobSummary) -> None:
        if not job.blocked:
            self._release(job.id, goes_on=job.in_line or job.state.is_active)
            return
        self._profiles[job.id] = job.profile
        if job.profile not in self._told:
            self._drop_news()
            advice = self.tr(
                "Jobs that use the profile “{profile}” are paused. They continue automatically once this is fixed; "
                "press Render to try now. No chunk is rendered twice."
            )
            error = HeliosError(job.reason, advice.format(profile=job.profile))
            self._told[job.profile] = self._notices.show_error(error)

    def _release(self, job_id: str, *, goes_on: bool) -> None:
        profile = self._profiles.pop(job_id, None)
        if profile is None or profile in self._profiles.values():
            return
        self._dismiss(self._told.pop(profile))
        if goes_on:
            self._drop_news()
            words = self.tr("“{profile}” works again: its jobs continue.").format(profile=profile)
            self._news = self._notices.show_info(words)
            self._forget_news.start()

    def _drop_news(self) -> None:
        self._forget_news.stop()
        self._dismiss(self._news)
        self._news = None

    def _dismiss(self, notice: Notice | None) -> None:
        if notice in self._notices.notices():  # one that a person dismissed is gone for good
            notice.dismiss()

    def _come_back(self, state: Qt.ApplicationState) -> None:
        if state is Qt.ApplicationState.ApplicationActive:
            self._look_again()
