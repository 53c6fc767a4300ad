"""What need not be computed or asked again: hashes of files that have not changed, and what was uploaded where."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from helios_gui.storage.bundle import BundleFile, BundleScan

_SCHEMA = """
CREATE TABLE IF NOT EXISTS hashes (
    folder TEXT, path TEXT, size INTEGER, mtime INTEGER, inode TEXT, sha256 TEXT, used REAL,
    PRIMARY KEY (folder, path)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blobs (url TEXT, sha256 TEXT, used REAL, PRIMARY KEY (url, sha256)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS manifests (url TEXT PRIMARY KEY, key TEXT, used REAL) WITHOUT ROWID;
"""
_LOCK_TIMEOUT = 5.0
_KEPT = 90 * 86400.0  # seconds hashes are kept without being used
_TRUSTED = 86400.0  # seconds an upload is believed to be still there, if the manifest is
_SETTLED_NS = 2_000_000_000
"""A file written less than this before it was hashed may change again without its time changing (FAT: 2 s)."""

ResultT = TypeVar("ResultT")
_Identity = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class RememberedUploads:
    """Blobs known to be at a storage URL, as long as the manifest uploaded after them is there."""

    manifest_key: str = ""
    blobs: frozenset[str] = field(default_factory=frozenset)


class HashCache:
    """A small SQLite file; all methods block for milliseconds, and none ever fails: a cache may forget."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def hashes(self, scan: BundleScan) -> dict[str, str]:
        """Return the SHA-256 by path of the files that have not changed since they were hashed."""
        folder = str(scan.folder.absolute())

        def work(connection: sqlite3.Connection) -> dict[str, tuple[_Identity, str]]:
            query = "SELECT path, size, mtime, inode, sha256 FROM hashes WHERE folder = ?"
            rows = connection.execute(query, (folder,))
            return {path: ((size, mtime, inode), sha256) for path, size, mtime, inode, sha256 in rows}

        nothing: dict[str, tuple[_Identity, str]] = {}
        known = self._in_transaction(work, nothing)
        found = ((file, known.get(file.path)) for file in scan.files)
        return {file.path: entry[1] for file, entry in found if entry and entry[0] == _identity(file)}

    def remember_hashes(self, scan: BundleScan, hashes: Mapping[str, str]) -> None:
        """Keep hashes (by path) just computed."""
        folder, now = str(scan.folder.absolute()), time.time()
        rows = [
            (folder, file.path, *_identity(file), hashes[file.path], now)
            for file in scan.files
            if file.path in hashes and time.time_ns() - file.mtime_ns > _SETTLED_NS
        ]

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM hashes WHERE used < ?", (now - _KEPT,))
            connection.executemany("INSERT OR REPLACE INTO hashes VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

        self._in_transaction(work, None)

    def uploads(self, url: str) -> RememberedUploads:
        """Return what was uploaded to a storage lately."""
        since = time.time() - _TRUSTED

        def work(connection: sqlite3.Connection) -> RememberedUploads:
            manifest = connection.execute(
                "SELECT key FROM manifests WHERE url = ? AND used > ?", (url, since)
            ).fetchone()
            if manifest is None:
                return RememberedUploads()
            blobs = connection.execute("SELECT sha256 FROM blobs WHERE url = ? AND used > ?", (url, since))
            return RememberedUploads(manifest[0], frozenset(sha256 for (sha256,) in blobs))

        return self._in_transaction(work, RememberedUploads())

    def remember_uploads(self, url: str, manifest_key: str, seen: Collection[str]) -> None:
        """Keep that ``seen`` blobs were at the storage just now, and that the manifest was uploaded after them."""
        now = time.time()

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM blobs WHERE used < ?", (now - _TRUSTED,))
            connection.executemany("INSERT OR REPLACE INTO blobs VALUES (?, ?, ?)", [(url, blob, now) for blob in seen])
            connection.execute("INSERT OR REPLACE INTO manifests VALUES (?, ?, ?)", (url, manifest_key, now))

        self._in_transaction(work, None)

    def _in_transaction(self, work: Callable[[sqlite3.Connection], ResultT], otherwise: ResultT) -> ResultT:
        """Return what ``work`` returns in a transaction, or ``otherwise`` if it fails. Remove a damaged file."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(sqlite3.connect(self._path, timeout=_LOCK_TIMEOUT)) as connection, connection:
                connection.executescript(_SCHEMA)
                return work(connection)
        except (sqlite3.OperationalError, OSError):
            return otherwise  # locked, read-only or full: do without
        except sqlite3.DatabaseError:
            with contextlib.suppress(OSError):
                self._path.unlink()
            return otherwise


def _identity(file: BundleFile) -> _Identity:
    return file.size, file.mtime_ns, str(file.inode)  # inodes may be larger than SQLite's integers
