"""What invokers make of services that cannot be reached, break off, answer at length, or cannot be signed in to."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from helios_gui.adapters.adapter_kind import AdapterContext
from helios_gui.adapters.aws_lambda.adapter import LambdaInvoker, control_client
from helios_gui.adapters.aws_lambda.aws_credentials import AwsCredentials, AwsIdentity
from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.cloud_run.adapter import HttpInvoker
from helios_gui.adapters.cloud_run.cloud_run_checks import check_worker
from helios_gui.adapters.own_worker.adapter import OwnWorkerAdapter, check_own_worker
from helios_gui.adapters.own_worker.profile import OwnWorkerProfile
from helios_gui.adapters.remote.invoker import EndedUnanswered, Refused, Unanswered
from helios_gui.adapters.remote.shared_token import SharedTokenAuth
from helios_gui.adapters.remote.worker_responses import RESULT_LIMIT
from helios_gui.types import CredentialsError, FailureKind, StorageError, WorkerRequest
from tests.cloud.servers.fault_proxy import FaultProxy, fault_proxy
from tests.cloud.servers.faults import answer, drop, refuse
from tests.cloud.servers.lambda_front import LambdaFront, lambda_front
from tests.cloud.servers.lambda_function import LambdaFunction
from tests.cloud.servers.serving import serve
from tests.cloud.storage_backends import write_aws_profile

REQUEST = WorkerRequest(job_path="/share/job.json", chunk_index=0)
NOWHERE = "http://127.0.0.1:9"
VARIABLE = "HELIOS_RENDER_TOKEN"


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    """A proxy before a worker that says it is well, and that lets nobody in."""

    async def say(request: web.Request) -> web.Response:
        return web.json_response({"version": "1.0.0", "authorized": False}, status=200)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", say)
    with serve(application) as worker, fault_proxy(worker.url) as made:
        yield made


Opened = Callable[..., AbstractAsyncContextManager[HttpInvoker]]


@pytest.fixture
def invoker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """How a worker of one's own is invoked at a URL."""
    monkeypatch.setenv(VARIABLE, "canary-0123456789-token")

    @asynccontextmanager
    async def open_invoker(url: str, token: str = "") -> AsyncIterator[HttpInvoker]:
        profile = OwnWorkerProfile(name="farm", service_url=url, storage_url=str(tmp_path), worker_token=token)
        adapter = OwnWorkerAdapter(profile, AdapterContext())
        try:
            yield adapter._invoker  # type: ignore[misc]
        finally:
            await adapter.close()

    return open_invoker


async def test_a_worker_that_cannot_be_reached_renders_nothing(invoker: Opened) -> None:
    async with invoker(NOWHERE) as farm:
        outcome = await farm.invoke(REQUEST)
        assert isinstance(outcome, Refused)
        assert outcome.kind is FailureKind.TRANSIENT
        assert f"{NOWHERE} cannot be reached" in outcome.message
        assert await farm.capabilities() is None
        with pytest.raises(StorageError, match="cannot be reached"):
            await farm.ready()


async def test_a_connection_that_breaks_off_tells_nothing(invoker: Opened, proxy: FaultProxy) -> None:
    proxy.script(drop(), times=2)
    async with invoker(proxy.url) as farm:
        outcome = await farm.invoke(REQUEST)
        assert isinstance(outcome, Unanswered)
        assert outcome.within is not None, "nobody starts such a worker again"
        assert await farm.capabilities() is None


async def test_workers_that_let_nobody_in_are_not_ready(invoker: Opened, proxy: FaultProxy) -> None:
    async with invoker(proxy.url, f"env:{VARIABLE}") as farm:
        with pytest.raises(StorageError, match="does not accept the token") as raised:
            await farm.ready()
        assert raised.value.kind is FailureKind.BLOCKED
        for status in (401, 403):
            proxy.script(answer(status, b"no"))
            with pytest.raises(StorageError, match="does not accept the token"):
                await farm.ready()


