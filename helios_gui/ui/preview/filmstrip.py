"""Small pictures of the whole video above the scrubber, each at its place."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from helios_gui.translation import tr
from helios_gui.ui.preview.reader_thread import Playable, ReaderThread
from helios_gui.ui.preview.timeline import Timeline, timecode
from helios_gui.ui.qt_runtime.deletion import delete_later
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import theme
from helios_gui.ui.thumbnails.drawing import SURROUND, draw_filling

HEIGHT = 44
_EDGE = 6
"""As the scrubber: its groove begins half a knob from its edge."""

_LARGEST = QSize(320, 2 * HEIGHT)
_SETTLE_MS = 150
"""A window that is being resized asks for no pictures."""


@guarded()
class Filmstrip(QWidget):
    """Shows as many frames as fit, decoded one after the other in a thread; a click goes to the frame that it hits.

    The pictures of one file are kept, which are at most as many as fit; ``close_file`` lets go of the file.
    """

    sought = Signal(int)
    """The index of a frame to go to."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._playable: Playable | None = None
        self._timeline = Timeline()
        self.number_of: Callable[[int], int] = int
        """Which number the frame of an index has for people."""
        self._current = 0
        self._ratio = 16 / 9
        self._reader: ReaderThread | None = None
        self._asked: int | None = None
        self._pictures: dict[int, QImage] = {}
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self._ask_next)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Filmstrip"))
        theme().changed.connect(self.update)

    def open(self, playable: Playable) -> None:
        """Show pictures of a file, or of what is there of a video."""
        self.close_file()
        self._playable = playable
        self._pictures.clear()
        self._reader = ReaderThread(self, largest=_LARGEST)
        self._reader.opened.connect(lambda facts: self._begin(facts.timeline))
        self._reader.decoded.connect(self._add_picture)
        self._reader.start(playable)

    def close_file(self) -> None:
        """Let go of the file: when this returns it may be overwritten. The pictures stay."""
        self._settle.stop()
        self._asked = None
        if self._reader is not None:
            self._reader.close()
            delete_later(self._reader)
            self._reader = None

    def clear(self) -> None:
        """Let go of the file and show nothing."""
        self.close_file()
        self._playable = None
        self._pictures.clear()
        self.update()

    def grew(self) -> None:
        """Show what has been added to what is there of a video."""
        if self._asked is None and self._reader is not None:
            self._settle.start()

    def show_frame(self, index: int) -> None:
        """Mark the frame on screen."""
        self._current = index
        self.update()

    def picture(self, frame: int) -> QImage:
        """Return the picture of a frame; a null one if it is not there."""
        return self._pictures.get(frame, QImage())

    @property
    def shown(self) -> list[int]:
        """The frames whose pictures are there, of those that fit now."""
        return [frame for frame in self.wanted() if frame in self._pictures]

    def wanted(self) -> list[int]:
        """Return the frames that fit, each in the middle of the stretch that it stands for; of these, what is there."""
        count = self._count
        frames = (int((place + 0.5) / count * self._timeline.frames) for place in range(count))
        footage = None if self._playable is None else self._playable.footage
        return [frame for frame in frames if footage is None or footage.has(footage.chunk_at(frame))]

    @guarded(QSize(160, HEIGHT))
    def sizeHint(self) -> QSize:
        return QSize(160, HEIGHT)

    @guarded(QSize(80, HEIGHT))
    def minimumSizeHint(self) -> QSize:
        return QSize(80, HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._reader is not None:
            self._settle.start()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._playable is not None:
            self.sought.emit(self._frame_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        frame = self._frame_at(event.position().x())
        if self._playable is None:
            return
        words = tr("{time} · frame {frame}", time=timecode(self._timeline.start(frame)), frame=self.number_of(frame))
        QToolTip.showText(event.globalPosition().toPoint(), words, self)
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.sought.emit(frame)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme().tokens
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        strip = self._strip
        path = QPainterPath()
        path.addRoundedRect(strip, 4, 4)
        painter.setClipPath(path)
        painter.fillRect(strip, SURROUND if self._pictures else tokens.well)
        count, width = self._count, strip.width() / self._count
        for place in range(count):
            picture = self._pictures.get(int((place + 0.5) / count * self._timeline.frames))
            cell = QRectF(strip.left() + place * width, strip.top(), width, strip.height())
            if picture is not None and not picture.isNull():
                draw_filling(painter, cell.adjusted(0, 0, -1, 0), picture)
        painter.setClipping(False)
        if self._playable is not None:
            x = strip.left() + self._current / max(1, self._timeline.last) * strip.width()
            painter.setPen(QPen(tokens.accent_text, 2))
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))

    @property
    def _strip(self) -> QRectF:
        return QRectF(_EDGE, 2, max(1, self.width() - 2 * _EDGE), self.height() - 4)

    @property
    def _count(self) -> int:
        fits = max(1, round(self._strip.width() / (self._strip.height() * self._ratio)))
        return min(fits, self._timeline.frames)

    def _frame_at(self, x: float) -> int:
        share = (x - self._strip.left()) / self._strip.width()
        return round(min(1.0, max(0.0, share)) * self._timeline.last)

    def _begin(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._ask_next()
        self.update()

    def _ask_next(self) -> None:
        """Ask for the next picture that is missing; those that do not fit any more are forgotten."""
        wanted = self.wanted()
        if self._reader is None or self._asked is not None:
            return
        self._pictures = {frame: picture for frame, picture in self._pictures.items() if frame in set(wanted)}
        self._asked = next((frame for frame in wanted if frame not in self._pictures), None)
        if self._asked is not None:
            self._reader.request(self._asked)

    def _add_picture(self, asked: int, _index: int, picture: QImage) -> None:
        if not self._pictures and not picture.isNull():
            self._ratio = picture.width() / picture.height()
        self._pictures[asked] = picture
        self._asked = None
        self.setAccessibleDescription(tr("{count} pictures of the video", count=len(self._pictures)))
        self.update()
        self._ask_next()
