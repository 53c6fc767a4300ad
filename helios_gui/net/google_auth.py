"""Tokens for requests to Google: access tokens for its APIs, ID tokens for Cloud Run services."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from typing import Any

from helios_gui.net.bearer import BearerAuth
from helios_gui.net.google_credentials import CredentialsSource
from helios_gui.net.scrub import quieten_loggers, scrub
from helios_gui.translation import mark, tr
from helios_gui.types import CredentialsError, FailureKind, StorageError
from helios_gui.utils.json_text import read_json

__all__ = ["CredentialsSource", "GoogleAuth", "GoogleUnreachableError"]

_TIMEOUT = 20.0
_UNKNOWN_LIFETIME = 600.0
_SIGN_IN = mark(
    "Check the service-account key or impersonation in the profile, or run: gcloud auth application-default login"
)


class GoogleUnreachableError(StorageError):
    """The token service could not be reached or was out of order: trying again may help."""

    def __init__(self, message: str) -> None:
        super().__init__(message, tr("Check the network; it may pass."), kind=FailureKind.TRANSIENT)


class GoogleAuth(BearerAuth):
    """Adds Google's tokens to requests, for one event loop.

    However many requests need a new token, one refresh serves them all.

    Args:
        source: Where the credentials come from.
        audience: The service that ID tokens are made for; ``None`` for access tokens.
        skew: Seconds before its expiry at which a token is renewed.
    """

    def __init__(self, source: CredentialsSource, audience: str | None = None, *, skew: float = 120.0) -> None:
        quieten_loggers()
        self._source = source
        self._audience = audience
        self._skew = skew
        self._credentials: Any = None
        self._token = ""
        self._renew_at = 0.0
        self._lock = asyncio.Lock()
        self._refreshes = 0
        self._failure: StorageError | None = None

    async def token(self, refused: str = "") -> str:
        """Return a valid token.

        Args:
            refused: A token that a service did not accept; it is never returned.

        Raises:
            CredentialsError: The credentials give no token.
            GoogleUnreachableError: The token service does not answer now.
        """
        seen = self._refreshes
        if self._is_good(refused):
            return self._token
        async with self._lock:
            if self._is_good(refused):  # another request refreshed it meanwhile
                return self._token
            if self._refreshes > seen and self._failure is not None:  # … or failed to: another try would fail too
                raise self._failure
            await self._refresh()
            return self._token

    def _is_good(self, refused: str) -> bool:
        return bool(self._token) and self._token != refused and time.time() < self._renew_at

    async def _refresh(self) -> None:
        self._failure = None
        # A thread for once an hour is not worth keeping, and the loop's own pool may be full of other work.
        executor = ThreadPoolExecutor(1, thread_name_prefix="helios-google-auth")
        try:
            loop = asyncio.get_running_loop()
            self._token, expiry = await loop.run_in_executor(executor, self._refresh_blocking)
            lifetime = expiry - time.time()
            self._renew_at = expiry - min(self._skew, lifetime / 2)
        except StorageError as error:
            self._failure = error
            raise
        finally:
            self._refreshes += 1
            executor.shutdown(wait=False, cancel_futures=True)

    def _refresh_blocking(self) -> tuple[str, float]:
        """Return a new token and when it expires (seconds since the epoch)."""
        from google.auth import exceptions

        from helios_gui.net.google_requests import GoogleRequest

        request = GoogleRequest(_TIMEOUT)
        # google-auth's errors may hold the request with its tokens, so they are not chained.
        try:
            if self._credentials is None:
                self._credentials = self._source.make(self._audience, request)
            self._credentials.refresh(request)
        except exceptions.TransportError as error:
            raise GoogleUnreachableError(
                tr("Google's token service cannot be reached: {description}", description=_describe(error))
            ) from None
        except (exceptions.GoogleAuthError, ValueError) as error:
            raise _as_our_error(error) from None
        except (
            TypeError,
            LookupError,
            AttributeError,
            ArithmeticError,
            RecursionError,
        ):  # of google-auth's own reading
            raise CredentialsError(
                tr("There are no valid Google credentials: {description}", description=tr("the answer holds no token")),
                tr(_SIGN_IN),
            ) from None
        expiry = self._credentials.expiry
        until = expiry.replace(tzinfo=UTC).timestamp() if expiry else time.time() + _UNKNOWN_LIFETIME
        return str(self._credentials.token), until


def _as_our_error(error: Exception) -> StorageError:
    if getattr(error, "retryable", False):
        return GoogleUnreachableError(
            tr("Google's token service is out of order: {description}", description=_describe(error))
        )
    return CredentialsError(
        tr("There are no valid Google credentials: {description}", description=_describe(error)), tr(_SIGN_IN)
    )


def _describe(error: Exception) -> str:
    """Return what the token service said, without what was sent to it."""
    said = [scrub(str(part)) for part in error.args[:1] if isinstance(part, str)]
    for part in error.args[1:2]:
        said.extend(_reasons(part))
    return "; ".join(filter(None, said)) or type(error).__name__


def _reasons(answer: object) -> list[str]:
    """Return the fields of an error response that are meant for people."""
    try:
        found = read_json(answer) if isinstance(answer, str) else answer
    except ValueError:
        return []
    if not isinstance(found, dict):
        return []
    error = found.get("error")
    nested = error if isinstance(error, dict) else {}
    return [scrub(str(text)) for text in (found.get("error_description"), nested.get("message")) if text]
