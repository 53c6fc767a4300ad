"""Whether anything still changes in a folder and below it: what a page, a scene or a job needs may land after it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from helios_gui.watch_folders.unchanged import Unchanged

_MOST_ENTRIES = 20_000

_Signature = tuple[int, int, int]
"""How many files there are, their bytes together, and the newest time."""


class QuietTree:
    """Looks at a folder, and all below it, now and then.

    Args:
        folder: The folder.
        ignored: Names of folders in it that do not count, as hidden ones do not.
        is_own: Whether a file is written by our own jobs.
        quiet: Seconds for which nothing may change.
        clock: Returns seconds.
    """

    def __init__(
        self,
        folder: Path,
        ignored: Collection[str],
        is_own: Callable[[Path], bool],
        quiet: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._ignored = ignored
        self._is_own = is_own
        self._unchanged = Unchanged[Path, _Signature](quiet, clock)

    def scan(self) -> bool:
        """Return whether nothing has changed for long enough, as far as it was looked at. Blocking."""
        return bool(self._unchanged.scan({self._folder: self._read()}))

    def _read(self) -> _Signature:
        count = size = newest = 0
        for parent, folders, files in os.walk(self._folder):
            folders[:] = [name for name in folders if not name.startswith(".") and name not in self._ignored]
            for path in (Path(parent, name) for name in files):
                if count >= _MOST_ENTRIES:
                    return count, size, newest
                if not self._is_own(path):
                    with suppress(OSError):
                        found = path.stat()
                        count, size, newest = count + 1, size + found.st_size, max(newest, found.st_mtime_ns)
        return count, size, newest
