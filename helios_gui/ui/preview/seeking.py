"""Seeks one after the other; of those waiting, only the newest is done."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

STRAY_MILLISECONDS = 150
"""A frame other than the one sought counts as the landing when nothing better follows for this long."""

SEEK_MILLISECONDS = 3000
"""A seek without any frame is given up after this long."""

OVERSHOOT = 3
"""A seek while playing may land this many frames late: the picture has gone on meanwhile."""


class Seeker(QObject):
    """Stands between wishes and decoder: scrubbing costs as many seeks as the decoder can do, and no more.

    Wishes that come during a seek replace each other. Frames that belong to the time before a seek are held
    back, so that the picture does not jump about.
    """

    seek_now = Signal(int)
    """The decoder shall go to this frame."""
    shown = Signal(int, object)
    """A frame is due on screen: its index and the picture."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._target: int | None = None
        self._next: int | None = None
        self._stray: tuple[int, object] | None = None
        self._stray_timer = QTimer(self, singleShot=True, interval=STRAY_MILLISECONDS)
        self._stray_timer.timeout.connect(self.give_up)
        self._seek_timer = QTimer(self, singleShot=True, interval=SEEK_MILLISECONDS)
        self._seek_timer.timeout.connect(self.give_up)

    @property
    def wanted(self) -> int | None:
        """Where this ends up once all wishes are met; ``None`` when idle."""
        return self._target if self._next is None else self._next

    def request(self, frame: int) -> None:
        """Seek to a frame, after the seek that is under way."""
        if self._target is None:
            self._begin(frame)
        else:
            self._next = frame

    def receive(self, index: int, picture: object, playing: bool) -> None:
        """Take a frame that the decoder delivered."""
        if self._target is None:
            self.shown.emit(index, picture)
        elif 0 <= index - self._target <= (OVERSHOOT if playing else 0):
            self._settle((index, picture))
        else:
            self._stray = (index, picture)
            self._stray_timer.start()

    def clear(self) -> None:
        """Forget all seeks."""
        self._target = self._next = self._stray = None
        self._stray_timer.stop()
        self._seek_timer.stop()

    def give_up(self) -> None:
        """End a seek that did not reach its frame, and show the frame it did reach."""
        self._settle(self._stray)

    def _begin(self, frame: int) -> None:
        self._target = frame
        self._seek_timer.start()
        self.seek_now.emit(frame)

    def _settle(self, landed: tuple[int, object] | None) -> None:
        following = self._next
        reached = self._target if landed is None else landed[0]
        self.clear()
        if landed is not None:
            self.shown.emit(*landed)
        if following is not None and following != reached:
            self._begin(following)
