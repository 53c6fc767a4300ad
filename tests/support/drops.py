"""Files dropped on a widget."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget


def drop(widget: QWidget, *paths: Path) -> bool:
    """Drop files in the middle of a widget as the desktop would; whether they were taken."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    place = QPointF(widget.width() // 2, widget.height() // 2)
    pressed = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(place.toPoint(), Qt.DropAction.CopyAction, data, *pressed)
    QApplication.sendEvent(widget, enter)
    event = QDropEvent(place, Qt.DropAction.CopyAction, data, *pressed)
    QApplication.sendEvent(widget, event)
    return enter.isAccepted() and event.isAccepted()
