"""Plays files with our own decoder: without sound, but exact, and with the alpha channel."""

from __future__ import annotations

from time import monotonic

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QImage

from helios_gui.ui.preview.backend import Backend
from helios_gui.ui.preview.reader_thread import ReaderThread
from helios_gui.ui.preview.timeline import Timeline

SKIP = 3
"""At most this many frames forward at a time: a decoder too slow for the pace plays slower, it never freezes."""


class FallbackPlayer(Backend):
    """Shows what a ``ReaderThread`` (already opened, and taken over) decodes, paced by a timer.

    While playing, one frame is decoded ahead: it waits here until it is due.
    """

    def __init__(self, reader: ReaderThread, timeline: Timeline, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader = reader
        self._timeline = timeline
        self._playing = False
        self._looping = False
        self._index = 0
        self._sought: int | None = 0
        self._ahead: tuple[int, QImage] | None = None
        self._zero = 0.0  # the moment frame 0 would have shown, on the monotonic clock
        self._due = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._due.timeout.connect(self._show_due)
        reader.setParent(self)
        reader.decoded.connect(self._receive)
        reader.failed.connect(self.failed)
        reader.request(0)

    def play(self) -> None:
        if not self._playing:
            self._playing = True
            if self._sought is None:
                self._start_clock()
                self._prepare_next()

    def pause(self) -> None:
        self._playing = False
        self._ahead = None
        self._due.stop()

    def seek(self, index: int) -> None:
        self._ahead = None
        self._due.stop()
        self._sought = index
        self._reader.request(index)

    def set_looping(self, looping: bool) -> None:
        self._looping = looping

    def set_volume(self, volume: float, muted: bool) -> None:
        """Do nothing: there is nothing to hear."""

    def close(self) -> None:
        self.pause()
        self._reader.close()

    def _receive(self, asked: int, index: int, image: QImage) -> None:
        if self._sought is not None:
            if asked == self._sought:
                self._sought = None
                self._show(index, image)
                self._start_clock()
                self._prepare_next()
        elif self._playing:
            if index <= self._index:  # the file is shorter than it said
                self._finish()
            else:
                if index > asked:  # what lies between is not rendered yet: it takes no time
                    self._zero = monotonic() + float(1 / self._timeline.rate) - self._timeline.start(index)
                self._ahead = (index, image)
                self._wait_until(self._timeline.start(index))

    def _prepare_next(self) -> None:
        """Have the next frame decoded: the one the clock asks for, if that is not too far away."""
        if not self._playing:
            return
        if self._index >= self._timeline.last:
            self._wait_until(self._timeline.duration)
            return
        on_clock = self._timeline.showing(monotonic() - self._zero)
        index = min(max(self._index + 1, on_clock), self._index + SKIP, self._timeline.last)
        self._reader.request(index)

    def _show_due(self) -> None:
        if self._ahead is None:
            self._finish()
            return
        index, image = self._ahead
        self._ahead = None
        self._show(index, image)
        behind = monotonic() - self._zero - self._timeline.start(index)
        if behind > SKIP / self._timeline.rate:
            self._start_clock()
        self._prepare_next()

    def _finish(self) -> None:
        if self._looping:
            self.seek(0)
        else:
            self.pause()
            self.ended.emit()

    def _show(self, index: int, image: QImage) -> None:
        self._index = index
        self.shown.emit(index, image)

    def _start_clock(self) -> None:
        self._zero = monotonic() - self._timeline.start(self._index)

    def _wait_until(self, seconds: float) -> None:
        self._due.start(max(0, round((self._zero + seconds - monotonic()) * 1000)))
