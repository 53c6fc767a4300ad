"""A still picture with a note over it while there is no picture yet, or why there is none."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from helios_gui.translation import tr
from helios_gui.ui.preview.surface import Surface
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE
from helios_gui.ui.widgets.tooltips import set_tooltip

_NOTE = QColor("#e4e7ec")
_NOTE_GROUND = QColor(11, 12, 14, 200)
_MOST_NOTE = 600
"""Characters; all of a longer one is in the tooltip."""


@guarded()
class StillView(Surface):
    """Shows one picture, dimmed while the next one is rendered; the surround is dark in both themes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._note = ""
        self.setAccessibleName(tr("Still picture of the source"))

    @property
    def note(self) -> str:
        """What is written over the picture."""
        return self._note

    def show_still(self, image: QImage) -> None:
        """Show a picture without a note."""
        self.show_picture(image)
        self._set_note("")

    def wait(self, note: str) -> None:
        """Dim the picture and say what is waited for."""
        if not self.image().isNull():
            self.dim()
        self._set_note(note)

    def show_problem(self, problem: str) -> None:
        """Show no picture, but why there is none."""
        self.clear()
        self._set_note(problem)

    @guarded(QSize(200, 112))
    def minimumSizeHint(self) -> QSize:
        return QSize(200, 112)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._note:
            return
        painter = QPainter(self)
        room = QRectF(self.rect()).adjusted(2 * SPACE, SPACE, -2 * SPACE, -SPACE)
        flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
        text = self._note[:_MOST_NOTE]
        needed = painter.boundingRect(room, flags, text)
        ground = needed.adjusted(-SPACE, -SPACE / 2, SPACE, SPACE / 2).intersected(QRectF(self.rect()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_NOTE_GROUND)
        painter.drawRoundedRect(ground, SPACE / 2, SPACE / 2)
        painter.setPen(_NOTE)
        painter.drawText(room, flags, text)
        painter.end()

    def _set_note(self, note: str) -> None:
        self._note = note
        self.setAccessibleDescription(note)
        set_tooltip(self, note)
        self.update()
