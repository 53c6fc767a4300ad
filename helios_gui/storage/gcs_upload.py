"""One upload to Google Cloud Storage: in one request while that is small, else a resumable session.

A chunk of a session is sent up to 5 times in a row without a byte more at the service. In between, the session is asked
how far it is, a request that is repeated as others are (``gcs_api.ATTEMPTS``). So in the worst case an upload of which
nothing arrives ends after 5 × 40 s of sending, 4 × 320 s of asking, and pauses of 6 s: 25 minutes. Nobody else tries
again; after that, whoever renders decides.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from helios_gui.storage.gcs_api import GcsApi
from helios_gui.storage.gcs_errors import EXISTS, RETRIED
from helios_gui.storage.local_files import BLOCK, size_of
from helios_gui.storage.object_transfer import RETRIES_WITHOUT_PROGRESS, ChangedError, pause_before
from helios_gui.translation import tr
from helios_gui.types import CredentialsError, FailureKind, StorageError
from helios_gui.utils.work_threads import Stop, WorkThreads

_REPLACING = "storage.objects.delete"
"""The permission that replacing an object takes."""
SINGLE_LIMIT = 8 * 1024 * 1024
"""Bytes up to which one request carries the whole object; also the size of a session's chunks (n × 256 KiB)."""

_SENT_AT_ONCE = 64 * 1024
_RESUME = 308
_ABANDON_LIMIT = 5.0


class CountedBody:
    """A request body that can be sent again; ``report`` takes each byte of ``data`` once."""

    def __init__(self, data: bytes, report: Callable[[int], None], head: bytes = b"", tail: bytes = b"") -> None:
        self._data, self._head, self._tail = data, head, tail
        self._report = report
        self._reported = 0
        self.size = len(head) + len(data) + len(tail)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._head:
            yield self._head
        for start in range(0, len(self._data), _SENT_AT_ONCE):
            block = self._data[start : start + _SENT_AT_ONCE]
            yield block
            if start + len(block) > self._reported:
                self._report(start + len(block) - self._reported)
                self._reported = start + len(block)
        if self._tail:
            yield self._tail


