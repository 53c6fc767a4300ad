"""Where the picture is painted: letterboxed on a dark surround, alpha over a checkerboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from helios_gui.translation import tr
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.thumbnails.drawing import SURROUND

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QVideoFrame

CHECKER = (QColor("#3a3d42"), QColor("#2b2e33"))
CHECKER_SIZE = 8
DIMMED = 0.35
"""How much of a picture is left once its file is released."""

SMOOTHING_STOPS = 0.5
"""Below this scale bilinear drawing skips pixels: a still picture is averaged down instead."""


@guarded()
class Surface(QWidget):
    """Paints the newest picture given. It is converted when painted, so pictures nobody sees cost little."""

    clicked = Signal()
    """The primary button was pressed and released on the picture."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame: QVideoFrame | None = None
        self._image = QImage()
        self._scaled: QImage | None = None
        self._has_alpha = False
        self._dimmed = False
        self._moving = False
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Picture"))

    def show_picture(self, picture: QImage | QVideoFrame) -> None:
        """Take a ``QImage`` or a valid ``QVideoFrame`` on screen."""
        self._has_alpha = isinstance(picture, QImage) and picture.hasAlphaChannel()  # video frames never have any
        if isinstance(picture, QImage):
            self._frame, self._image = None, picture
        else:
            self._frame = picture
        self._scaled = None
        self._dimmed = False
        self.update()

    def image(self) -> QImage:
        """Return the picture on screen in its original size; a null image if there is none."""
        if self._frame is not None:
            self._image, self._frame = self._frame.toImage(), None
        return self._image

    def set_moving(self, moving: bool) -> None:
        """Set whether pictures follow each other: then they are scaled fast, else with high quality."""
        self._moving = moving
        self.update()

    def dim(self) -> None:
        """Keep the picture, without its file, and show that it is of the past."""
        self.image()
        self._dimmed = True
        self.update()

    def clear(self) -> None:
        """Show no picture."""
        self._frame, self._image, self._scaled = None, QImage(), None
        self.update()

    @guarded(QSize(480, 270))
    def sizeHint(self) -> QSize:
        return QSize(480, 270)

    @guarded(QSize(160, 90))
    def minimumSizeHint(self) -> QSize:
        return QSize(160, 90)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), SURROUND)
        image = self.image()
        if image.isNull():
            return
        if self._dimmed:
            painter.setOpacity(DIMMED)
        place = self._place(image)
        if self._has_alpha:
            painter.setBrushOrigin(place.topLeft())
            painter.fillRect(place, _checkerboard())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, self._sized(image, place))

    def _place(self, image: QImage) -> QRectF:
        """Return where the picture goes: as large as it fits, on whole device pixels."""
        ratio = self.devicePixelRatioF()
        room = QSizeF(self.size()) * ratio
        size = QSizeF(image.size()).scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        width, height = max(1, round(size.width())), max(1, round(size.height()))
        corner = QPointF((round(room.width()) - width) // 2, (round(room.height()) - height) // 2)
        return QRectF(corner / ratio, QSizeF(width, height) / ratio)

    def _sized(self, image: QImage, place: QRectF) -> QImage:
        if self._moving or place.width() * self.devicePixelRatioF() >= image.width() * SMOOTHING_STOPS:
            return image
        size = (place.size() * self.devicePixelRatioF()).toSize()
        if self._scaled is None or self._scaled.size() != size:
            mode = Qt.TransformationMode.SmoothTransformation
            self._scaled = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, mode)
        return self._scaled


def _checkerboard() -> QBrush:
    tile = QPixmap(2 * CHECKER_SIZE, 2 * CHECKER_SIZE)
    tile.fill(CHECKER[0])
    painter = QPainter(tile)
    painter.fillRect(0, 0, CHECKER_SIZE, CHECKER_SIZE, CHECKER[1])
    painter.fillRect(CHECKER_SIZE, CHECKER_SIZE, CHECKER_SIZE, CHECKER_SIZE, CHECKER[1])
    painter.end()
    return QBrush(tile)
