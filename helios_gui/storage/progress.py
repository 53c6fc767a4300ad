"""How far the transfer of a bundle is."""

from __future__ import annotations

import time
from collections.abc import Callable

from helios_gui.types.worker import BundleProgress, ignore_progress

__all__ = ["BundleProgress", "ProgressCounter", "ignore_progress"]

_INTERVAL = 0.05


class ProgressCounter:
    """Counts, and tells at most twenty times a second; on the event loop."""

    def __init__(self, files: int, size: int, on_progress: Callable[[BundleProgress], None]) -> None:
        self._files, self._size = files, size
        self._on_progress = on_progress
        self._told = 0.0
        self.files_done = 0
        self.bytes_done = 0
        self.bytes_skipped = 0
        self.bytes_hashed = 0

    def sent(self, count: int) -> None:
        """Note that some bytes of a file were transferred."""
        self.bytes_done = min(self._size, self.bytes_done + count)
        self.publish()

    def hashed(self, count: int) -> None:
        """Note that some bytes were hashed."""
        self.bytes_hashed = min(self._size, self.bytes_hashed + count)
        self.publish()

    def skipped(self, files: int, size: int) -> None:
        """Note files that need not be transferred."""
        self.files_done += files
        self.bytes_skipped += size
        self.sent(size)

    def file_done(self) -> None:
        """Note that a file's transfer has ended."""
        self.files_done += 1
        self.publish()

    def publish(self, *, at_once: bool = False) -> None:
        """Pass the numbers on, unless that was done a moment ago."""
        now = time.monotonic()
        if not at_once and now - self._told < _INTERVAL:
            return
        self._told = now
        self._on_progress(
            BundleProgress(
                self.files_done, self._files, self.bytes_done, self._size, self.bytes_skipped, self.bytes_hashed
            )
        )
