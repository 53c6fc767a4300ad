"""Asset bundles on the worker, which keeps their blobs for the attempts to come."""

from __future__ import annotations

from pathlib import Path

from helios_gui.storage.bundle_download import BlobCache, download_bundle
from helios_gui.storage.manifest import Manifest
from helios_gui.worker.attempt_storage import Storages
from helios_gui.worker.plain_assets import fetch_folder

JOB_FILE = "job.json"
"""What the original calls the job among its files."""


class BundleFetcher:
    """Fetches bundles through a cache of at most ``limit`` bytes in ``folder``. Close it when done."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._cache = BlobCache(folder, limit)

    async def fetch(self, storages: Storages, url: str, target: Path) -> None:
        """Put the files of the bundle whose manifest is at ``url`` below ``target``. Raises ``StorageError``.

        A URL that does not end in ``.json`` is the original's: that of a folder, with the files as they are.
        """
        if not url.endswith(".json"):
            await fetch_folder(storages.folder(url), target, job=JOB_FILE)
            return
        storage, key = storages.locate(url)
        manifest = Manifest.from_json(await storage.read(key))
        await download_bundle(storage, manifest, target, self._cache)

    async def close(self) -> None:
        """Let go of the cache's threads; the blobs stay."""
        await self._cache.close()
