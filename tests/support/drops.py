"""Files dropped on a widget, and rows dragged over a table."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QWidget


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


def drag(view: QAbstractItemView, data: QMimeData, place: QPoint) -> QDropEvent:
    """Move what is dragged over a table and let go: the events Qt would send."""
    viewport, move = view.viewport(), Qt.DropAction.MoveAction
    pressed = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(viewport, QDragEnterEvent(place, move, data, *pressed))
    QApplication.sendEvent(viewport, QDragMoveEvent(place, move, data, *pressed))
    drop = QDropEvent(QPointF(place), move, data, *pressed)
    QApplication.sendEvent(viewport, drop)
    return drop
