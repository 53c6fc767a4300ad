"""The seam inspector: goes from seam to seam, shows what is around each, and has both chunks rendered again."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from helios_gui.translation import tr
from helios_gui.ui.preview.reader_thread import Playable
from helios_gui.ui.qt_runtime.deletion import delete_on_close
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.seams.seam_reader import SeamReader
from helios_gui.ui.seams.seam_view import SeamView
from helios_gui.ui.seams.seams import Seam, Seams
from helios_gui.ui.theme import SPACE, icon
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.tooltips import set_tooltip

_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Left: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_Right: 1}


@guarded()
class SeamInspector(QDialog):
    """Shows one seam of a video; show it with ``show()``. It has the files open until it is closed.

    Args:
        playable: The video, or what is there of it.
        seams: Its seams; at least one.
        seam: The one to begin with.
        parent: The window that it belongs to.
    """

    seam_shown = Signal(int)
    """The first frame of the later chunk of the seam that is shown now."""
    render_requested = Signal(list)
    """The ids of the two chunks that shall be rendered again."""

    def __init__(self, playable: Playable, seams: Seams, seam: Seam, parent: QWidget) -> None:
        super().__init__(parent)
        delete_on_close(self)
        self.setWindowTitle(tr("Seams"))
        self._seams = seams
        self.seam = seam
        self.reader = SeamReader(playable, self)
        self.view = SeamView()
        self.title = PlainLabel()
        self.title.setProperty("role", "title")
        self.verdict = PlainLabel(wordWrap=True)
        self.verdict.setProperty("role", "muted")
        self.previous = QPushButton(icon("back"), tr("Previous seam"))
        set_tooltip(self.previous, tr("Previous seam (↑)"))
        self.next = QPushButton(icon("forward"), tr("Next seam"))
        set_tooltip(self.next, tr("Next seam (↓)"))
        self.again = QPushButton(icon("retry"), tr("Render these two again"))
        close = QPushButton(tr("Close"))
        for button in (self.previous, self.next, self.again, close):
            button.setAutoDefault(False)
        self.previous.clicked.connect(lambda: self._step(-1))
        self.next.clicked.connect(lambda: self._step(1))
        self.again.clicked.connect(self._render_again)
        close.clicked.connect(self.close)
        self.reader.frame_read.connect(self._add_frame)
        self.reader.sound_read.connect(self._set_sound)
        self.reader.failed.connect(self.verdict.setText)
        for key, step in _STEPS.items():  # a button that has the keyboard would hand it on to the next one
            QShortcut(QKeySequence(key), self).activated.connect(lambda step=step: self._step(step))
        self._lay_out(close)
        self.next.setFocus()
        self.show_seam(seam)

    def _lay_out(self, close: QPushButton) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title)
        head.addSpacing(2 * SPACE)
        head.addWidget(self.verdict, 1)
        row = QHBoxLayout()
        row.addWidget(self.previous)
        row.addWidget(self.next)
        row.addStretch(1)
        row.addWidget(self.again)
        row.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        layout.addLayout(head)
        layout.addWidget(self.view, 1)
        layout.addLayout(row)

    def show_seam(self, seam: Seam) -> None:
        """Show this seam from now on."""
        self.seam = seam
        place = self._seams.frames.index(seam.frame)
        values = {"number": place + 1, "count": len(self._seams), "before": seam.before, "after": seam.after}
        self.title.setText(tr("Seam {number} of {count}: chunk {before} and chunk {after}", **values))
        self.verdict.clear()
        self.view.show_seam(seam, self._seams.number)
        self.previous.setEnabled(place > 0)
        self.next.setEnabled(place < len(self._seams) - 1)
        self.reader.read(seam)
        self.seam_shown.emit(seam.frame)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.reader.close()
        super().closeEvent(event)

    def _step(self, step: int) -> None:
        frame = self.seam.frame
        seam = self._seams.next(frame) if step > 0 else self._seams.previous(frame)
        if seam is not None:
            self.show_seam(seam)

    def _add_frame(self, index: int, picture: QImage) -> None:
        self.view.add_frame(index, picture)
        self.verdict.setText(self.view.verdict)

    def _set_sound(self, frame: int, before: list[tuple[float, float]], after: list[tuple[float, float]]) -> None:
        if frame == self.seam.frame:
            self.view.set_sound(before, after)

    def _render_again(self) -> None:
        self.close()
        self.render_requested.emit([self.seam.before, self.seam.after])
