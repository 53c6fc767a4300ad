"""The left of the sheet: a still of the source, test frames, the planned chunks and their first command."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication, QTextOption
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helios_gui.jobfile.plan_words import describe_chunks
from helios_gui.sources.wanted_frames import frame_at
from helios_gui.translation import tr
from helios_gui.types import JobSpec
from helios_gui.ui.new_render.chunk_bar import ChunkBar
from helios_gui.ui.new_render.still_strip import StillStrip
from helios_gui.ui.new_render.still_view import StillView
from helios_gui.ui.preview.timeline import timecode
from helios_gui.ui.theme import SPACE, TEXT_SMALL, icon, monospace_font
from helios_gui.ui.widgets.elided_label import ElidedLabel
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.styling import aligned_spin_box
from helios_gui.ui.widgets.tooltips import set_tooltip

_COMMAND_HEIGHT = 46


class SourcePanel(QWidget):
    """Shows what is rendered. ``frame_chosen`` tells the frame to look at, ``test_requested`` the button.

    ``canary_requested``: test frames are wanted from the workers of the chosen profile.
    """

    frame_chosen = Signal(int)
    test_requested = Signal()
    canary_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rate = 1.0
        self._first = 0
        self._follows = True
        self.still = StillView(self)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setAccessibleName(tr("Frame of the still picture"))
        self.frame = aligned_spin_box(self, tr("Frame of the still picture"))
        self.frame.setPrefix(tr("Frame "))
        self.time = PlainLabel(self)
        self.time.setProperty("role", "muted")
        self.time.setFont(monospace_font(TEXT_SMALL))
        self.test = QPushButton(tr("Render test frames"), self)
        self.test.setProperty("role", "link")
        self.test.setAutoDefault(False)
        set_tooltip(
            self.test,
            tr("Render the first, the quarter, the middle and the last frame once, and measure what they take"),
        )
        self.canary = QPushButton(self)
        self.canary.setProperty("role", "link")
        self.canary.setAutoDefault(False)
        self.canary.hide()
        set_tooltip(
            self.canary,
            tr("Have its workers render the first, the quarter, the middle and the last frame, and measure them"),
        )
        self.measured = ElidedLabel("small", parent=self)
        self.filmstrip = StillStrip(self)
        self.chunks = ElidedLabel("small", parent=self)
        self.bar = ChunkBar(self)
        self.command = self._make_command()
        self.copy = QToolButton(self)
        self.copy.setIcon(icon("copy", "muted"))
        self.copy.setAccessibleName(tr("Copy the command"))
        set_tooltip(self.copy, tr("Copy the command"))
        self._lay_out()
        self.slider.valueChanged.connect(self._choose)
        self.frame.valueChanged.connect(self._choose)
        self.test.clicked.connect(self.test_requested)
        self.canary.clicked.connect(self.canary_requested)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.command.toPlainText()))

    def show_plan(self, spec: JobSpec | None, *, videos: int = 1) -> None:
        """Show the plan of a job.

        Args:
            spec: The job; ``None`` for none.
            videos: How many such jobs there will be.
        """
        self.bar.show_plan(spec)
        chunks = describe_chunks(spec) if spec is not None else ""
        if chunks and videos > 1:
            chunks = tr("{chunks}, for each of {number} videos", chunks=chunks, number=videos)
        self.chunks.setText(chunks)
        self.command.setPlainText(spec.chunks[0].command if spec is not None else "")
        self.copy.setEnabled(spec is not None)
        self.test.setEnabled(spec is not None)
        self.canary.setEnabled(spec is not None)
        if spec is None:
            return
        self._rate = float(spec.metadata.rate)
        self._first = spec.chunks[0].start_frame
        last = spec.chunks[-1].end_frame
        middle = frame_at(spec, 1 / 2)
        with QSignalBlocker(self.slider), QSignalBlocker(self.frame):
            for field in (self.slider, self.frame):
                field.setRange(self._first, last)
                if self._follows:  # nobody has chosen a frame: the middle says most about a film
                    field.setValue(middle)
            self.slider.setPageStep(max(1, round(self._rate)))
        self._show_place()

    def show_frame(self, frame: int) -> None:
        """Look at another frame."""
        self.frame.setValue(frame)

    def follow(self, frame: int) -> None:
        """Tell that another frame is shown, which nobody has to render."""
        self._follows = False
        with QSignalBlocker(self.slider), QSignalBlocker(self.frame):
            self.slider.setValue(frame)
            self.frame.setValue(frame)
        self._show_place()

    def offer_canary(self, profile: str) -> None:
        """Offer test frames from the workers of a profile; empty for none."""
        self.canary.setText(tr("In “{profile}” …", profile=profile))
        self.canary.setVisible(bool(profile))

    def show_testing(self, *, testing: bool) -> None:
        """Have the button for test frames end what runs, or start it."""
        self.canary.setEnabled(not testing)
        self.test.setText(tr("Stop") if testing else tr("Render test frames"))

    def _choose(self, frame: int) -> None:
        self.follow(frame)
        self.frame_chosen.emit(self.frame.value())

    def _show_place(self) -> None:
        self.bar.show_frame(self.frame.value())
        self.time.setText(timecode((self.frame.value() - self._first) / self._rate))

    def _make_command(self) -> QPlainTextEdit:
        text = QPlainTextEdit(self)
        text.setReadOnly(True)
        text.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        text.setTabChangesFocus(True)
        text.setFont(monospace_font(TEXT_SMALL))
        text.setFixedHeight(_COMMAND_HEIGHT)
        text.setAccessibleName(tr("First command"))
        return text

    def _lay_out(self) -> None:
        self.still.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        scrub = QHBoxLayout()
        scrub.setSpacing(SPACE)
        scrub.addWidget(self.slider, 1)
        scrub.addWidget(self.time)
        scrub.addWidget(self.frame)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE // 2)
        layout.addWidget(self.still, 1)
        layout.addLayout(scrub)
        layout.addLayout(self._heading(tr("TEST FRAMES"), self.measured, self.canary, self.test))
        layout.addWidget(self.filmstrip)
        layout.addLayout(self._heading(tr("CHUNKS"), self.chunks))
        layout.addWidget(self.bar)
        layout.addLayout(self._heading(tr("FIRST COMMAND"), None, self.copy))
        layout.addWidget(self.command)

    def _heading(self, title: str, detail: QWidget | None, *buttons: QWidget) -> QHBoxLayout:
        name = PlainLabel(title, self)
        name.setProperty("role", "section")
        line = QHBoxLayout()
        line.setContentsMargins(0, SPACE // 2, 0, 0)
        line.setSpacing(SPACE)
        line.addWidget(name)
        if detail is not None:
            line.addWidget(detail, 1)
        else:
            line.addStretch(1)
        for button in buttons:
            line.addWidget(button)
        return line
