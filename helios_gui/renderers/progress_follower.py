"""Follow the progress of one attempt without holding up the event loop, whatever its job's own pattern is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from helios_gui.renderers.progress import NEWEST_LINES, ProgressReader


class ProgressFollower:
    """Hands output to a ``ProgressReader`` and tells what it finds, on the event loop.

    Known renderers are read at once, which takes microseconds. A job's own pattern may take milliseconds a batch, so
    it is searched for on a thread, a batch at a time; what is printed meanwhile waits, but for older lines of a flood.

    Args:
        reader: What reads the lines.
        on_progress: Called with the frames done, or ``None`` where they are not more than before, after each batch.
    """

    def __init__(self, reader: ProgressReader, on_progress: Callable[[int | None], None]) -> None:
        self._reader = reader
        self._on_progress = on_progress
        self._waiting: Sequence[str] = ()
        self._is_searching = False
        self._is_closed = False

    def feed(self, lines: Sequence[str]) -> None:
        """Take new lines, oldest first."""
        if not self._reader.has_pattern:
            self._on_progress(self._reader.feed(lines))
            return
        self._waiting = (*self._waiting, *lines)[-NEWEST_LINES:]
        if not self._is_searching:
            self._search()

    def close(self) -> None:
        """Tell nothing from now on."""
        self._is_closed = True
        self._waiting = ()

    def _search(self) -> None:
        lines, self._waiting, self._is_searching = self._waiting, (), True
        loop = asyncio.get_running_loop()
        loop.run_in_executor(None, self._reader.feed, lines).add_done_callback(self._handle_result)

    def _handle_result(self, found: asyncio.Future[int | None]) -> None:
        self._is_searching = False
        if self._waiting:
            self._search()
        if not self._is_closed:
            self._on_progress(found.result())