@dataclass(frozen=True, slots=True)
class GcsUpload:
    """What to put where. ``sha256`` may be empty; ``report`` takes bytes sent, on the event loop."""

    api: GcsApi
    threads: WorkThreads
    name: str
    key: str
    source: Path | bytes
    sha256: str
    metadata: Mapping[str, str]
    create_only: bool
    report: Callable[[int], None]

    async def run(self) -> bool:
        """Upload; ``False`` if the object must not exist and does. Raises ``StorageError`` and ``OSError``."""
        try:
            return await self._send()
        except CredentialsError as error:
            # Who may create but not replace may be told that, and not that the condition does not hold.
            if self.create_only and _REPLACING in str(error):
                return False
            raise

    async def _send(self) -> bool:
        size, resource = await self.threads.run(self._describe)
        if size <= SINGLE_LIMIT:
            return await self._send_whole(resource)
        session = await self._begin(size, resource)
        if session is None:
            return False
        done = False
        try:
            done = await self._send_chunks(session, size)
        finally:
            if not done:
                await self._abandon(session)
        return done

    @property
    def _query(self) -> dict[str, str]:
        return {"ifGenerationMatch": "0"} if self.create_only else {}

    def _describe(self, stop: Stop) -> tuple[int, dict[str, Any]]:
        """Return the size, and the object's resource: name, metadata, and the MD5 that the service verifies."""
        sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
        size = size_of(self.source)
        for start in range(0, size, BLOCK):
            stop.check()
            block = self._read(start, BLOCK)
            sha256.update(block)
            md5.update(block)
        actual = sha256.hexdigest()
        if self.sha256 and self.sha256.lower() != actual:
            raise ChangedError(
                tr("{key} is not what its SHA-256 says: it changed before it was sent.", key=self.key), tr("Try again.")
            )
        return size, {
            "name": self.name,
            "contentType": "application/octet-stream",
            "md5Hash": base64.b64encode(md5.digest()).decode("ascii"),
            "metadata": {**self.metadata, "sha256": actual},
        }

    def _read(self, start: int, size: int) -> bytes:
        if isinstance(self.source, bytes):
            return self.source[start : start + size]
        with self.source.open("rb") as stream:
            stream.seek(start)
            return stream.read(size)

    async def _read_chunk(self, start: int) -> bytes:
        return await self.threads.run(lambda stop: self._read(start, SINGLE_LIMIT))

    async def _send_whole(self, resource: Mapping[str, Any]) -> bool:
        data = await self._read_chunk(0)
        mark = uuid.uuid4().hex
        kind = "Content-Type: application/json; charset=UTF-8"
        head = f"--{mark}\r\n{kind}\r\n\r\n{json.dumps(resource)}\r\n--{mark}\r\n"
        head += f"Content-Type: {resource['contentType']}\r\n\r\n"
        body = CountedBody(data, self.report, head.encode(), f"\r\n--{mark}--\r\n".encode())
        response = await self.api.request(
            "POST",
            self.api.upload_url,
            self.key,
            accept={EXISTS},
            params={"uploadType": "multipart", **self._query},
            headers={"Content-Type": f"multipart/related; boundary={mark}", "Content-Length": str(body.size)},
            body=body,
        )
        return response.status_code != EXISTS

    async def _begin(self, size: int, resource: Mapping[str, Any]) -> str | None:
        """Return the address of a new session; ``None`` if the object exists and must not."""
        response = await self.api.request(
            "POST",
            self.api.upload_url,
            self.key,
            accept={EXISTS},
            params={"uploadType": "resumable", **self._query},
            headers={"X-Upload-Content-Length": str(size), "Content-Type": "application/json"},
            body=json.dumps(resource).encode(),
        )
        if response.status_code == EXISTS:
            return None
        session = response.headers.get("Location", "")
        if not session.startswith(("https://", "http://")):
            raise StorageError(
                tr("Google Cloud Storage's answer for {what} cannot be understood.", what=self.key),
                tr("Check the profile's bucket and endpoint."),
                kind=FailureKind.FATAL,
            )
        return str(session)

    async def _send_chunks(self, session: str, size: int) -> bool:
        offset, failures = 0, 0
        data, body = b"", CountedBody(b"", self.report)
        while True:
            if not data:
                data = await self._read_chunk(offset)
                body = CountedBody(data, self.report)
            response = await self._send_chunk(session, body, f"bytes {offset}-{offset + len(data) - 1}/{size}")
            if response is None or not self._is_further(response, offset, size):
                failures += 1
                if failures > RETRIES_WITHOUT_PROGRESS:
                    raise StorageError(
                        tr(
                            "The upload of {key} broke off at byte {offset} of {size}.",
                            key=self.key,
                            offset=offset,
                            size=size,
                        ),
                        tr("Try again."),
                    )
                await asyncio.sleep(pause_before(failures))
                response = await self._ask_status(session, size)
            if response.status_code == EXISTS:
                return False
            if response.is_success:
                return True
            reached = _reached(response)
            if reached != offset:
                offset, failures, data = reached, 0 if reached > offset else failures, b""

    def _is_further(self, response: httpx.Response, offset: int, size: int) -> bool:
        """Return whether a chunk has arrived. Where none ever does, they must not be sent again and again for ever."""
        return response.status_code != _RESUME or offset < _reached(response) <= size

    async def _send_chunk(self, session: str, body: CountedBody, span: str) -> httpx.Response | None:
        """Send a chunk once; ``None`` if nobody knows what became of it."""
        headers = {"Content-Length": str(body.size), "Content-Range": span}
        try:
            response = await self.api.send_once("PUT", session, headers, body)
        except httpx.TransportError:
            return None
        if response.status_code in RETRIED:
            return None
        if response.is_success or response.status_code in (_RESUME, EXISTS):
            return response
        raise self.api.context.translate(response, self.key)

    async def _ask_status(self, session: str, size: int) -> httpx.Response:
        headers = {"Content-Range": f"bytes */{size}"}
        return await self.api.request("PUT", session, self.key, accept={_RESUME, EXISTS}, headers=headers)

    async def _abandon(self, session: str) -> None:
        """End the session, so that nothing of it is kept (it would lapse by itself after a week)."""
        with contextlib.suppress(httpx.TransportError, StorageError):
            await self.api.send_once("DELETE", session, timeout=httpx.Timeout(_ABANDON_LIMIT))


def _reached(response: httpx.Response) -> int:
    """Return how many bytes the service has, by its ``Range: bytes=0-N``."""
    _, _, last = response.headers.get("Range", "").rpartition("-")
    return int(last) + 1 if last.isdigit() else 0
