"""The button beside the filter field: which states of jobs are shown, and whether logs are searched, too."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from helios_gui.translation import mark, tr
from helios_gui.types import JobState, JobSummary
from helios_gui.ui.theme import icon
from helios_gui.ui.widgets.styling import set_style_property
from helios_gui.ui.widgets.tooltips import set_tooltip


class JobKind(StrEnum):
    """What a person tells jobs apart by."""

    RUNNING = "running"
    WAITING = "waiting"
    READY = "ready"
    PAUSED = "paused"
    FAILED = "failed"
    DONE = "done"
    CANCELLED = "cancelled"


_TEXTS = {
    JobKind.RUNNING: mark("&Running"),
    JobKind.WAITING: mark("&Waiting"),
    JobKind.READY: mark("R&eady"),
    JobKind.PAUSED: mark("&Paused or interrupted"),
    JobKind.FAILED: mark("&Failed"),
    JobKind.DONE: mark("&Done"),
    JobKind.CANCELLED: mark("&Cancelled"),
}
_KINDS = {
    JobState.RUNNING: JobKind.RUNNING,
    JobState.STITCHING: JobKind.RUNNING,
    JobState.PAUSED: JobKind.PAUSED,
    JobState.INTERRUPTED: JobKind.PAUSED,
    JobState.COMPLETED: JobKind.DONE,
    JobState.FAILED: JobKind.FAILED,
    JobState.CANCELLED: JobKind.CANCELLED,
}


def kind_of(job: JobSummary) -> JobKind:
    """Return the kind of a job as it is now."""
    if job.elsewhere:
        return JobKind.RUNNING
    if job.state is JobState.PENDING:
        return JobKind.WAITING if job.in_line or job.held_up else JobKind.READY
    return _KINDS[job.state]


class StateFilter(QToolButton):
    """A button with a menu. ``changed`` after every choice: see ``kinds`` and ``searches_logs``."""

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setIcon(icon("filter", "muted"))
        self.setAccessibleName(tr("Filter by state"))
        self._menu = QMenu(self)
        self._boxes = {kind: self._add(tr(text)) for kind, text in _TEXTS.items()}
        self._menu.addSeparator()
        self.logs = self._add(tr("&Search in logs, too"))
        self._menu.addSeparator()
        self.everything = self._menu.addAction(tr("Show &all jobs"), self.clear)
        self.setMenu(self._menu)
        self._show_choice()

    @property
    def kinds(self) -> frozenset[JobKind]:
        """The kinds of jobs to show; empty for all."""
        return frozenset(kind for kind, box in self._boxes.items() if box.isChecked())

    @property
    def searches_logs(self) -> bool:
        """Whether the words of the filter are looked for in logs, too."""
        return self.logs.isChecked()

    def choose(self, kinds: Collection[JobKind]) -> None:
        """Show these kinds of jobs; none of them means all."""
        for kind, box in self._boxes.items():
            box.setChecked(kind in kinds)
        self._choose()

    def clear(self) -> None:
        """Show all jobs, and search no logs."""
        self.logs.setChecked(False)
        self.choose(())

    def _add(self, text: str) -> QAction:
        action = self._menu.addAction(text)
        action.setCheckable(True)
        action.triggered.connect(self._choose)
        return action

    def _choose(self) -> None:
        self._show_choice()
        self.changed.emit()

    def _show_choice(self) -> None:
        chosen = [box.text().replace("&", "") for box in (*self._boxes.values(), self.logs) if box.isChecked()]
        self.everything.setEnabled(bool(chosen))
        set_style_property(self, "chosen", bool(chosen))
        self.setIcon(icon("filter", "accent_text" if chosen else "muted"))
        tip = tr("Show jobs by their state")
        set_tooltip(self, f"{tip}: {', '.join(chosen)}" if chosen else tip)
