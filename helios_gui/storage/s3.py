"""Amazon S3, and what speaks its protocol, as artifact storage."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from helios_gui.net.aws_http import SlowDownloadError
from helios_gui.storage.local_files import file_error
from helios_gui.storage.object_transfer import (
    DEFAULT_READ_LIMIT,
    TRIES,
    CountedOnce,
    DamagedError,
    Incoming,
    InterruptedTransferError,
    ObjectDownload,
    SlowTransferError,
    TooLargeError,
    check_sha256,
    on_loop,
    storage_threads,
)
from helios_gui.storage.s3_client import S3Client
from helios_gui.storage.s3_errors import AWS_ERRORS, ODD_ANSWERS, S3Context, code_of
from helios_gui.storage.s3_upload import S3Upload, decode_metadata
from helios_gui.storage.settings import StorageSettings
from helios_gui.storage.urls import StorageLocation, check_key
from helios_gui.translation import tr
from helios_gui.types import ArtifactNotFoundError, FailureKind, StorageError, StoredObject
from helios_gui.types.storage import ignore_bytes
from helios_gui.utils.work_threads import Stop

_BLOCK = 256 * 1024
_MOST_PAGES = 5_000
"""Answers of a list, of up to 1,000 names each: an endpoint could say for ever that there are more."""
_MOST_DELETED = 1000  # keys S3 takes in one request


class S3Storage:
    """boto3 on threads of its own. Nothing is read or connected before it is needed."""

    def __init__(self, location: StorageLocation, settings: StorageSettings) -> None:
        self._url = location.url
        self._bucket = location.bucket
        self._prefix = f"{location.path}/" if location.path else ""
        self._context = S3Context(location.bucket, settings.aws_profile)
        self._client = S3Client(settings)
        self._threads = storage_threads("helios-s3", settings.concurrency)
        self._bucket_seen = False

    @property
    def url(self) -> str:
        """``s3://bucket/prefix``."""
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
        full = self._full(key)
        report = CountedOnce(on_loop(on_bytes))

        def send(stop: Stop) -> bool:
            with self._errors(key):
                client = self._client.get()
                chosen = (self._bucket, full, source, sha256, metadata or {}, create_only)
                return S3Upload(client, *chosen, stop, report).run()

        def work(stop: Stop) -> bool:
            for _ in range(TRIES - 1):
                with contextlib.suppress(DamagedError):
                    return send(stop)
                report.restart()
            return send(stop)

        return await self._threads.run(work)

    async def download(
        self, key: str, target: Path, *, sha256: str = "", on_bytes: Callable[[int], None] = ignore_bytes
    ) -> None:
        """See ``ArtifactStorage``."""
        self._full(key)
        report = on_loop(on_bytes)

        def work(stop: Stop) -> None:
            with self._errors(key):
                ObjectDownload(lambda offset: self._open(key, offset), key, stop, report, sha256).save(target)

        await self._threads.run(work)

    async def read(self, key: str, *, limit: int = DEFAULT_READ_LIMIT) -> bytes:
        """See ``ArtifactStorage``."""
        full = self._full(key)

        def work(stop: Stop) -> bytes:
            with self._errors(key):
                for _ in range(TRIES - 1):
                    with contextlib.suppress(DamagedError):
                        return self._read(full, key, limit, stop)
                return self._read(full, key, limit, stop)

        return await self._threads.run(work)

    async def head(self, key: str) -> StoredObject | None:
        """See ``ArtifactStorage``."""
        self._full(key)

        def work(stop: Stop) -> StoredObject | None:
            try:
                with self._errors(key):
                    return self._head(key)
            except ArtifactNotFoundError:
                self._require_bucket(key)
                return None

        return await self._threads.run(work)

    async def list(self, prefix: str = "") -> list[StoredObject]:
        """See ``ArtifactStorage``. Sizes only: checksums and metadata are for ``head``."""

        def work(stop: Stop) -> list[StoredObject]:
            found: list[StoredObject] = []
            with self._errors(prefix or tr("the bucket's contents")):
                pages = self._client.get().get_paginator("list_objects_v2")
                answers = pages.paginate(Bucket=self._bucket, Prefix=self._prefix + prefix)
                for number, page in enumerate(answers, 1):
                    stop.check()
                    if number > _MOST_PAGES:
                        raise StorageError(
                            tr("The list of what lies in the bucket {bucket} does not end.", bucket=self._bucket),
                            tr("Check the region, bucket and endpoint of the profile."),
                            kind=FailureKind.FATAL,
                        )
                    for entry in page.get("Contents", ()):
                        found.append(StoredObject(entry["Key"][len(self._prefix) :], entry["Size"]))
            return found

        return await self._threads.run(work)

    async def delete(self, keys: Collection[str]) -> None:
        """See ``ArtifactStorage``."""
        entries = [{"Key": self._full(key)} for key in keys]

        def work(stop: Stop) -> None:
            for start in range(0, len(entries), _MOST_DELETED):
                stop.check()
                batch = {"Objects": entries[start : start + _MOST_DELETED], "Quiet": True}
                with self._errors("deleting"):
                    answer = self._client.get().delete_objects(Bucket=self._bucket, Delete=batch)
                    for problem in answer.get("Errors", ()):
                        raise ClientError({"Error": problem}, "DeleteObjects")

        await self._threads.run(work)

    async def close(self) -> None:
        """See ``ArtifactStorage``."""
        await self._threads.aclose()
        self._client.close()

    def _full(self, key: str) -> str:
        return self._prefix + check_key(key)

    def _read(self, full: str, key: str, limit: int, stop: Stop) -> bytes:
        answer = self._client.get().get_object(Bucket=self._bucket, Key=full)
        with contextlib.closing(answer["Body"]) as body:
            if answer["ContentLength"] > limit:
                raise TooLargeError(key, limit)
            data = b"".join(_blocks(body, stop))
        check_sha256(key, data, decode_metadata(answer["Metadata"]).get("sha256", ""))
        return data

    def _head(self, key: str) -> StoredObject:
        answer = self._client.get().head_object(Bucket=self._bucket, Key=self._full(key))
        metadata = decode_metadata(answer["Metadata"])
        return StoredObject(key, answer["ContentLength"], metadata.pop("sha256", ""), metadata)

    def _require_bucket(self, key: str) -> None:
        """Check that the bucket is there: an answer to HEAD, which has no body, does not say what is missing."""
        if not self._bucket_seen:
            with self._errors(key):
                self._client.get().list_objects_v2(Bucket=self._bucket, Prefix=self._prefix, MaxKeys=1)
            self._bucket_seen = True

    @contextlib.contextmanager
    def _open(self, key: str, offset: int) -> Iterator[Incoming]:
        wanted = {"Range": f"bytes={offset}-"} if offset else {}
        try:
            client = self._client.get_without_retries()
            answer = client.get_object(Bucket=self._bucket, Key=self._full(key), **wanted)
        except AWS_ERRORS as error:
            if code_of(error) not in ("InvalidRange", "416"):
                raise self._as_interruption(error, key) from error
            found = self._head(key)  # everything is there already, or too much
            yield Incoming(found.size, found.sha256, iter(()))
            return
        with contextlib.closing(answer["Body"]) as body:
            if offset and "ContentRange" not in answer:
                raise DamagedError(tr("{key} cannot be continued: the server sends all of it again.", key=key))
            sha256 = decode_metadata(answer["Metadata"]).get("sha256", "")
            yield Incoming(offset + answer["ContentLength"], sha256, self._interruptible(key, body))

    def _interruptible(self, key: str, body: Any) -> Iterator[bytes]:
        try:
            yield from _blocks(body)
        except AWS_ERRORS as error:
            raise self._as_interruption(error, key) from error

    def _as_interruption(self, error: Exception, key: str) -> StorageError:
        """Return an error of a download as one of ours: what may pass by itself is an interruption."""
        problem = self._context.translate(error, key)
        passes = problem.kind in (FailureKind.TRANSIENT, FailureKind.THROTTLED)
        if not passes or isinstance(problem, ArtifactNotFoundError | DamagedError):
            return problem
        kind = SlowTransferError if isinstance(error, SlowDownloadError) else InterruptedTransferError
        return kind(str(problem), problem.hint, kind=problem.kind)

    @contextlib.contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        """Turn botocore's and the file system's errors into the storage's."""
        try:
            yield
        except StorageError:
            raise
        except AWS_ERRORS as error:
            raise self._context.translate(error, what) from error
        except OSError as error:
            raise file_error(error) from error
        except ODD_ANSWERS as error:
            raise self._context.odd(error, what) from error


def _blocks(body: Any, stop: Stop | None = None) -> Iterator[bytes]:
    while block := body.read(_BLOCK):
        if stop is not None:
            stop.check()
        yield block
