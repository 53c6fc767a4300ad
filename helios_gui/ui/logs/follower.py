"""Reads a log file as it grows, a little at a time, in a thread: a slow disk does not hold up the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from PySide6.QtCore import QObject, QTimer, Signal

from helios_gui.process.log_tail import LogTail
from helios_gui.ui.qt_runtime.thread_calls import on_window_thread

POLL_MS = 100
"""How often a quiet file is looked at."""

CATCH_UP_MS = 15
"""Pause between two blocks while there is more to read: the window stays responsive."""

BLOCK = 32 * 1024
"""Bytes shown at a time: some 500 lines, which the text widget takes in within a frame even when it is full."""

TAIL = 1024 * 1024
"""Bytes shown of what a log already has when it is opened; earlier output stays in the file."""

LINE_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class _Block:
    """What one look at a file has brought."""

    tail: LogTail
    lines: list[str]
    skipped: int


class LogFollower(QObject):
    """Follows one file. ``lines`` brings new lines, ``skipped`` the bytes passed over because they were too many."""

    lines = Signal(list)
    skipped = Signal(int)
    caught_up = Signal()
    """Everything the file had at this moment has been sent."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tail: LogTail | None = None
        self._growing = False
        self._paused = False
        self._is_reading = False
        self._is_stale = False
        self._post = on_window_thread(self._handle_block)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._read)

    def open(self, path: Path, *, growing: bool) -> None:
        """Start anew with this file; ``growing``: somebody still writes to it."""
        self._tail = LogTail(path, keep=1, start_at_tail=TAIL, block=BLOCK, backlog=TAIL, line_limit=LINE_LIMIT)
        self._growing = growing
        self._continue()

    def set_growing(self, growing: bool) -> None:
        """Set whether somebody (still) writes to the file; where nobody does, it is read to its end, once."""
        self._growing = growing
        self._continue()

    def set_paused(self, paused: bool) -> None:
        """Leave the file alone for a while (nobody looks), or go on where reading stopped."""
        self._paused = paused
        self._continue()

    def close(self) -> None:
        """Follow nothing."""
        self._tail = None
        self._timer.stop()

    def _continue(self) -> None:
        self._is_stale = True
        if self._tail is None or self._paused:
            self._timer.stop()
        elif not self._is_reading:
            self._timer.start(0)

    def _read(self) -> None:
        """Have one block of lines read."""
        if self._tail is not None and not self._is_reading:
            self._is_reading = True
            self._is_stale = False
            Thread(target=_read_block, args=(self._tail, self._growing, self._post), daemon=True).start()

    def _handle_block(self, block: _Block) -> None:
        """Send one block of lines and arrange for the next look."""
        self._is_reading = False
        tail = self._tail
        if tail is not block.tail:  # another file was opened meanwhile
            self._continue()
            return
        if block.skipped:
            self.skipped.emit(block.skipped)
        if block.lines:
            self.lines.emit(block.lines)
        if self._tail is not tail or tail is None:  # a listener opened another file
            return
        if tail.behind:
            self._wait(CATCH_UP_MS)
            return
        if self._is_stale:  # what is done with the file has changed while it was read
            self._continue()
            return
        self.caught_up.emit()
        if self._growing:
            self._wait(POLL_MS)

    def _wait(self, milliseconds: int) -> None:
        if not self._paused:
            self._timer.start(milliseconds)


def _read_block(tail: LogTail, growing: bool, post: Callable[[_Block], None]) -> None:
    before = tail.skipped
    lines = tail.read()
    if not growing and not tail.behind:
        lines += tail.flush()
    post(_Block(tail, lines, tail.skipped - before))
