"""Signs requests for AWS with botocore's signer, and credentials that are renewed off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import botocore.exceptions
import httpx
from boto3.session import Session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.parsers import ResponseParserError

from helios_gui.net.aws_http import UnboundedAnswerError
from helios_gui.net.aws_session import aws_session, is_credentials_failure, sign_in_hint
from helios_gui.net.scrub import scrub
from helios_gui.translation import tr
from helios_gui.types import CredentialsError, FailureKind, StorageError

Result = TypeVar("Result")


class NotAllowedError(CredentialsError):
    """The credentials are good, but not for this."""


@dataclass(frozen=True, slots=True)
class AwsIdentity:
    """Whose credentials: references only. Empty text means "as AWS' own tools would have it"."""

    profile: str = ""
    role_arn: str = ""
    region: str = ""
    sts_endpoint_url: str = ""


class AwsCredentials:
    """Credentials for one event loop, read and renewed on a thread; many who wait need one renewal."""

    def __init__(self, identity: AwsIdentity) -> None:
        self.identity = identity
        self._session: Session | None = None
        self._credentials: Any = None
        self._lock = asyncio.Lock()

    async def get(self) -> ReadOnlyCredentials:
        """Return valid ones.

        Raises ``CredentialsError`` where there are none, ``StorageError`` where AWS is not reached.
        """
        async with self._lock:
            if self._credentials is None or self._needs_refresh():
                return await self.run(self._load)
            return self._credentials.get_frozen_credentials()

    async def session(self) -> Session:
        """Return the boto3 session they belong to."""
        async with self._lock:
            if self._session is None:
                await self.run(self._load)
        assert self._session is not None
        return self._session

    def forget(self) -> None:
        """Read everything anew the next time: these were refused, and somebody may have signed in meanwhile."""
        self._session = self._credentials = None

    async def run(self, work: Callable[[], Result]) -> Result:
        """Run blocking work with boto3 on a thread of its own, with its errors in our words."""
        # Not on the loop's own threads, which may be taken by other work, and not kept: it is needed rarely.
        executor = ThreadPoolExecutor(1, thread_name_prefix="helios-aws")
        try:
            return await asyncio.get_running_loop().run_in_executor(executor, work)
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
            raise to_storage_error(error, self.identity) from None
        except (ResponseParserError, LookupError, TypeError, ValueError, RecursionError) as error:
            raise StorageError(
                tr("AWS's answer cannot be understood ({error}).", error=scrub(f"{type(error).__name__}: {error}")),
                tr("Check the region and the endpoints of the profile."),
                kind=FailureKind.BLOCKED,
            ) from None
        finally:
            executor.shutdown(wait=False, cancel_futures=True)

    def _needs_refresh(self) -> bool:
        refresh_needed = getattr(self._credentials, "refresh_needed", None)
        return bool(refresh_needed is not None and refresh_needed())

    def _load(self) -> ReadOnlyCredentials:
        if self._session is None or self._credentials is None:
            chosen = self.identity
            self._session = aws_session(
                profile=chosen.profile,
                role_arn=chosen.role_arn,
                region=chosen.region,
                sts_endpoint_url=chosen.sts_endpoint_url,
            )
            self._credentials = self._session.get_credentials()
        if self._credentials is None:
            raise no_credentials(self.identity)
        return self._credentials.get_frozen_credentials()


class SigV4(httpx.Auth):
    """Signs requests to one service in one region, with AWS' Signature Version 4."""

    requires_request_body = True

    def __init__(self, credentials: AwsCredentials, service: str, region: str) -> None:
        self._credentials = credentials
        self._service = service
        self._region = region

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """See ``httpx.Auth``. Raises what ``AwsCredentials.get`` raises."""
        credentials = await self._credentials.get()
        # Only what no proxy on the way may change is signed, and the host.
        chosen = {
            name: value
            for name, value in request.headers.items()
            if name.startswith("x-amz-") or name == "content-type"
        }
        signed = AWSRequest(method=request.method, url=str(request.url), data=request.content, headers=chosen)
        SigV4Auth(credentials, self._service, self._region).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        yield request


def no_credentials(identity: AwsIdentity) -> CredentialsError:
    """Return the error for when there is nothing to sign with."""
    return CredentialsError(tr("There are no valid AWS credentials."), sign_in_hint(identity.profile))


def to_storage_error(error: Exception, identity: AwsIdentity) -> StorageError:
    """Return an error of boto3 while it got credentials or asked about a function."""
    if is_credentials_failure(error):
        return no_credentials(identity)
    if isinstance(error, botocore.exceptions.ClientError):
        answer = error.response.get("Error", {})
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
        code, words = scrub(str(answer.get("Code", ""))), str(answer.get("Message", ""))
        return refusal(status, code, words, error.operation_name, identity)
    if isinstance(
        error, botocore.exceptions.HTTPClientError | botocore.exceptions.ConnectionError | UnboundedAnswerError
    ):
        return StorageError(
            tr("AWS cannot be reached: {answer}", answer=scrub(str(error))), tr("Check the network; it may pass.")
        )
    return StorageError(
        tr("AWS could not be asked: {answer}", answer=scrub(str(error))),
        tr("Check the profile's region and role."),
        kind=FailureKind.BLOCKED,
    )


_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_UNKNOWN = {
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "MissingAuthenticationTokenException",
    "MissingAuthenticationToken",
    "IncompleteSignatureException",
    "InvalidToken",
}


def refusal(status: int, code: str, words: str, action: str, identity: AwsIdentity) -> StorageError:
    """Return what it means that AWS refused ``action`` with that HTTP status, error code and words."""
    hint = sign_in_hint(identity.profile)
    if code in _EXPIRED:
        return CredentialsError(tr("The AWS credentials have expired."), hint)
    if "signature expired" in words.lower() or "not yet current" in words.lower():
        return CredentialsError(tr("AWS refused a request because of its time."), tr("Set this machine's clock."))
    if code in _UNKNOWN:
        return CredentialsError(tr("AWS does not accept the credentials ({code}).", code=code), hint)
    if status in (401, 403):
        return NotAllowedError(
            tr("The AWS credentials do not allow {action}: {answer}", action=action, answer=scrub(words) or code),
            tr("Allow it, or sign in as somebody else."),
        )
    message = tr('AWS answered "{code}" to {action}: {answer}', code=code, action=action, answer=scrub(words))
    if status == 429 or "Throttl" in code or code.startswith("TooManyRequests"):
        return StorageError(message, tr("It will pass."), kind=FailureKind.THROTTLED)
    kind = FailureKind.TRANSIENT if status >= 500 else FailureKind.BLOCKED
    return StorageError(message, tr("Check the profile."), kind=kind)
