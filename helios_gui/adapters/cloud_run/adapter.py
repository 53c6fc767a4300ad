"""Renders on Google Cloud Run, with Cloud Storage (or any other storage) between here and there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from helios_gui.adapters.adapter_kind import AdapterContext
from helios_gui.adapters.cloud_run.cloud_run_connection import CloudRunConnection
from helios_gui.adapters.cloud_run.cloud_run_responses import CloudRunResponses, read_health
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.remote.adapter import RemoteAdapter
from helios_gui.adapters.remote.invoker import Outcome, Refused, TimeBounds, Unanswered
from helios_gui.adapters.remote.shared_token import SharedTokenAuth
from helios_gui.adapters.remote.worker_responses import read_capabilities
from helios_gui.net.google_auth import CredentialsSource, GoogleAuth
from helios_gui.net.http_client import NEVER_SENT, ResponseTooLongError, describe_transport_error
from helios_gui.translation import tr
from helios_gui.types import (
    CAPABILITIES_QUESTION,
    CredentialsError,
    FailureKind,
    StorageError,
    WorkerCapabilities,
    WorkerRequest,
)

_START_SHARE = 0.1
_LONGEST_START = 15.0
"""Seconds (or share) of the time limit that may pass before the worker has the request: a container has to start."""
_SLACK = 20.0
_WAIT_AFTER_CUT = 120.0
"""Seconds that a container may take to leave its result after the service closed the request: its processors are
slowed down then, and it does not know."""
_AT_ONCE = 10.0
"""Seconds within which a gateway says that it did not reach the worker, and not that its own patience has ended."""
_MOMENT = 5.0
_MOMENT_TO_START = 60.0
_CAPABILITIES_PATH = f"/health?{CAPABILITIES_QUESTION['ask']}"
"""Where a worker tells what it can render with."""


@dataclass(frozen=True, slots=True)
class HttpService:
    """A service that answers as a worker does: where it is, what its answers mean, and how we sign in.

    ``request_timeout`` is how many seconds a request may take.
    """

    url: str
    responses: CloudRunResponses
    make_auth: Callable[[], httpx.Auth | None]
    request_timeout: float


class HttpInvoker:
    """Invokes one service."""

    def __init__(self, service: HttpService, read_timeout: float | None = None) -> None:
        self._service = service
        self._read_timeout = read_timeout
        self._url = service.url
        self._responses = service.responses
        self._line: CloudRunConnection | None = None
        self._made_at = 0.0
        self._put_away: list[CloudRunConnection] = []

    @property
    def name(self) -> str:
        """See ``Invoker``."""
        return tr("the service at {url}", url=self._url)

    async def bounds(self, timeout: float | None) -> TimeBounds:
        """See ``Invoker``. A container cannot know how long its requests may take."""
        limit = self._service.request_timeout
        told = limit - min(_LONGEST_START, limit * _START_SHARE)
        longest = min(limit, timeout) if timeout is not None else limit
        return TimeBounds(told, longest, longest + _SLACK)

    async def invoke(self, request: WorkerRequest) -> Outcome:
        """See ``Invoker``."""
        line = self._connect()
        begun = asyncio.get_running_loop().time()
        body = json.dumps(request.to_wire()).encode()
        longest = self._read_timeout or self._service.request_timeout + _SLACK
        try:
            answer = await line.post(body, longest)
        except ResponseTooLongError:
            return self._responses.too_long()
        except NEVER_SENT as error:
            return Refused(
                FailureKind.TRANSIENT,
                tr(
                    "{url} cannot be reached: {reason}.",
                    url=self._url,
                    reason=describe_transport_error(error),
                ),
            )
        except httpx.TransportError as error:
            return Unanswered(
                tr(
                    "{url} did not answer: {reason}.",
                    url=self._url,
                    reason=describe_transport_error(error),
                )
            )
        except CredentialsError:
            self._forget(line)
            raise
        outcome = self._responses.read(answer)
        if isinstance(outcome, Refused) and outcome.kind is FailureKind.BLOCKED:
            self._forget(line)
        at_once = asyncio.get_running_loop().time() - begun < _AT_ONCE
        if isinstance(outcome, Unanswered) and answer.status_code == HTTPStatus.BAD_GATEWAY and at_once:
            return self._responses.not_reached(outcome)
        return outcome

    async def capabilities(self) -> WorkerCapabilities | None:
        """See ``Invoker``."""
        line = self._connect()
        try:
            answer = await line.get(_CAPABILITIES_PATH, _MOMENT_TO_START)
        except httpx.TransportError:
            return None
        except CredentialsError:
            self._forget(line)
            raise
        return read_capabilities(answer.content) if answer.is_success else None

    async def close(self) -> None:
        """See ``Invoker``."""
        lines = [*self._put_away, self._line]
        self._put_away, self._line = [], None
        for line in lines:
            if line is not None:
                await line.close()

    async def ready(self) -> None:
        """See ``Invoker``. Without a token, and with one that is refused, Cloud Run starts no container."""
        line = self._make()
        try:
            await self._wake_service(line)
        except BaseException:
            await line.close()
            raise
        if self._line is not None:
            self._put_away.append(self._line)
        self._line, self._made_at = line, asyncio.get_running_loop().time()

    async def _wake_service(self, line: CloudRunConnection) -> None:
        try:
            answer = await line.get("/health", _MOMENT_TO_START)
        except httpx.TransportError as error:
            raise StorageError(
                tr(
                    "{url} cannot be reached: {reason}.",
                    url=self._url,
                    reason=describe_transport_error(error),
                )
            ) from None
        if answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            outcome = self._responses.read(answer)
            if isinstance(outcome, Refused):
                raise StorageError(outcome.message, kind=outcome.kind)
        if read_health(answer.content).get("authorized") is False:
            refusal = self._responses.refusal_by_worker()
            raise StorageError(refusal.message, kind=refusal.kind)

    def _connect(self) -> CloudRunConnection:
        if self._line is None:
            self._line, self._made_at = self._make(), asyncio.get_running_loop().time()
        return self._line

    def _make(self) -> CloudRunConnection:
        return CloudRunConnection(self._url, self._service.make_auth())

    def _forget(self, line: CloudRunConnection) -> None:
        """Read the refused credentials anew the next time, as somebody may have fixed them."""
        if line is self._line and asyncio.get_running_loop().time() - self._made_at > _MOMENT:
            self._put_away.append(line)
            self._line = None


class CloudRunInvoker(HttpInvoker):
    """Invokes the service of a profile."""

    def __init__(self, profile: CloudRunProfile, read_timeout: float | None = None) -> None:
        super().__init__(service_of(profile), read_timeout)


class CloudRunAdapter(RemoteAdapter):
    """A ``WorkerAdapter`` for one Cloud Run service."""

    def __init__(self, profile: CloudRunProfile, context: AdapterContext) -> None:
        super().__init__(CloudRunInvoker(profile, context.read_timeout), profile, context)


def service_of(profile: CloudRunProfile) -> HttpService:
    """Return the profile's service."""
    return HttpService(
        profile.service_url, responses_of(profile), lambda: token_source_of(profile), profile.request_timeout
    )


def token_source_of(profile: CloudRunProfile) -> GoogleAuth | SharedTokenAuth:
    """Return what tells the worker who calls: the profile's shared token, else ID tokens for the service."""
    if profile.worker_token:
        return SharedTokenAuth(profile.worker_token)
    source = CredentialsSource(
        service_account_key=profile.service_account_key,
        impersonate=profile.impersonate,
        metadata_host=profile.metadata_host,
        token_url=profile.token_endpoint,
        iam_credentials_endpoint=profile.iam_credentials_endpoint,
    )
    return GoogleAuth(source, profile.token_audience)


def responses_of(profile: CloudRunProfile) -> CloudRunResponses:
    """Return what reads the responses of the profile's service."""
    wait_after_cut = _WAIT_AFTER_CUT if profile.chunk_timeout is None else None
    return CloudRunResponses(profile.service_url, profile.token_audience, profile.worker_token, wait_after_cut)
