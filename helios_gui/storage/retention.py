"""Removing what a job has left in storage."""

from __future__ import annotations

from collections.abc import Collection

from helios_gui.storage.hash_cache import HashCache
from helios_gui.storage.manifest import Manifest, blob_key, manifest_key
from helios_gui.storage.parallel import run_workers
from helios_gui.types import ArtifactNotFoundError, ArtifactStorage

_READERS = 8


async def remove_job(
    storage: ArtifactStorage,
    job_id: str,
    *,
    blobs: bool = False,
    cache: HashCache | None = None,
    keep: Collection[str] = (),
) -> int:
    """Remove the job's spec, manifest, outputs, logs and results, but for the keys to ``keep``; how many that were.

    ``blobs``: remove also what only this job's bundle refers to. Somebody else who is submitting the same files at
    that moment may miss them: prefer a life-cycle rule of the bucket where several machines share it. Give the
    ``cache`` that uploads are remembered in, so that it does not believe in what is gone. Raises ``StorageError``.
    """
    keys = [found.key for found in await storage.list(f"jobs/{job_id}/") if found.key not in keep]
    orphans: list[str] = []
    if blobs and manifest_key(job_id) in keys:
        own = Manifest.from_json(await storage.read(manifest_key(job_id))).blobs.keys()
        orphans = [blob_key(sha256) for sha256 in own - await _needed_by_others(storage, job_id)]
    if cache is not None and orphans:
        cache.forget_uploads(storage.url)
    await storage.delete([*keys, *orphans])
    return len(keys) + len(orphans)


async def _needed_by_others(storage: ArtifactStorage, job_id: str) -> set[str]:
    """The blobs that other jobs' manifests refer to."""
    others = iter(
        [
            found.key
            for found in await storage.list("jobs/")
            if found.key.endswith("/manifest.json") and found.key.count("/") == 2 and found.key != manifest_key(job_id)
        ]
    )
    needed: set[str] = set()

    async def read_some() -> None:
        for key in others:
            try:
                needed.update(Manifest.from_json(await storage.read(key)).blobs)
            except ArtifactNotFoundError:
                continue  # removed meanwhile

    await run_workers(_READERS, read_some)
    return needed
