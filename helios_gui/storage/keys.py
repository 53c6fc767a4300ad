"""Which keys every storage takes, whatever lies behind it."""

from __future__ import annotations

import re

from helios_gui.types import FailureKind, StorageError

LONGEST_KEY = 900
"""Bytes of UTF-8; S3 and GCS take 1,024, prefix included."""

_NO_PARTS = frozenset(("", ".", ".."))
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check_key(key: str) -> str:
    """``key``, if it is one: relative, with ``/`` between parts that are not empty, ``.`` or ``..``, and printable.

    Raises ``StorageError``.
    """
    parts = key.split("/")
    if not _NO_PARTS.isdisjoint(parts):
        raise _bad(key, "it has an empty, . or .. part")
    if _CONTROL.search(key):
        raise _bad(key, "it holds a control character")
    try:
        size = len(key.encode("utf-8"))
    except UnicodeEncodeError:
        raise _bad(key, "it is not Unicode text") from None
    if size > LONGEST_KEY:
        raise _bad(key[:40] + "…", f"it is longer than {LONGEST_KEY} bytes")
    return key


def _bad(key: str, reason: str) -> StorageError:
    return StorageError(
        f"{key!r} cannot be a name in artifact storage: {reason}.", "Rename it.", kind=FailureKind.FATAL
    )
