"""Requests to Google Cloud Storage's JSON API: signed, tried again where that can help, errors in our words."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection
from typing import Any
from urllib.parse import quote

import httpx

from helios_gui.storage.fetching import pause_before
from helios_gui.storage.gcs_errors import RETRIED, GcsContext
from helios_gui.storage.settings import StorageSettings
from helios_gui.storage.threads import TransferThreads
from helios_gui.types import StorageError
from helios_gui.utils.google_auth import CredentialsSource, GoogleAuth
from helios_gui.utils.http_transport import make_client

ATTEMPTS = 5
_ENDPOINT = "https://storage.googleapis.com"
_TIMEOUT = httpx.Timeout(30.0, connect=10.0, pool=None)
_LONGEST_PAUSE = 30.0


class GcsApi:
    """One bucket. The client is made on a thread when first needed: reading certificates takes a while."""

    def __init__(self, bucket: str, settings: StorageSettings, threads: TransferThreads) -> None:
        self.context = GcsContext(bucket)
        self._settings = settings
        self._threads = threads
        endpoint = (settings.gcs_endpoint_url or _ENDPOINT).rstrip("/")
        self.objects_url = f"{endpoint}/storage/v1/b/{quote(bucket, safe='')}/o"
        self.upload_url = f"{endpoint}/upload/storage/v1/b/{quote(bucket, safe='')}/o"
        self._client: httpx.AsyncClient | None = None
        self._making = asyncio.Lock()

    def object_url(self, name: str) -> str:
        """The address of an object."""
        return f"{self.objects_url}/{quote(name, safe='')}"

    async def client(self) -> httpx.AsyncClient:
        """The client, made the first time."""
        async with self._making:
            if self._client is None:
                self._client = await self._threads.run(lambda stop: self._make_client())
            return self._client

    async def request(
        self, method: str, url: str, what: str, *, accept: Collection[int] = (), **options: Any
    ) -> httpx.Response:
        """Send a request that may be repeated; the answer if it is a success or its status is in ``accept``.

        Raises ``StorageError``. ``options`` are httpx's; a body must be bytes or be iterable more than once.
        """
        client = await self.client()
        for attempt in range(1, ATTEMPTS + 1):
            pause = pause_before(attempt)
            try:
                response = await client.request(method, url, **options)
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
        raise StorageError(f"Google Cloud Storage was asked in vain for {what}.")

    @contextlib.asynccontextmanager
    async def stream(
        self, url: str, what: str, *, accept: Collection[int], **options: Any
    ) -> AsyncIterator[httpx.Response]:
        """An open download, once; ``httpx.TransportError`` passes through. Raises ``StorageError`` for refusals."""
        client = await self.client()
        async with client.stream("GET", url, **options) as response:
            if not response.is_success and response.status_code not in accept:
                await response.aread()
                raise self.context.translate(response, what)
            yield response

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _make_client(self) -> httpx.AsyncClient:
        chosen = self._settings
        source = CredentialsSource(
            service_account_key=chosen.service_account_key,
            impersonate=chosen.impersonate,
            metadata_host=chosen.metadata_host,
            token_url=chosen.token_url,
            iam_credentials_endpoint=chosen.iam_credentials_endpoint,
        )
        # Objects must come as they are stored: no compression on the way.
        headers = {"Accept-Encoding": "identity"}
        return make_client(
            self.objects_url, GoogleAuth(source), _TIMEOUT, connections=chosen.concurrency, headers=headers
        )


def _asked_pause(response: httpx.Response) -> float:
    """Seconds the service asks to wait, within reason."""
    try:
        return min(_LONGEST_PAUSE, float(response.headers.get("Retry-After", 0)))
    except ValueError:
        return 0.0
