"""The header of the selected job: name, state and figures; a third line if a person has to act."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from helios_gui.translation import tr
from helios_gui.types import JobState, JobSummary
from helios_gui.ui.job.job_text import job_headline, problem_text
from helios_gui.ui.theme import SPACE, icon, job_style, theme
from helios_gui.ui.widgets.elided_label import ElidedLabel
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.tooltips import set_tooltip

_ICON = QSize(16, 16)


class JobHeader(QWidget):
    """Name, state and figures, then the output with buttons; ``open_output``, ``show_folder``, ``details`` asked."""

    open_output = Signal()
    show_folder = Signal()
    details = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._job: JobSummary | None = None
        self.name = ElidedLabel("title")
        self.state = PlainLabel()
        self.figures = PlainLabel()
        self.figures.setProperty("role", "muted")
        self.output = ElidedLabel("small", Qt.TextElideMode.ElideMiddle)
        self.output.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.problem = ElidedLabel("danger")
        self.details_button = QToolButton()
        self.details_button.setText(tr("Details"))
        self.details_button.clicked.connect(self.details)
        self.open_button = self._tool("open-external", tr("Open the finished video in its player"))
        self.open_button.clicked.connect(self.open_output)
        self.folder_button = self._tool("folder", tr("Show the output in its folder"))
        self.folder_button.clicked.connect(self.show_folder)
        self._lay_out()
        theme().changed.connect(self._show_state)

    def show_job(self, job: JobSummary) -> None:
        """Show this job as it is now."""
        self._job = job
        self.name.setText(job.name)
        self.figures.setText(job_headline(job))
        self.output.setText(str(job.output))
        self.open_button.setEnabled(job.state is JobState.COMPLETED)
        self.problem.setText(problem_text(job))
        self._problem_row.setVisible(bool(problem_text(job)))
        self._show_state()

    def _show_state(self) -> None:
        if self._job is None:
            return
        style = job_style(self._job)
        self.state.setText(f"{style.glyph}  {style.word}")
        sheet = f"color: {style.color.name()}; font-weight: 600;"
        if sheet != self.state.styleSheet():  # setting it is slow even when nothing changes
            self.state.setStyleSheet(sheet)

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(2 * SPACE)
        first.addWidget(self.name, 1)
        first.addWidget(self.figures)
        first.addWidget(self.state)
        second = QHBoxLayout()
        second.setSpacing(SPACE // 2)
        second.addWidget(self.output, 1)
        second.addWidget(self.open_button)
        second.addWidget(self.folder_button)
        self._problem_row = QWidget(self)
        third = QHBoxLayout(self._problem_row)
        third.setContentsMargins(0, 0, 0, 0)
        third.addWidget(self.problem, 1)
        third.addWidget(self.details_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, SPACE + 4, 2 * SPACE, SPACE // 2)
        layout.setSpacing(SPACE // 2)
        layout.addLayout(first)
        layout.addLayout(second)
        layout.addWidget(self._problem_row)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def _tool(self, icon_name: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(icon_name, "muted"))
        button.setIconSize(_ICON)
        set_tooltip(button, tip)
        button.setAccessibleName(tip)
        return button
