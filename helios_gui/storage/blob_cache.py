"""Blobs kept on a worker between attempts: a bounded folder, by SHA-256, the longest unused leaving first."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from weakref import WeakValueDictionary

from helios_gui.storage.file_errors import file_error
from helios_gui.storage.hashing import sha256_of
from helios_gui.storage.manifest import ManifestFile
from helios_gui.storage.materialize import place
from helios_gui.storage.threads import Stop, TransferThreads
from helios_gui.types import ArtifactStorage

DEFAULT_LIMIT = 8 * 1024**3
_Seen = tuple[int, int, int]


class BlobCache:
    """``limit`` bounds the bytes kept; what a bundle in use needs stays, even above it.

    A blob is hashed when first met, and again whenever its file is not as it was left, so that what a renderer
    did to a linked file never reaches the next attempt. One cache per folder and event loop.
    """

    def __init__(self, folder: Path, limit: int = DEFAULT_LIMIT, threads: int = 4) -> None:
        self._folder = folder
        self._limit = limit
        self._threads = TransferThreads("helios-blobs", threads)
        self._verified: dict[str, _Seen] = {}
        self._held: Counter[str] = Counter()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @contextlib.contextmanager
    def hold(self, blobs: Collection[str]) -> Iterator[None]:
        """Keep these blobs, once they are there, until the block ends."""
        self._held.update(blobs)
        try:
            yield
        finally:
            self._held.subtract(blobs)
            self._held += Counter()  # drops those at zero

    async def put_in_place(
        self, storage: ArtifactStorage, file: ManifestFile, target: Path, on_bytes: Callable[[int], None]
    ) -> bool:
        """Make the file below the folder ``target``; ``True`` if it had to be downloaded. Raises ``StorageError``."""
        lock = self._locks.setdefault(file.sha256, asyncio.Lock())
        async with lock:
            there = await self._threads.run(lambda stop: self._is_there(file, stop))
            if not there:
                await storage.download(file.blob_key, self._path(file.sha256), sha256=file.sha256, on_bytes=on_bytes)
            await self._threads.run(lambda stop: self._place(file, target))
        return not there

    async def trim(self) -> None:
        """Remove the longest unused blobs until the rest is within the limit."""
        await self._threads.run(self._trim)

    async def close(self) -> None:
        """Let go of the threads; the blobs stay."""
        await self._threads.close()

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def _is_there(self, file: ManifestFile, stop: Stop) -> bool:
        path = self._path(file.sha256)
        try:
            seen = _look(path)
            if seen == self._verified.get(file.sha256) or sha256_of(path, stop) == file.sha256:
                return True
            path.unlink()
        except FileNotFoundError:
            pass
        except OSError as error:
            raise file_error(error) from error
        self._verified.pop(file.sha256, None)
        return False

    def _place(self, file: ManifestFile, target: Path) -> None:
        path = self._path(file.sha256)
        try:
            place(path, target, file.path, executable=file.executable)
            os.utime(path)  # for the order of leaving
            self._verified[file.sha256] = _look(path)
        except OSError as error:
            raise file_error(error) from error

    def _trim(self, stop: Stop) -> None:
        blobs = []
        for path in self._folder.glob("??/*"):
            stop.check()
            with contextlib.suppress(OSError):
                found = path.stat()
                blobs.append((found.st_mtime_ns, found.st_size, path))
        size = sum(blob[1] for blob in blobs)
        for _, freed, path in sorted(blobs):
            if size <= self._limit:
                return
            stop.check()
            if not self._held[path.name.removesuffix(".part")]:
                with contextlib.suppress(OSError):
                    path.unlink()
                    size -= freed
                    self._verified.pop(path.name, None)


def _look(path: Path) -> _Seen:
    """What changes when somebody writes to the file."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino
