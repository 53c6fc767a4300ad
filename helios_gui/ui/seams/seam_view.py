"""Paints what is around a seam: the frames, how much each differs from the one before, and the sound."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from helios_gui.translation import tr
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.seams.difference import difference_of, difference_picture
from helios_gui.ui.seams.seam_reader import REACH
from helios_gui.ui.seams.seams import Seam
from helios_gui.ui.theme import SPACE, TEXT_SMALL, theme
from helios_gui.ui.thumbnails.drawing import SURROUND

_CAPTION = 18
_HEADING = 22
_SOUND = 76
_GAP = 4
_SEAM = 14
_FIXED = _SOUND + 3 * _HEADING + 2 * (_CAPTION + SPACE) + SPACE
"""Pixels of height that are not for pictures."""

_LEAST_LARGE = 120
_QUIETEST = 0.05
_STANDS_OUT = 2.5
"""A seam stands out when its difference is so many times the largest one beside it."""


@guarded()
class SeamView(QWidget):
    """Five frames before and after a seam, their differences, and the waveform across it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._seam: Seam | None = None
        self._number_of: Callable[[int], int] = int
        self.frames: dict[int, QImage] = {}
        """By their index; a null picture where a frame is not there."""
        self._differences: dict[int, QImage] = {}
        self.amounts: dict[int, float] = {}
        """By a frame's index: how much it differs from the one before, 0 to 100."""
        self.sound: tuple[Sequence[tuple[float, float]], Sequence[tuple[float, float]]] | None = None
        """The peaks before and after the seam, once they are read."""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Frames, differences and sound around the seam"))
        theme().changed.connect(self.update)

    def show_seam(self, seam: Seam, number_of: Callable[[int], int]) -> None:
        """Leave room for this seam, and show nothing in it yet; ``number_of`` tells the numbers of frames."""
        self._seam, self._number_of = seam, number_of
        self.frames, self._differences, self.amounts, self.sound = {}, {}, {}, None
        self._describe()

    def add_frame(self, index: int, picture: QImage) -> None:
        """Show one of the frames."""
        self.frames[index] = picture
        for later in (index, index + 1):
            one, other = self.frames.get(later - 1), self.frames.get(later)
            if one is not None and other is not None and not one.isNull() and not other.isNull():
                self._differences[later] = difference_picture(one, other)
                self.amounts[later] = difference_of(one, other)
        self._describe()

    def set_sound(self, before: Sequence[tuple[float, float]], after: Sequence[tuple[float, float]]) -> None:
        """Show the peaks of the sound before and after the seam; empty: there is none."""
        self.sound = before, after
        self._describe()

    @property
    def verdict(self) -> str:
        """What the differences say of the seam; empty while it is not known."""
        if self._seam is None or self._seam.frame not in self.amounts or len(self.amounts) < 3:
            return ""
        at_seam = self.amounts[self._seam.frame]
        others = max(amount for frame, amount in self.amounts.items() if frame != self._seam.frame)
        values = {"seam": at_seam, "others": others}
        if at_seam > max(0.5, _STANDS_OUT * others):
            return tr("The picture jumps here: {seam:.1f} % changes, elsewhere at most {others:.1f} %", **values)
        return tr("No jump: {seam:.1f} % changes at the seam, elsewhere at most {others:.1f} %", **values)

    @guarded(QSize(900, 600))
    def sizeHint(self) -> QSize:
        return QSize(900, 600)

    @guarded(QSize(480, 260))
    def minimumSizeHint(self) -> QSize:
        return QSize(480, 260)

    def paintEvent(self, event: QPaintEvent) -> None:
        seam, tokens = self._seam, theme().tokens
        if seam is None:
            return
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        font = QFont(self.font())
        font.setPixelSize(TEXT_SMALL)
        painter.setFont(font)
        height = self._row_height()
        large = self._large_height(height)
        if large >= _LEAST_LARGE:
            self._paint_large(painter, seam, large)
        begin = large + _CAPTION + SPACE if large >= _LEAST_LARGE else 0.0
        top = self._heading(painter, begin, tr("Frames"))
        for place, frame in enumerate(range(seam.frame - REACH, seam.frame + REACH)):
            self._paint_frame(painter, self._cell(place, top, height), frame)
        top = self._heading(painter, top + height + _CAPTION + SPACE, tr("Difference from the frame before"))
        for place, frame in enumerate(range(seam.frame - REACH, seam.frame + REACH)):
            if place:
                self._paint_difference(painter, self._cell(place, top, height), frame, at_seam=frame == seam.frame)
        bottom = top + height + _CAPTION + SPACE
        sound = QRectF(0, self._heading(painter, bottom, tr("Sound")), self.width(), _SOUND)
        self._paint_sound(painter, sound)
        x = self._middle()
        painter.setPen(QPen(tokens.accent_text, 1.5, Qt.PenStyle.DashLine))
        is_silent = self.sound is not None and not any(self.sound)
        end = sound.top() if is_silent else sound.bottom()  # the words there are not crossed out
        painter.drawLine(QPointF(x, begin + _HEADING - 2), QPointF(x, end))

    def _paint_large(self, painter: QPainter, seam: Seam, height: float) -> None:
        """Show the frames before and after the seam, and their difference, as large as there is room."""
        width = (self.width() - 2 * SPACE) / 3
        pictures = (
            (self.frames.get(seam.frame - 1), tr("Frame {frame}", frame=self._number_of(seam.frame - 1))),
            (self.frames.get(seam.frame), tr("Frame {frame}", frame=self._number_of(seam.frame))),
            (self._differences.get(seam.frame), tr("Difference")),
        )
        for place, (picture, caption) in enumerate(pictures):
            room = QRectF(place * (width + SPACE), 0, width, height)
            painter.fillRect(room, SURROUND if picture is not None else theme().tokens.well)
            if picture is not None and not picture.isNull():
                _draw_inside(painter, room, picture)
            painter.setPen(theme().tokens.muted)
            painter.drawText(room.adjusted(0, height, 0, _CAPTION), Qt.AlignmentFlag.AlignCenter, caption)

    def _paint_frame(self, painter: QPainter, cell: QRectF, frame: int) -> None:
        tokens, picture = theme().tokens, self.frames.get(frame)
        if frame < 0:
            return
        painter.fillRect(cell, SURROUND if picture is not None else tokens.well)
        if picture is not None and not picture.isNull():
            _draw_inside(painter, cell, picture)
        painter.setPen(tokens.muted)
        missing = picture is not None and picture.isNull()
        text = tr("not there yet") if missing else str(self._number_of(frame))
        painter.drawText(cell.adjusted(0, cell.height(), 0, _CAPTION), Qt.AlignmentFlag.AlignCenter, text)

    def _paint_difference(self, painter: QPainter, cell: QRectF, frame: int, *, at_seam: bool) -> None:
        tokens, picture = theme().tokens, self._differences.get(frame)
        painter.fillRect(cell, SURROUND if picture is not None else tokens.well)
        if picture is None:
            return
        _draw_inside(painter, cell, picture)
        painter.setPen(tokens.text if at_seam else tokens.muted)
        text = tr("{share:.1f} %", share=self.amounts[frame])
        painter.drawText(cell.adjusted(0, cell.height(), 0, _CAPTION), Qt.AlignmentFlag.AlignCenter, text)
        if at_seam:
            painter.setPen(QPen(tokens.accent_text, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(cell)

    def _paint_sound(self, painter: QPainter, room: QRectF) -> None:
        tokens = theme().tokens
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.well)
        painter.drawRoundedRect(room, 4, 4)
        if self.sound is None:
            return
        before, after = self.sound
        if not before and not after:
            painter.setPen(tokens.muted)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, tr("no sound"))
            return
        x = self._middle()
        loudest = max(_QUIETEST, *(max(abs(low), abs(high)) for low, high in (*before, *after)))
        painter.setPen(Qt.PenStyle.NoPen)
        for peaks, left, right, token in (
            (before, room.left(), x, "running"),
            (after, x, room.right(), "completed"),
        ):
            painter.setBrush(getattr(tokens, token))
            inner = QRectF(left, room.top() + 4, right - left, room.height() - 8)
            painter.drawPolygon(_wave(peaks, inner, loudest))

    def _heading(self, painter: QPainter, top: float, text: str) -> float:
        """Write a heading; return the place below it."""
        painter.setPen(theme().tokens.muted)
        painter.drawText(QRectF(0, top, self.width(), _HEADING - 4), Qt.AlignmentFlag.AlignVCenter, text)
        return top + _HEADING

    def _cell(self, place: int, top: float, height: float) -> QRectF:
        width = self._cell_width()
        left = place * (width + _GAP) + (_SEAM - _GAP if place >= REACH else 0)
        return QRectF(left, top, width, height)

    def _cell_width(self) -> float:
        return (self.width() - _SEAM - (2 * REACH - 2) * _GAP) / (2 * REACH)

    def _middle(self) -> float:
        return REACH * (self._cell_width() + _GAP) - _GAP + _SEAM / 2

    def _large_height(self, row: float) -> float:
        """Return what the rows and the sound leave, at most what the width has use for."""
        rest = self.height() - _FIXED - 2 * row - _CAPTION - SPACE
        return min(rest, self.width() / 3 * self._shape())

    def _shape(self) -> float:
        """Return the height of the frames over their width."""
        picture = next((picture for picture in self.frames.values() if not picture.isNull()), None)
        return 9 / 16 if picture is None else picture.height() / picture.width()

    def _row_height(self) -> float:
        rest = self.height() - _FIXED
        return max(20.0, min(rest / 2, self._cell_width() * self._shape()))

    def _describe(self) -> None:
        self.setAccessibleDescription(self.verdict)
        self.update()


def _draw_inside(painter: QPainter, room: QRectF, picture: QImage) -> None:
    size = picture.size().toSizeF().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
    corner = room.center() - QPointF(size.width() / 2, size.height() / 2)
    painter.drawImage(QRectF(corner, size), picture)


def _wave(peaks: Sequence[tuple[float, float]], room: QRectF, loudest: float) -> QPolygonF:
    """Return the outline of a sound; ``loudest`` reaches from edge to edge."""
    middle, half = room.center().y(), room.height() / 2 / loudest
    step = room.width() / max(1, len(peaks) - 1)
    upper = [QPointF(room.left() + place * step, middle - high * half - 0.5) for place, (_, high) in enumerate(peaks)]
    lower = [QPointF(room.left() + place * step, middle - low * half + 0.5) for place, (low, _) in enumerate(peaks)]
    return QPolygonF([*upper, *reversed(lower)])
