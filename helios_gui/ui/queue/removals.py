"""Removing jobs from the queue, and bringing them back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal
from shiboken6 import isValid

from helios_gui.engine import JobManager
from helios_gui.translation import tr, tr_count
from helios_gui.types import JobSummary
from helios_gui.ui.bridge import RunTask
from helios_gui.ui.widgets.notice_bar import Notice, NoticeBoard

_AT_ONCE = 500
"""Jobs that are removed together, so that the journal writes them together."""
_NOTICE_MS = 20_000


class Removals(QObject):
    """Removes jobs, says so with a button that brings them back, and remembers for ``undo`` what was removed.

    ``undoable`` tells whether there is something to bring back; ``restored`` which jobs came back (a list of ids).
    """

    undoable = Signal(bool)
    restored = Signal(list)

    def __init__(self, manager: JobManager, run: RunTask, notices: NoticeBoard, parent: QObject) -> None:
        super().__init__(parent)
        self._manager = manager
        self._run = run
        self._notices = notices
        self._removed: list[list[str]] = []
        self._notice: Notice | None = None

    async def remove(self, jobs: Sequence[JobSummary]) -> None:
        """Remove jobs; each that cannot be removed becomes a notice."""
        removed: list[str] = []
        for start in range(0, len(jobs), _AT_ONCE):
            removed += await self._remove_together(jobs[start : start + _AT_ONCE])
        if removed:
            self._removed.append(removed)
            self.undoable.emit(True)
            self._show_undo([job for job in jobs if job.id in set(removed)])

    def undo(self) -> None:
        """Bring back the jobs that were removed last."""
        if self._removed:
            self._dismiss_notice()
            self._run(self._restore(self._removed.pop()))
            self.undoable.emit(bool(self._removed))

    # -- inside

    async def _remove_together(self, jobs: Sequence[JobSummary]) -> list[str]:
        with self._manager.together():
            errors = await self._manager.delete_jobs([job.id for job in jobs], restorable=True)
        for error in errors.values():
            self._notices.show_error(error)
        return [job.id for job in jobs if job.id not in errors]

    async def _restore(self, job_ids: list[str]) -> None:
        await self._manager.restore_jobs(job_ids)
        self.restored.emit(job_ids)

    def _show_undo(self, jobs: Sequence[JobSummary]) -> None:
        self._dismiss_notice()
        if len(jobs) == 1:
            title = tr("“{name}” was removed from the queue", name=jobs[0].name)
        else:
            title = tr_count(
                "{number} job was removed from the queue", "{number} jobs were removed from the queue", len(jobs)
            )
        notice = self._notices.show_info(title)
        notice.add_action(tr("Undo"), self.undo)
        self._notice = notice
        timer = QTimer(notice)
        timer.setSingleShot(True)
        timer.timeout.connect(notice.dismiss)
        timer.start(_NOTICE_MS)

    def _dismiss_notice(self) -> None:
        notice, self._notice = self._notice, None
        if notice is not None and isValid(notice):
            notice.dismiss()
