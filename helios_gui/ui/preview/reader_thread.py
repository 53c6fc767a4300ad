"""A thread that holds one file open and decodes the frames it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from threading import Condition, Thread
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QImage

from helios_gui.translation import tr
from helios_gui.types import HeliosError
from helios_gui.types.sequences import read_pattern
from helios_gui.ui.preview.footage import Footage
from helios_gui.ui.qt_runtime.thread_calls import on_window_thread

if TYPE_CHECKING:
    from helios_gui.ui.preview.footage_reader import FootageReader
    from helios_gui.ui.preview.media import FrameReader
    from helios_gui.ui.preview.pictures import SequenceReader

    Reader = FootageReader | FrameReader | SequenceReader

CLOSE_SECONDS = 5.0
"""How long closing may wait for the frame being decoded (a large one takes a fraction of a second)."""


@dataclass(frozen=True, slots=True)
class Playable:
    """What is to be played: a video, an image sequence, or what is there of a video that is being rendered.

    Attributes:
        path: The video, or the pattern of the sequence.
        rate: Frames per second, where the file does not say.
        frames: How many frames, where the file does not say.
        numbers: The numbers of a sequence's frames; ``None`` for all that are there.
        footage: The chunks that are done, of a video that is not there yet.
    """

    path: Path = Path()
    rate: Fraction | None = None
    frames: int | None = None
    numbers: Sequence[int] | None = None
    footage: Footage | None = None


class _FrameRequest:
    """The frame to decode next, passed from the window to the thread. A newer request replaces an older one."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._frame: int | None = None
        self._closed = False

    def put(self, frame: int) -> None:
        with self._changed:
            self._frame = frame
            self._changed.notify()

    def take(self) -> int | None:
        """Wait for a request and return its frame; ``None`` after ``close``."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._frame is not None)
            frame, self._frame = self._frame, None
            return None if self._closed else frame

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()

    def is_closed(self) -> bool:
        return self._closed


class ReaderThread(QObject):
    """Opens a file in a thread of its own, says what is in it, and decodes frames on request.

    Ends with ``close()``; being destroyed ends it too. All signals come in the thread of this object, none
    after ``close()``. Pictures are made smaller in the thread where ``largest`` says so.
    """

    opened = Signal(object)
    """``MediaFacts``: the file can be decoded."""
    decoded = Signal(int, int, object)
    """The answer to ``request()``: the index asked for, the true index of the frame, and its ``QImage``."""
    failed = Signal(str)
    """Words: the file cannot be decoded (any further); the thread has ended."""

    def __init__(self, parent: QObject | None = None, largest: QSize | None = None) -> None:
        super().__init__(parent)
        self._largest = largest
        self._requests = _FrameRequest()
        self._thread: Thread | None = None
        self._post = on_window_thread(self._deliver)
        self.destroyed.connect(self._requests.close)

    def start(self, playable: Playable) -> None:
        """Open what is to be played; once per object."""
        open_reader = partial(_open_reader, playable, self._requests.is_closed)
        arguments = (playable.path, open_reader, self._requests, self._post, self._largest)
        self._thread = Thread(target=_serve, args=arguments, name=f"preview {playable.path.name}", daemon=True)
        self._thread.start()

    def request(self, index: int) -> None:
        """Ask for a frame; only the newest request still waiting is answered."""
        self._requests.put(index)

    def close(self) -> None:
        """End the thread and let go of the file: when this returns the file may be overwritten."""
        self._requests.close()
        if self._thread is not None:
            self._thread.join(CLOSE_SECONDS)

    def _deliver(self, message: object) -> None:
        if self._requests.is_closed():
            return
        if isinstance(message, str):
            self.failed.emit(message)
        elif isinstance(message, tuple):
            self.decoded.emit(*message)
        else:
            self.opened.emit(message)


def _open_reader(playable: Playable, stop: Callable[[], bool]) -> Reader:
    """Open what is to be played. Loads PyAV, off the window's thread."""
    if playable.footage is not None:
        from helios_gui.ui.preview.footage_reader import FootageReader

        return FootageReader(playable.footage, stop)
    if read_pattern(playable.path.name) is not None:
        from helios_gui.ui.preview.pictures import SequenceReader

        return SequenceReader(playable.path, playable.numbers, playable.rate)
    from helios_gui.ui.preview.media import FrameReader

    return FrameReader(playable.path, rate=playable.rate, frames=playable.frames, stop=stop)


def _serve(
    path: Path,
    open_reader: Callable[[], Reader],
    requests: _FrameRequest,
    post: Callable[[object], None],
    largest: QSize | None,
) -> None:
    """Post ``MediaFacts``, then (requested index, index, image) for each request; an error text ends the thread."""
    try:
        with open_reader() as reader:
            post(reader.facts)
            while (index := requests.take()) is not None:
                found, image = reader.read(index)
                post((index, found, image if largest is None else _shrunk(image, largest)))
    except HeliosError as error:
        post(str(error))
    except Exception as error:  # a decoder's bug must end in words, not in a picture that never comes
        post(tr("{path} cannot be decoded: {name}: {error}", path=path.name, name=type(error).__name__, error=error))


def _shrunk(image: QImage, largest: QSize) -> QImage:
    from helios_gui.ui.thumbnails.first_picture import shrink_picture

    return shrink_picture(image, largest)
