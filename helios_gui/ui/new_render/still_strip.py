"""The test frames side by side, as on a strip of film."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from helios_gui.translation import tr
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE, TEXT_SMALL, theme
from helios_gui.ui.thumbnails.drawing import SURROUND

_HEIGHT = 76
_CAPTION = 16
_PLACES = 4


@guarded()
class StillStrip(QWidget):
    """Shows up to four small stills with their frame numbers; ``chosen`` tells the frame that was clicked."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frames: list[int] = []
        self._pictures: dict[int, QImage] = {}
        self._current = 0
        self._caption: Callable[[int], str] = _frame_caption
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(tr("Test frames"))

    def expect(self, frames: list[int]) -> None:
        """Leave room for these frames, and show nothing in it yet."""
        self._caption = _frame_caption
        self._frames, self._pictures, self._current = frames, {}, 0
        self._describe()

    def append(self, number: int, image: QImage, caption: Callable[[int], str]) -> None:
        """Show a picture of something else than a frame behind the others; those at the beginning make room.

        Args:
            number: What ``chosen`` carries for it.
            image: The picture.
            caption: Returns what is written below a picture, for its number.
        """
        if self._caption is not caption:
            self._frames, self._pictures, self._caption = [], {}, caption
        self._frames = [*self._frames, number][-_PLACES:]
        self._current = len(self._frames) - 1
        self.add(number, image)

    def add(self, frame: int, image: QImage) -> None:
        """Show one of the expected frames."""
        ratio = self.devicePixelRatioF()
        size = QSize(round(240 * ratio), round((_HEIGHT - _CAPTION) * ratio))
        self._pictures[frame] = image.scaled(
            size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        self._describe()

    @property
    def shows_frames(self) -> bool:
        """Whether the pictures are frames, and not those of ``append``."""
        return self._caption is _frame_caption

    @property
    def shown(self) -> list[int]:
        """The frames whose pictures are there."""
        return [frame for frame in self._frames if frame in self._pictures]

    @guarded(QSize(320, _HEIGHT))
    def sizeHint(self) -> QSize:
        return QSize(320, _HEIGHT)

    @guarded(QSize(200, _HEIGHT))
    def minimumSizeHint(self) -> QSize:
        return QSize(200, _HEIGHT)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        for place, frame in enumerate(self._frames):
            if self._cell(place).contains(event.position()):
                self._current = place
                self.chosen.emit(frame)
                self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        place = self._current + step
        if step and 0 <= place < len(self._frames):
            self._current = place
            self.chosen.emit(self._frames[place])
            self.update()
        elif not step:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme().tokens
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        font = painter.font()
        font.setPixelSize(TEXT_SMALL)
        painter.setFont(font)
        for place in range(_PLACES):
            cell = self._cell(place)
            picture = cell.adjusted(0, 0, 0, -_CAPTION)
            frame = self._frames[place] if place < len(self._frames) else None
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(SURROUND if frame in self._pictures else tokens.well)
            painter.drawRoundedRect(picture, 3, 3)
            if frame is None:
                self._outline(painter, picture, dashed=True)
                continue
            if frame in self._pictures:
                self._draw(painter, picture, self._pictures[frame])
            self._outline(painter, picture, focused=self.hasFocus() and place == self._current)
            painter.setPen(tokens.muted)
            painter.drawText(
                cell.adjusted(0, picture.height(), 0, 0), Qt.AlignmentFlag.AlignCenter, self._caption(frame)
            )
        painter.end()

    def _outline(self, painter: QPainter, room: QRectF, *, dashed: bool = False, focused: bool = False) -> None:
        tokens = theme().tokens
        style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
        painter.setPen(QPen(tokens.accent if focused else tokens.line_strong, 1, style))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(room.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)

    def _draw(self, painter: QPainter, room: QRectF, image: QImage) -> None:
        size = image.size().toSizeF().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
        corner = room.center() - QPointF(size.width() / 2, size.height() / 2)
        painter.drawImage(QRectF(corner, size), image)

    def _cell(self, place: int) -> QRectF:
        width = (self.width() - (_PLACES - 1) * SPACE) / _PLACES
        return QRectF(place * (width + SPACE), 0, width, self.height())

    def _describe(self) -> None:
        self.setAccessibleDescription(", ".join(map(self._caption, self.shown)))
        self.update()


def _frame_caption(frame: int) -> str:
    return tr("Frame {frame}", frame=frame)
