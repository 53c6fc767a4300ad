"""Before a job from a new source first runs: what it would run, and where, for a person to agree to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QTextCursor, QTextOption
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from helios_gui.profiles.trust import JobReview, can_trust_folder
from helios_gui.translation import tr, tr_count
from helios_gui.types.cost import CostEstimate
from helios_gui.ui.submit.commands_sheet import CommandsSheet
from helios_gui.ui.submit.review_text import Upload, write_review
from helios_gui.ui.submit.upload import Destination, UploadPlan
from helios_gui.ui.theme import SPACE, icon, theme
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.styling import hairline, resize_on_screen
from helios_gui.ui.widgets.tooltips import set_tooltip
from helios_gui.utils.shown_text import plain_text

_ICON = 28


class TrustSheet(QDialog):
    """Asks whether to run a job, and with a ``destination`` whether to upload its folder. Show it with ``open()``.

    With a destination Run has to wait for ``show_upload``: nobody agrees to what is not known yet.
    ``decided`` is emitted exactly once: ``True`` for Run, ``False`` for everything else that ends the sheet.
    """

    decided = Signal(bool)

    def __init__(
        self,
        review: JobReview,
        job_name: str,
        parent: QWidget | None = None,
        destination: Destination | None = None,
    ) -> None:
        super().__init__(parent)
        self._review = review
        self._upload = Upload(destination) if destination is not None else None
        self._fit_problem = ""
        self._is_decided = False
        self.setWindowTitle(tr("Run this job?"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setMinimumHeight(320)  # and as wide as its buttons need
        self.details = self._make_details()
        self.folder_box = self._make_folder_box()
        self.commands_button = self._make_commands_button()
        self.run_button = QPushButton(icon("play"), tr("Run"))
        if self._upload is not None:
            self.run_button.setText(tr("Upload and run"))
            self.run_button.setIcon(icon("cloud"))
            self.run_button.setEnabled(False)
        self.run_button.setAutoDefault(False)
        self.cancel_button = QPushButton(tr("Cancel"))
        self.cancel_button.setDefault(True)
        self._lay_out(job_name)
        wanted = QSize(max(600, self.minimumSizeHint().width()), 560 if destination is None else 640)
        resize_on_screen(self, wanted)
        self.run_button.clicked.connect(self.accept)
        self.cancel_button.clicked.connect(self.reject)
        self.finished.connect(self._decide)
        theme().changed.connect(self._write)
        self.cancel_button.setFocus()
        self._write()

    def _lay_out(self, job_name: str) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._make_head(job_name))
        layout.addWidget(hairline())
        layout.addWidget(self.details, 1)
        row = QHBoxLayout()
        row.setContentsMargins(SPACE * 2, SPACE // 2, SPACE * 2, SPACE // 2)
        row.addWidget(self.commands_button)
        row.addStretch(1)
        layout.addLayout(row)
        layout.addWidget(hairline())
        layout.addLayout(self._make_footer())

    @property
    def trust_folder(self) -> bool:
        """Whether all jobs of this job's folder are to be trusted from now on."""
        return self.folder_box.isChecked()

    def show_upload(self, plan: UploadPlan) -> None:
        """Say what would be uploaded; Run can be pressed from now on."""
        self._update_upload(plan=plan)
        self.run_button.setEnabled(True)

    def show_upload_problem(self, problem: str) -> None:
        """Say why nothing can be uploaded."""
        self._update_upload(problem=problem)

    def show_cost(self, estimate: CostEstimate) -> None:
        """Say what it may cost."""
        self._update_upload(cost=estimate)

    def show_cost_problem(self, problem: str) -> None:
        """Say why that cannot be told."""
        self._update_upload(cost=None, cost_problem=problem)

    def show_fit_problem(self, problem: str) -> None:
        """Say why the rendered chunks will not fit into the finished video."""
        self._fit_problem = problem
        self._write()

    def _update_upload(self, **changes: Any) -> None:
        if self._upload is not None:
            self._upload = replace(self._upload, **changes)
            self._write()

    def _make_head(self, job_name: str) -> QHBoxLayout:
        picture = PlainLabel()
        picture.setPixmap(icon("shield", "accent_text").pixmap(_ICON, _ICON))
        question = tr("Run “{name}” in the cloud?") if self._upload is not None else tr("Run “{name}”?")
        title = PlainLabel(question.format(name=plain_text(job_name)))
        title.setProperty("role", "title")
        explanation = PlainLabel(self._explanation())
        explanation.setProperty("role", "muted")
        text = QVBoxLayout()
        text.setSpacing(SPACE // 2)
        for label in (title, explanation):
            label.setWordWrap(True)
            text.addWidget(label)
        head = QHBoxLayout()
        head.setContentsMargins(SPACE * 3, SPACE * 2, SPACE * 3, SPACE * 2)
        head.setSpacing(SPACE * 2)
        head.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(text, 1)
        return head

    def _explanation(self) -> str:
        if self._upload is not None:
            return tr(
                "A job file is a program: it can do what its workers may do in your cloud account, at your cost. Run "
                "it if you trust its source."
            )
        return tr(
            "A job file is a program: it can do what you can do on this computer. Run it if you trust its source."
        )

    def _make_details(self) -> QTextEdit:
        details = QTextEdit()
        details.setReadOnly(True)
        details.setProperty("role", "bare")
        details.setFrameShape(QFrame.Shape.NoFrame)
        details.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        details.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        details.setTabChangesFocus(True)
        details.setAccessibleName(tr("What the job runs and where"))
        details.document().setDocumentMargin(SPACE * 2)
        return details

    def _make_commands_button(self) -> QPushButton:
        commands = self._review.commands
        button = QPushButton(tr_count("Show the whole command…", "Show all {number} commands…", len(commands)))
        button.setAutoDefault(False)
        button.setVisible(bool(commands))
        button.clicked.connect(lambda: CommandsSheet(commands, self).open())
        return button

    def _make_folder_box(self) -> QCheckBox:
        box = QCheckBox(tr("Trust all jobs from this folder"))
        allowed = can_trust_folder(self._review.job_dir)
        box.setEnabled(allowed)
        if allowed:
            meaning = tr("Jobs in this folder and the folders inside it will run without asking.")
        else:
            meaning = tr(
                "This folder receives files from many sources. To trust jobs, keep them in a folder of their own."
            )
        set_tooltip(box, meaning)
        box.setAccessibleDescription(meaning)
        return box

    def _make_footer(self) -> QHBoxLayout:
        footer = QHBoxLayout()
        footer.setContentsMargins(SPACE * 3, SPACE * 3 // 2, SPACE * 3, SPACE * 3 // 2)
        footer.setSpacing(SPACE)
        footer.addWidget(self.folder_box, 1)
        footer.addWidget(self.run_button)
        footer.addWidget(self.cancel_button)
        return footer

    def _write(self) -> None:
        bar = self.details.verticalScrollBar()
        place = bar.value()
        write_review(self.details.document(), self._review, self._upload, self._fit_problem)
        self.details.moveCursor(QTextCursor.MoveOperation.Start)  # writing took it to the end
        bar.setValue(place)

    def _decide(self, result: int) -> None:
        if not self._is_decided:
            self._is_decided = True
            self.decided.emit(result == QDialog.DialogCode.Accepted)
