"""Files and folders dropped anywhere on a window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QRect, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from helios_gui.translation import tr
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE, theme


def dropped_paths(data: QMimeData) -> list[Path]:
    """Return the local files and folders among what is dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


@guarded()
class DropTarget(QObject):
    """Makes a widget take dropped files (``dropped`` with their paths) and shows that it would."""

    dropped = Signal(list)

    def __init__(self, target: QWidget) -> None:
        super().__init__(target)
        self._target = target
        self._overlay = _DropOverlay(target)
        target.setAcceptDrops(True)
        target.installEventFilter(self)

    @guarded(False)
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self._target:
            return False
        kind = event.type()
        if kind in (QEvent.Type.DragEnter, QEvent.Type.DragMove):
            return self._consider(event)
        if kind == QEvent.Type.DragLeave:
            self._overlay.hide()
        elif kind == QEvent.Type.Drop:
            return self._handle_drop(event)
        return False

    def _consider(self, event: QEvent) -> bool:
        assert isinstance(event, QDropEvent | QDragEnterEvent)
        if not dropped_paths(event.mimeData()):
            return False
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self._overlay.cover()
        return True

    def _handle_drop(self, event: QEvent) -> bool:
        assert isinstance(event, QDropEvent)
        self._overlay.hide()
        paths = dropped_paths(event.mimeData())
        if not paths:
            return False
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.dropped.emit(paths)
        return True


@guarded()
class _DropOverlay(QWidget):
    """Lies over the window while files hover above it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def cover(self) -> None:
        parent = self.parentWidget()
        if self.isHidden() and parent is not None:
            self.setGeometry(parent.rect())
            self.raise_()
            self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme().tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shade = tokens.window.toRgb()
        shade.setAlpha(215)
        painter.fillRect(self.rect(), shade)
        pen = QPen(tokens.accent, 2, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        edge = 2 * SPACE
        painter.drawRoundedRect(self.rect().adjusted(edge, edge, -edge, -edge), SPACE, SPACE)
        painter.setPen(tokens.text)
        painter.drawText(QRect(self.rect()), Qt.AlignmentFlag.AlignCenter, tr("Drop to add to the queue"))
        painter.end()
