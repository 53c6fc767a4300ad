"""What the answers of Google Cloud Storage mean: try again, sign in again, or correct a name."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from helios_gui.net.http_client import describe_transport_error
from helios_gui.net.scrub import scrub
from helios_gui.storage.object_transfer import DamagedError
from helios_gui.translation import tr
from helios_gui.types import ArtifactNotFoundError, CredentialsError, FailureKind, StorageError
from helios_gui.utils.json_text import read_json

RETRIED = {408, 429, 500, 502, 503, 504}
"""Statuses that may pass by themselves."""

EXISTS = 412

_BUSY = {429, 503}
_RATE_REASONS = {"rateLimitExceeded", "userRateLimitExceeded"}


@dataclass(frozen=True, slots=True)
class GcsContext:
    """What errors are about: names for people, never credentials."""

    bucket: str

    def unreachable(self, error: httpx.TransportError, what: str) -> StorageError:
        """Return the error for no response. Its own words may hold an upload's address, which is a credential."""
        reason = describe_transport_error(error)
        return StorageError(
            tr("Google Cloud Storage cannot be reached for {what}: {reason}.", what=what, reason=reason),
            tr("Check the network."),
        )

    def translate(self, response: httpx.Response, what: str) -> StorageError:
        """Return a response (read already) that is not the one hoped for, as one of our errors."""
        status = response.status_code
        words, reason = _explanation(response)
        if status == 404:
            return self._missing(words, what)
        if status in (401, 403) and reason not in _RATE_REASONS:
            return self._refused(status, words, what)
        message = tr(
            "Google Cloud Storage answered {status} for {what} in {bucket}: {words}",
            status=status,
            what=what,
            bucket=self.bucket,
            words=words,
        )
        if status in _BUSY or reason in _RATE_REASONS:
            return StorageError(message, tr("It will pass; try again later."), kind=FailureKind.THROTTLED)
        if status in RETRIED:
            return StorageError(message, tr("Try again."))
        if status == 400 and any(name in words.lower() for name in ("md5", "crc32c", "checksum", "hash")):
            return DamagedError(tr("{what} arrived damaged at Google Cloud Storage.", what=what), tr("Try again."))
        return StorageError(message, tr("Check the profile's bucket and endpoint."), kind=FailureKind.FATAL)

    def _missing(self, words: str, what: str) -> StorageError:
        if "bucket" in words.lower() and "object" not in words.lower():
            return StorageError(
                tr('There is no Google Cloud Storage bucket "{bucket}".', bucket=self.bucket),
                tr("Correct the bucket's name in the profile, or make the bucket."),
                kind=FailureKind.FATAL,
            )
        return ArtifactNotFoundError(
            tr("{what} is not in the bucket {bucket} (any more).", what=what, bucket=self.bucket)
        )

    def _refused(self, status: int, words: str, what: str) -> CredentialsError:
        if status == 401:
            return CredentialsError(
                tr("Google Cloud Storage does not accept the credentials."),
                tr("Sign in again: gcloud auth application-default login. Or check the service-account key."),
            )
        return CredentialsError(
            tr(
                "The Google credentials do not allow access to {what} in the bucket {bucket}: {words}",
                what=what,
                bucket=self.bucket,
                words=words,
            ),
            tr("Give the account the role Storage Object User on the bucket."),
        )


def _explanation(response: httpx.Response) -> tuple[str, str]:
    """Return the message of an error response, fit for people, and its machine-readable reason."""
    try:
        error = read_json(response.content)["error"]
        details = error.get("errors") or [{}]
        return scrub(str(error.get("message", ""))), str(details[0].get("reason", ""))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return scrub(response.text or response.reason_phrase), ""
