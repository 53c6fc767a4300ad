"""Google Cloud Storage as artifact storage, over its JSON API."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

import httpx

from helios_gui.storage.gcs_api import GcsApi
from helios_gui.storage.gcs_download import GcsDownload
from helios_gui.storage.gcs_upload import GcsUpload
from helios_gui.storage.local_files import file_error
from helios_gui.storage.object_transfer import (
    DEFAULT_READ_LIMIT,
    TRIES,
    CountedOnce,
    DamagedError,
    TooLargeError,
    check_md5,
    run_workers,
    storage_threads,
)
from helios_gui.storage.settings import StorageSettings
from helios_gui.storage.small_files import SmallFiles
from helios_gui.storage.urls import StorageLocation, check_key
from helios_gui.translation import tr
from helios_gui.types import ArtifactNotFoundError, FailureKind, StorageError, StoredObject
from helios_gui.types.storage import ignore_bytes
from helios_gui.utils.json_text import read_json

ResultT = TypeVar("ResultT")

_THREADS = 4
"""For files only: the network needs none."""
_LISTED = "nextPageToken,items(name,size,metadata)"


class GcsStorage:
    """HTTP on the event loop; files are read and written on threads, but for small ones on a quick disk."""

    def __init__(self, location: StorageLocation, settings: StorageSettings) -> None:
        self._url = location.url
        self._prefix = f"{location.path}/" if location.path else ""
        self._concurrency = settings.concurrency
        self._threads = storage_threads("helios-gcs", min(settings.concurrency, _THREADS))
        self._small = SmallFiles(self._threads)
        self._api = GcsApi(location.bucket, settings, self._threads)

    @property
    def url(self) -> str:
        """``gs://bucket/prefix``."""
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
        report = CountedOnce(on_bytes)
        chosen = (self._full(key), key, source, sha256, metadata or {}, create_only)
        upload = GcsUpload(self._api, self._threads, *chosen, report)
        with _errors():
            for _ in range(TRIES - 1):
                with contextlib.suppress(DamagedError):
                    return await upload.run()
                report.restart()
            return await upload.run()

    async def download(
        self, key: str, target: Path, *, sha256: str = "", on_bytes: Callable[[int], None] = ignore_bytes
    ) -> None:
        """See ``ArtifactStorage``."""
        if not sha256:
            found = await self.head(key)
            if found is None:
                raise ArtifactNotFoundError(tr("{key} is not in {url} (any more).", key=key, url=self._url))
            sha256 = found.sha256
        with _errors():
            chosen = (self._full(key), key, sha256, on_bytes)
            await GcsDownload(self._api, self._threads, self._small, *chosen).into(target)

    async def read(self, key: str, *, limit: int = DEFAULT_READ_LIMIT) -> bytes:
        """See ``ArtifactStorage``."""
        for _ in range(TRIES - 1):
            with contextlib.suppress(DamagedError):
                return await self._read(key, limit)
        return await self._read(key, limit)

    async def _read(self, key: str, limit: int) -> bytes:
        url = self._api.object_url(self._full(key))
        # One byte more than allowed is enough to know; an empty object has no first byte, and says 416.
        headers = {"Range": f"bytes=0-{limit}"}
        response = await self._api.request("GET", url, key, accept={416}, params={"alt": "media"}, headers=headers)
        if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return b""
        if len(response.content) > limit:
            raise TooLargeError(key, limit)
        check_md5(key, response.content, _md5_of(response))
        return response.content

    async def head(self, key: str) -> StoredObject | None:
        """See ``ArtifactStorage``."""
        url = self._api.object_url(self._full(key))
        try:
            response = await self._api.request("GET", url, key, params={"fields": "name,size,metadata"})
        except ArtifactNotFoundError:
            return None
        return _understood(response, key, self._object)

    async def list(self, prefix: str = "") -> list[StoredObject]:
        """See ``ArtifactStorage``."""
        found: list[StoredObject] = []
        params = {"prefix": self._prefix + prefix, "fields": _LISTED}
        while True:
            what = tr("the bucket's contents")
            response = await self._api.request("GET", self._api.objects_url, what, params=params)
            objects, token = _understood(response, what, self._page)
            found.extend(objects)
            if not token:
                return found
            if token == params.get("pageToken"):  # it would go on for ever
                raise _not_understood(what)
            params["pageToken"] = token

    async def delete(self, keys: Collection[str]) -> None:
        """See ``ArtifactStorage``."""
        left = iter([self._full(key) for key in keys])

        async def delete_some() -> None:
            for name in left:
                with contextlib.suppress(ArtifactNotFoundError):
                    await self._api.request("DELETE", self._api.object_url(name), name)

        await run_workers(min(self._concurrency, len(keys)), delete_some)

    async def close(self) -> None:
        """See ``ArtifactStorage``."""
        await self._threads.aclose()
        await self._api.close()

    def _full(self, key: str) -> str:
        return self._prefix + check_key(key)

    def _page(self, page: Mapping[str, Any]) -> tuple[Sequence[StoredObject], str]:
        """Return the objects of a page of a listing, and what the next one is asked for with, if there is one."""
        return [self._object(item) for item in page.get("items", ())], str(page.get("nextPageToken", ""))

    def _object(self, resource: Mapping[str, Any]) -> StoredObject:
        metadata = dict(resource.get("metadata", {}))
        key = str(resource["name"])[len(self._prefix) :]
        return StoredObject(key, int(resource["size"]), metadata.pop("sha256", ""), metadata)


def _understood(response: httpx.Response, what: str, read: Callable[[Any], ResultT]) -> ResultT:
    """Return what ``read`` makes of the JSON of an answer. Raises ``StorageError`` for one that is none of these."""
    try:
        return read(read_json(response.content))
    except (ValueError, LookupError, TypeError, AttributeError):
        raise _not_understood(what) from None


def _not_understood(what: str) -> StorageError:
    return StorageError(
        tr("Google Cloud Storage's answer for {what} cannot be understood.", what=what),
        tr("Check the profile's bucket and endpoint."),
        kind=FailureKind.FATAL,
    )


def _md5_of(response: httpx.Response) -> str:
    """Return the MD5 of the object whose bytes the response holds.

    It is empty where the service does not say (of composed ones).
    """
    hashes = (part.strip() for part in response.headers.get("X-Goog-Hash", "").split(","))
    return next((part.removeprefix("md5=") for part in hashes if part.startswith("md5=")), "")


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    """Turn the file system's errors into the storage's; StorageError is no OSError."""
    try:
        yield
    except OSError as error:
        raise file_error(error) from error
