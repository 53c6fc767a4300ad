"""Requests to Google Cloud Storage's JSON API: signed, tried again where that can help, errors in our words."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Mapping
from urllib.parse import quote, urlencode

import httpx

from helios_gui.storage.fetching import pause_before
from helios_gui.storage.gcs_errors import RETRIED, GcsContext
from helios_gui.storage.settings import StorageSettings
from helios_gui.storage.threads import TransferThreads
from helios_gui.types import StorageError
from helios_gui.utils.google_auth import CredentialsSource, GoogleAuth
from helios_gui.utils.http_transport import USUAL_HEADERS, Body, Transport

ATTEMPTS = 5
_ENDPOINT = "https://storage.googleapis.com"
_TIMEOUT = httpx.Timeout(30.0, connect=10.0, pool=None)
_LONGEST_PAUSE = 30.0
_HEADERS = {**USUAL_HEADERS, "Accept-Encoding": "identity"}
"""Objects must come as they are stored: no compression on the way."""


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
    ) -> httpx.Response:
        """Send a request that may be repeated; the answer if it is a success or its status is in ``accept``.

        Raises ``StorageError``. A ``body`` that is not bytes must be iterable more than once.
        """
        address = f"{url}?{urlencode(params)}" if params else url
        for attempt in range(1, ATTEMPTS + 1):
            pause = pause_before(attempt)
            try:
                response = await self.ask(method, address, headers, body)
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

    async def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: Body = None,
        timeout: httpx.Timeout = _TIMEOUT,
    ) -> httpx.Response:
        """Send a request once; the answer, whatever it is. Raises ``httpx.TransportError`` and ``StorageError``."""
        return await self._send(method, url, headers or {}, body, timeout)

    @contextlib.asynccontextmanager
    async def stream(
        self, url: str, what: str, *, accept: Collection[int], headers: Mapping[str, str]
    ) -> AsyncIterator[httpx.Response]:
        """An open download, once; ``httpx.TransportError`` passes through. Raises ``StorageError`` for refusals."""
        response = await self._send("GET", url, headers, None, _TIMEOUT, whole=False)
        try:
            if not response.is_success and response.status_code not in accept:
                await response.aread()
                raise self.context.translate(response, what)
            yield response
        finally:
            await response.aclose()

    async def close(self) -> None:
        """Close the connections."""
        if self._transport is not None:
            await self._transport.aclose()

    async def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Body,
        timeout: httpx.Timeout,
        *,
        whole: bool = True,
    ) -> httpx.Response:
        """The answer, with its body or (not ``whole``) not read yet. A token that is refused is renewed, once."""
        transport = self._transport or await self._connect()
        send = transport.fetch if whole else transport.open
        refused = ""
        while True:
            token = await self._auth.token(refused)
            signed = {**_HEADERS, **headers, "Authorization": f"Bearer {token}"}
            response = await send(method, url, signed, body, timeout)
            if response.status_code != httpx.codes.UNAUTHORIZED or refused:
                return response
            await response.aclose()
            refused = token

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


def _asked_pause(response: httpx.Response) -> float:
    """Seconds the service asks to wait, within reason."""
    try:
        return min(_LONGEST_PAUSE, float(response.headers.get("Retry-After", 0)))
    except ValueError:
        return 0.0
