"""A one-line label that gives way: what does not fit is cut in the middle or at the end."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.tooltips import set_tooltip


@guarded()
class ElidedLabel(PlainLabel):
    """Plain text; the whole of it is the tooltip. It may have shorter forms for where there is less room."""

    def __init__(
        self, role: str = "", mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._mode = mode
        self._shorter: tuple[str, ...] = ()
        if role:
            self.setProperty("role", role)

    def setText(self, text: str) -> None:
        if text != self.text():
            super().setText(text)
            set_tooltip(self, text)

    def set_forms(self, text: str, *shorter: str) -> None:
        """Show a text, or the first of its ``shorter`` forms that there is room for; the last of them is cut."""
        self.setText(text)
        if shorter != self._shorter:
            self._shorter = shorter
            self.update()

    @property
    def shown_text(self) -> str:
        """What is painted at the present width."""
        room, metrics = self.contentsRect().width(), self.fontMetrics()
        forms = [text.replace("\n", " ") for text in (self.text(), *self._shorter)]
        fitting = (text for text in forms if metrics.horizontalAdvance(text) <= room)
        return next(fitting, metrics.elidedText(forms[-1], self._mode, room))

    @guarded(QSize(0, 16))
    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), int(self.alignment()), self.shown_text)
        painter.end()
