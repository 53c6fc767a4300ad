"""Local files that are transferred: their SHA-256, size, and what errors of the file system mean for a transfer."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from helios_gui.translation import tr
from helios_gui.types import FailureKind, StorageError
from helios_gui.utils.files import make_folder
from helios_gui.utils.real_folders import open_inside
from helios_gui.utils.work_threads import Stop

BLOCK = 1024 * 1024
"""Bytes handled at a time by everything that copies or hashes."""

_PUT_TRIES = 3

Made = TypeVar("Made")

_TRANSIENT = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EIO, errno.EBUSY, errno.ESTALE}


def sha256_of(
    source: Path | bytes,
    stop: Stop | None = None,
    on_bytes: Callable[[int], None] | None = None,
    *,
    inside: Path | None = None,
) -> str:
    """Return the SHA-256 in hexadecimal, computed block by block.

    Args:
        source: A file, or data in memory.
        stop: Checked before each block.
        on_bytes: Called with the bytes of each block hashed.
        inside: A folder in which the file has to lie with all links followed; ``None`` for anywhere.

    Raises:
        OSError: The file cannot be read, or lies elsewhere.
        WorkStoppedError: ``stop`` was set.
    """
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    digest = hashlib.sha256()
    with source.open("rb") if inside is None else open_inside(source, inside) as stream:
        while block := stream.read(BLOCK):
            if stop is not None:
                stop.check()
            digest.update(block)
            if on_bytes is not None:
                on_bytes(len(block))
    return digest.hexdigest()


def size_of(source: Path | bytes) -> int:
    """Return the bytes in a file or in memory."""
    return len(source) if isinstance(source, bytes) else source.stat().st_size


def put_in_folder(folder: Path, put: Callable[[], Made]) -> Made:
    """Make the folder and return ``put()``. Again, where somebody removes the folder in between as it is empty."""
    tries = 0
    while True:
        make_folder(folder)
        try:
            return put()
        except FileNotFoundError:
            tries += 1
            if tries == _PUT_TRIES:
                raise


def file_error(error: OSError) -> StorageError:
    """Return ``error`` as a ``StorageError``; transient where freeing space or waiting helps."""
    name = error.filename if error.filename is not None else tr("A file")
    kind = FailureKind.TRANSIENT if error.errno in _TRANSIENT else FailureKind.FATAL
    return StorageError(
        tr("{name} cannot be read or written: {reason}.", name=name, reason=error.strerror or error),
        tr("Check that it is there, its permissions and the free space."),
        kind=kind,
    )
