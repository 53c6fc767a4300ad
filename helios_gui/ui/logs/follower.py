"""Reads a log file as it grows, a little at a time, on the event loop."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from helios_gui.process.log_tail import LogTail

POLL_MS = 100
"""How often a quiet file is looked at."""

CATCH_UP_MS = 15
"""Pause between two blocks while there is more to read: the window stays responsive."""

BLOCK = 32 * 1024
"""Bytes shown at a time: some 500 lines, which the text widget takes in within a frame even when it is full."""

TAIL = 1024 * 1024
"""Bytes shown of what a log already has when it is opened; earlier output stays in the file."""

LINE_LIMIT = 2000


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
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._read)

    def open(self, path: Path, *, growing: bool) -> None:
        """Start anew with this file; ``growing``: somebody still writes to it."""
        self._tail = LogTail(path, keep=1, start_at_tail=TAIL, block=BLOCK, backlog=TAIL, line_limit=LINE_LIMIT)
        self._growing = growing
        self._continue()

    def set_growing(self, growing: bool) -> None:
        """Somebody (still) writes to the file, or nobody any more: then it is read to its end, once."""
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
        if self._tail is not None and not self._paused:
            self._timer.start(0)
        else:
            self._timer.stop()

    def _read(self) -> None:
        """Send one block of lines and arrange for the next look."""
        tail = self._tail
        if tail is None:
            return
        skipped_before = tail.skipped
        lines = tail.read()
        if tail.skipped > skipped_before:
            self.skipped.emit(tail.skipped - skipped_before)
        if not self._growing and not tail.behind:
            lines += tail.flush()
        if lines:
            self.lines.emit(lines)
        if self._tail is not tail:  # a listener opened another file
            return
        if tail.behind:
            self._timer.start(CATCH_UP_MS)
            return
        self.caught_up.emit()
        if self._growing:
            self._timer.start(POLL_MS)
