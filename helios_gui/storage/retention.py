"""Remove what a job has left in storage."""

from __future__ import annotations

from collections.abc import Collection

from helios_gui.types import ArtifactStorage


async def remove_job(storage: ArtifactStorage, job_id: str, *, keep: Collection[str] = ()) -> int:
    """Remove the job's spec, manifest, outputs, logs and results; its blobs stay, as other jobs may refer to them.

    Args:
        storage: The storage of the job.
        job_id: The job's id.
        keep: Keys to leave.

    Returns:
        How many objects were removed.

    Raises:
        StorageError: The objects cannot be listed or removed.
    """
    keys = [found.key for found in await storage.list(f"jobs/{job_id}/") if found.key not in keep]
    await storage.delete(keys)
    return len(keys)
