"""A folder as artifact storage: for tests, and for folders that machines share."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from helios_gui.storage.local_files import BLOCK, file_error, put_in_folder, sha256_of
from helios_gui.storage.object_transfer import (
    DEFAULT_READ_LIMIT,
    DamagedError,
    Incoming,
    ObjectDownload,
    TooLargeError,
    on_loop,
    storage_threads,
)
from helios_gui.storage.sidecar import Sidecars
from helios_gui.storage.urls import StorageLocation, check_key
from helios_gui.translation import tr
from helios_gui.types import ArtifactNotFoundError, FailureKind, StorageError, StoredObject
from helios_gui.types.storage import ignore_bytes
from helios_gui.utils.work_threads import Stop

_OWN_FOLDER = ".helios-storage"
"""Where metadata and files being written lie, on the same file system as the objects; not listed."""


class LocalStorage:
    """Objects are plain files under the folder; their metadata lies beside them, out of sight."""

    def __init__(self, location: StorageLocation, concurrency: int) -> None:
        self._url = location.url
        self._root = location.folder
        self._own = self._root / _OWN_FOLDER
        self._sidecars = Sidecars(self._own / "metadata")
        self._threads = storage_threads("helios-folder", concurrency)

    @property
    def url(self) -> str:
        """The folder's ``file://`` URL."""
        return self._url

    async def upload(
        self,
        key: str,
        source: Path | bytes,
        *,
        sha256: str = "",
        create_only: bool = False,
        metadata: Mapping[str, str] | None = None,
        on_bytes: Callable[[int], None] = ignore_bytes,
    ) -> bool:
        """See ``ArtifactStorage``."""
        report = on_loop(on_bytes)

        def work(stop: Stop) -> bool:
            target = self._path(key)
            if create_only and target.exists():
                return False
            with self._errors(key), self._written(source, stop, report) as part:
                actual = sha256_of(part, stop)
                if sha256 and actual != sha256.lower():
                    raise DamagedError(
                        tr("{key} is not what its SHA-256 says: it changed while it was stored.", key=key)
                    )
                stat = part.stat()
                self._sidecars.write(key, stat, actual, metadata or {})
                before = _stat(target)
                if not _move_part(part, target, create_only=create_only):
                    self._sidecars.forget(key, stat)
                    return False
                if before:
                    self._sidecars.forget(key, before)
            return True

        return await self._threads.run(work)

    async def download(
        self, key: str, target: Path, *, sha256: str = "", on_bytes: Callable[[int], None] = ignore_bytes
    ) -> None:
        """See ``ArtifactStorage``."""
        report = on_loop(on_bytes)

        @contextlib.contextmanager
        def open_at(offset: int) -> Iterator[Incoming]:
            with self._path(key).open("rb") as stream:
                stat = os.fstat(stream.fileno())
                kept = self._sidecars.read(key, stat)
                stream.seek(offset)
                yield Incoming(stat.st_size, kept.sha256 if kept else "", iter(lambda: stream.read(BLOCK), b""))

        def work(stop: Stop) -> None:
            with self._errors(key):
                if not self._path(key).is_file():
                    raise FileNotFoundError
                ObjectDownload(open_at, key, stop, report, sha256).save(target)

        await self._threads.run(work)

    async def read(self, key: str, *, limit: int = DEFAULT_READ_LIMIT) -> bytes:
        """See ``ArtifactStorage``."""

        def work(stop: Stop) -> bytes:
            with self._errors(key):
                if not self._path(key).is_file():  # a pipe would be waited for without end
                    raise FileNotFoundError
                with self._path(key).open("rb") as stream:
                    data = stream.read(limit + 1)
            if len(data) > limit:
                raise TooLargeError(key, limit)
            return data

        return await self._threads.run(work)

    async def head(self, key: str) -> StoredObject | None:
        """See ``ArtifactStorage``. An object somebody else put into the folder is hashed."""

        def work(stop: Stop) -> StoredObject | None:
            with self._errors(key):
                path = self._path(key)
                if not path.is_file():
                    return None
                stat = path.stat()
                kept = self._sidecars.read(key, stat)
                if kept:
                    return kept
                return StoredObject(key, stat.st_size, sha256_of(path, stop))

        with contextlib.suppress(ArtifactNotFoundError):  # removed between two looks
            return await self._threads.run(work)
        return None

    async def list(self, prefix: str = "") -> list[StoredObject]:
        """See ``ArtifactStorage``. Sizes only: checksums and metadata are for ``head``."""

        def work(stop: Stop) -> list[StoredObject]:
            with self._errors(prefix):
                return sorted(self._walk(prefix, stop), key=lambda found: found.key)

        return await self._threads.run(work)

    async def delete(self, keys: Collection[str]) -> None:
        """See ``ArtifactStorage``."""

        def work(stop: Stop) -> None:
            for key in keys:
                stop.check()
                with self._errors(key):
                    path = self._path(key)
                    path.unlink(missing_ok=True)
                    self._sidecars.delete(key)
                    _remove_empty(path.parent, self._root)

        await self._threads.run(work)

    async def close(self) -> None:
        """See ``ArtifactStorage``."""
        await self._threads.aclose()

    def _path(self, key: str) -> Path:
        """Return where an object lies; refuses keys that lead out of the folder, through links or drives."""
        check_key(key)
        path = self._root / key
        if key.split("/")[0] == _OWN_FOLDER or (os.name == "nt" and ("\\" in key or ":" in key)):
            raise StorageError(
                tr("{key!r} cannot be a name in a folder.", key=key), tr("Rename it."), kind=FailureKind.FATAL
            )
        if not path.resolve().is_relative_to(self._root.resolve()):
            raise StorageError(
                tr("{key!r} leads out of the folder {root}.", key=key, root=self._root), kind=FailureKind.FATAL
            )
        return path

    @contextlib.contextmanager
    def _written(self, source: Path | bytes, stop: Stop, report: Callable[[int], None]) -> Iterator[Path]:
        """Make a copy of ``source`` inside the storage, not yet under its name; removed if it never gets one."""
        part = self._own / "parts" / uuid.uuid4().hex
        part.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("xb") as stream:
                for block in _blocks(source):
                    stop.check()
                    stream.write(block)
                    report(len(block))
            yield part
        finally:
            part.unlink(missing_ok=True)

    def _walk(self, prefix: str, stop: Stop) -> Iterator[StoredObject]:
        start = self._root / prefix.rpartition("/")[0] if "/" in prefix else self._root
        if not start.resolve().is_relative_to(self._root.resolve()):
            return
        for folder, folders, files in os.walk(start):
            stop.check()
            if Path(folder) == self._root:
                folders[:] = [name for name in folders if name != _OWN_FOLDER]
            for name in files:
                path = Path(folder, name)
                key = path.relative_to(self._root).as_posix()
                if key.startswith(prefix):
                    with contextlib.suppress(FileNotFoundError):
                        yield StoredObject(key, path.stat().st_size)

    @contextlib.contextmanager
    def _errors(self, key: str) -> Iterator[None]:
        """Turn errors of the file system into errors of the storage."""
        try:
            yield
        except OSError as error:
            missing = isinstance(error, (FileNotFoundError, NotADirectoryError))
            if missing and (error.filename is None or self._is_own(error.filename)):
                raise ArtifactNotFoundError(tr("{key} is not in {url} (any more).", key=key, url=self._url)) from error
            raise file_error(error) from error

    def _is_own(self, filename: object) -> bool:
        return str(filename).startswith(str(self._root))


def _blocks(source: Path | bytes) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as stream:
        while block := stream.read(BLOCK):
            yield block


def _move_part(part: Path, target: Path, *, create_only: bool) -> bool:
    """Move ``part`` to ``target``; ``False`` if only one may exist and does."""

    def put() -> bool:
        if create_only:
            return _claim(part, target)
        part.replace(target)
        return True

    return put_in_folder(target.parent, put)


def _stat(path: Path) -> os.stat_result | None:
    with contextlib.suppress(FileNotFoundError):
        return path.stat()
    return None


def _claim(part: Path, target: Path) -> bool:
    try:
        os.link(part, target)
    except FileExistsError:
        return False
    except FileNotFoundError:
        raise
    except OSError:  # no hard links here: claim the name with an empty file, then fill it in one step
        try:
            target.open("xb").close()
        except FileExistsError:
            return False
        part.replace(target)
    return True


def _remove_empty(folder: Path, root: Path) -> None:
    with contextlib.suppress(OSError):
        while folder != root:
            folder.rmdir()
            folder = folder.parent
