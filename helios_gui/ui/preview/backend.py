"""The interface of the preview's two players: QtMultimedia and the built-in decoder."""

from __future__ import annotations

from abc import abstractmethod

from PySide6.QtCore import QObject, Signal


class Backend(QObject):
    """Plays one file from opening to ``close()``. Frames are counted from 0.

    A backend shows its first frame by itself as soon as it can, paused.
    """

    shown = Signal(int, object)
    """A frame is due on screen: its index, and the picture (``QImage`` or ``QVideoFrame``)."""
    ended = Signal()
    """The last frame has been played to its end, without looping."""
    failed = Signal(str)
    """Words: this backend cannot show the file (any further)."""

    @abstractmethod
    def play(self) -> None:
        """Go on from the current frame (from the first one after the end)."""

    @abstractmethod
    def pause(self) -> None:
        """Stay on the current frame."""

    @abstractmethod
    def seek(self, index: int) -> None:
        """Go to exactly that frame, playing or paused as before; ``shown`` follows."""

    @abstractmethod
    def set_looping(self, looping: bool) -> None:
        """Set whether playing starts again after the last frame."""

    @abstractmethod
    def set_volume(self, volume: float, muted: bool) -> None:
        """Set a volume of 0 to 1, as the ear measures it. Silent backends ignore it."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the file: when this returns it may be overwritten."""
