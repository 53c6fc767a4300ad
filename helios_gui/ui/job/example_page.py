"""The packaged example, offered beside an empty queue: a frame of its video, what it is, and a button."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from helios_gui.resources import resource_path
from helios_gui.translation import tr
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE
from helios_gui.ui.widgets.plain_label import PlainLabel

POSTER = ("examples", "sunrise.jpg")
"""Frame 215 of the example page, 1280x720, as a JPEG file of quality 85."""

_LARGEST = QSize(512, 288)
_SMALLEST = QSize(160, 90)
_ROUNDING = 8.0


@guarded()
class Poster(QWidget):
    """Paints a picture with rounded corners, as large as there is room, but never larger than ``_LARGEST``."""

    def __init__(self, picture: QImage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = picture
        self._scaled = QImage()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    @guarded(_LARGEST)
    def sizeHint(self) -> QSize:
        return _LARGEST

    @guarded(_SMALLEST)
    def minimumSizeHint(self) -> QSize:
        return _SMALLEST

    def paintEvent(self, event: QPaintEvent) -> None:
        size = self._picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF(QPointF((self.width() - size.width()) / 2, (self.height() - size.height()) / 2), size)
        outline = QPainterPath()
        outline.addRoundedRect(place, _ROUNDING, _ROUNDING)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setClipPath(outline)
        painter.drawImage(place, self._in_size(size * self.devicePixelRatioF()))
        painter.end()

    def _in_size(self, pixels: QSize) -> QImage:
        if self._scaled.size() != pixels:
            mode = Qt.TransformationMode.SmoothTransformation
            self._scaled = self._picture.scaled(pixels, Qt.AspectRatioMode.IgnoreAspectRatio, mode)
        return self._scaled


class ExamplePage(QWidget):
    """Shows what the example becomes. ``activated`` when somebody wants to try it."""

    activated = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.poster = Poster(QImage(str(resource_path(*POSTER))), self)
        self.button = QPushButton(tr("Try the example"), self)
        self.button.clicked.connect(self.activated)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE // 2)
        layout.addStretch(2)
        layout.addWidget(self.poster, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(2 * SPACE)
        hint = tr("A web page becomes a video of ten seconds with sound")
        for text, role in ((tr("Begin with an example"), "title"), (hint, "muted")):
            label = PlainLabel(text, self)
            label.setProperty("role", role)
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(label)
        layout.addSpacing(SPACE)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
