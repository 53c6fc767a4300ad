"""Renders on AWS Lambda, with S3 (or any other storage) between here and there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from boto3.session import Session
from botocore.config import Config

from helios_gui.adapters.adapter_kind import AdapterContext
from helios_gui.adapters.aws_lambda.aws_credentials import AwsCredentials, AwsIdentity, NotAllowedError, SigV4
from helios_gui.adapters.aws_lambda.lambda_responses import LambdaResponses
from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.remote.adapter import RemoteAdapter
from helios_gui.adapters.remote.invocation_timeouts import ask_once
from helios_gui.adapters.remote.invoker import Outcome, Refused, TimeBounds, Unanswered
from helios_gui.adapters.remote.worker_responses import read_capabilities
from helios_gui.net.http_client import NEVER_SENT, ResponseTooLongError, describe_transport_error, make_client
from helios_gui.translation import tr
from helios_gui.types import (
    CAPABILITIES_QUESTION,
    CredentialsError,
    FailureKind,
    WorkerCapabilities,
    WorkerRequest,
)

Result = TypeVar("Result")

LONGEST = 900.0
"""Seconds a function may run: Lambda's own limit."""
LONGEST_WAIT = 300.0
"""Seconds of the longest functions whose answer is waited for; networks forget connections silent for 350 s."""
_SLACK = 20.0
"""Seconds a cold start and the way there and back may take on top."""
_EVENT_QUEUE = 300.0
"""Seconds an event may wait in Lambda's own queue."""
_SHORT_WAIT = 30.0
_START_WAIT = 90.0
"""Seconds that a function may take to start and to try its programs."""
_CONFIGURATION_AGE = 60.0


@dataclass(frozen=True, slots=True)
class _Connection:
    """What is made once: the connections, and the function's address."""

    client: httpx.AsyncClient
    url: httpx.URL
    responses: LambdaResponses


@dataclass(frozen=True, slots=True)
class _InvocationMode:
    """What follows from the function's configuration, as read at ``read_at`` (the loop's time)."""

    timeout: float
    wait: bool
    read_at: float


