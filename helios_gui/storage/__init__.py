"""Artifact storage: a folder, S3 or Google Cloud Storage behind one protocol (``helios_gui.types.ArtifactStorage``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helios_gui.storage.settings import StorageSettings
from helios_gui.storage.urls import join_url, parse_url, split_url

if TYPE_CHECKING:
    from helios_gui.types import ArtifactStorage

__all__ = ["StorageSettings", "join_url", "open_storage", "parse_url", "split_url"]


def open_storage(url: str, settings: StorageSettings | None = None) -> ArtifactStorage:
    """Return the storage at ``url`` (``file:///folder``, ``s3://bucket/prefix``, ``gs://bucket/prefix``).

    Touches nothing and connects nowhere yet; imports boto3 or aiohttp only for the kind that needs it. ``close`` it
    when done, on the event loop it was used on. Raises ``UserInputError`` for what is not a storage URL.
    """
    location = parse_url(url)
    chosen = settings or StorageSettings()
    if location.kind == "s3":
        from helios_gui.storage.s3 import S3Storage

        return S3Storage(location, chosen)
    if location.kind == "gs":
        from helios_gui.storage.gcs import GcsStorage

        return GcsStorage(location, chosen)
    from helios_gui.storage.local import LocalStorage

    return LocalStorage(location, chosen.concurrency)
