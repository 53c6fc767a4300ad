"""What S3's and botocore's errors mean: try again, sign in again, or correct a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import botocore.exceptions as aws
import urllib3.exceptions
from botocore.parsers import ResponseParserError

from helios_gui.net.aws_http import UnboundedAnswerError
from helios_gui.net.aws_session import is_credentials_failure, sign_in_hint
from helios_gui.net.scrub import scrub
from helios_gui.storage.object_transfer import DamagedError
from helios_gui.translation import tr
from helios_gui.types import ArtifactNotFoundError, CredentialsError, FailureKind, StorageError

EXISTS = {"PreconditionFailed", "412"}
CONFLICT = {"ConditionalRequestConflict", "409"}

_MISSING = {"NoSuchKey", "404", "NotFound"}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired", "InvalidToken"}
_UNKNOWN_KEY = {
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "InvalidSecurity",
    "NotSignedUp",
    "AuthFailure",
}
_FORBIDDEN = {"AccessDenied", "AccessDeniedException", "403", "Forbidden", "AllAccessDisabled", "AccountProblem"}
_BUSY = {
    "SlowDown",
    "503",
    "429",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "TooManyRequests",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
}
_DAMAGED = {"BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "IncompleteBody"}
_PASSING = {"InternalError", "500", "502", "504", "RequestTimeout", "OperationAborted", "NoSuchUpload"}
_ELSEWHERE = {"PermanentRedirect", "301", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"}
_NETWORK = (aws.HTTPClientError, aws.ConnectionError, aws.IncompleteReadError, urllib3.exceptions.HTTPError, OSError)

AWS_ERRORS: tuple[type[Exception], ...] = (aws.BotoCoreError, aws.ClientError, urllib3.exceptions.HTTPError)
"""Everything boto3 raises that ``S3Context.translate`` understands."""

ODD_ANSWERS: tuple[type[Exception], ...] = (
    ResponseParserError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    RecursionError,
)
"""What reading an answer raises that is not one of S3's."""


def code_of(error: Exception) -> str:
    """Return S3's error code, or ``""`` for errors that are not answers of the service."""
    if isinstance(error, aws.ClientError):
        return scrub(str(error.response.get("Error", {}).get("Code", "")))
    return ""


def is_interruption(error: Exception) -> bool:
    """Return whether the connection broke while the object's bytes were coming."""
    return isinstance(error, _NETWORK)


@dataclass(frozen=True, slots=True)
class S3Context:
    """What errors are about: names for people, never credentials."""

    bucket: str
    profile: str

    def translate(self, error: Exception, what: str) -> StorageError:
        """Return ``error`` as one of ours; ``what`` is the key, or what else was asked for."""
        if is_credentials_failure(error):
            return CredentialsError(tr("There are no valid AWS credentials."), sign_in_hint(self.profile))
        code = code_of(error)
        if code:
            return self._error_of_code(code, _words_of(error), what)
        if isinstance(error, UnboundedAnswerError):
            return StorageError(
                tr("S3's answer for {what} was given up: {error}.", what=what, error=error),
                tr("Check the region, bucket and endpoint of the profile."),
            )
        if is_interruption(error):
            return StorageError(
                tr("S3 cannot be reached for {what}: {answer}", what=what, answer=scrub(str(error))),
                tr("Check the network."),
            )
        return StorageError(
            tr("S3 could not be asked for {what}: {answer}", what=what, answer=scrub(str(error))),
            tr("Check the region, bucket and endpoint of the profile."),
            kind=FailureKind.FATAL,
        )

    def odd(self, error: Exception, what: str) -> StorageError:
        """Return what it means that an answer cannot be read."""
        return StorageError(
            tr(
                "S3's answer for {what} cannot be understood ({error}).",
                what=what,
                error=scrub(f"{type(error).__name__}: {error}"),
            ),
            tr("Check the region, bucket and endpoint of the profile."),
            kind=FailureKind.FATAL,
        )

    def _error_of_code(self, code: str, words: str, what: str) -> StorageError:
        if code == "NoSuchBucket":
            return StorageError(
                tr('There is no S3 bucket "{bucket}".', bucket=self.bucket),
                tr("Correct the bucket's name in the profile, or make the bucket."),
                kind=FailureKind.FATAL,
            )
        if code in _MISSING:
            return ArtifactNotFoundError(
                tr("{what} is not in the bucket {bucket} (any more).", what=what, bucket=self.bucket)
            )
        refused = self._refusal(code, words, what)
        if refused:
            return refused
        message = tr(
            'S3 answered "{code}" for {what} in {bucket}: {words}',
            code=code,
            what=what,
            bucket=self.bucket,
            words=words,
        )
        if code in _BUSY:
            return StorageError(message, tr("It will pass; try again later."), kind=FailureKind.THROTTLED)
        if code in _DAMAGED:
            return DamagedError(tr("{what} arrived damaged at S3 ({code}).", what=what, code=code), tr("Try again."))
        if code in _PASSING or code in CONFLICT:
            return StorageError(message, tr("Try again."))
        hint = (
            tr("Check the profile's region.") if code in _ELSEWHERE else tr("Check the profile's bucket and endpoint.")
        )
        return StorageError(message, hint, kind=FailureKind.FATAL)

    def _refusal(self, code: str, words: str, what: str) -> CredentialsError | None:
        if code in _EXPIRED:
            return CredentialsError(tr("The AWS credentials have expired."), sign_in_hint(self.profile))
        if code in _UNKNOWN_KEY:
            return CredentialsError(
                tr("AWS does not accept the credentials ({code}).", code=code), sign_in_hint(self.profile)
            )
        if code == "RequestTimeTooSkewed":
            return CredentialsError(tr("AWS refused a request because of its time."), tr("Set this machine's clock."))
        if code in _FORBIDDEN:
            return CredentialsError(
                tr(
                    "The AWS credentials do not allow access to {what} in the bucket {bucket}: {words}",
                    what=what,
                    bucket=self.bucket,
                    words=words,
                ),
                tr(
                    "Allow s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket on it, or sign in as somebody "
                    "else. {sign_in_hint}",
                    sign_in_hint=sign_in_hint(self.profile),
                ),
            )
        return None


def _words_of(error: Any) -> str:
    """Return what S3 says about one of its codes (see ``code_of``)."""
    return scrub(str(error.response.get("Error", {}).get("Message", "")))
