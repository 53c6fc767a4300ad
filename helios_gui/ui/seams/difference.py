"""How much two pictures differ."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPainter

AMPLIFIED = 3
"""How often the difference is doubled, so that what the eye would miss is seen."""

_SAMPLE = QSize(64, 36)


def difference_picture(first: QImage, second: QImage) -> QImage:
    """Return a picture that is black where two pictures are equal, and bright where they are not."""
    result = QImage(first.size(), QImage.Format.Format_RGB32)
    result.fill(Qt.GlobalColor.black)
    painter = QPainter(result)
    painter.drawImage(result.rect(), first)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Difference)
    painter.drawImage(result.rect(), second)
    painter.end()
    for _ in range(AMPLIFIED):
        copy = result.copy()
        painter = QPainter(result)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
        painter.drawImage(0, 0, copy)
        painter.end()
    return result


def difference_of(first: QImage, second: QImage) -> float:
    """Return the mean difference of two pictures' lightness, 0 to 100."""
    one, other = (_lightness(picture) for picture in (first, second))
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one) / 2.55


def _lightness(picture: QImage) -> bytes:
    small = picture.scaled(_SAMPLE, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    grey = small.convertToFormat(QImage.Format.Format_Grayscale8)
    return bytes(grey.constBits())  # 64 pixels a line: without padding
