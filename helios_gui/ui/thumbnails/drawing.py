"""Drawing small pictures."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

SURROUND = QColor("#0b0c0e")
"""Behind pictures, in both themes: a bright surround makes every picture look too dark."""


def draw_filling(painter: QPainter, room: QRectF, picture: QImage) -> None:
    """Draw a picture so that it fills the room; what is beyond its edges is left out."""
    size = room.size().scaled(picture.size().toSizeF(), Qt.AspectRatioMode.KeepAspectRatio)
    left, top = (picture.width() - size.width()) / 2, (picture.height() - size.height()) / 2
    painter.drawImage(room, picture, QRectF(left, top, size.width(), size.height()))
