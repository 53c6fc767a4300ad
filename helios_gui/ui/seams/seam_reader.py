"""Reads the frames and the sound around a seam, one after the other, in threads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QImage

from helios_gui.ui.preview.reader_thread import CLOSE_SECONDS, Playable, ReaderThread
from helios_gui.ui.preview.timeline import Timeline
from helios_gui.ui.qt_runtime.deletion import delete_later
from helios_gui.ui.qt_runtime.thread_calls import on_window_thread
from helios_gui.ui.seams.seams import Seam

if TYPE_CHECKING:
    from helios_gui.ui.preview.media import MediaFacts

REACH = 5
"""Frames on each side of a seam."""

SOUND_SECONDS = 0.25
"""Sound on each side of a seam."""

PEAKS = 200
"""Peaks of the sound on each side."""

_LARGEST = QSize(480, 480)

Peaks = list[tuple[float, float]]

Stretch = tuple[Path, float] | None
"""A file and the seconds in it from which on ``SOUND_SECONDS`` are read; ``None``: there is nothing to read."""


class SeamReader(QObject):
    """Reads around one seam at a time of a video, or of what is there of it. ``close`` lets go of the files."""

    frame_read = Signal(int, QImage)
    """The index of a frame, and its picture; a null one where the frame is not there."""
    sound_read = Signal(int, list, list)
    """The frame of a seam, and the peaks of the sound before and after it; empty where there is none."""
    failed = Signal(str)

    def __init__(self, playable: Playable, parent: QObject) -> None:
        super().__init__(parent)
        self._playable = playable
        self._timeline: Timeline | None = None
        self._wanted: list[int] = []
        self._seam: Seam | None = None
        self._is_busy = False
        self._sounds: list[Thread] = []
        self._post_sound = on_window_thread(self._deliver_sound)
        self._reader = ReaderThread(self, largest=_LARGEST)
        self._reader.opened.connect(self._opened)
        self._reader.decoded.connect(self._decoded)
        self._reader.failed.connect(self.failed)
        self._reader.start(playable)

    def read(self, seam: Seam) -> None:
        """Read around this seam, instead of what was asked for before."""
        self._seam = seam
        if self._timeline is not None:
            self._begin(seam, self._timeline)

    def close(self) -> None:
        """Let go of the files: when this returns they may be overwritten."""
        self._wanted.clear()
        self._seam = None
        self._reader.close()
        for thread in self._sounds:
            thread.join(CLOSE_SECONDS)
        delete_later(self._reader)

    def _opened(self, facts: MediaFacts) -> None:
        self._timeline = facts.timeline
        if self._seam is not None:
            self._begin(self._seam, self._timeline)

    def _begin(self, seam: Seam, timeline: Timeline) -> None:
        first, last = max(0, seam.frame - REACH), min(timeline.last, seam.frame + REACH - 1)
        self._wanted = list(range(first, last + 1))
        self._next()
        stretches = self._stretches(seam, timeline)
        thread = Thread(target=_read_sound, args=(seam.frame, stretches, self._post_sound), daemon=True)
        self._sounds = [*(other for other in self._sounds if other.is_alive()), thread]
        thread.start()

    def _next(self) -> None:
        if self._wanted and not self._is_busy:
            self._is_busy = True
            self._reader.request(self._wanted[0])

    def _decoded(self, asked: int, found: int, picture: QImage) -> None:
        self._is_busy = False
        if asked in self._wanted:
            self._wanted.remove(asked)
            self.frame_read.emit(asked, picture if found == asked else QImage())
        self._next()

    def _stretches(self, seam: Seam, timeline: Timeline) -> tuple[Stretch, Stretch]:
        """Return where the sound before and after a seam is: in the video, or in the files of the two chunks."""
        footage = self._playable.footage
        if footage is None:
            moment = timeline.start(seam.frame)
            return (self._playable.path, max(0.0, moment - SOUND_SECONDS)), (self._playable.path, moment)
        later = footage.chunk_at(seam.frame)
        before, after = (footage.file(place) if footage.has(place) else None for place in (later - 1, later))
        return (
            None if before is None or before[1] is not None else (before[0], -SOUND_SECONDS),
            None if after is None or after[1] is not None else (after[0], 0.0),
        )

    def _deliver_sound(self, frame: int, before: Peaks, after: Peaks) -> None:
        self.sound_read.emit(frame, before, after)


def _read_sound(frame: int, stretches: tuple[Stretch, Stretch], post: Callable[[int, Peaks, Peaks], None]) -> None:
    from helios_gui.ui.seams.waveform import read_peaks

    before, after = (
        [] if stretch is None else read_peaks(stretch[0], stretch[1], SOUND_SECONDS, PEAKS) for stretch in stretches
    )
    post(frame, before, after)
