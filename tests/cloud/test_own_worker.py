"""A worker of one's own, with a shared folder between here and there: the real server and the real adapter."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from helios_gui.adapters.adapter_kind import AdapterContext
from helios_gui.adapters.own_worker.adapter import OwnWorkerAdapter
from helios_gui.adapters.own_worker.profile import OwnWorkerProfile
from helios_gui.adapters.remote.invoker import Unanswered
from helios_gui.pools import check_connection, check_round_trip
from helios_gui.types import CheckLine, WorkerRequest
from tests.cloud.projects import QUICK, CloudSettings, open_project
from tests.cloud.servers.cloud_run_instance import CloudRunService, Instance
from tests.cloud.servers.serving import serve

VARIABLE = "HELIOS_RENDER_TOKEN"
TOKEN = "canary-0123456789-token"


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnWorkerProfile]:
    """A running worker that asks for a token."""
    monkeypatch.setenv(VARIABLE, TOKEN)
    worker = Instance(CloudRunService(environment={"K_SERVICE": "", "HELIOS_WORKER_TOKEN": TOKEN}))
    try:
        assert asyncio.run(worker.started()), worker.log
        yield OwnWorkerProfile(
            name="farm",
            service_url=worker.url,
            storage_url=str(tmp_path / "share"),
            worker_token=f"env:{VARIABLE}",
        )
    finally:
        worker.dispose()


async def lines(profile: OwnWorkerProfile) -> dict[str, CheckLine]:
    return {line.name: line async for line in check_connection(profile)}


async def test_a_job_is_rendered_through_a_shared_folder(profile: OwnWorkerProfile, tmp_path: Path) -> None:
    async with open_project(tmp_path / "job", CloudSettings(profile)) as project:
        await project.prepare(QUICK)
        result = await project.execute()
        assert result.ok, result
        assert project.made() == "made\n"
    found = await lines(profile)
    assert [line.ok for line in found.values()] == [True, True, True, True], found
    steps = {line.name: line async for line in check_round_trip(profile)}
    assert all(line.ok for line in steps.values()), steps


async def test_a_wrong_token_is_explained(profile: OwnWorkerProfile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, f"other-{TOKEN}")
    found = await lines(profile)
    assert found["Worker"].ok is False
    assert f"does not accept the token in env:{VARIABLE}" in found["Worker"].detail
    without = await lines(profile.model_copy(update={"worker_token": ""}))
    assert without["Worker"].ok is False
    assert "none is set" in without["Worker"].detail


async def test_a_gateway_that_does_not_reach_the_worker_is_not_waited_for(tmp_path: Path) -> None:
    """As nginx answers before a worker that was not started: five minutes would be waited for each attempt."""

    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=502, text="<h1>502 Bad Gateway</h1>")

    application = web.Application()
    application.router.add_post("/", refuse)
    with serve(application) as gateway:
        profile = OwnWorkerProfile(name="farm", service_url=gateway.url, storage_url=str(tmp_path))
        adapter = OwnWorkerAdapter(profile, AdapterContext())
        invoker = adapter._invoker
        try:
            outcome = await invoker.invoke(WorkerRequest(job_path="/share/job.json", chunk_index=0))
        finally:
            await adapter.close()
    assert isinstance(outcome, Unanswered)
    assert "502" in outcome.message
    assert outcome.within is not None
    assert outcome.within < 30
