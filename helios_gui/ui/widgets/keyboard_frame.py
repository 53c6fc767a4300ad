"""A frame around what has the keyboard and shows so in no other way."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import theme

_BY_KEYS = frozenset(
    {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason}
)
_WIDTH = 2


@guarded()
class KeyboardFrame(QWidget):
    """Lies over a widget while ``watched`` has the keyboard, if it came by a key: whoever clicked knows where.

    Args:
        watched: What gets the keyboard.
        covered: What the frame lies around: ``watched``, or a part of it.
    """

    def __init__(self, watched: QWidget, covered: QWidget) -> None:
        super().__init__(covered)
        self._watched, self._covered = watched, covered
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        for widget in {watched, covered}:
            widget.installEventFilter(self)

    @guarded(False)
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._covered and event.type() is QEvent.Type.Resize:
            self.resize(self._covered.size())
        elif watched is self._watched and isinstance(event, QFocusEvent):
            self.setVisible(event.gotFocus() and event.reason() in _BY_KEYS)
            self.raise_()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(theme().tokens.accent_text, _WIDTH))
        half = _WIDTH // 2
        painter.drawRect(self.rect().adjusted(half, half, -half, -half))
