"""A slim slider for places in time: a click jumps there, dragging scrubs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSlider, QToolTip, QWidget

from helios_gui.translation import tr
from helios_gui.ui.preview.timeline import Timeline, timecode
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import theme

HEIGHT = 20
GROOVE = 4
GROOVE_HOVERED = 6
KNOB = 12

_LEAST_SEAM = 5
"""Pixels; seams that are closer to each other are not marked."""

_LEAST_GAP = 0.5
"""Pixels; a narrower gap between frames that are there cannot be seen, and there may be thousands."""


@guarded()
class Scrubber(QSlider):
    """Chooses a frame of a timeline. Keys are left to the panel around it, which knows frames better."""

    scrubbed = Signal(int)
    """The person chose this frame (never emitted for ``show_frame``)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._timeline = Timeline()
        self.number_of: Callable[[int], int] = int
        """Which number the frame of an index has for people."""
        self._ranges: tuple[tuple[int, int], ...] = ()
        self._seams: tuple[int, ...] = ()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(tr("Position in the video, in frames"))
        self.setRange(0, 0)
        self.valueChanged.connect(self.scrubbed)

    def set_timeline(self, timeline: Timeline) -> None:
        """Set the frames to choose from."""
        self._timeline = timeline
        with QSignalBlocker(self):
            self.setRange(0, timeline.last)
            self.setPageStep(max(1, round(timeline.rate)))

    def set_ranges(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Show which frames are there, as first and last frames of each run; none: all of them."""
        self._ranges = tuple(ranges)
        self.update()

    def set_seams(self, frames: Sequence[int]) -> None:
        """Mark where chunks meet, where the marks have room, by the first frames of the later chunks."""
        self._seams = tuple(frames)
        self.update()

    def show_frame(self, index: int) -> None:
        """Move to the frame on screen; while the person drags, their hand decides."""
        if not self.isSliderDown():
            with QSignalBlocker(self):
                self.setValue(index)

    @guarded(QSize(160, HEIGHT))
    def sizeHint(self) -> QSize:
        return QSize(160, HEIGHT)

    @guarded(QSize(80, HEIGHT))
    def minimumSizeHint(self) -> QSize:
        return QSize(80, HEIGHT)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._choose(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        index = self._frame_at(event.position())
        place = event.globalPosition().toPoint()
        frame = tr("{time} · frame {frame}", time=timecode(self._timeline.start(index)), frame=self.number_of(index))
        QToolTip.showText(place, frame, self)
        if self.isSliderDown():
            self._choose(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def enterEvent(self, event: QEvent) -> None:
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme().tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        awake = self.isEnabled() and (self.underMouse() or self.hasFocus() or self.isSliderDown())
        groove = GROOVE_HOVERED if awake else GROOVE
        middle, start, length = self.height() / 2, KNOB / 2, self._length
        painter.setBrush(tokens.line_strong)
        painter.drawRoundedRect(QRectF(start, middle - groove / 2, length, groove), groove / 2, groove / 2)
        if not self.isEnabled():
            return
        place = start + length * (self.sliderPosition() / max(1, self.maximum()))
        if self._ranges:
            self._paint_ranges(painter, middle, groove)
        else:
            painter.setBrush(tokens.accent)
            painter.drawRoundedRect(QRectF(start, middle - groove / 2, place - start, groove), groove / 2, groove / 2)
        self._paint_seams(painter, middle)
        if self.hasFocus():
            painter.setPen(QPen(tokens.accent, 2))
        painter.setBrush(tokens.text)
        painter.drawEllipse(QPointF(place, middle), KNOB / 2 - 1, KNOB / 2 - 1)

    def _paint_ranges(self, painter: QPainter, middle: float, groove: int) -> None:
        """Fill the runs of frames that are there; a frame takes its share of the length."""
        painter.setBrush(theme().tokens.completed)
        share = self._length / max(1, self.maximum() + 1)
        for first, last in _without_gaps(self._ranges, int(_LEAST_GAP / share)):
            rect = QRectF(KNOB / 2 + first * share, middle - groove / 2, (last - first + 1) * share, groove)
            painter.drawRoundedRect(rect, groove / 2, groove / 2)

    def _paint_seams(self, painter: QPainter, middle: float) -> None:
        share = self._length / max(1, self.maximum())
        if not self._seams or self._length / len(self._seams) < _LEAST_SEAM:
            return
        painter.setBrush(theme().tokens.muted)
        for frame in self._seams:
            painter.drawRect(QRectF(KNOB / 2 + frame * share - 0.5, middle + 5, 1, 4))

    @property
    def _length(self) -> float:
        return max(1.0, self.width() - KNOB)

    def _frame_at(self, position: QPointF) -> int:
        share = (position.x() - KNOB / 2) / self._length
        return round(max(0.0, min(1.0, share)) * self.maximum())

    def _choose(self, position: QPointF) -> None:
        self.setSliderPosition(self._frame_at(position))


def _without_gaps(ranges: Sequence[tuple[int, int]], frames: int) -> list[tuple[int, int]]:
    """Return ranges in which those that at most this many frames lie between are one."""
    found: list[tuple[int, int]] = []
    for first, last in ranges:
        if found and first - found[-1][1] - 1 <= frames:
            found[-1] = found[-1][0], last
        else:
            found.append((first, last))
    return found
