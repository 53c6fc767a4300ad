"""Makes small pictures in a thread, the newest request first, and keeps the last ones."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Condition, Thread

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from helios_gui.ui.qt_runtime.thread_calls import on_window_thread

MakePicture = Callable[[], QImage]
"""Returns the picture, or a null one where there is none. Runs in a thread."""

KEPT_BYTES = 64 * 1024 * 1024
"""Memory that the pictures of one maker take at most."""

_MOST_WISHES = 512
"""Older requests are forgotten: what scrolled past is asked for again when it is seen again."""


class _PictureRequests:
    """What is to be made, passed from the window to the thread."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._waiting: OrderedDict[Hashable, MakePicture] = OrderedDict()
        self._is_closed = False

    def put(self, key: Hashable, make: MakePicture) -> None:
        with self._changed:
            self._waiting[key] = make
            self._waiting.move_to_end(key)
            while len(self._waiting) > _MOST_WISHES:
                self._waiting.popitem(last=False)
            self._changed.notify()

    def take(self) -> tuple[Hashable, MakePicture] | None:
        """Wait for a request and return the newest; ``None`` after ``close``."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or bool(self._waiting))
            return None if self._is_closed else self._waiting.popitem()

    def clear(self) -> None:
        with self._changed:
            self._waiting.clear()

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._waiting.clear()
            self._changed.notify()


class ThumbnailMaker(QObject):
    """Pictures by key. The thread begins with the first request and ends with ``close()`` or with this object."""

    made = Signal(object)
    """The key of a picture that ``get`` returns from now on."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._requests = _PictureRequests()
        self._thread: Thread | None = None
        self._asked: set[Hashable] = set()
        self._pictures: OrderedDict[Hashable, QImage] = OrderedDict()
        self._bytes = 0
        self._post = on_window_thread(self._keep)
        self.destroyed.connect(self._requests.close)

    @property
    def kept_bytes(self) -> int:
        """Memory that the pictures take."""
        return self._bytes

    def get(self, key: Hashable, make: MakePicture) -> QImage | None:
        """Return the picture of a key if it is there; else have it made: ``made`` follows.

        A null picture means that there is none.
        """
        picture = self._pictures.get(key)
        if picture is not None:
            self._pictures.move_to_end(key)
            return picture
        self._asked.add(key)
        self._requests.put(key, make)
        if self._thread is None:
            self._thread = Thread(target=_serve, args=(self._requests, self._post), name="thumbnails", daemon=True)
            self._thread.start()
        return None

    def clear(self) -> None:
        """Forget all pictures and requests."""
        self._requests.clear()
        self._asked.clear()
        self._pictures.clear()
        self._bytes = 0

    def close(self) -> None:
        """Make nothing more."""
        self.clear()
        self._requests.close()

    def _keep(self, key: Hashable, picture: QImage) -> None:
        if key not in self._asked:
            return  # made for what was cleared meanwhile
        self._asked.discard(key)
        self._pictures[key] = picture
        self._bytes += picture.sizeInBytes()
        while self._bytes > KEPT_BYTES and len(self._pictures) > 1:
            self._bytes -= self._pictures.popitem(last=False)[1].sizeInBytes()
        self.made.emit(key)


def _serve(requests: _PictureRequests, post: Callable[[Hashable, QImage], None]) -> None:
    while (request := requests.take()) is not None:
        key, make = request
        try:
            picture = make()
        except Exception:  # a decoder's bug costs a small picture, not the thread
            picture = QImage()
        post(key, picture)
