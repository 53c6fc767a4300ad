"""Asset bundles on a worker: files made from blobs, which a bounded folder keeps between attempts."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from weakref import WeakValueDictionary

from helios_gui.storage.local_files import file_error, sha256_of
from helios_gui.storage.manifest import Manifest, ManifestFile
from helios_gui.storage.materialize import materialize
from helios_gui.storage.object_transfer import run_workers, storage_threads
from helios_gui.storage.progress import BundleProgress, ProgressCounter, ignore_progress
from helios_gui.storage.settings import DEFAULT_CONCURRENCY
from helios_gui.types import ArtifactStorage
from helios_gui.utils.work_threads import Stop

DEFAULT_LIMIT = 8 * 1024**3
_FileState = tuple[int, int, int, int]


class BlobCache:
    """A folder of blobs by SHA-256; those that have not been used for longest are removed first.

    A blob is hashed when first used, again whenever its file has changed, and for each bundle if it was linked to, so
    that changes by a renderer to a linked file never reach the next attempt (it may have put back the file's times).
    That takes less time than copying it. One cache per folder and event loop.

    Args:
        folder: Where the blobs are kept.
        limit: Bytes to keep; blobs of bundles in use stay even above it.
        threads: How many files are hashed or copied at once.
    """

    def __init__(self, folder: Path, limit: int = DEFAULT_LIMIT, threads: int = 4) -> None:
        self._folder = folder
        self._limit = limit
        self._threads = storage_threads("helios-blobs", threads)
        self._verified: dict[str, _FileState] = {}
        self._linked: set[str] = set()
        self._held: Counter[str] = Counter()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @contextlib.contextmanager
    def hold(self, blobs: Collection[str]) -> Iterator[None]:
        """Keep these blobs, once they are there, until the ``with`` block ends; trust none that was linked to."""
        for blob in self._linked.intersection(blobs):
            self._verified.pop(blob, None)
        self._held.update(blobs)
        try:
            yield
        finally:
            self._held.subtract(blobs)
            self._held += Counter()  # drops those at zero

    async def materialize(
        self, storage: ArtifactStorage, file: ManifestFile, target: Path, on_bytes: Callable[[int], None]
    ) -> bool:
        """Make the file below the folder ``target``. Return whether it had to be downloaded.

        Raises ``StorageError``.
        """
        lock = self._locks.setdefault(file.sha256, asyncio.Lock())
        async with lock:
            cached = await self._threads.run(lambda stop: self._is_cached(file, stop))
            if not cached:
                await storage.download(file.blob_key, self._path(file.sha256), sha256=file.sha256, on_bytes=on_bytes)
            await self._threads.run(lambda stop: self._materialize(file, target))
        return not cached

    async def trim(self) -> None:
        """Remove the longest unused blobs until the rest is within the limit."""
        await self._threads.run(self._trim)

    async def close(self) -> None:
        """End the threads; the blobs stay."""
        await self._threads.aclose()

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def _is_cached(self, file: ManifestFile, stop: Stop) -> bool:
        path = self._path(file.sha256)
        try:
            state = _file_state(path)
            if state == self._verified.get(file.sha256) or sha256_of(path, stop) == file.sha256:
                return True
            path.unlink()
        except FileNotFoundError:
            pass
        except OSError as error:
            raise file_error(error) from error
        self._verified.pop(file.sha256, None)
        return False

    def _materialize(self, file: ManifestFile, target: Path) -> None:
        path = self._path(file.sha256)
        try:
            if materialize(path, target, file.path, executable=file.executable):
                self._linked.add(file.sha256)
            os.utime(path)  # trim removes the least recently used
            self._verified[file.sha256] = _file_state(path)
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


async def download_bundle(
    storage: ArtifactStorage,
    manifest: Manifest,
    target: Path,
    cache: BlobCache,
    *,
    on_progress: Callable[[BundleProgress], None] = ignore_progress,
    concurrency: int = DEFAULT_CONCURRENCY,
) -> None:
    """Make the manifest's files below ``target``, each verified by its SHA-256. Existing files are replaced.

    Raises:
        ArtifactNotFoundError: A blob is not in storage.
        StorageError: A transfer failed, or a path leads out of ``target`` through a link.
    """
    counter = ProgressCounter(len(manifest.files), sum(file.size for file in manifest.files), on_progress)
    remaining = iter(sorted(manifest.files, key=lambda file: -file.size))

    async def download_some() -> None:
        for file in remaining:
            if await cache.materialize(storage, file, target, counter.sent):
                counter.file_done()
            else:
                counter.skipped(1, file.size)

    with cache.hold(manifest.blobs):
        await run_workers(min(concurrency, len(manifest.files)), download_some)
    await cache.trim()
    counter.publish(at_once=True)


def _file_state(path: Path) -> _FileState:
    """Return what changes when somebody writes to the file."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
