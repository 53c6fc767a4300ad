"""Reads the frames of what is rendered already, from the files of the chunks. As ``media``, imported when needed."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from PySide6.QtGui import QImage

from helios_gui.ui.preview.footage import Footage
from helios_gui.ui.preview.media import FrameReader, MediaFacts
from helios_gui.ui.preview.pictures import SequenceReader
from helios_gui.ui.preview.timeline import Timeline

CONTAINER = "footage"
"""What stands for the container in the facts: QtMultimedia cannot play several files as one."""


class FootageReader:
    """The frames of all chunks that are done, asked for by their place in the video. Has ``FrameReader``'s methods.

    One chunk's file is held open at a time.

    Args:
        footage: What is there; at least one chunk.
        stop: Is asked between frames whether to give up.
    """

    def __init__(self, footage: Footage, stop: Callable[[], bool]) -> None:
        self._footage = footage
        self._stop = stop
        self._chunk = footage.chunk_at(footage.nearest(0))
        self._reader = self._open(self._chunk)
        self.facts = MediaFacts(
            timeline=Timeline(footage.rate, footage.frames),
            codec=self._reader.facts.codec,
            container=CONTAINER,
            has_alpha=self._reader.facts.has_alpha,
            has_audio=self._reader.facts.has_audio,
            ends_early=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the file that is open."""
        self._reader.__exit__(kind, error, trace)

    def read(self, index: int) -> tuple[int, QImage]:
        """Return the frame of that index, or the nearest one that is there, with its index. Raises ``MediaError``."""
        index = self._footage.nearest(index)
        chunk = self._footage.chunk_at(index)
        if chunk != self._chunk:
            self._reader.__exit__(None, None, None)
            self._reader, self._chunk = self._open(chunk), chunk
        first = self._footage.start(chunk)
        place, image = self._reader.read(index - first)
        return first + place, image

    def _open(self, chunk: int) -> FrameReader | SequenceReader:
        path, numbers, frames = self._footage.file(chunk)
        if numbers is not None:
            return SequenceReader(path, numbers, self._footage.rate)
        return FrameReader(path, rate=self._footage.rate, frames=frames, stop=self._stop)
