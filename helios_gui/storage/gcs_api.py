"""Requests to Google Cloud Storage's JSON API: signed, tried again where that can help, errors in our words."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from functools import partial
from urllib.parse import quote, urlencode

import aiohttp

from helios_gui.net.bearer import send_with_token
from helios_gui.net.google_auth import CredentialsSource, GoogleAuth
from helios_gui.net.http_client import Answer, Body, HttpError, Transport
from helios_gui.storage.fetching import pause_before
from helios_gui.storage.gcs_errors import RETRIED, GcsContext
from helios_gui.storage.settings import StorageSettings
from helios_gui.storage.threads import TransferThreads
from helios_gui.types import StorageError

ATTEMPTS = 5
_ENDPOINT = "https://storage.googleapis.com"
_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10.0, sock_read=30.0)
_LONGEST_PAUSE = 30.0


class GcsApi:
    """One bucket. Its connections are made on a thread when first needed: reading certificates takes a while."""

    def __init__(self, bucket: str, settings: StorageSettings, threads: TransferThreads) -> None:
        self.context = GcsContext(bucket)
        self._settings = settings
        self._threads = threads
        endpoint = (settings.gcs_endpoint_url or _ENDPOINT).rstrip("/")
        self.objects_url = f"{endpoint}/storage/v1/b/{quote(bucket, safe='')}/o"
        self.upload_url = f"{endpoint}/upload/storage/v1/b/{quote(bucket, safe='')}/o"
        self._auth = GoogleAuth(_credentials(settings))
        self._transport: Transport | None = None
        self._making = asyncio.Lock()

    def object_url(self, name: str) -> str:
        """The address of an object."""
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
        body: Body = None,
    ) -> Answer:
        """Send a request that may be repeated; the answer if it is a success or its status is in ``accept``.

        Raises ``StorageError``. A ``body`` that is not bytes must be iterable more than once.
        """
        address = f"{url}?{urlencode(params)}" if params else url
        for attempt in range(1, ATTEMPTS + 1):
            pause = pause_before(attempt)
            try:
                answer = await self.ask(method, address, headers, body)
            except HttpError as error:
                if attempt == ATTEMPTS:
                    raise self.context.unreachable(error, what) from None
            else:
                if answer.ok or answer.status in accept:
                    return answer
                if answer.status not in RETRIED or attempt == ATTEMPTS:
                    raise self.context.translate(answer, what)
                pause = max(pause, _asked_pause(answer))
            await asyncio.sleep(pause)
        raise StorageError(f"Google Cloud Storage was asked in vain for {what}.")

    async def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: Body = None,
        timeout: aiohttp.ClientTimeout = _TIMEOUT,
    ) -> Answer:
        """Send a request once; the answer, whatever it is. Raises ``HttpError`` and ``StorageError``."""
        transport = self._transport or await self._connect()
        send = partial(transport.fetch, method, url, body=body, timeout=timeout)
        return await send_with_token(self._auth, headers or {}, send)

    async def open(self, url: str, headers: Mapping[str, str]) -> Answer:
        """A download, once; the answer, whatever it is, its body not read yet. Raises as ``ask`` does."""
        transport = self._transport or await self._connect()
        send = partial(transport.open, "GET", url, body=None, timeout=_TIMEOUT)
        return await send_with_token(self._auth, headers, send)

    async def close(self) -> None:
        """Close the connections."""
        if self._transport is not None:
            await self._transport.close()

    async def _connect(self) -> Transport:
        async with self._making:
            if self._transport is None:
                connections = self._settings.concurrency
                self._transport = await self._threads.run(lambda stop: Transport(self.objects_url, connections))
            return self._transport


def _credentials(settings: StorageSettings) -> CredentialsSource:
    return CredentialsSource(
        service_account_key=settings.service_account_key,
        impersonate=settings.impersonate,
        metadata_host=settings.metadata_host,
        token_url=settings.token_url,
        iam_credentials_endpoint=settings.iam_credentials_endpoint,
    )


def _asked_pause(answer: Answer) -> float:
    """Seconds the service asks to wait, within reason."""
    try:
        return min(_LONGEST_PAUSE, float(answer.headers.get("Retry-After", 0)))
    except ValueError:
        return 0.0