class LambdaInvoker:
    """Invokes one function."""

    def __init__(self, profile: AwsLambdaProfile, read_timeout: float | None = None) -> None:
        self._profile = profile
        self._read_timeout = read_timeout
        self._credentials = AwsCredentials(identity_of(profile))
        self._lock = asyncio.Lock()
        self._connection: _Connection | None = None
        self._mode: _InvocationMode | None = None

    @property
    def name(self) -> str:
        """See ``Invoker``."""
        return tr('the Lambda function "{function}"', function=self._profile.function)

    async def bounds(self, timeout: float | None) -> TimeBounds:
        """See ``Invoker``. The function knows its own time limit."""
        mode = await self._find_mode()
        longest = min(mode.timeout, timeout) if timeout is not None else mode.timeout
        return TimeBounds(None, longest, longest + (_SLACK if mode.wait else _EVENT_QUEUE))

    async def invoke(self, request: WorkerRequest) -> Outcome:
        """See ``Invoker``."""
        mode = await self._find_mode()
        connection = await self._connect()
        kind = {"X-Amz-Invocation-Type": "RequestResponse", "X-Amz-Log-Type": "Tail"}
        headers = kind if mode.wait else {"X-Amz-Invocation-Type": "Event"}
        headers["Content-Type"] = "application/json"
        body = json.dumps(request.to_wire()).encode()
        longest = self._read_timeout or (mode.timeout + _SLACK if mode.wait else _SHORT_WAIT)
        try:
            answer = await ask_once(connection.client, "POST", connection.url, longest, content=body, headers=headers)
        except ResponseTooLongError:
            return connection.responses.too_long()
        except NEVER_SENT as error:
            return Refused(
                FailureKind.TRANSIENT,
                tr(
                    "AWS Lambda cannot be reached: {reason}.",
                    reason=describe_transport_error(error),
                ),
            )
        except httpx.TransportError as error:
            return Unanswered(
                tr(
                    "AWS Lambda did not answer: {reason}.",
                    reason=describe_transport_error(error),
                )
            )
        except CredentialsError:
            self._credentials.forget()
            raise
        outcome = connection.responses.read(answer, mode.timeout)
        if isinstance(outcome, Refused) and outcome.kind is FailureKind.BLOCKED:
            self._credentials.forget()
        return outcome

    async def capabilities(self) -> WorkerCapabilities | None:
        """See ``Invoker``. A function that was not told to answer this, such as an older one, refuses the event."""
        connection = await self._connect()
        try:
            headers = {"X-Amz-Invocation-Type": "RequestResponse"}
            answer = await ask_once(
                connection.client, "POST", connection.url, _START_WAIT, json=CAPABILITIES_QUESTION, headers=headers
            )
        except httpx.TransportError:
            return None
        except CredentialsError:
            self._credentials.forget()
            raise
        return read_capabilities(answer.content) if answer.is_success else None

    async def ready(self) -> None:
        """See ``Invoker``. A dry run is what Lambda offers for that."""
        fresh = AwsCredentials(identity_of(self._profile))
        session = await fresh.session()

        def run() -> None:
            with closing(control_client(session, self._profile.lambda_endpoint)) as control:
                try_out(control, self._profile)

        await fresh.run(run)
        self._credentials.forget()

    async def close(self) -> None:
        """See ``Invoker``."""
        if self._connection is not None:
            await self._connection.client.aclose()
            self._connection = None

    async def _connect(self) -> _Connection:
        async with self._lock:
            if self._connection is None:
                self._connection = await self._open()
            return self._connection

    async def _open(self) -> _Connection:
        chosen = self._profile
        endpoint, region = await self._ask_control(
            lambda control: (control.meta.endpoint_url, control.meta.region_name)
        )
        endpoint = endpoint.rstrip("/")
        qualifier = f"?Qualifier={quote(chosen.qualifier, safe='')}" if chosen.qualifier else ""
        url = f"{endpoint}/2015-03-31/functions/{quote(chosen.function, safe='')}/invocations{qualifier}"
        client = make_client(url, auth=SigV4(self._credentials, "lambda", region))
        return _Connection(client, httpx.URL(url), LambdaResponses(chosen.function, region, identity_of(chosen)))

    async def _ask_control(self, work: Callable[[Any], Result]) -> Result:
        """Run ``work`` with boto3's client, on a thread; for everything but invocations."""
        session = await self._credentials.session()

        def run() -> Result:
            with closing(control_client(session, self._profile.lambda_endpoint)) as control:
                return work(control)

        return await self._credentials.run(run)

    async def _find_mode(self) -> _InvocationMode:
        """Return how to invoke the function: short ones are waited for."""
        async with self._lock:
            now = asyncio.get_running_loop().time()
            if self._mode is None or now - self._mode.read_at > _CONFIGURATION_AGE:
                timeout = await self._read_function_timeout()
                chosen = self._profile.invocation
                wait = timeout <= LONGEST_WAIT if chosen == "auto" else chosen == "wait"
                self._mode = _InvocationMode(timeout, wait, now)
            return self._mode

    async def _read_function_timeout(self) -> float:
        """Return the function's time limit; the longest there is, if we may not know."""
        try:
            found = await self._ask_control(lambda control: read_configuration(control, self._profile))
        except NotAllowedError:
            return LONGEST
        except CredentialsError:
            self._credentials.forget()
            raise
        return float(found.get("Timeout", LONGEST))


class AwsLambdaAdapter(RemoteAdapter):
    """A ``WorkerAdapter`` for one Lambda function. Raises ``UserInputError`` for a storage URL that is none."""

    def __init__(self, profile: AwsLambdaProfile, context: AdapterContext) -> None:
        super().__init__(LambdaInvoker(profile, context.read_timeout), profile, context)


def identity_of(profile: AwsLambdaProfile) -> AwsIdentity:
    """Return whose credentials the profile uses."""
    return AwsIdentity(profile.aws_profile, profile.role_arn, profile.region, profile.sts_endpoint)


def function_parameters(profile: AwsLambdaProfile) -> dict[str, str]:
    """Return the profile's function and its version, as boto3's calls take them."""
    chosen = {"FunctionName": profile.function, "Qualifier": profile.qualifier}
    return {name: text for name, text in chosen.items() if text}


def control_client(session: Session, endpoint_url: str) -> Any:
    """Return boto3's Lambda client; blocking. Raises ``CredentialsError`` when there is no region."""
    if not session.region_name:
        raise CredentialsError(tr("No AWS region is set."), tr("Choose one in the profile."))
    config = Config(connect_timeout=10, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3})
    return session.client("lambda", endpoint_url=endpoint_url or None, config=config)


def read_configuration(control: Any, profile: AwsLambdaProfile) -> dict[str, Any]:
    """Return the function's configuration, empty if there is no such function; blocking. Raises botocore's errors."""
    try:
        found: dict[str, Any] = control.get_function_configuration(**function_parameters(profile))
    except control.exceptions.ResourceNotFoundException:
        return {}
    return found


def try_out(control: Any, profile: AwsLambdaProfile) -> None:
    """Ask Lambda whether we may call the function, without calling it; blocking. Raises boto3's errors."""
    control.invoke(InvocationType="DryRun", Payload=b"{}", **function_parameters(profile))["Payload"].close()