async def test_without_the_token_that_is_named_nothing_is_asked(
    invoker: Opened, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)
    async with invoker(proxy.url, f"env:{VARIABLE}") as farm:
        for ask in (farm.capabilities(), farm.invoke(REQUEST), farm.ready()):
            with pytest.raises(CredentialsError):
                await ask
    auth = SharedTokenAuth(f"env:{VARIABLE}")
    (line,) = [line async for line in check_worker(proxy.url, auth, farm._responses)]
    assert (line.name, line.ok) == ("Worker", False)
    assert not proxy.requests


async def test_what_is_looked_at_of_a_worker_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    profile = OwnWorkerProfile(
        name="farm",
        service_url="http://farm.internal:9",
        storage_url=str(tmp_path),
        worker_token=f"env:{VARIABLE}",
        price_per_hour=1.8,
    )
    assert profile.price_of(60) == pytest.approx(0.03)
    assert [(line.name, line.ok) async for line in check_own_worker(profile)] == [("Sign-in", False)]
    monkeypatch.setenv(VARIABLE, "canary-0123456789-token")
    found = {line.name: line async for line in check_own_worker(profile)}
    assert [(line.name, line.ok) for line in found.values()] == [
        ("Sign-in", True),
        ("Encryption", None),
        ("Worker", False),
        ("Storage", True),
    ]
    assert found["Encryption"].detail.startswith("http://farm.internal:9: Not encrypted")
    assert "cannot be asked" in found["Worker"].detail


@pytest.fixture
def front(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LambdaFront]:

    async def refuse_event(_: Any) -> dict[str, Any]:
        return {"statusCode": 400, "body": "{}"}  # as an older worker does

    with lambda_front(LambdaFunction(timeout=60, inline=refuse_event)) as served:
        write_aws_profile(tmp_path, served.key, monkeypatch)
        yield served


def aws_profile(front: LambdaFront, endpoint: str, **changes: str) -> AwsLambdaProfile:
    return AwsLambdaProfile(
        name="studio",
        aws_profile="studio",
        region=front.function.region,
        function=front.function.name,
        storage_url="s3://bucket",
        lambda_endpoint=endpoint,
        sts_endpoint=front.url,
    ).model_copy(update=changes)


async def test_lambda_behind_a_line_that_breaks(front: LambdaFront) -> None:
    with fault_proxy(front.url) as proxy:
        invoker = LambdaInvoker(aws_profile(front, proxy.url))
        try:
            proxy.script(answer(200, b" " * (RESULT_LIMIT + 1)), method="POST")
            outcome = await invoker.invoke(REQUEST)
            assert isinstance(outcome, EndedUnanswered)
            assert "larger than any answer" in outcome.message
            proxy.script(refuse(), method="POST")
            assert await invoker.capabilities() is None
            proxy.script(drop(), method="POST")
            outcome = await invoker.invoke(REQUEST)
            assert isinstance(outcome, Unanswered)
            assert "AWS Lambda did not answer" in outcome.message
        finally:
            await invoker.close()


async def test_credentials_that_vanish_between_two_calls_of_lambda(front: LambdaFront, tmp_path: Path) -> None:
    """The connection is there already; what signs requests is not, and is looked for anew with each call."""
    invoker = LambdaInvoker(aws_profile(front, front.url, aws_profile=""))
    keys = tmp_path / "aws-credentials"
    text = keys.read_text()
    keys.write_text(text.replace("[studio]", "[default]"))
    try:
        assert isinstance(await invoker.invoke(REQUEST), EndedUnanswered)
        assert front.counts["invocations"] == 1
        keys.write_text("")
        invoker._credentials.forget()
        for ask in (invoker.capabilities, lambda: invoker.invoke(REQUEST)):
            with pytest.raises(CredentialsError, match="no valid AWS credentials"):
                await ask()
        keys.write_text(text.replace("[studio]", "[default]"))
        assert await invoker.capabilities() is None
        assert front.counts["invocations"] == 2
    finally:
        await invoker.close()


async def test_lambda_in_no_region(front: LambdaFront, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "aws-config").write_text("[profile studio]\n")
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    credentials = AwsCredentials(AwsIdentity(profile="studio"))
    session = await credentials.session()
    with pytest.raises(CredentialsError, match="No AWS region is set"):
        await credentials.run(lambda: control_client(session, ""))
    assert json.dumps(front.counts) == "{}", "nobody is asked"
