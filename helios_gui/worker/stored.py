"""What an attempt leaves in storage: its output and its durable result. Each is written once, by whoever is first."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from helios_gui.translation import tr
from helios_gui.types import (
    ArtifactNotFoundError,
    AttemptResult,
    FailureKind,
    StorageError,
    StoredObject,
    StoredOutput,
)
from helios_gui.worker.attempt_storage import AttemptUrls, Storages

_RESULT_LIMIT = 1024 * 1024
"""The largest result object that is read, in bytes."""

_FRAMES = "frames"
_SHA256 = "sha256"


async def store_output(storages: Storages, place: AttemptUrls, file: Path, frames: int | None) -> StoredOutput:
    """Upload a verified output.

    One that is there already was put there by the same attempt, run twice: where its metadata vouches for it, it is
    as good, and is what is returned. Raises ``StorageError``, also when its metadata does not.
    """
    url = place.output(file.name)
    storage, key = storages.locate(url)
    sha256, size = await asyncio.to_thread(_digest, file)
    metadata = {_SHA256: sha256} | ({} if frames is None else {_FRAMES: str(frames)})
    create_only = place.attempt is not None
    if await storage.upload(key, file, sha256=sha256, create_only=create_only, metadata=metadata):
        return StoredOutput(url=url, size=size, sha256=sha256, frames=frames)
    found = await storage.head(key)
    if found is None:
        raise StorageError(tr("{key} was there, and is gone again.", key=key), tr("Try again."))
    known = found.sha256 or found.metadata.get(_SHA256, "")
    if known != sha256 and not _is_vouched_for(found, metadata):
        raise StorageError(
            tr("Another file is in the place of the output ({key}), and was not made by this chunk.", key=key),
            tr("Remove it, or try again."),
            kind=FailureKind.FATAL,
        )
    return StoredOutput(url=url, size=found.size, sha256=known, frames=frames)


async def read_result(storages: Storages, place: AttemptUrls) -> AttemptResult | None:
    """Return the result that the attempt has left, if it has.

    One that cannot be read is none. Raises ``StorageError``.
    """
    if place.result is None:
        return None
    storage, key = storages.locate(place.result)
    try:
        return AttemptResult.model_validate_json(await storage.read(key, limit=_RESULT_LIMIT))
    except (ArtifactNotFoundError, ValidationError):
        return None


async def leave_result(storages: Storages, place: AttemptUrls, result: AttemptResult) -> AttemptResult:
    """Store the result; returns the one that counts, which is another one if that was there first.

    Raises ``StorageError``.
    """
    if place.result is None:
        return result
    storage, key = storages.locate(place.result)
    data = result.model_dump_json(by_alias=True, exclude_none=True).encode()
    if await storage.upload(key, data, create_only=True):
        return result
    return await read_result(storages, place) or result


def _is_vouched_for(found: StoredObject, metadata: Mapping[str, str]) -> bool:
    """Return whether a worker has verified the object for this chunk before it stored it."""
    has_digest = bool(found.size and found.metadata.get(_SHA256))
    return has_digest and found.metadata.get(_FRAMES) == metadata.get(_FRAMES)


def _digest(file: Path) -> tuple[str, int]:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest(), stream.tell()
