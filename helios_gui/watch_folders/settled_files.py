"""Which files of a folder are complete: unchanged for a while, and not open for writing. All of it blocks.

The folder is listed again and again rather than listened to: to see that a file does not change any more takes several
looks anyway, and network drives tell nobody of changes.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from helios_gui.watch_folders.unchanged import Unchanged

QUIET_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as it was when it was looked at: its size in bytes, and when it was written."""

    size: int
    mtime_ns: int


class SettledFiles:
    """Looks at a folder now and then, and tells the files that have settled, with what they were when they did.

    Args:
        folder: The folder.
        is_wanted: Whether a file of this name is of interest at all.
        quiet: Seconds for which size and time of a file have to stay the same.
        clock: Returns seconds.
    """

    def __init__(
        self,
        folder: Path,
        is_wanted: Callable[[Path], bool],
        quiet: float = QUIET_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._is_wanted = is_wanted
        self._unchanged = Unchanged[Path, FileState](quiet, clock)

    def scan(self) -> dict[Path, FileState]:
        """Return the files that have settled by now, oldest first.

        Raises:
            OSError: The folder cannot be read.
        """
        found = dict(self._files())
        settled = {path: found[path] for path in self._unchanged.scan(found) if found[path].size}
        written = open_for_writing(settled)
        ready = [path for path in settled if path not in written]
        return {path: settled[path] for path in sorted(ready, key=lambda path: (settled[path].mtime_ns, path.name))}

    def _files(self) -> Iterator[tuple[Path, FileState]]:
        with os.scandir(self._folder) as entries:
            for entry in entries:
                path = self._folder / entry.name
                if not entry.name.startswith((".", "~")) and self._is_wanted(path):
                    with suppress(OSError):  # it has just gone
                        if entry.is_file():
                            found = entry.stat()
                            yield path, FileState(found.st_size, found.st_mtime_ns)


def open_for_writing(paths: Collection[Path]) -> set[Path]:
    """Return those of some files that a program has open for writing, where that can be known."""
    if not paths:
        return set()
    if sys.platform == "linux":
        return _written_on_linux(paths)
    if sys.platform == "win32":
        return {path for path in paths if _is_held_on_windows(path)}
    return set()


def _written_on_linux(paths: Collection[Path]) -> set[Path]:
    """Look through the open files of all processes that may be looked into; those of other people may not."""
    wanted = {os.path.realpath(path): path for path in paths}
    found = set()
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with suppress(OSError):
                for descriptor in (process / "fd").iterdir():
                    with suppress(OSError):
                        path = wanted.get(str(descriptor.readlink()))
                        if path is not None and _writes(process / "fdinfo" / descriptor.name):
                            found.add(path)
    return found


def _writes(info: Path) -> bool:
    flags = next((line for line in info.read_text().splitlines() if line.startswith("flags:")), "flags: 0")
    return bool(int(flags.split()[1], 8) & (os.O_WRONLY | os.O_RDWR))


def _is_held_on_windows(path: Path) -> bool:
    """Return whether a program holds the file so that it cannot be renamed, as most do while they write."""
    try:
        path.rename(path)
    except OSError:
        return True
    return False
