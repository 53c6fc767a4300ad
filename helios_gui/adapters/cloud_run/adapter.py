"""Renders on Google Cloud Run, with Cloud Storage (or any other storage) between here and there."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from helios_gui.adapters.cloud_run.cloud_run_connection import CloudRunLine
from helios_gui.adapters.cloud_run.cloud_run_responses import CloudRunAnswers, read_health
from helios_gui.adapters.remote.adapter import RemoteAdapter, RemoteSettings, ResultListener, ignore_result
from helios_gui.adapters.remote.invoker import Outcome, Refused, TimeBounds, Unheard
from helios_gui.adapters.remote.shared_token import SharedToken
from helios_gui.net.google_auth import CredentialsSource, GoogleAuth
from helios_gui.net.http_client import HttpError, NeverSentError
from helios_gui.storage import StorageSettings
from helios_gui.types import CredentialsError, FailureKind, StorageError, UserInputError, WorkerRequest

USUAL_TIME_LIMIT = 300.0
"""Seconds a request may take unless the service says otherwise; 3,600 at most."""
_START_SHARE = 0.1
_LONGEST_START = 15.0
"""Seconds (or share) of the time limit that may pass before the worker has the request: a container has to start."""
_SLACK = 20.0
_MOMENT = 5.0
_MOMENT_TO_START = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudRunSettings(RemoteSettings):
    """A Cloud Run profile; references, never secrets. Empty text means "as Google's own tools would have it".

    ``service_url`` is the service's address, and the audience of ID tokens unless ``audience`` names another one.
    ``time_limit`` is the service's request timeout in seconds. ``service_account_key`` is a key file's path,
    ``impersonate`` a service account's email, ``metadata_host`` a metadata server to take tokens from.
    ``worker_token`` refers to a token that is sent to the worker in place of ID tokens (see ``SecretReference``).
    The endpoints replace Google's own.
    """

    service_url: str
    audience: str = ""
    service_account_key: str = ""
    impersonate: str = ""
    metadata_host: str = ""
    worker_token: str = ""
    time_limit: float = USUAL_TIME_LIMIT
    gcs_endpoint_url: str = ""
    token_url: str = ""
    iam_credentials_endpoint: str = ""

    @property
    def url(self) -> str:
        """The service's address without a slash at the end. Raises ``UserInputError`` if it is none."""
        url = self.service_url.strip().rstrip("/")
        if not _is_web_address(url):
            raise UserInputError(
                "The service's URL is not one.", "Copy it from Cloud Run; it looks like https://worker-abc.a.run.app."
            )
        return url

    @property
    def token_audience(self) -> str:
        """Whom ID tokens are made for."""
        return self.audience.strip() or self.url

    def authentication(self) -> GoogleAuth | SharedToken:
        """What shows the worker who calls."""
        return (
            SharedToken(self.worker_token) if self.worker_token else GoogleAuth(self.credentials, self.token_audience)
        )

    @property
    def answers(self) -> CloudRunAnswers:
        """Reads what the service answers."""
        return CloudRunAnswers(self.url, self.token_audience, self.worker_token)

    @property
    def credentials(self) -> CredentialsSource:
        """Where tokens come from."""
        return CredentialsSource(
            service_account_key=self.service_account_key,
            impersonate=self.impersonate,
            metadata_host=self.metadata_host,
            token_url=self.token_url,
            iam_credentials_endpoint=self.iam_credentials_endpoint,
        )

    @property
    def storage(self) -> StorageSettings:
        """How the storage is reached."""
        return StorageSettings(
            gcs_endpoint_url=self.gcs_endpoint_url,
            token_url=self.token_url,
            metadata_host=self.metadata_host,
            service_account_key=self.service_account_key,
            impersonate=self.impersonate,
            iam_credentials_endpoint=self.iam_credentials_endpoint,
        )


class CloudRunInvoker:
    """Invokes one service."""

    def __init__(self, settings: CloudRunSettings) -> None:
        self._settings = settings
        self._url = settings.url
        self._answers = settings.answers
        self._line: CloudRunLine | None = None
        self._made_at = 0.0
        self._put_away: list[CloudRunLine] = []

    @property
    def name(self) -> str:
        """See ``Invoker``."""
        return f"the service at {self._url}"

    async def bounds(self, timeout: float | None) -> TimeBounds:
        """See ``Invoker``. A container cannot know how long its requests may take."""
        limit = self._settings.time_limit
        told = limit - min(_LONGEST_START, limit * _START_SHARE)
        longest = min(limit, timeout) if timeout is not None else limit
        return TimeBounds(told, longest, longest + _SLACK)

    async def invoke(self, request: WorkerRequest) -> Outcome:
        """See ``Invoker``."""
        line = self._connect()
        body = json.dumps(request.to_wire()).encode()
        longest = self._settings.read_timeout or self._settings.time_limit + _SLACK
        try:
            answer = await line.post(body, longest)
        except NeverSentError as error:
            return Refused(FailureKind.TRANSIENT, f"{self._url} cannot be reached: {error.words}.")
        except HttpError as error:
            return Unheard(f"{self._url} did not answer: {error.words}.")
        except CredentialsError:
            self._forget(line)
            raise
        outcome = self._answers.read(answer)
        if isinstance(outcome, Refused) and outcome.kind is FailureKind.BLOCKED:
            self._forget(line)
        return outcome

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
            await self._knock(line)
        except BaseException:
            await line.close()
            raise
        if self._line is not None:
            self._put_away.append(self._line)
        self._line, self._made_at = line, asyncio.get_running_loop().time()

    async def _knock(self, line: CloudRunLine) -> None:
        try:
            answer = await line.get("/health", _MOMENT_TO_START)
        except HttpError as error:
            raise StorageError(f"{self._url} cannot be reached: {error.words}.") from None
        if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            outcome = self._answers.read(answer)
            if isinstance(outcome, Refused):
                raise StorageError(outcome.message, kind=outcome.kind)
        if read_health(answer.content).get("authorized") is False:
            refusal = self._answers.refusal_by_worker()
            raise StorageError(refusal.message, kind=refusal.kind)

    def _connect(self) -> CloudRunLine:
        if self._line is None:
            self._line, self._made_at = self._make(), asyncio.get_running_loop().time()
        return self._line

    def _make(self) -> CloudRunLine:
        return CloudRunLine(self._url, self._settings.authentication())

    def _forget(self, line: CloudRunLine) -> None:
        """The credentials were refused: read them anew the next time, as somebody may have mended them."""
        if line is self._line and asyncio.get_running_loop().time() - self._made_at > _MOMENT:
            self._put_away.append(line)
            self._line = None


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("https", "http") and parts.hostname and parts.port != 0
    except ValueError:
        return False
    return bool(known) and "@" not in parts.netloc and url.isprintable() and " " not in url


class CloudRunAdapter(RemoteAdapter):
    """A ``WorkerAdapter`` for one Cloud Run service. Raises ``UserInputError`` for URLs that are none."""

    def __init__(self, settings: CloudRunSettings, on_result: ResultListener = ignore_result) -> None:
        super().__init__(CloudRunInvoker(settings), settings, on_result)
