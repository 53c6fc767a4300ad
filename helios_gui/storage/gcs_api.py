"""Requests to Google Cloud Storage's JSON API: signed, tried again where that can help, errors in our words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Collection, Mapping
from urllib.parse import quote, urlencode

import httpx

from helios_gui.net.google_auth import CredentialsSource, GoogleAuth
from helios_gui.net.http_client import ResponseTooLongError, make_client, ssl_context
from helios_gui.storage.gcs_errors import RETRIED, GcsContext
from helios_gui.storage.object_transfer import DEFAULT_READ_LIMIT, pause_before
from helios_gui.storage.settings import StorageSettings
from helios_gui.utils.work_threads import WorkThreads

ATTEMPTS = 5
"""How often a request is tried that may be repeated; nobody else repeats it.

In the worst case it fails after 5 tries of at most 10 s to connect and 30 s to wait for an answer, and 4 pauses of at
most 30 s, which the service may ask for: 320 s, and the time in which the network takes what is sent.
"""
_ENDPOINT = "https://storage.googleapis.com"
_TIMEOUT = httpx.Timeout(None, connect=10.0, read=30.0)
_LONGEST_PAUSE = 30.0
_LARGEST_ANSWER = DEFAULT_READ_LIMIT + 1024
"""Bytes of an answer that are taken into memory: a page of a listing has a few hundred thousand."""


class GcsApi:
    """One bucket. Its connections are made on a thread when first needed: reading certificates takes a while."""

    def __init__(self, bucket: str, settings: StorageSettings, threads: WorkThreads) -> None:
        self.context = GcsContext(bucket)
        self._settings = settings
        self._threads = threads
        endpoint = (settings.gcs_endpoint_url or _ENDPOINT).rstrip("/")
        self.objects_url = f"{endpoint}/storage/v1/b/{quote(bucket, safe='')}/o"
        self.upload_url = f"{endpoint}/upload/storage/v1/b/{quote(bucket, safe='')}/o"
        self._auth = GoogleAuth(_credentials(settings))
        self._client: httpx.AsyncClient | None = None
        self._making = asyncio.Lock()

    def object_url(self, name: str) -> str:
        """Return the address of an object."""
        return f"{self.objects_url}/{quote(name, safe='')}"

    async def request(
        self,
        method: str,
        url: str,
        what: str,
        *,
        accept: Collection[int] = (),
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | AsyncIterable[bytes] | None = None,
    ) -> httpx.Response:
        """Send a request that may be repeated; the response if it is a success or its status is in ``accept``.

        Raises ``StorageError``. A ``body`` that is not bytes must be iterable more than once.
        """
        address = f"{url}?{urlencode(params)}" if params else url
        attempt = 0
        while True:
            attempt += 1
            pause = pause_before(attempt)
            try:
                response = await self.send_once(method, address, headers, body)
            except ResponseTooLongError as error:
                raise self.context.unreachable(error, what) from None
            except httpx.TransportError as error:
                if attempt == ATTEMPTS:
                    raise self.context.unreachable(error, what) from None
            else:
                if response.is_success or response.status_code in accept:
                    return response
                if response.status_code not in RETRIED or attempt == ATTEMPTS:
                    raise self.context.translate(response, what)
                pause = max(pause, _asked_pause(response))
            await asyncio.sleep(pause)

    async def send_once(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | AsyncIterable[bytes] | None = None,
        timeout: httpx.Timeout = _TIMEOUT,
    ) -> httpx.Response:
        """Send a request once; the response, whatever it is. Raises ``httpx.TransportError`` and ``StorageError``."""
        client = self._client or await self._connect()
        return await client.request(
            method, url, headers=headers, content=body, timeout=timeout, extensions={"limit": _LARGEST_ANSWER}
        )

    async def open(self, url: str, headers: Mapping[str, str]) -> httpx.Response:
        """Open a download, once; return the response, whatever it is, its body unread. Raises as ``send_once`` does."""
        client = self._client or await self._connect()
        request = client.build_request("GET", url, headers=headers, timeout=_TIMEOUT)
        return await client.send(request, stream=True)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _connect(self) -> httpx.AsyncClient:
        async with self._making:
            if self._client is None:
                await self._threads.run(lambda stop: ssl_context())
                self._client = make_client(self.objects_url, auth=self._auth, connections=self._settings.concurrency)
            return self._client


def _credentials(settings: StorageSettings) -> CredentialsSource:
    return CredentialsSource(
        service_account_key=settings.service_account_key,
        impersonate=settings.impersonate,
        metadata_host=settings.metadata_host,
        token_url=settings.token_url,
        iam_credentials_endpoint=settings.iam_credentials_endpoint,
    )


def _asked_pause(response: httpx.Response) -> float:
    """Return the seconds that the service asks to wait, within reason."""
    try:
        return min(_LONGEST_PAUSE, float(response.headers.get("Retry-After", 0)))
    except ValueError:
        return 0.0
