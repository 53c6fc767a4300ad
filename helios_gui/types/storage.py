"""Artifact storage: where asset bundles, job specs, chunk outputs and results lie between this machine and a worker."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from helios_gui.types.errors import HeliosError
from helios_gui.types.worker import FailureKind


class StorageError(HeliosError):
    """Something in artifact storage went wrong; ``kind`` says whether trying again can help."""

    def __init__(self, message: str, hint: str = "", *, kind: FailureKind = FailureKind.TRANSIENT) -> None:
        super().__init__(message, hint)
        self.kind = kind


class ArtifactNotFoundError(StorageError):
    """There is no object under that key (any more)."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint, kind=FailureKind.FATAL)


class CredentialsError(StorageError):
    """The credentials are missing, expired or not allowed to do this: only a person can change that."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint, kind=FailureKind.BLOCKED)


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object in storage. ``sha256`` is hexadecimal, and empty where the uploader did not leave it."""

    key: str
    size: int
    sha256: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


def ignore_bytes(count: int) -> None:
    """Ignore the number of bytes: the default of ``on_bytes``."""


class ArtifactStorage(Protocol):
    """A flat store of objects below one URL (``file:///folder``, ``s3://bucket/prefix``, ``gs://bucket/prefix``).

    Keys are relative to the URL, with ``/`` between their parts. All methods can be cancelled in the middle of a
    file and leave nothing half-written under the final name; all raise ``StorageError``.
    """

    @property
    def url(self) -> str:
        """The URL keys are relative to, without a trailing slash and without credentials."""
        ...

    async def upload(
        self,
        key: str,
        source: Path | bytes,
        *,
        sha256: str = "",
        create_only: bool = False,
        metadata: Mapping[str, str] | None = None,
        on_bytes: Callable[[int], None] = ...,
    ) -> bool:
        """Store a file or bytes; ``sha256`` (computed when empty) is verified by the service or kept beside it.

        ``False``: ``create_only`` was asked for and the object exists already; it was left alone. ``on_bytes`` is
        called on the event loop with the number of bytes sent since the last call.
        """
        ...

    async def download(
        self, key: str, target: Path, *, sha256: str = "", on_bytes: Callable[[int], None] = ...
    ) -> None:
        """Fetch an object into ``target``, which appears at once, complete and verified (``.part`` until then).

        A ``.part`` of the same object is resumed by range. A checksum that does not match is an error, and the
        ``.part`` is removed.
        """
        ...

    async def read(self, key: str, *, limit: int = ...) -> bytes:
        """Return a small object's bytes.

        Raises:
            StorageError: The object is larger than ``limit`` bytes.
        """
        ...

    async def head(self, key: str) -> StoredObject | None:
        """Return what is known of an object, or ``None`` if there is none."""
        ...

    async def list(self, prefix: str = "") -> list[StoredObject]:
        """Return every object whose key starts with ``prefix``, however many pages that takes."""
        ...

    async def delete(self, keys: Collection[str]) -> None:
        """Remove objects; those that are not there are no error."""
        ...

    async def close(self) -> None:
        """Close connections and end threads."""
        ...
