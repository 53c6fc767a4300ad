"""Read foreign media files in child processes, so that a file that crashes a library costs only its own chunk."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from helios_gui.media import media_probe
from helios_gui.process.isolated_calls import IsolatedCallError, IsolatedCalls
from helios_gui.translation import tr
from helios_gui.types import MediaInfo, VerificationError
from helios_gui.utils.work_threads import Stop

Found = TypeVar("Found")
_Identity = tuple[str, int, int, int, int]

_KEPT_FRAMES = 200_000
"""Of files that are remembered, together: some 10 MB."""
_KEPT_FILES = 5_000


class MediaReader:
    """Does what ``media_probe`` does, in processes of its own. For any number of threads; close it when done.

    A file that was looked at is not read again while it is the same: by name, device, inode, size and time. A chunk
    that was verified when it was rendered need not be read once more before it is joined, though it was moved.
    """

    def __init__(self) -> None:
        self._calls = IsolatedCalls()
        self._known: OrderedDict[_Identity, media_probe.ProbedFile] = OrderedDict()
        self._frames = 0
        self._lock = threading.Lock()

    def probe(self, path: Path, stop: Stop | None = None) -> MediaInfo:
        """Return what ``media_probe.probe`` finds (blocking); raise what ``probe_file`` raises."""
        return self.probe_file(path, stop).info

    def probe_file(self, path: Path, stop: Stop | None = None) -> media_probe.ProbedFile:
        """Return what ``media_probe.probe_file`` finds (blocking); raise what it raises.

        Raises:
            VerificationError: Also when reading the file crashes, or does not come to an end.
        """
        before = _identity(path)
        with self._lock:
            known = self._known.get(before) if before else None
        if known is not None:
            return replace(known, info=replace(known.info, path=path.absolute()))
        found = self.read(media_probe.probe_file, path, stop)
        if before is not None and _identity(path) == before:
            self._remember(before, found)
        return found

    def _remember(self, identity: _Identity, found: media_probe.ProbedFile) -> None:
        with self._lock:
            if identity in self._known:
                return
            self._known[identity] = found
            self._frames += found.info.frames
            while self._known and (self._frames > _KEPT_FRAMES or len(self._known) > _KEPT_FILES):
                _, oldest = self._known.popitem(last=False)
                self._frames -= oldest.info.frames

    def read(self, function: Callable[[Path, Stop], Found], path: Path, stop: Stop | None) -> Found:
        """Return ``function(path, stop)``, called in a process of its own (blocking); raise what it raises.

        Raises:
            VerificationError: The call crashed, or did not come to an end.
        """
        try:
            return self._calls.call(function, path.absolute(), stop=stop)
        except IsolatedCallError as error:
            raise VerificationError(
                tr("{path} cannot be read: the process that read it failed, as {error}.", path=path.name, error=error),
                tr(
                    "The file may be damaged, or of a kind that the media library cannot read. Render it again, "
                    "perhaps in another format."
                ),
            ) from error

    def close(self) -> None:
        """End the processes."""
        self._calls.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _identity(path: Path) -> _Identity | None:
    """Return what tells whether a file is still the same; ``None`` where the file system does not number its files."""
    try:
        status = path.stat()
    except OSError:  # what is wrong with it is said by reading it
        return None
    if not status.st_ino:
        return None
    return path.name, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
