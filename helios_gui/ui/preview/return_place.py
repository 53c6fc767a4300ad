"""Where a person was in a video, for the next version of it."""

from __future__ import annotations

from collections.abc import Callable


class ReturnPlace:
    """Remembers a frame while a video is rendered again, as chunks and then as the whole. Frames count from 0."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin with the first frame: another video is opened."""
        self._frame = self._landed = 0
        self._is_away = True  # the first chunk that is there need not be the first of all

    def leave(self, frame: int) -> None:
        """Remember the frame on screen, unless it only stands for one that is not there for now."""
        if not self._is_away and frame != self._landed:
            self._frame = frame
        self._is_away = True

    def come_back(self, nearest: Callable[[int], int]) -> int | None:
        """Return the frame to go to, once for each version that is opened; ``None``: stay where you are.

        Args:
            nearest: Returns the frame that stands for another: itself, if it is there.
        """
        if not self._is_away:
            return None
        self._is_away = False
        self._landed = nearest(self._frame)
        return self._landed or None
