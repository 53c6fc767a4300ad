"""The facts of a job: what it renders, where it lies, how it ended. Everything can be selected and copied."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from helios_gui.translation import tr
from helios_gui.types import JobStatus
from helios_gui.ui.charts.panel import ChartsPanel
from helios_gui.ui.job.job_text import job_facts
from helios_gui.ui.qt_runtime.deletion import delete_later
from helios_gui.ui.theme import SPACE, icon
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.styling import text_label

_MOST_VALUE_LENGTH = 2000  # a merge command names every chunk


class DetailsPanel(QScrollArea):
    """Labels and values of one ``JobStatus``, and why it is in its state with a button to copy that."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setAccessibleName(tr("Job details"))
        body = QWidget()
        self._rows = QGridLayout()
        self._rows.setHorizontalSpacing(2 * SPACE)
        self._rows.setVerticalSpacing(SPACE // 2)
        self._rows.setColumnStretch(1, 1)
        self.reason = text_label()
        self.copy_button = QPushButton(icon("copy"), tr("Copy error"))
        self.copy_button.clicked.connect(self.copy_reason)
        self._reason_row = QWidget()
        reason_layout = QHBoxLayout(self._reason_row)
        reason_layout.setContentsMargins(0, 0, 0, SPACE)
        reason_layout.addWidget(self.reason, 1)
        reason_layout.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.addWidget(self._reason_row)
        layout.addLayout(self._rows)
        self.charts = ChartsPanel()
        layout.addWidget(self.charts)
        layout.addStretch(1)
        self.setWidget(body)
        self._shown: list[tuple[str, str]] = []
        self._reason_row.hide()

    def show_status(self, status: JobStatus, estimate: str = "") -> None:
        """Show the job and what it may cost, in words; only what differs is built anew."""
        reason = status.summary.reason
        self.reason.setText(reason)
        self._reason_row.setVisible(bool(reason))
        rows = job_facts(status, time.time(), estimate)
        if [label for label, _ in rows] != [label for label, _ in self._shown]:
            self._rebuild(rows)
        for place, (_, value) in enumerate(rows):
            item = self._rows.itemAtPosition(place, 1)
            label = item.widget() if item is not None else None
            if isinstance(label, QLabel) and label.text() != _shortened(value):
                label.setText(_shortened(value))
        self._shown = rows

    def copy_reason(self) -> None:
        """Put the reason on the clipboard."""
        QGuiApplication.clipboard().setText(self.reason.text())

    def _rebuild(self, rows: list[tuple[str, str]]) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                delete_later(widget)
        for place, (name, value) in enumerate(rows):
            label = PlainLabel(name)
            label.setProperty("role", "muted")
            self._rows.addWidget(label, place, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            shown = text_label(_shortened(value))
            shown.setAccessibleName(name)
            self._rows.addWidget(shown, place, 1)


def _shortened(text: str) -> str:
    return text if len(text) <= _MOST_VALUE_LENGTH else text[:_MOST_VALUE_LENGTH] + " …"
