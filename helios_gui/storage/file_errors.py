"""Errors of this machine's file system, as errors of a transfer."""

from __future__ import annotations

import errno

from helios_gui.types import FailureKind, StorageError

_PASSING = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EIO, errno.EBUSY, errno.ESTALE}


def file_error(error: OSError) -> StorageError:
    """``error`` in words; transient where freeing space or waiting helps."""
    name = error.filename if error.filename is not None else "A file"
    kind = FailureKind.TRANSIENT if error.errno in _PASSING else FailureKind.FATAL
    return StorageError(
        f"{name} cannot be read or written: {error.strerror or error}.",
        "Check that it is there, its permissions and the free space.",
        kind=kind,
    )
