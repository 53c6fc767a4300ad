"""Asset bundles on a worker: files made from blobs, as many as possible of which are there already."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from helios_gui.storage.blob_cache import BlobCache
from helios_gui.storage.manifest import Manifest
from helios_gui.storage.parallel import run_workers
from helios_gui.storage.progress import BundleProgress, ProgressCounter, ignore_progress
from helios_gui.storage.settings import DEFAULT_CONCURRENCY
from helios_gui.types import ArtifactStorage


async def fetch_bundle(
    storage: ArtifactStorage,
    manifest: Manifest,
    target: Path,
    cache: BlobCache,
    *,
    on_progress: Callable[[BundleProgress], None] = ignore_progress,
    concurrency: int = DEFAULT_CONCURRENCY,
) -> None:
    """Make the manifest's files below ``target``, each verified by its SHA-256.

    Files that are there already are replaced. Raises ``StorageError``: also for a path that would lead out of
    ``target`` through a link, and ``ArtifactNotFoundError`` for a blob that is not in storage.
    """
    counter = ProgressCounter(len(manifest.files), sum(file.size for file in manifest.files), on_progress)
    left = iter(sorted(manifest.files, key=lambda file: -file.size))

    async def fetch_some() -> None:
        for file in left:
            if await cache.put_in_place(storage, file, target, counter.sent):
                counter.file_done()
            else:
                counter.skipped(1, file.size)

    with cache.hold(manifest.blobs):
        await run_workers(min(concurrency, len(manifest.files)), fetch_some)
    await cache.trim()
    counter.tell(at_once=True)
