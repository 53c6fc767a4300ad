"""Stills of a source, rendered one at a time: the last one asked for, and none twice."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage
from shiboken6 import isValid

from helios_gui.sources.source import AnyKind, JobRequest, SourceFacts
from helios_gui.translation import tr
from helios_gui.types import HeliosError
from helios_gui.types.errors import error_in_words
from helios_gui.ui.bridge import RunTask

_DELAY = 180
"""Milliseconds between the last request and the start: a hand that scrubs passes many frames."""
_KEPT = 48
_LARGEST = QSize(1920, 1080)

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class StillRequest:
    """A still that somebody wants to see."""

    request: JobRequest
    frame: int

    @property
    def key(self) -> Key:
        """Equal for requests that show the same picture."""
        plain = replace(self.request, job=None, output="", number_output=False, profile="", chunk_size=None)
        return repr(
            replace(plain, first_frame=None, frames=None, seconds=None, frame_list="", processors=1)
        ), self.frame


class StillLoader(QObject):
    """Renders stills into a folder. ``run`` owns its tasks; ``turn`` is held while something is rendered."""

    waiting = Signal(int)
    """A frame is about to be rendered."""
    loaded = Signal(int, QImage)
    failed = Signal(int, str)

    def __init__(
        self, kind: AnyKind, facts: SourceFacts, folder: Path, run: RunTask, turn: asyncio.Lock, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._kind = kind
        self._facts = facts
        self._folder = folder
        self._run = run
        self._turn = turn
        self._known: OrderedDict[Key, QImage] = OrderedDict()
        self._numbers = count()
        self._wanted: StillRequest | None = None
        self._task: asyncio.Task[None] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY)
        self._timer.timeout.connect(self._start)

    def request(self, still: StillRequest) -> None:
        """Show this still soon, instead of what was asked for before."""
        if self._wanted is not None and self._wanted.key == still.key and (self._timer.isActive() or self._is_busy()):
            return
        self._wanted = still
        known = self._known.get(still.key)
        if known is not None:
            self._timer.stop()
            self._give_up()
            self.loaded.emit(still.frame, known)
            return
        self.waiting.emit(still.frame)
        self._timer.start()

    def keep(self, still: StillRequest, image: QImage) -> None:
        """Remember a still that was rendered elsewhere."""
        self._known[still.key] = image
        self._known.move_to_end(still.key)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)

    def stop(self) -> None:
        """Render no more."""
        self._timer.stop()
        self._give_up()

    def _is_busy(self) -> bool:
        return self._task is not None and not self._task.done()

    def _give_up(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _start(self) -> None:
        before = self._task
        self._give_up()
        if self._wanted is not None:
            self._task = self._run(self._render(self._wanted, before))

    async def _render(self, still: StillRequest, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})
        picture = self._folder / f"still-{next(self._numbers)}.png"
        try:
            async with self._turn:
                await self._kind.still(still.request, self._facts, still.frame, picture, lambda line: None)
            image = await asyncio.to_thread(read_picture, picture)
        except HeliosError as error:
            if isValid(self):  # a browser that ends late may report after the sheet is gone
                self.failed.emit(still.frame, error_in_words(error))
            return
        self.keep(still, image)
        if isValid(self):
            self.loaded.emit(still.frame, image)


def read_picture(picture: Path) -> QImage:
    """Return a picture, made smaller where no window shows more. Blocking.

    Raises:
        HeliosError: It cannot be read.
    """
    image = QImage(str(picture))
    picture.unlink(missing_ok=True)
    if image.isNull():
        raise HeliosError(tr("The picture cannot be read."))
    if image.width() <= _LARGEST.width() and image.height() <= _LARGEST.height():
        return image
    return image.scaled(_LARGEST, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
