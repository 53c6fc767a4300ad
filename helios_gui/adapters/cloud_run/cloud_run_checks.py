"""**Test connection** for profiles of Cloud Run."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from http import HTTPStatus
from typing import Any

import httpx

from helios_gui.adapters.cloud_run.adapter import responses_of, token_source_of
from helios_gui.adapters.cloud_run.cloud_run_connection import CloudRunConnection
from helios_gui.adapters.cloud_run.cloud_run_responses import CloudRunResponses, read_health
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.remote.invoker import Refused
from helios_gui.adapters.remote.profile_checks import capabilities_line, check_storage, version_line
from helios_gui.adapters.remote.versions import LONGEST_VERSION
from helios_gui.adapters.remote.worker_responses import read_capabilities, read_refusal
from helios_gui.net.http_client import describe_transport_error
from helios_gui.net.scrub import scrub
from helios_gui.translation import tr
from helios_gui.types import CAPABILITIES_QUESTION, CheckLine, FailureKind, StorageError, UserInputError
from helios_gui.utils.json_text import read_json_object

_HEALTH_PATHS = ("/healthz", "/health")
"""Google keeps some paths that end in z for itself."""
_QUESTION = CAPABILITIES_QUESTION["ask"]
_ANSWER_TIMEOUT = 60.0


async def check_cloud_run(profile: CloudRunProfile) -> AsyncGenerator[CheckLine, None]:
    """Yield a line for each thing that was looked at; without a token there is only that one."""
    tokens = token_source_of(profile)
    try:
        yield CheckLine(tr("Sign-in"), True, _describe_token(await tokens.token(), profile))
    except StorageError as error:
        yield CheckLine.of_error(tr("Sign-in"), error)
        return
    async for line in check_worker(profile.service_url, tokens, responses_of(profile)):
        yield line
    async for line in check_storage(profile.storage_url, profile.storage_settings()):
        yield line


async def check_worker(url: str, auth: httpx.Auth | None, responses: CloudRunResponses) -> AsyncIterator[CheckLine]:
    """Check whether our worker answers there, lets us in, and goes with this version."""
    try:
        answer = await _ask_health(url, auth)
    except httpx.TransportError as error:
        reason = describe_transport_error(error)
        detail = tr("{url} cannot be asked: {reason}.", url=url, reason=reason)
        yield CheckLine(tr("Worker"), False, detail, tr("Check the URL."))
        return
    except (UserInputError, StorageError) as error:
        yield CheckLine.of_error(tr("Worker"), error)
        return
    if answer.is_success:
        for found in _judge(read_health(answer.content), responses):
            yield found
        return
    refusal = read_refusal(answer.content)
    outcome = responses.read(answer)
    if refusal is not None and not (isinstance(outcome, Refused) and outcome.kind is FailureKind.BLOCKED):
        yield _another_worker(responses.url, f"{answer.status_code} {refusal[1]}")
        return
    yield _refused(
        outcome.message
        if isinstance(outcome, Refused)
        else tr("{url} answered {status_code}.", url=url, status_code=answer.status_code)
    )


async def _ask_health(url: str, auth: httpx.Auth | None) -> httpx.Response:
    """Return the answer of the first path that there is.

    Raises:
        UserInputError: The address cannot be used.
        StorageError: The credentials cannot be.
        httpx.TransportError: There was no answer.
    """
    connection = CloudRunConnection(url, auth)
    try:
        for path in _HEALTH_PATHS:
            answer = await connection.get(f"{path}?{_QUESTION}", _ANSWER_TIMEOUT)
            if answer.status_code != HTTPStatus.NOT_FOUND:
                break
    finally:
        await connection.close()
    return answer


def _refused(words: str) -> CheckLine:
    detail, _, advice = words.partition(". ")
    return CheckLine(tr("Worker"), False, f"{detail.rstrip('.')}.", advice)


def _judge(health: dict[str, Any], responses: CloudRunResponses) -> Iterator[CheckLine]:
    version = health.get("version")
    if not isinstance(version, str):
        yield _another_worker(responses.url, "")
        return
    if health.get("authorized") is False:
        yield _refused(responses.refusal_by_worker().message)
        return
    busy = tr(", rendering now") if health.get("busy") else ""
    yield CheckLine(tr("Worker"), True, tr("Version {version}{busy}.", version=version[:LONGEST_VERSION], busy=busy))
    line = version_line(version)
    if line is not None:
        yield line
    if not busy:  # what renders is not asked to try its programs besides
        yield capabilities_line(read_capabilities(json.dumps(health)))


def _another_worker(url: str, said: str) -> CheckLine:
    detail = tr(
        "What answers at {url} is not the worker that comes with this app; it may be another Helios worker.", url=url
    )
    if said:
        detail += tr(" It answered: {answer}", answer=scrub(said))
    advice = tr("Deploy the worker that comes with this app, or render a test frame to try this one.")
    return CheckLine(tr("Worker"), None, detail, advice)


def _describe_token(token: str, profile: CloudRunProfile) -> str:
    """Return what can be said about the token without showing it."""
    if profile.worker_token:
        return tr("There is a token in {worker_token}.", worker_token=profile.worker_token)
    who = _email_in(token)
    return tr(
        "There are ID tokens for {token_audience}{who}.",
        token_audience=profile.token_audience,
        who=tr(" as {who}", who=who) if who else "",
    )


def _email_in(token: str) -> str:
    """Return the e-mail address in an ID token; not verified, only shown."""
    try:
        payload = token.split(".")[1]
        return str(read_json_object(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))).get("email", ""))
    except (ValueError, IndexError):
        return ""
