"""Storage URLs: what they name, where a storage ends and a key begins.

``s3://`` and ``gs://`` URLs hold bucket and key as they are, without percent-encoding, as the clouds' own tools
write them; ``file://`` URLs are percent-encoded like any other file URL.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from helios_gui.translation import mark, tr
from helios_gui.types import FailureKind, StorageError, UserInputError

_SCHEMES = {"file": "file", "s3": "s3", "gs": "gs", "gcs": "gs"}
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,221}")  # Google's longest; S3's are shorter still
_LAYOUT = re.compile(r"(?:jobs/[^/]+/.+|blobs/[0-9a-f]{2}/[0-9a-f]{64})\Z", re.DOTALL)
LONGEST_KEY = 900
"""Bytes of UTF-8; S3 and GCS take 1,024, prefix included."""

_LONGEST_FOLDER = 4096
_MOST_FOLDERS = 250
"""Characters of a path, and folders on it: Python's ``mkdir`` calls itself for each that is missing."""

_NO_PARTS = frozenset(("", ".", ".."))
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

_EXAMPLES = mark("Write it as s3://bucket/folder, gs://bucket/folder or file:///folder.")


@dataclass(frozen=True, slots=True)
class StorageLocation:
    """What a URL names: ``kind`` is ``file``, ``s3`` or ``gs``; ``path`` a key prefix, or the folder for ``file``."""

    kind: str
    bucket: str
    path: str

    @property
    def url(self) -> str:
        """The URL in its one spelling, without a trailing slash."""
        if self.kind == "file":
            path = _with_leading_slash(self.path.replace(os.sep, "/"))
            return "file://" + quote(path.rstrip("/") or path)
        return f"{self.kind}://{self.bucket}/{self.path}".rstrip("/")

    @property
    def folder(self) -> Path:
        """The folder of a ``file`` location."""
        return Path(self.path)


def parse_url(url: str) -> StorageLocation:
    """Read a storage URL. Raises ``UserInputError``, which never repeats what may be a password."""
    scheme, separator, rest = url.partition("://")
    kind = _SCHEMES.get(scheme.lower())
    if not separator or kind is None:
        shown = (
            tr('The storage kind "{scheme}"', scheme=scheme)
            if separator and scheme.isalnum()
            else tr("The storage URL")
        )
        raise UserInputError(tr("{shown} is not known.", shown=shown), tr(_EXAMPLES))
    if kind == "file":
        return _file_location(rest)
    bucket, _, path = rest.partition("/")
    if "@" in bucket or ":" in bucket:
        raise UserInputError(
            tr("The storage URL holds credentials."), tr("Remove them; name an AWS profile or a key file.")
        )
    if not _BUCKET.fullmatch(bucket):
        raise UserInputError(tr('"{bucket}" is not the name of a bucket.', bucket=bucket), tr(_EXAMPLES))
    return StorageLocation(kind, bucket, path.strip("/"))


def split_url(url: str) -> tuple[str, str]:
    """Return an object's URL as the URL of its storage and its key there.

    Keys of the storage layout (``jobs/…``, ``blobs/…``) are recognised wherever the storage's own prefix ends; of
    any other URL the storage is the whole bucket, or the file's folder.
    """
    location = parse_url(url)
    path = location.path.replace(os.sep, "/") if location.kind == "file" else location.path
    cut = _layout_start(path)
    if cut is None:
        cut = path.rfind("/") + 1 if location.kind == "file" else 0
    root, key = path[:cut], path[cut:]
    if not key:
        raise UserInputError(tr("{url} names a storage, not an object in it.", url=url), tr(_EXAMPLES))
    if location.kind == "file" and root != "/":
        root = root.rstrip("/")
    return StorageLocation(location.kind, location.bucket, root.rstrip("/") or root[:1]).url, key


def join_url(url: str, key: str) -> str:
    """Return the URL of the object ``key`` in the storage at ``url``; the opposite of ``split_url``."""
    root = url.removesuffix("/")
    return f"{root}/{quote(key)}" if root.startswith("file://") else f"{root}/{key}"


def check_key(key: str) -> str:
    """Return ``key``, if it is one: relative, printable, with ``/`` between parts that are not empty, ``.`` or ``..``.

    Raises ``StorageError``.
    """
    parts = key.split("/")
    if not _NO_PARTS.isdisjoint(parts):
        raise _bad_key(key, tr("it has an empty, . or .. part"))
    if _CONTROL.search(key):
        raise _bad_key(key, tr("it holds a control character"))
    try:
        size = len(key.encode("utf-8"))
    except UnicodeEncodeError:
        raise _bad_key(key, tr("it is not Unicode text")) from None
    if size > LONGEST_KEY:
        raise _bad_key(key[:40] + "…", tr("it is longer than {longest_key} bytes", longest_key=LONGEST_KEY))
    return key


def _bad_key(key: str, reason: str) -> StorageError:
    return StorageError(
        tr("{key!r} cannot be a name in artifact storage: {reason}.", key=key, reason=reason),
        tr("Rename it."),
        kind=FailureKind.FATAL,
    )


def _layout_start(path: str) -> int | None:
    """Return where the last part of ``path`` that looks like a key of the storage layout begins."""
    starts = [match.start() for match in re.finditer(r"(?:^|(?<=/))(?:jobs|blobs)/", path)]
    return next((start for start in reversed(starts) if _LAYOUT.match(path, start)), None)


def _file_location(rest: str) -> StorageLocation:
    host, slash, path = rest.partition("/")
    if host not in ("", "localhost") or not slash:
        raise UserInputError(tr("A file URL needs three slashes and a full path."), tr("Write it as file:///folder."))
    path = "/" + unquote(path)
    if "\0" in path or len(path) > _LONGEST_FOLDER or path.count("/") > _MOST_FOLDERS:
        raise UserInputError(tr("The file URL is not that of a folder."), tr("Write it as file:///folder."))
    if os.name == "nt":
        path = path.lstrip("/")
    return StorageLocation("file", "", os.path.normpath(path) if path != "/" else path)


def _with_leading_slash(path: str) -> str:
    return path if path.startswith("/") else f"/{path}"
