"""The boto3 client of a storage: made once, when first needed, for many threads."""

from __future__ import annotations

import threading
from typing import Any

from botocore.config import Config

from helios_gui.net.aws_session import aws_session
from helios_gui.storage.s3_body import SendingBody
from helios_gui.storage.settings import StorageSettings

_ATTEMPTS = 5


class S3Client:
    """Makes the client lazily: reading AWS' configuration and service models takes a tenth of a second."""

    def __init__(self, settings: StorageSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._session: Any = None
        self._clients: dict[int, Any] = {}

    def get(self) -> Any:
        """Return the client that repeats requests by itself; blocking the first time.

        Raises ``CredentialsError`` and botocore's errors.
        """
        return self._with_attempts(_ATTEMPTS)

    def get_without_retries(self) -> Any:
        """Return the client for downloads, whose retries ``ObjectDownload`` owns. Else the same as ``get``."""
        return self._with_attempts(1)

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def _with_attempts(self, attempts: int) -> Any:
        with self._lock:
            if attempts not in self._clients:
                self._clients[attempts] = self._make(attempts)
            return self._clients[attempts]

    def _make(self, attempts: int) -> Any:
        chosen = self._settings
        if self._session is None:
            self._session = aws_session(
                profile=chosen.aws_profile,
                role_arn=chosen.role_arn,
                region=chosen.region,
                sts_endpoint_url=chosen.sts_endpoint_url,
                connections=chosen.concurrency,
            )
        config = Config(
            # Everything done with storage can safely be done twice, so here the SDK may try again by itself.
            retries={"mode": "standard", "total_max_attempts": attempts},
            # Checksums are sent and verified by us, as SHA-256; the SDK's own CRC32 would only be a second one.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path"} if chosen.endpoint_url else {},
        )
        client = self._session.client("s3", endpoint_url=chosen.endpoint_url or None, config=config)
        for operation in ("PutObject", "UploadPart"):
            client.meta.events.register(f"before-send.s3.{operation}", _begin_sending)
        return client


def _begin_sending(request: Any, **_: object) -> None:
    """Count the body's bytes from here on: they go over the network, while signing only read them."""
    if isinstance(request.body, SendingBody):
        request.body.begin_sending()
