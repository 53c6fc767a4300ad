"""The question which jobs have to be completed before others start."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from helios_gui.translation import tr
from helios_gui.types import JobState, JobSummary
from helios_gui.ui.qt_runtime.deletion import delete_on_close
from helios_gui.ui.theme import SPACE, icon, job_style
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.styling import resize_on_screen, text_label
from helios_gui.ui.widgets.tooltips import set_tooltip

_MOST_SHOWN = 500
"""Jobs in the list; words in the field above find the others."""
_ID_ROLE = int(Qt.ItemDataRole.UserRole)


class StartAfterSheet(QDialog):
    """Lists jobs with a box to tick. ``chosen`` are the ids of the ticked ones.

    Args:
        title: Whose turn it is about, in words.
        jobs: The jobs to choose from, in queue order.
        chosen: The ids of those that are ticked at first.
        parent: The window.
    """

    def __init__(self, title: str, jobs: Sequence[JobSummary], chosen: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        delete_on_close(self)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(title)
        self._jobs = jobs
        self._chosen = dict.fromkeys(chosen)
        heading = PlainLabel(title, self)
        heading.setProperty("role", "title")
        heading.setWordWrap(True)
        self.filter = QLineEdit(self)
        self.filter.setPlaceholderText(tr("Filter"))
        self.filter.setAccessibleName(tr("Filter jobs"))
        self.filter.setClearButtonEnabled(True)
        self.filter.addAction(icon("search", "faint"), QLineEdit.ActionPosition.LeadingPosition)
        self.list = QListWidget(self)
        self.list.setAccessibleName(tr("Jobs that have to be completed first"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.none = text_label(tr("There is no other job."), "muted", self)
        self.cancel_button = QPushButton(tr("Cancel"), self)
        self.accept_button = QPushButton(tr("Start after these"), self)
        self.accept_button.setProperty("role", "primary")
        self.accept_button.setDefault(True)
        self._lay_out(heading)
        self.filter.textChanged.connect(self._fill)
        self.list.itemChanged.connect(self._tick)
        self.cancel_button.clicked.connect(self.reject)
        self.accept_button.clicked.connect(self.accept)
        self._fill()
        resize_on_screen(self, self.sizeHint().expandedTo(self.minimumSizeHint()))
        self.list.setFocus()

    @property
    def chosen(self) -> list[str]:
        """The ids of the jobs that are ticked."""
        return list(self._chosen)

    def _lay_out(self, heading: QWidget) -> None:
        explanation = tr(
            "The job waits until all of these are completed. If one fails or is cancelled, it goes on waiting."
        )
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.accept_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(heading)
        layout.addWidget(text_label(explanation, "muted", self))
        layout.addWidget(self.filter)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.none)
        layout.addSpacing(SPACE)
        layout.addLayout(buttons)
        self.setMinimumWidth(60 * SPACE)

    def _fill(self) -> None:
        words = self.filter.text().casefold().split()
        found = [job for job in self._jobs if all(word in job.name.casefold() for word in words)]
        found.sort(key=lambda job: (job.id not in self._chosen, job.state is JobState.COMPLETED))
        row_height = self.list.fontMetrics().height() + SPACE
        self.list.blockSignals(True)
        self.list.clear()
        for job in found[:_MOST_SHOWN]:
            item = QListWidgetItem(f"{job.name}   ·   {job_style(job).word}", self.list)
            item.setData(_ID_ROLE, job.id)
            set_tooltip(item, f"{job.name}\n{job.output}")
            item.setSizeHint(QSize(0, row_height))  # as wide as the list: a long name is shortened, not cut off
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if job.id in self._chosen else Qt.CheckState.Unchecked)
        self.list.blockSignals(False)
        self.list.setCurrentRow(0)
        self.list.setVisible(bool(self._jobs))
        self.filter.setVisible(bool(self._jobs))
        self.none.setVisible(not self._jobs)
        self._name_button()

    def _tick(self, item: QListWidgetItem) -> None:
        if item.checkState() is Qt.CheckState.Checked:
            self._chosen[item.data(_ID_ROLE)] = None
        else:
            self._chosen.pop(item.data(_ID_ROLE), None)
        self._name_button()

    def _name_button(self) -> None:
        self.accept_button.setText(tr("Start after these") if self._chosen else tr("Start in its turn"))
